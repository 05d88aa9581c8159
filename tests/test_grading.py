"""A class graded: the outcome of each question, the points, the words."""

import ast
import json
import sys
import threading
from dataclasses import replace
from functools import cache

import pytest
from gradedclass import hand_in, handed_out, manifest, pseudonym, solved
from sandboxes import bring_down_zygotes
from toycase import LIGHT, OWN_DRAW, make_toy, toy

from crmlib.cli import main
from crmlib.workbook import author, notebooks
from crmlib.workbook.grading import bench, own
from crmlib.workbook.grading.apart import Apart
from crmlib.workbook.grading.words import shown as text_of
from crmlib.workbook.key import make_key
from crmlib.workbook.sandbox import Proof
from crmlib.workbook.tutor import Tutor

OUTCOMES = (
    *("correct", "partial", "carried forward", "wrong", "hard-coded", "does not generalise"),
    *("parameters overwritten", "not attempted", "error", "timeout", "memory", "died", "unstable"),
    *("unreadable", "grader fault", "hand", "void"),
)
COUNT = 23
AGAIN = (
    "draw = random.Random(seed)\nbaskets = [draw.random() < 0.4 for _ in range(400)]\nn_beer = sum(baskets)"
)

SOME = "sum(baskets[: seed % 300])"


def own_key(number: int):
    case, _ = handed_out(COUNT)
    own = manifest(COUNT).students[pseudonym(number, count=COUNT)]["parameters"]
    return make_key(author.read(case), own)


def sheet(number: int, answers: dict | None = None):
    return solved(number, answers, count=COUNT)


def typed_in(number: int, *names: str) -> dict:
    """Code that writes the answers at the student's own data down."""
    answers = own_key(number).answers
    return {name: f"{name} = {answers[name]!r}" for name in names}


def reordered(number: int):
    """Headings lost, the questions upside down, every id and tag gone."""
    made = sheet(number)
    first = next(i for i, cell in enumerate(made.cells) if cell.source.startswith("#") and i > 3)
    blocks, code = [], [c for c in made.cells[first:] if c.cell_type == "code"]
    while len(code) > 1:
        blocks.insert(0, [code.pop(0), code.pop(0)])
    # What follows from n_beer cannot come before it.
    blocks.sort(key=lambda block: "support" in block[0].source)
    made.cells = made.cells[:first] + [cell for block in blocks for cell in block]
    return made


def overwritten(number: int):
    """The parameter set anew in the block of the third question."""
    return sheet(number, {"first": "seed = 3\nfirst = baskets.index(True) + 1000 * baskets[:50].count(True)"})


def submissions() -> list:
    own = own_key(4).parameters["seed"]
    first = "baskets.index(True) + 1000 * baskets[:50].count(True)"
    return [
        sheet(0),
        sheet(1, {"n_beer": "n_beer = len(baskets)"}),
        sheet(2, typed_in(2, "n_beer", "support", "places")),
        sheet(3, typed_in(3, "n_beer")),
        sheet(4, {"first": f"first = {first} - 7 * (seed != {own})"}),
        overwritten(5),
        sheet(6, {"n_beer": None, "support": "support = n_beer / len(baskets)", "first": "first = 1 / 0"}),
        sheet(7, {"places": "while True: pass", "draws": "import os\nos._exit(0)"}),
        sheet(8, {"draws": "draws = [*baskets[:19], not baskets[19]]", "places": "places = {900}"}),
        sheet(9, {"first": "import os\nfirst = int.from_bytes(os.urandom(4), 'big')"}),
        sheet(10, {"which": "which = 'a'", "memo": None}),
        reordered(11),
        sheet(12, {"n_beer": "n_beer = '12'", "support": "support = 2.0", "places": "places = [0.5, 'x']"}),
        sheet(13, {"n_beer": "n_beer = len(baskets)", "support": "support = 0.5"}),
        sheet(14, {"n_beer": f"n_beer = mine = {SOME}", "support": "support = mine / len(baskets)"}),
        sheet(15, {"n_beer": "n_beer = 0", "support": "support = 0"}),
        sheet(16, {"n_beer": f"globals()['seed'] = {own_key(16).parameters['seed']}\n{AGAIN}"}),
        sheet(17, {"n_beer": "n_beer = 0", "support": "support = n_beer"}),
        sheet(18, {"n_beer": "n_beer = 0", "support": "support = n_beer / len(baskets)"}),
        sheet(19, {"n_beer": "n_beer = -5", "support": "support = n_beer / len(baskets)"}),
        *(sheet(20 + i, {"n_beer": "n_beer = 0", "support": code}) for i, code in enumerate(farmed(20))),
        sheet(22, {"n_beer": f"n_beer = {SOME}", "support": f"support = {SOME} / len(baskets)"}),
    ]


def farmed(number: int) -> list[str]:
    """Supports that fit no baskets with beer at other data than the student's own, by no computation."""
    own = [own_key(number + i).parameters["seed"] for i in range(2)]
    return [
        f"support = 0 if seed != {own[0]} else 1",
        f"support = 1 if seed == {own[1]} else n_beer if n_beer == 0 else 0.5",
    ]


def words(folder, *more: str) -> list[str]:
    """The command that grades what was handed in to the folder."""
    case, sheets = handed_out(COUNT)
    given = ["grade", str(case.parent), str(folder / "in"), "--out", str(folder / "out"), *more]
    return [*given, "--manifest", str(sheets / "manifest.json"), "--level", "none"]


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory):
    """A folder with the class's submissions and their results."""
    folder = tmp_path_factory.mktemp("round")
    hand_in(folder / "in", *submissions())
    assert main(words(folder, "--cpu-seconds", "1")) == 0
    return folder


@pytest.fixture(scope="module")
def graded(round_folder):
    """The results of the class, by the student's number."""
    paths = [round_folder / "out" / f"{pseudonym(number, count=COUNT)}.json" for number in range(COUNT)]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def outcomes(result: dict) -> dict[str, str]:
    return {question["name"]: question["outcome"] for question in result["questions"]}


def question(result: dict, name: str) -> dict:
    return next(question for question in result["questions"] if question["name"] == name)


ALL_RIGHT = dict.fromkeys(("n_beer", "support", "first", "places", "draws", "which"), "correct") | {
    "memo": "hand"
}
EXPECTED = [
    {},
    {"n_beer": "wrong", "support": "carried forward"},
    {"n_beer": "hard-coded", "support": "hard-coded", "places": "hard-coded"},
    {"n_beer": "hard-coded", "support": "carried forward"},
    {"first": "does not generalise"},
    dict.fromkeys(("first", "places", "draws", "which"), "parameters overwritten"),
    {"n_beer": "not attempted", "support": "error", "first": "error"},
    {"places": "timeout", "draws": "died"},
    {"draws": "partial", "places": "wrong"},
    {"first": "unstable"},
    {"which": "wrong", "memo": "not attempted"},
    {},
    {"n_beer": "wrong", "support": "wrong", "places": "wrong"},
    {"n_beer": "wrong", "support": "wrong"},
    {"n_beer": "wrong", "support": "carried forward"},
    {"n_beer": "wrong", "support": "wrong"},
    dict.fromkeys(("n_beer", "support", "first", "places", "draws"), "parameters overwritten"),
    {"n_beer": "wrong", "support": "wrong"},
    {"n_beer": "wrong", "support": "carried forward"},
    {"n_beer": "wrong", "support": "wrong"},
    *[{"n_beer": "wrong", "support": "wrong"}] * 2,
    {"n_beer": "wrong", "support": "wrong"},
]


@pytest.mark.parametrize("number", range(COUNT))
def test_each_question_comes_out_as_what_it_is(graded, number):
    assert outcomes(graded[number]) == ALL_RIGHT | EXPECTED[number]


def test_level_and_limits_stand_in_every_result(graded):
    limits = {"wall_seconds": 120, "cpu_seconds": 1, "memory_mib": 3072, "processes": 32}
    limits |= {"output_mib": 5, "files_mib": 100}
    assert [(one["level"], one["limits"]) for one in graded] == [("none", limits)] * COUNT


def test_points_are_full_shared_or_none_and_a_person_s_stay_open(graded):
    assert graded[0]["points"] == 7
    assert [q["raw"] for q in graded[0]["questions"]] == [1, 2, 1, 1, 1, 1, None]
    assert question(graded[1], "support")["raw"] == 2
    assert question(graded[8], "draws")["raw"] == 0.95
    for result in graded:
        for asked in result["questions"]:
            assert asked["outcome"] in OUTCOMES
            if asked["outcome"] not in ("correct", "partial", "carried forward", "hand"):
                assert asked["raw"] == 0, asked


def test_what_is_graded_at_own_data_is_read_and_judged_there(tmp_path):
    own_draw = {"count": 3, "cells": OWN_DRAW}
    case, sheets = handed_out(**own_draw)
    students = [pseudonym(number, **own_draw) for number in range(3)]
    given = manifest(**own_draw)
    unseen, own = (
        make_key(author.read(case), parameters).answers["drawn"]
        for parameters in (given.unseen, given.students[students[2]]["parameters"])
    )
    assert unseen != own
    typed = [{}, {"drawn": f"drawn = {unseen}"}, {"drawn": f"drawn = {own}"}]
    hand_in(tmp_path / "in", *(solved(n, answers, **own_draw) for n, answers in enumerate(typed)))
    command = ["grade", str(case.parent), str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert main([*command, "--manifest", str(sheets / "manifest.json"), "--level", "none"]) == 0
    results = [json.loads((tmp_path / "out" / f"{one}.json").read_text(encoding="utf-8")) for one in students]
    assert [outcomes(one)["drawn"] for one in results] == ["correct", "wrong", "correct"]
    key = json.loads((tmp_path / "out" / "key.json").read_text(encoding="utf-8"))["own"]
    assert question(results[0], "drawn")["value_json"] == str(key[students[0]]["drawn"])


def test_the_answer_at_own_data_stands_beside_what_is_marked_elsewhere(graded):
    seen = {
        0: ("n_beer", own_key(0).answers["n_beer"]),  # right
        2: ("n_beer", own_key(2).answers["n_beer"]),  # typed in
        4: ("first", own_key(4).answers["first"]),  # right at own data only
        8: ("places", {900}),
    }
    for number, (name, value) in seen.items():
        assert question(graded[number], name)["own"]["json"] == json.dumps(
            sorted(value) if name == "places" else value
        )
    typed, general = question(graded[2], "n_beer"), question(graded[4], "first")
    assert typed["own"]["value"] == typed["value"]
    assert general["own"]["value"] != general["value"]
    support = question(graded[12], "support")
    assert (support["own"], support["value"]) == ({"value": "2", "json": "2.0"}, "2")


def test_no_answer_at_own_data_where_that_is_marked_or_there_is_none(graded):
    without = {(0, "which"), (0, "memo"), (6, "n_beer"), (6, "first"), (7, "places"), (9, "first")}
    assert [one for one in sorted(without) if question(graded[one[0]], one[1])["own"] is not None] == []


def test_a_number_is_shown_no_finer_than_its_tolerance():
    asked = toy(LIGHT).by_name["support"]
    shown = [text_of(value, asked, Tutor()) for value in (0.858895705521, 0.1, 2, -0.0001, 1e300)]
    assert shown == ["0.859", "0.1", "2", "0", "1e+300"]
    exact = replace(asked, spec=replace(asked.spec, abs=0.0))
    money = replace(asked, spec=replace(asked.spec, abs=50.0))
    assert text_of(0.858895705521, exact, Tutor()) == "0.858895705521"
    assert text_of(12_338.4, money, Tutor()) == "12338"


def test_a_known_mistake_is_recognised_and_named(graded):
    asked = question(graded[1], "n_beer")
    assert asked["mistake"] == 0
    assert "You counted all baskets." in " ".join(asked["said"])
    assert question(graded[13], "support")["mistake"] is None


def test_each_outcome_but_right_is_explained(graded):
    for result in graded:
        for asked in result["questions"]:
            assert asked["said"], asked
            assert all(text == text.strip() and text for text in asked["said"])


def test_no_word_that_a_student_reads_holds_the_key(graded):
    case, _ = handed_out(COUNT)
    key = make_key(author.read(case), manifest(COUNT).unseen).answers
    telling = [str(key["n_beer"]), f"{key['support']:.3g}", str(key["first"])]
    for result in graded:
        for asked in result["questions"]:
            if asked["outcome"] not in ("correct", "carried forward"):
                text = " ".join(
                    [*asked["said"], asked["hint"], asked["read"], *asked["notes"], *result["notes"]]
                )
                assert not any(word in text for word in telling), asked


@pytest.mark.parametrize("number", [15, 17, 20, 21, 22])
def test_what_fits_a_wrong_answer_and_does_not_follow_from_it_is_told_so(graded, number):
    said = question(graded[number], "support")["said"]
    assert any("fits your answer to `n_beer`" in text for text in said), said


def test_what_is_said_of_the_whole_file(graded):
    assert "seed" in " ".join(graded[5]["notes"])
    assert "`seed`" in " ".join(question(graded[16], "n_beer")["said"])
    assert "2 times" in " ".join(graded[7]["notes"])
    assert graded[0]["notes"] == []


def test_each_run_leaves_an_executed_notebook_with_its_parameters_and_outputs(round_folder):
    trace = round_folder / "out" / "trace" / pseudonym(6, count=COUNT)
    unseen, own = (notebooks.read(trace / f"{name}.ipynb") for name in ("unseen", "own"))
    assert f"seed = {manifest(COUNT).unseen['seed']}" in unseen.cells[1].source
    assert f"seed = {own_key(6).parameters['seed']}" in own.cells[1].source
    failed = next(cell for cell in unseen.cells if cell.source == "first = 1 / 0")
    assert failed.outputs[0].ename == "ZeroDivisionError"
    assert failed.execution_count


def test_a_level_that_does_not_hold_is_refused_before_anything_runs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench, "prove", lambda level: Proof(level, {"write": False, "read": True}))
    monkeypatch.setattr(bench, "best_level", lambda: "none")
    bench.refuse_unproven.cache_clear()
    hand_in(tmp_path / "in", sheet(0))
    assert main([*words(tmp_path)[:-1], "full"]) == 2
    said = capsys.readouterr().err
    assert "write" in said
    assert "read" not in said.split("(")[1].split(")")[0]
    assert not list((tmp_path / "out").glob("*.json"))
    bench.refuse_unproven.cache_clear()


@pytest.mark.parametrize(
    ("level", "told"), [("full", "at any level. The process"), ("none", "crmlib: The process")]
)
def test_where_nothing_can_be_run_the_cause_is_told(tmp_path, capsys, monkeypatch, level, told):
    bring_down_zygotes(monkeypatch, tmp_path)
    bench.refuse_unproven.cache_clear()
    hand_in(tmp_path / "in", sheet(0))
    assert main([*words(tmp_path)[:-1], level]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "No module named 'babel'" in said


def test_nothing_is_parsed_while_several_are_marked(tmp_path, monkeypatch):
    real = ast.parse
    monkeypatch.setattr(own, "_is_literal", cache(own.is_literal))

    def parse(*given, **how):
        assert threading.current_thread() is threading.main_thread()
        return real(*given, **how)

    monkeypatch.setattr(ast, "parse", parse)
    hand_in(tmp_path / "in", sheet(0), sheet(1))
    assert main(words(tmp_path)) == 0


def test_where_system_calls_cannot_be_filtered_it_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    monkeypatch.setattr(bench, "prove", lambda level: Proof(level, {"read": True}))
    bench.refuse_unproven.cache_clear()
    hand_in(tmp_path / "in", sheet(0))
    assert main([*words(tmp_path)[:-1], "full"]) == 0
    assert "memory that the processes of a submission share" in capsys.readouterr().err
    monkeypatch.undo()
    bench.refuse_unproven.cache_clear()
    assert main([*words(tmp_path)[:-1], "full"]) == 0
    assert "libseccomp" not in capsys.readouterr().err


def test_files_that_are_no_submission_are_listed_and_stop_nobody(tmp_path, capsys):
    hand_in(tmp_path / "in", sheet(0))
    (tmp_path / "in" / "broken\x1b[31m.ipynb").write_text('{"cells": [', encoding="utf-8")
    assert main(words(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "1 submission graded" in said
    assert "unreadable" in said
    assert "\x1b" not in said
    listed = json.loads((tmp_path / "out" / "intake.json").read_text(encoding="utf-8"))
    assert [one["verdict"] for one in listed][:2] == ["unreadable", "accepted"]
    assert sum(one["verdict"] == "missing" for one in listed) == COUNT - 1
    assert "names.csv" in said
    given = words(tmp_path)
    assert main([*given[:2], str(tmp_path), *given[3:]]) == 2
    assert "lies among the submissions" in capsys.readouterr().err


def test_a_sheet_whose_code_cannot_be_taken_apart_earns_nothing_and_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(Apart, "plan", lambda *_: None)
    hand_in(tmp_path / "in", sheet(0))
    assert main(words(tmp_path)) == 0
    result = json.loads((tmp_path / "out" / f"{pseudonym(0, count=COUNT)}.json").read_text(encoding="utf-8"))
    assert set(outcomes(result).values()) == {"unreadable"}
    assert {asked["raw"] for asked in result["questions"]} == {0}
    assert "cannot be read" in result["notes"][0]


def test_a_manifest_of_another_case_is_refused(tmp_path, capsys):
    other = make_toy(tmp_path / "other", LIGHT)
    hand_in(tmp_path / "in", sheet(0))
    given = words(tmp_path)
    assert main([given[0], str(other.parent), *given[2:]]) == 2
    assert "other" in capsys.readouterr().err
