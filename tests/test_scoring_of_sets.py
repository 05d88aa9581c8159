"""Graded questions with several right options: to tick every box does not pay, on no card and in no mark."""

import pytest

from crmlib.workbook import author, notation
from crmlib.workbook.answers import Spec
from crmlib.workbook.compare import Answer, judge
from crmlib.workbook.digests import Sealed, seal
from crmlib.workbook.quizzes import bank
from crmlib.workbook.quizzes.exam import SOLUTIONS, write_exam
from crmlib.workbook.quizzes.pose import pose
from crmlib.workbook.quizzes.quiz import quiz
from crmlib.workbook.sheet import make_sheet

STRICT = notation.spec(SOLUTIONS["several"], [], ())
PARTLY = notation.spec("set of text", [], ())


def references(spec, key):
    """The grader's reference and the card's."""
    return [Answer(spec, key), Sealed(spec, seal(key, spec, b"salt"), b"salt")]


@pytest.mark.parametrize(
    ("given", "strict", "partly"),
    [
        (["a", "b", "c"], 1.0, 1.0),
        (["a", "b"], 2 / 3, 2 / 3),
        (["a"], 1 / 3, 1 / 3),
        (["a", "b", "c", "d"], 0.0, 3 / 4),
        (["a", "d"], 0.0, 1 / 3),
        (["a", "b", "c", "d", "e"], 0.0, 3 / 5),
        ([], 0.0, 0.0),
    ],
)
def test_card_and_grader_agree_on_the_share(given, strict, partly):
    for spec, share in ((STRICT, strict), (PARTLY, partly)):
        assert [judge(given, spec, one).share for one in references(spec, ["a", "b", "c"])] == [
            pytest.approx(share)
        ] * 2


def test_every_box_ticked_brings_nothing_in_any_question_of_the_bank():
    for question in bank.shipped().questions.values():
        if question.kind == "several":
            posed = pose(question, seed=1)
            for reference in references(STRICT, posed.key):
                assert judge(sorted(posed.labelled), STRICT, reference).share == 0, question.id


def test_the_spec_goes_into_a_sheet_and_comes_back():
    assert (STRICT.extra, PARTLY.extra) == ("none", "part")
    assert Spec.from_dict(STRICT.to_dict()) == STRICT
    assert "extra" not in PARTLY.to_dict()  # sheets of other cases stay as they are


@pytest.mark.parametrize("words", ["set of text extra=all", "list of text extra=none", "set extra=none"])
def test_what_the_notation_does_not_know_is_refused(words):
    with pytest.raises(notation.Unclear):
        notation.spec(words, [], ())


def test_the_card_of_a_sheet_says_what_every_box_costs(tmp_path):
    path = write_exam(tmp_path / "exam", bank=None, chapter="value", kinds=("several",), number=1)
    sheet, names = make_sheet(author.read(path), {"seed": 7}), {}
    assert "one wrong letter costs all of it" in "".join(cell.source for cell in sheet.cells)
    for cell in sheet.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    (posed,) = quiz("value", seed=7, kinds=("several",), number=1).posed
    everything = eval(f'check("q1", {set(posed.labelled)!r})', names)
    assert everything.outcome == "wrong"
    assert "One that does not belong costs all the points here." in everything.paragraphs
    some = eval(f'check("q1", {set(posed.key[:-1])!r})', names)
    assert some.outcome == "partly"
    assert eval(f'check("q1", {set(posed.key)!r})', names).outcome == "right"
