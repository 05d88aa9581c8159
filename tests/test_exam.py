"""A quiz as exercises: the learner's own questions in the sheet, no key, marked like any others."""

import json
from collections import Counter
from pathlib import Path

import pytest

from crmlib import cli
from crmlib.workbook import author, notebooks
from crmlib.workbook.key import make_keys
from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import unpack
from crmlib.workbook.quizzes.bank import SHIPPED
from crmlib.workbook.quizzes.exam import _shared_out, write_exam
from crmlib.workbook.quizzes.pose import KINDS
from crmlib.workbook.quizzes.quiz import quiz
from crmlib.workbook.rounds.manifest import Manifest
from crmlib.workbook.sheet import make_sheet
from crmlib.workbook.wellposed import problems


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    path = write_exam(tmp_path_factory.mktemp("x") / "exam", bank=SHIPPED, chapter="", kinds=KINDS, number=6)
    return author.read(path)


def test_a_question_of_each_kind_is_an_exercise_on_own_data(exam):
    assert [e.spec.type for e in exam.exercises] == ["text", "set", "list", "list", "list", "number"]
    assert {e.question.graded for e in exam.exercises} == {"own"}


def test_the_key_follows_the_learner_and_is_the_one_of_the_bank(exam):
    seven, eight = make_keys(exam, [{"seed": 7}, {"seed": 8}])
    assert seven.answers != eight.answers
    assert seven.answers["q1"] == quiz(seed=7, kinds=("choice",), number=1).posed[0].key
    assert problems(exam, seven) == []


def test_the_sheet_holds_the_questions_and_neither_key_nor_bank(exam):
    sheet = make_sheet(exam, {"seed": 7}, kind="assigned", student="s-1")
    sources = "\n".join(cell.source for cell in sheet.cells)
    asked = quiz(seed=7, kinds=("choice",), number=1).posed[0]
    assert asked.text in sources
    assert "crmlib.quiz" not in sources
    assert not any(part.why in sources for part in asked.items)


def test_each_number_is_asked_for_as_exactly_as_its_question_does(tmp_path):
    path = write_exam(tmp_path / "exam", bank=None, chapter="value", kinds=("numeric", "choice"), number=12)
    exam = author.read(path)
    numbers = [exercise for exercise in exam.exercises if exercise.spec.type == "number"]
    assert [exercise.spec.abs for exercise in numbers] == [0.001, 0.001, 0.01, 0.01, 0.05, 1]
    keys = make_keys(exam, [{"seed": seed} for seed in (3, 4, 5)])
    for key, seed in zip(keys, (3, 4, 5), strict=True):
        answers = [key.answers[exercise.name] for exercise in numbers]
        for within, some in ((0, answers[:2]), (0.01, answers[2:4]), (0.05, answers[4:5]), (1, answers[5:])):
            asked = quiz("value", seed=seed, kinds=("numeric",), within=within, number=len(some)).posed
            assert some == [one.key for one in asked]
            assert {one.question.within for one in asked} == {within}


def test_accuracies_are_shared_out_as_the_bank_has_them():
    there = Counter({0.0: 21, 0.01: 13, 0.5: 13, 1.0: 1})
    assert [len(set(_shared_out(n, there))) for n in (1, 2, 3)] == [1, 2, 3]
    assert Counter(_shared_out(10, there)) == {0.0: 4, 0.01: 3, 0.5: 3}
    assert Counter(_shared_out(48, there)) == there


def test_a_private_bank_goes_along_with_the_exercises(tmp_path):
    bank = tmp_path / "own"
    bank.mkdir()
    text = (SHIPPED / "5_life_cycle.yaml").read_text(encoding="utf-8")
    (bank / "own.yaml").write_text(text.replace("chapter: life-cycle", "chapter: own"), encoding="utf-8")
    (bank / "notes.txt").write_text("not a chapter")
    path = write_exam(tmp_path / "exam", bank=bank, chapter="own", kinds=("choice",), number=3)
    assert [p.name for p in (path.parent / "bank").iterdir()] == ["own.yaml"]
    (key,) = make_keys(author.read(path), [{"seed": 3}])
    assert [key.answers[f"q{i}"] for i in (1, 2, 3)] == [
        one.key for one in quiz("own", seed=3, kinds=("choice",), number=3, bank=bank).posed
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"chapter": "nowhere"}, "no chapter"),
        ({"kinds": ("essay",)}, "essay"),
        ({"kinds": ()}, "no kind"),
        ({"chapter": "life-cycle", "kinds": ("numeric",), "number": 9}, "asked for"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_written(tmp_path, given, says):
    options = {"bank": None, "chapter": "", "kinds": ("choice",), "number": 2} | given
    with pytest.raises(Refused, match=says):
        write_exam(tmp_path / "exam", **options)
    assert not (tmp_path / "exam").exists()


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        write_exam(tmp_path, bank=None, chapter="", kinds=("choice",), number=1)


def test_the_commands(tmp_path, capsys):
    folder = tmp_path / "exam"
    assert cli.main(["quiz", "--chapter", "churn", "--number", "4", "--out", str(folder)]) == 0
    assert len(notebooks.read(folder / "exercises.ipynb").cells) == 2 + 4 + 2 * 4
    assert cli.main(["sheet", str(folder), "--seed", "7", "--out", str(tmp_path / "sheet.ipynb")]) == 0
    assert cli.main(["bank"]) == 0
    assert "225 concepts" in capsys.readouterr().out
    assert cli.main(["bank", str(tmp_path)]) == 2


def test_a_bank_with_problems_is_told(tmp_path, capsys):
    text = (SHIPPED / "5_life_cycle.yaml").read_text(encoding="utf-8")
    Path(tmp_path, "x.yaml").write_text(text.replace("of: [K132]", "of: [K131]"), encoding="utf-8")
    assert cli.main(["bank", str(tmp_path)]) == 1
    assert "K132" in capsys.readouterr().out


@pytest.mark.full
def test_a_class_is_graded_at_each_students_own_draw(tmp_path):
    folder = tmp_path / "exam"
    write_exam(folder, bank=None, chapter="churn", kinds=("choice", "numeric"), number=4)
    (tmp_path / "roster.csv").write_text("id,name\na1,Ann\nb2,Bo\n", encoding="utf-8")
    sheets, results = tmp_path / "sheets", tmp_path / "results"
    key = ["--course-key-file", str(tmp_path / "key"), "--new-course-key"]
    given = ["--roster", str(tmp_path / "roster.csv"), "--out", str(sheets), *key]
    assert cli.main(["assign", str(folder), *given]) == 0
    manifest = Manifest.read(sheets / "manifest.json")
    for path in sheets.glob("*.ipynb"):
        sheet = notebooks.read(path)
        (own,) = [
            body["parameters"]
            for student, body in manifest.students.items()
            if student in _payload(sheet).student
        ]
        (answers,) = [k.answers for k in make_keys(author.read(folder / author.FILE), [own])]
        answers |= {"q2": "a" if answers["q2"] != "a" else "b"}
        for cell in sheet.cells:
            name = cell.source.removesuffix(" = ...")
            cell.source = (
                f"{name} = {answers[name]!r}" if name in answers and "..." in cell.source else cell.source
            )
        (tmp_path / "in").mkdir(exist_ok=True)
        notebooks.write(sheet, tmp_path / "in" / path.name)
    where = ["--out", str(results), "--manifest", str(sheets / "manifest.json")]
    assert cli.main(["grade", str(folder), str(tmp_path / "in"), *where]) == 0
    for student in manifest.students:
        graded = json.loads((results / f"{student}.json").read_text(encoding="utf-8"))
        outcomes = [question["outcome"] for question in graded["questions"]]
        assert outcomes == ["correct", "wrong", "correct", "correct"]


def _payload(sheet):
    source = next(cell.source for cell in sheet.cells if cell.source.startswith("open_sheet("))
    return unpack(source.split('"""')[1])
