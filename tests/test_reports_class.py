"""The class report: its tables, its sentences for every kind of class, its notebook as it is run."""

import anatomy
import numpy as np
import pandas as pd
import pytest
from roundmaker import (
    class_of,
    code_of,
    drawn,
    named,
    pseudonym,
    question,
    random_round,
    result,
    write_round,
)
from toycase import toy

from crmlib.workbook import notebooks
from crmlib.workbook.reports import class_report, classroom, graded, spoken
from crmlib.workbook.reports.marks import accounts
from crmlib.workbook.rounds.hand_marks import HandMark

NAMES = [exercise.name for exercise in toy().exercises]


def read(folder, **options):
    return classroom.read(str(folder), case=str(toy().path), **options)


def of(tmp_path, *outcomes, **options):
    """A class in which each student has one outcome at every question but the memo."""
    made = []
    for number, word in enumerate(outcomes):
        words = ["hand" if name == "memo" else word for name in NAMES]
        made.append(result(number, [question(n, w) for n, w in zip(NAMES, words, strict=True)]))
    return write_round(tmp_path / "results", made, **options)


def folder_of(tmp_path, *rows, mistakes=()):
    """A class by outcomes, ``{question: outcome}`` each; ``mistakes`` made at the first question."""
    made = [result(n, [question(*one) for one in row.items()]) for n, row in enumerate(rows)]
    for number in mistakes:
        made[number]["questions"][0]["mistake"] = mistakes[number]
    return write_round(tmp_path / "results", made)


def test_the_tables_by_hand(tmp_path):
    words = [("correct", "wrong"), ("correct", "correct"), ("wrong", "partial")]
    rows = [{"n_beer": one, "lift": other, "which": "correct"} for one, other in words]
    room = read(folder_of(tmp_path, *rows, mistakes={2: 1}))
    assert room.points["lift"].tolist() == [0, 3, 1.5]
    assert room.totals_shown.tolist() == [2, 5, 2.5]
    table = room.item_table
    assert table["estimate"].round(4).to_dict() == {"lift": 0.5, "n_beer": 0.6667, "which": 1.0}
    assert room.outcomes.loc["lift", ["correct", "partial", "wrong"]].tolist() == [1, 1, 1]
    assert spoken.outcome_table(room).loc[1].tolist() == ["Lift", 1, "Not right 1, Partly right 1"]
    (mistake,) = room.mistakes.to_dict("records")
    assert (mistake["question"], mistake["students"], round(mistake["share"], 4)) == ("n_beer", 1, 0.3333)
    assert mistake["mistake"] == "You counted all baskets: nothing is filtered by beer."


def test_followers_are_counted_with_their_source(tmp_path):
    room = read(random_round(tmp_path / "results", 30))
    # n_beer, support and lift meet in money: of ten questions that are marked, seven stand alone.
    assert room.groups["support"] == room.groups["money"] == room.groups["lift"] == "n_beer"
    assert (room.alpha.items, room.alpha.students) == (7, 30)
    assert "7 questions, those that build on each other counted as one; 30 students" in " ".join(
        spoken.reliability(room)
    )


def test_void_questions_and_faults_of_the_grader_are_left_out(tmp_path):
    words = ("correct", "grader fault", "wrong")
    rows = ({"lift": "void", "n_beer": word, "which": "correct"} for word in words)
    room = read(folder_of(tmp_path, *rows))
    assert list(room.questions.index) == ["n_beer", "which"]
    assert room.points.index.tolist() == [pseudonym(0), pseudonym(2)]
    assert any("failed at 1 answer" in said for said in spoken.outcomes(room))


def test_hand_marks_reach_the_class_report(tmp_path):
    folder = of(tmp_path, "correct", "wrong")
    names, hand = class_of(2), {pseudonym(0): {"memo": HandMark(4)}, pseudonym(1): {"memo": HandMark(1)}}
    totals = tmp_path / "totals.csv"
    totals.write_text(classroom.totals_text(accounts(graded.read(folder), names, hand=hand)))
    room = read(folder, totals=str(totals))
    assert room.unmarked == []
    assert room.totals_shown.tolist() == [22, 1]
    assert read(folder).unmarked == ["memo"]
    assert room.item_table.loc["memo", "estimate"] == pytest.approx(5 / 8)


def test_while_totals_are_pending_everybody_s_points_so_far_are_shown(tmp_path):
    folder = of(tmp_path, "correct", "wrong")
    hand, totals = {pseudonym(1): {"memo": HandMark(1)}}, tmp_path / "totals.csv"
    totals.write_text(classroom.totals_text(accounts(graded.read(folder), class_of(2), hand=hand)))
    room = read(folder, totals=str(totals))
    assert room.totals_shown.tolist() == [18, 0]
    assert (room.possible, read(folder).possible) == (18, 18)


CLASSES = {
    "nobody": (),
    "one": ("correct",),
    "two alike": ("wrong", "wrong"),
    "all blank": ("not attempted",) * 5,
    "all perfect": ("correct",) * 5,
    "all unreadable": ("unreadable",) * 3,
    "all faults": ("grader fault",) * 3,
    "all void": ("void",) * 3,
    "mixed": ("correct", "partial", "wrong", "carried forward"),
}


@pytest.mark.parametrize("outcomes", CLASSES.values(), ids=CLASSES)
def test_every_kind_of_class_has_a_report(tmp_path, outcomes, capsys):
    missing = [{"file": "", "student": pseudonym(9), "verdict": "missing"}]
    folder = of(tmp_path, *outcomes, files=missing)
    names = run_cells(folder)
    said = "\n".join(output for output in capsys.readouterr().out.splitlines())
    assert "nan" not in said.lower()
    assert len(names["room"].results.students) == len(outcomes)
    for sentences in (spoken.files, spoken.totals, spoken.questions, spoken.reliability, spoken.outcomes):
        assert all(sentences(names["room"]))


def run_cells(folder):
    """The notebook's code run here, without a kernel; the names it leaves."""
    names = {}
    for cell in notebooks.code_cells(notebooks.read(class_report.NOTEBOOK)):
        source = cell.source
        if "parameters" in notebooks.tags(cell):
            source += f"\nresults, case = {str(folder)!r}, {str(toy().path)!r}"
        exec(source, names)
    return names


ARRIVED = [
    {"file": "", "student": pseudonym(0), "verdict": "double"},  # a copy of what was accepted
    {"file": "", "student": pseudonym(2), "verdict": "unreadable"},
    {"file": "", "student": pseudonym(2), "verdict": "unreadable"},
    {"file": "", "student": pseudonym(3), "verdict": "missing"},
    {"file": "notes.docx", "student": None, "verdict": "unreadable"},
    {"file": "hw.zip", "student": None, "verdict": "unreadable"},
]


def test_every_student_without_a_result_counts_once_and_files_of_nobody_apart(tmp_path):
    folder = of(tmp_path, "correct", "wrong", files=ARRIVED)
    said = [
        "2 students have a result.",
        "2 students have none: nothing handed in (1); file cannot be read (1).",
        "2 files are of no student who could be told: file cannot be read (2).",
    ]
    assert spoken.files(read(folder)) == said
    # One more is on the roster, whom no sheet was made for, and one who handed in has left.
    names = class_of(4) | {"1009": named(9, pseudonym="")}
    del names[pseudonym(2)]
    totals = tmp_path / "totals.csv"
    totals.write_text(classroom.totals_text(accounts(graded.read(folder), names)))
    said[1] = "2 students have none: nothing handed in (2)."
    assert spoken.files(read(folder, totals=str(totals))) == said
    assert "1009" not in totals.read_text()


WHY = [
    (("correct",), "fewer than two students"),
    (("correct",) * 4, "all totals are alike"),
    (("void",) * 3, "fewer than two questions"),
]


@pytest.mark.parametrize(("outcomes", "why"), WHY)
def test_alpha_says_why_it_is_not_computable(tmp_path, outcomes, why):
    (said,) = spoken.reliability(read(of(tmp_path, *outcomes)))
    assert "not computable" in said
    assert why in said


def test_verdicts_follow_from_the_intervals():
    ends = {"enough": (0.71, 0.9), "open": (0.5, 0.9), "low": (0.1, 0.69)}
    assert {word: spoken._judged(*pair) for word, pair in ends.items()} == {word: word for word in ends}


def test_the_hardest_question_is_not_singled_out_of_a_tie(tmp_path):
    rows = ({"n_beer": word, "lift": word, "which": "correct"} for word in ("correct", "wrong"))
    said = spoken.questions(read(folder_of(tmp_path, *rows)))
    assert said[0] == (
        "Hardest: \u201cBaskets with beer\u201d; \u201cLift\u201d, 50% of the points on average. "
        "Easiest: \u201cWhich to believe\u201d, 100%."
    )
    assert "everybody has the same points there" in said[1]


@pytest.fixture
def copied(tmp_path):
    """A class of forty in which two handed in the same code and the same odd answers."""
    rng = np.random.default_rng(5)
    results = [drawn(number, rng) for number in range(40)]
    codes = {one["student"]: code_of(rng) for one in results}
    codes[pseudonym(3)] = [source.replace("w1", "my") for source in codes[pseudonym(17)]]
    for number in (3, 17):
        for place in (0, 3, 5, 6, 7):
            odd = {"outcome": "wrong", "mistake": None, "value_json": f'"odd {place}"', "raw": 0.0}
            results[number]["questions"][place] |= odd
    return write_round(tmp_path / "results", results, codes=codes)


def test_copies_are_worth_a_look_and_nobody_else_is(copied):
    room = read(copied)
    pair = [[pseudonym(3), pseudonym(17)]]
    assert room.shared_answers[["one", "other"]].to_numpy().tolist() == pair
    assert room.shared_code[["one", "other"]].to_numpy().tolist() == pair
    said = " ".join(spoken.alike(room))
    assert "Worth a look, no more" in said
    assert "cheat" not in said.lower()


def test_the_sheet_and_the_solutions_are_no_likeness(tmp_path):
    solved = [cell.source for cell in toy().cells if cell.cell_type == "code"]
    solved += [exercise.solution.source for exercise in toy().exercises]
    codes = {pseudonym(n): solved for n in range(2)}
    assert read(of(tmp_path, "correct", "correct", codes=codes)).shared_code.empty


def test_times_name_the_slowest_question(tmp_path):
    times = {
        pseudonym(n): {"unseen": {"lift": {"seconds": 9, "cpu_seconds": s}, "": {"cpu_seconds": 99}}}
        for n, s in enumerate((1.0, 2.0, 6.0))
    }
    room = read(of(tmp_path, "correct", "correct", "correct", times=times))
    assert room.seconds.to_dict("index") == {"lift": {"median": 2.0, "longest": 6.0, "students": 3}}
    assert "Slowest is `lift`: 2 seconds" in spoken.slowest(room)[0]


BROKEN = ["", "[]", '{"unseen": 3}', '{"unseen": {"lift": {"cpu_seconds": "x"}}}', "[" * 100_000]


@pytest.mark.parametrize("text", BROKEN)
def test_a_damaged_trace_costs_a_line_and_not_the_report(tmp_path, text):
    folder = of(tmp_path, "correct", "wrong", codes={pseudonym(0): ["x"]}, times={pseudonym(0): {}})
    for name in ("times.json", "unseen.ipynb"):
        (folder / "trace" / pseudonym(0) / name).write_text(text)
    room = read(folder)
    assert room.seconds.empty
    assert room.shared_code.empty


def test_tables_are_rounded_named_and_short(tmp_path):
    room = read(random_round(tmp_path / "results", 20))
    shown = spoken.table(room.item_table)
    assert list(shown) == ["points", "mean share", "from", "to", "correlation with the rest"]
    assert shown.index[0] in {exercise.question.title for exercise in toy().exercises}
    assert shown["mean share"].str.fullmatch(r"\d+%").all()
    assert spoken.table(room.mistakes.head(0)) is None
    long = pd.DataFrame({"share": np.linspace(0, 1, 60)})
    assert len(spoken.table(long)) == spoken.MOST_ROWS


ANATOMY = [
    anatomy.parameters_are_declared,
    anatomy.imports_stand_in_one_cell,
    anatomy.cells_are_short,
    anatomy.code_fits_the_page,
    anatomy.code_is_read_aloud,
    anatomy.file_is_small,
    anatomy.nothing_forbidden,
    anatomy.say_cells_speak_from_the_catalogue,
    anatomy.ids_are_readable,
    anatomy.tags_are_known,
]


@pytest.mark.parametrize("check", ANATOMY, ids=lambda check: check.__name__)
def test_the_notebook_has_the_anatomy_of_the_house(check):
    assert check(notebooks.read(class_report.NOTEBOOK)) == []
