"""A teacher's own bank: what is broken is refused in words before a learner meets it."""

import pytest
from test_bank import CHAPTER, CHOICE, NUMERIC, toy

from crmlib.quiz import quiz
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import bank, draws
from crmlib.workbook.quizzes.pose import pose
from crmlib.workbook.quizzes.questions import Question

NO_CONCEPTS = CHAPTER.partition("concepts:")[0] + "questions:\n"
RANGE = "[1, 9, 1]"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("2 * n", "10 / (n - 4)"), "division by zero, at n = 4"),  # neither end of the range
        (("answer: n,", "answer: 10 / (n - 4),"), "division by zero, at n = 4"),
        (("Twice {n}?", "Twice {n} of {m}?"), r"asks for \{m\}, which is not drawn"),
        (("Twice {n}?", "Twice {n:d}?"), r"asks for \{n\}"),
        (("Twice {n}?", "Twice {n.real}?"), "asks for {n.real}"),
        (("Twice {n}?", "Twice {n} and {?"), "a-number: "),
        (("  draw: {n: [1, 9, 1]}\n", ""), r"asks for \{n\}"),
        (("answer: n,", "answer: n * 2,"), r"the mistake 'n \* 2' is the right answer at every draw"),
        (("answer: n,", "answer: n * 0.2 * 10,"), "is the right answer at every draw"),
        (("answer: n,", "answer: 2 * n + 1,"), None),
        (("within: 0", "within: 5"), "is the right answer at every draw"),
        ((RANGE, "[1, 9, 5]"), "no number of steps leads from the first to the last"),
        ((RANGE, "[1, 1e999, 1]"), "is no range"),
        ((RANGE, "[1, 9, 1e-300]"), "too many values"),
        (("2 * n", "9 ** 99 ** 99"), "a power of"),
        (("2 * n", "((9 ** 99) ** 99) ** 99 * n"), "too large"),
        (("2 * n", "(-8) ** 0.5 * n"), "a-number: formula"),
        (("2 * n", "1e200 * 1e200 * n"), "the result is inf"),
    ],
)
def test_numbers_that_fail_at_some_draw_are_refused(tmp_path, change, says):
    text = NUMERIC.replace(*change)
    assert text != NUMERIC
    if says is None:
        assert toy(tmp_path, text).questions
        return
    with pytest.raises(Refused, match=says):
        toy(tmp_path, text)


def test_mistakes_that_leave_no_draw_to_tell_by_are_refused(tmp_path):
    # At odd numbers the first is the answer, at even ones the second.
    odd = "n * (1 + (-1) ** n) / 2"
    other = "  - {answer: 2 * n + " + odd + ", why: A.}\n  - {answer: 3 * n - " + odd + ", why: B.}\n"
    text = NUMERIC.partition("  - {answer: n,")[0] + other
    with pytest.raises(Refused, match="at every draw some mistake is the right answer"):
        toy(tmp_path, text)


def test_of_a_large_range_a_fair_sample_is_tried(tmp_path):
    # A tenth of a million draws fails, and neither end of the range.
    text = NUMERIC.replace(RANGE, "[1, 1000001, 1]").replace("2 * n", "1 / max(0, n - 100000)")
    with pytest.raises(Refused, match="division by zero"):
        toy(tmp_path, text)


def test_a_rare_draw_that_does_not_compute_is_drawn_again():
    # A sample may miss it: no reader gets it all the same.
    question = Question(
        *("rare", ("K001",), "numeric", "use", "{n}?", "toy"),
        draw=(("n", (1, 9, 1)),),
        answer="1 / (n - 4)",
        mistakes=(("n + 50", "No."),),
    )
    first = [draws.values(question, seed, 0)["n"] for seed in range(60)]
    assert 4 in first
    assert all(pose(question, seed=seed).values["n"] != 4 for seed in range(60))


@pytest.mark.parametrize("other", ["This One", " this  one ", "\uff34HIS one"])
def test_options_that_a_reader_cannot_tell_apart_are_refused(tmp_path, other):
    with pytest.raises(Refused, match="stands twice"):
        toy(tmp_path, CHOICE.replace("text: that,", f'text: "{other}",'))


def test_what_pairs_belong_to_is_told_apart_too(tmp_path):
    pairs = [("x", "one"), ("y", "two"), ("z", "One")]
    lines = "".join(f"  - {{left: {left}, right: {right}, why: So.}}\n" for left, right in pairs)
    head = "- id: a-match\n  of: [K001]\n  kind: match\n  asks: use\n  text: Which?\n  pairs:\n"
    with pytest.raises(Refused, match="'One' stands twice"):
        toy(tmp_path, head + lines)
    assert toy(tmp_path, head + lines.replace("One", "one")).questions  # the same on purpose


@pytest.mark.parametrize("text", ["", "- a list", "just words", "# a remark"])
def test_a_file_that_holds_no_chapter_is_said_to(tmp_path, text):
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"x\.yaml holds no chapter: it must be a mapping with the keys"):
        bank.read(tmp_path)


@pytest.mark.parametrize("concepts", ["", "concepts: []\n"])
def test_a_private_question_may_be_about_a_shipped_concept(tmp_path, concepts):
    text = CHOICE.replace("K001", "K225")
    made = toy(tmp_path, text, NO_CONCEPTS.replace("questions:", f"{concepts}questions:"))
    assert (made.concepts, list(made.questions)) == ({}, ["a-choice"])
    assert quiz("toy", bank=tmp_path).posed[0].question.of == ("K225",)


def test_a_concept_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(Refused, match="no concept K226"):
        toy(tmp_path, CHOICE.replace("K001", "K226"), NO_CONCEPTS)


def test_the_shipped_bank_knows_no_concept_but_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(bank, "SHIPPED", tmp_path)
    with pytest.raises(Refused, match="no concept K225"):
        toy(tmp_path, CHOICE.replace("K001", "K225"))
