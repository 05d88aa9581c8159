"""A quiz as exercises: the learner's own questions in the sheet, no key, marked like any others."""

from pathlib import Path

import pytest

from crmlib import cli
from crmlib.workbook import author, notebooks
from crmlib.workbook.key import make_keys
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes.bank import SHIPPED
from crmlib.workbook.quizzes.exam import write_exam
from crmlib.workbook.quizzes.pose import KINDS
from crmlib.workbook.quizzes.quiz import quiz
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
