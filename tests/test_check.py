"""The learner's side: each card says what a good tutor would, and nothing an answer does breaks it."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from toycase import opened, run, solved_sheet, toy, toy_keys

import crmlib
from crmlib.workbook import notebooks, student
from crmlib.workbook.cards import LOOKS, Card
from crmlib.workbook.diagnosis import OUTCOMES


@pytest.fixture
def names():
    return opened()


def solve(names, *exercises):
    """Run the author's solutions and check them."""
    for name in exercises:
        exec(toy().by_name[name].solution.source, names)
        assert run(f'check("{name}", {name})', names).outcome in ("right", "recorded"), name


def check(names, name, value):
    names["_value"] = value
    return run(f'check("{name}", _value)', names)


def said(card: Card) -> str:
    return " ".join(repr(card).split())


def test_opening_says_what_the_sheet_holds():
    card = opened_card()
    assert card.outcome == "note"
    assert 'The sheet "Toy case: exercises" is open: 11 exercises, 22 points.' in said(card)


def opened_card(**changed):
    names = opened() | changed
    source = next(c.source for c in solved_sheet().cells if c.source.startswith("open_sheet("))
    return run(source, names)


def test_right(names):
    solve(names, *toy().by_name)
    assert said(check(names, "support", np.float32(toy_keys()[0].answers["support"]))).startswith("[✓] Right")
    told = said(run("progress()", names))
    assert (
        "18 of 18 points so far. There are 4 more points, for `memo`; they are not given by a check." in told
    )
    assert "Recorded" in said(run("progress()", names))


def test_blank(names):
    card = check(names, "lift", ...)
    assert card.outcome == "missing"
    assert "`lift` has no value yet. Asked for is a number" in said(card)


@pytest.mark.parametrize("exercise", [e for e in toy().exercises if e.mistakes], ids=lambda e: e.name)
def test_every_mistake_is_recognised_and_no_card_gives_the_answer(names, exercise):
    solve(names, *exercise.question.follows)
    own = toy_keys()[0]
    for mistake, wrong in zip(exercise.mistakes, own.wrong(exercise), strict=True):
        card = check(names, exercise.name, wrong)
        assert card.outcome in ("wrong", "partly")
        assert mistake.text in said(card)


def test_a_mistake_out_of_range_says_both(names):
    solve(names, "n_beer")
    card = check(names, "support", 39.0)
    assert "Your answer should lie between 0 and 1; it is 39" in said(card)


def test_wrong_for_no_known_reason_points_to_hints_and_lesson(names):
    card = check(names, "n_beer", 5)
    assert card.outcome == "wrong"
    assert "none of the mistakes known" in said(card)
    assert 'Read again: Lesson 1, section "Support"' in said(card)
    assert 'There are 2 hints left: `hint("n_beer")`.' in said(card)


def test_hints_come_in_order_and_start_again(names):
    hints = [said(run('hint("lift")', names)) for _ in range(3)]
    assert "chance would give" in hints[0]
    assert "Three shares" in hints[1]
    assert hints[2] == hints[0]
    told = said(check(names, "lift", 0.1))
    assert "hints left" not in told
    assert "You have seen every hint." in told
    assert '`solution("lift")`' in told
    assert "no hint" in said(run('hint("memo")', names))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0.3", "type str. A number stands without quotation marks."),
        (pd.Series([1.0]), "type Series. Take the one value out of it"),
        ([0.3], "type list. Take the one value"),
        (len, "A number; your answer is of type builtin_function_or_method. That is a function"),
        ((x for x in [1]), "type generator. That is a promise of values"),
        (True, "type bool"),
        (float("nan"), "not a finite number"),
        (10**400, "hundreds of digits"),
        (-0.1, "should not be below 0; it is -0.1."),
    ],
    ids=range(9),
)
def test_what_is_no_number_is_told_with_the_mend(names, value, words):
    assert words.casefold() in said(check(names, "lift", value)).casefold()


def test_a_table_says_which_part_is_right(names):
    right = pd.DataFrame(toy_keys()[0].answers["by_store"])
    wrong = right.assign(mean_sales=[*right.mean_sales[:2], 1.0])
    card = check(names, "by_store", wrong)
    assert card.outcome == "partly"
    assert "2 of 3 rows are right. Wrong: row 'West', column mean_sales." in said(card)
    assert check(names, "by_store", right.iloc[::-1][["mean_sales", "store", "baskets"]]).outcome == "right"
    assert check(names, "by_store", right.set_index("store")).outcome == "right"
    assert "1 row is missing" in said(check(names, "by_store", right[:2]))
    assert "Row North stands twice" in said(check(names, "by_store", pd.concat([right, right[:1]])))
    other = right.replace({"store": {"West": "East"}})
    assert "row 'East' as a whole" in said(check(names, "by_store", other))


def test_one_column_by_a_known_mistake_is_recognised_among_right_ones(names):
    own = toy_keys()[0]
    by_sum = pd.DataFrame(own.mistakes["by_store"][1]).assign(baskets=[1, 2, 3])
    assert "You took the sum" not in said(check(names, "by_store", by_sum))
    by_sum["baskets"] = own.answers["by_store"]["baskets"]
    assert "You took the sum of the sales for their mean." in said(check(names, "by_store", by_sum))


def test_columns_are_told(names):
    right = pd.DataFrame(toy_keys()[0].answers["by_store"])
    card = check(names, "by_store", right.rename(columns={"baskets": "count"}))
    assert "The column `baskets` is missing. The column `count` is not asked for" in said(card)
    assert "column mean_sales, row 2 is missing" in said(
        check(names, "by_store", right.assign(mean_sales=[1, None, 2]))
    ).replace("Column", "column")


def test_lists_and_sets_say_which_part(names):
    answers = toy_keys()[0].answers
    assert "2 of 3 elements are right" in said(check(names, "ranking", [*answers["ranking"][:2], "East"]))
    assert "1 element is missing" in said(check(names, "ranking", answers["ranking"][:2]))
    card = check(names, "large", {*answers["large"][:4], -1})
    assert "4 of 5 elements are right" in said(card)
    assert "Wrong: -1." in said(card)


def test_a_follower_waits_for_what_it_follows(names):
    money = toy_keys()[0].answers["money"]
    card = check(names, "money", money)
    assert card.outcome == "waits"
    assert "First put `lift` right" in said(card)
    solve(names, "lift")
    assert "First put `n_beer` right" in said(check(names, "money", money))
    solve(names, "n_beer")
    assert check(names, "money", money).outcome == "right"
    check(names, "lift", 0)
    assert check(names, "money", money).outcome == "waits"


def test_a_memo_is_recorded_with_its_rubric(names):
    card = check(names, "memo", "one\n\ntwo")
    assert card.outcome == "recorded"
    assert "Your text of 2 lines is kept. About 5 lines are asked for." in said(card)
    assert "2 points: names an action" in said(card)
    assert check(names, "memo", "  ").outcome == "missing"
    assert check(names, "memo", 5).outcome == "unfit"


def test_an_assigned_sheet_records_what_is_graded_on_own_data():
    names = opened(kind="assigned")
    for value in ("a", "b"):
        card = check(names, "which", value)
        assert card.outcome == "recorded"
        assert "marked with your own data" in said(card)
    assert check(names, "which", "x").outcome == "unfit"
    assert "not in this sheet" in said(run('solution("lift")', names))
    memo = said(check(names, "memo", "text"))
    assert "A person will read it." in memo
    assert "names an action" not in memo


def test_a_solution_is_shown_for_self_study(names):
    card = run('solution("lift")', names)
    assert "baskets.beer.mean()" in repr(card)
    assert "# solution" not in repr(card)
    assert "<pre" in card._repr_html_()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('check("lfit", 1)', 'no exercise "lfit" in this sheet. Did you mean "lift"?'),
        ('check("zzz", 1)', "There are: n_beer, support"),
        ("check(lift, 'lift')", "First comes the name of the exercise"),
        ("check()", "First comes the name"),
        ("check('lift', 1, 2)", "could not look at this (TypeError)"),
        ("hint(3)", "First comes the name"),
        ("hint()", "First comes the name"),
        ("solution('')", "no exercise"),
        ("check('\\x1b[31m' * 99, 1)", "no exercise"),
        ("open_sheet('x')", "not what the sheet came with"),
        ("open_sheet()", "not what the sheet came with"),
        ("open_sheet(3)", "not what the sheet came with"),
    ],
)
def test_a_call_gone_wrong_is_a_card(names, call, words):
    names["lift"] = 1.0
    card = run(call, names)
    assert words in said(card)
    assert "\x1b" not in repr(card) + card._repr_html_()


def test_without_a_value_the_answer_is_found_by_its_name(names):
    names["n_beer"] = toy_keys()[0].answers["n_beer"]
    assert run('check("n_beer")', names).outcome == "right"


def test_before_the_sheet_is_open_every_call_says_so():
    student.Desk.session = None
    for call in ("check('lift', 1)", "hint('lift')", "solution('lift')", "progress()"):
        card = run(call, {name: getattr(crmlib.student, name) for name in crmlib.student.__all__})
        assert "The sheet is not open in this session." in said(card)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 8}, "The parameter `seed` is 8, but this sheet is made for `seed = 7`"),
        ({"seed": "7"}, "`seed` is '7'"),
        ({"seed": np.arange(3)}, "`seed` is ndarray"),
    ],
)
def test_a_changed_parameter_is_told_before_anything_is_judged(names, change, words):
    right = toy_keys()[0].answers["n_beer"]
    names |= change
    card = check(names, "n_beer", right)
    assert card.outcome == "stop"
    assert words in said(card)
    assert words in said(opened_card(**change))


def test_a_parameter_that_is_gone_is_told(names):
    del names["seed"]
    assert "`seed` has no value in this session" in said(check(names, "n_beer", 1))


def test_other_data_are_told_where_an_answer_is_wrong_only(names):
    right = toy_keys()[0].answers["n_beer"]
    names["baskets"] = names["baskets"][:399]
    assert "`baskets` is not what the set-up made" in said(check(names, "n_beer", 1))
    assert "set-up" not in said(check(names, "n_beer", right))
    names["baskets"] = object()
    assert "set-up made" not in said(check(names, "n_beer", 1))


def test_fingerprints_are_the_same_in_every_process():
    code = (
        "import pandas as pd; from crmlib.workbook.fingerprint import fingerprint\n"
        "d = pd.DataFrame({'s': [frozenset('abcdefgh')], 'x': [0.3], 't': pd.Timestamp(0), 'o': [len]})\n"
        "print(fingerprint(d))"
    )
    run_again = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    ]
    assert run_again[0].stdout == run_again[1].stdout != ""


def test_a_frame_that_differs_in_one_sampled_value_or_in_length_has_another_fingerprint():
    from crmlib.workbook.fingerprint import fingerprint, fingerprints

    frame = pd.DataFrame({"x": range(50)})
    others = [frame[:49], frame.rename(columns={"x": "y"}), frame.replace(7, 8), frame.iloc[::-1]]
    assert len({fingerprint(one) for one in (frame, *others)}) == 5
    assert fingerprint(frame.copy()) == fingerprint(frame)
    assert fingerprints({"frame": frame, "_out": frame, "x": 3}).keys() == {"frame"}
    assert fingerprint(frame[:0]) != ""


def test_another_version_is_told(names, monkeypatch):
    monkeypatch.setattr(crmlib, "__version__", "9.9")
    assert "made with crmlib 0.1.0, here is 9.9" in said(check(names, "n_beer", 1))


def test_text_of_a_learner_is_text(names):
    evil = "<script>alert(1)</script>\x1b[2J\u202e`x`"
    cards = [check(names, "large", [1, 2]), check(names, evil, 1), check(names, "ranking", [evil])]
    frame = pd.DataFrame({"store": [evil], "baskets": [1], "mean_sales": [1.0]})
    cards += [check(names, "by_store", frame), check(names, "by_store", frame.assign(**{evil: 1}))]
    for card in cards:
        assert "<script" not in card._repr_html_()
        assert "\x1b" not in repr(card) + card._repr_html_()
        assert "\u202e" not in repr(card) + card._repr_html_()


class Awful:
    """An answer that fights back in every way."""

    def __getattribute__(self, name):
        raise SystemError(name)

    __eq__ = __len__ = __repr__ = __str__ = __iter__ = __hash__ = __bool__ = __getattribute__


class Lazy(pd.DataFrame):
    @property
    def columns(self):
        raise MemoryError


def awful_answers():
    recursive = {}
    recursive["store"] = recursive
    broken = pd.DataFrame({"store": ["a"], "baskets": [1], "mean_sales": [1.0]})
    broken.index.names = [["x"]] if False else ["store"]
    return [
        Awful(),
        [Awful()],
        {"store": Awful()},
        Lazy({"store": ["a"]}),
        recursive,
        broken,
        {"store": ["a"] * 3, "baskets": [1e308] * 3, "mean_sales": [10**300] * 3},
        pd.DataFrame({"store": pd.date_range("2017", periods=3), "baskets": 1, "mean_sales": 1}),
        pd.DataFrame(index=pd.MultiIndex.from_product([["a"], ["b"]], names=["store", None])),
        pd.Series([1], name="baskets", index=pd.Index(["a"], name="baskets")),
        np.zeros((0, 3)),
        np.array([object()]),
        np.ma.masked,
        np.rec.array([(1, 2)]),
        object,
        type("X", (type,), {"__name__": property(lambda c: 1 / 0)})("Y", (), {})(),
        lambda: None,
        range(10**18),
        memoryview(b"x"),
        "\ud800" * 50_000,
        b"\xff",
        sys,
        NotImplemented,
        BaseException(),
        iter([]),
        {1: {2: {3}}},
        frozenset({frozenset()}),
        "x" * 10**6,
        1j,
        [[1], [2]],
        [None],
        {float("nan")},
        2**1001,
    ]


@pytest.mark.parametrize("number", range(len(awful_answers())))
def test_no_answer_breaks_a_check(names, number):
    solve(names, "lift", "n_beer")
    for exercise in toy().exercises:
        card = check(names, exercise.name, awful_answers()[number])
        assert card.outcome in OUTCOMES
        assert card.outcome != "right"
        assert card.word in repr(card)
        assert "could not look" not in said(card)
        card._repr_html_().encode("utf-8", "strict")
    assert run("progress()", names).rows


def test_cards_never_speak_by_colour_alone():
    assert {*OUTCOMES} <= set(LOOKS)
    for outcome, (symbol, colour) in LOOKS.items():
        card = Card(outcome, "Word", "Title", ("a `b` c", "odd ` one"), rows=(("x", "y"),))
        assert symbol in card._repr_html_()
        assert "Word" in card._repr_html_()
        assert f"[{symbol}] Word: Title" in repr(card)
        assert colour in card._repr_html_()
        assert not re.search(
            r"(?<!-)(background|color)\s*:", card._repr_html_()
        )  # the page's own, dark or light


def test_the_session_forgets_nothing_when_cells_run_out_of_order(names):
    assert check(names, "money", 1).outcome == "waits"
    solve(names, "n_beer", "lift")
    source = next(c.source for c in solved_sheet().cells if c.source.startswith("open_sheet("))
    run(source, names)
    assert "0 of 18 points" in said(run("progress()", names))
    assert check(names, "money", 1).outcome == "waits"


BLOCKED = """
import builtins, os, sys
for name in ("fork", "register_at_fork", "forkpty", "getuid", "geteuid", "setsid", "wait4"):
    if hasattr(os, name): delattr(os, name)
real = builtins.__import__
def guard(name, *args, **kwargs):
    if name.partition(".")[0] in {"resource", "fcntl", "pwd", "grp", "termios", "pty", "tty", "posix_ipc"}:
        raise ImportError(name + " is not there on Windows")
    return real(name, *args, **kwargs)
builtins.__import__ = guard
from crmlib.student import *
print(sorted(m for m in sys.modules if m in {"pandas", "numpy", "IPython", "nbformat", "matplotlib", "yaml"}))
"""


def test_the_learners_side_imports_nothing_that_windows_lacks_and_no_heavy_library(tmp_path):
    sources = [cell.source for cell in solved_sheet().cells if cell.cell_type == "code"]
    first = [next(s for s in sources if s.startswith(begin)) for begin in ("seed", "open_sheet(")]
    calls = [f"n_beer = {toy_keys()[0].answers['n_beer']}"]
    calls += [f"print({call})" for call in ("check('n_beer', n_beer)", "hint('n_beer')", "progress()")]
    show = "\n".join([*first, *calls])
    script = tmp_path / "script.py"
    script.write_text(BLOCKED + show, encoding="utf-8")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("[]\n")
    assert "] Right: Baskets with beer" in ran.stdout


def test_a_sheet_runs_in_a_real_kernel(tmp_path):
    from nbclient import NotebookClient

    sheet = solved_sheet()
    NotebookClient(sheet, timeout=120).execute(cwd=str(tmp_path))
    outputs = [o for c in sheet.cells if c.cell_type == "code" for o in c.outputs if "data" in o]
    cards = [output["data"] for output in outputs]
    assert sum("Right" in card["text/plain"] for card in cards) >= 10
    assert all(card["text/html"].startswith("<div") for card in cards)
    assert "18 of 18 points so far" in cards[-1]["text/plain"]
    notebooks.write(sheet, tmp_path / "run.ipynb")


def test_a_large_table_takes_one_hash_a_row_and_no_loop_over_its_numbers(monkeypatch):
    from crmlib.workbook import digests
    from crmlib.workbook.answers import Spec
    from crmlib.workbook.compare import judge, same

    columns = {"k": Spec("text"), "a": Spec("number", abs=0.01), "b": Spec("number", abs=0.5)}
    spec = Spec("table", key=("k",), columns=columns)
    rows = 1000
    table = {"k": [f"r{i}" for i in range(rows)]}
    table |= {"a": [i / 7 for i in range(rows)], "b": [i / 3 for i in range(rows)]}
    reference = digests.Sealed(spec, digests.seal(table, spec, b"salt"), b"salt")
    calls, real = [], digests.blake2b
    monkeypatch.setattr(digests, "blake2b", lambda *a, **k: calls.append(1) or real(*a, **k))
    assert judge(table, spec, reference).right
    assert len(calls) == rows
    wrong = table | {"a": [value + 1 for value in table["a"]]}
    assert judge(wrong, spec, reference).good == 0
    assert len(calls) == 2 * rows
    ids = reference.row_ids(table["k"])
    calls.clear()
    assert not same(wrong, spec, reference, ids=ids)
    assert not calls
