"""The concept bank: complete, without duplicates, not to be guessed; a wrong bank is refused by name."""

import re
from collections import Counter
from fractions import Fraction

import pytest

from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import arithmetic, bank, lint
from crmlib.workbook.quizzes.pose import KINDS, pose

BANK = bank.shipped()
QUESTIONS = list(BANK.questions.values())
CHAPTER = """\
chapter: toy
number: 1
title: Toy
zh: 玩具
concepts:
- {id: K001, term: One, zh: 一, means: A first thing., source: "001"}
questions:
"""
CHOICE = """\
- id: a-choice
  of: [K001]
  kind: choice
  asks: use
  text: Which?
  options:
  - {text: this one, right: true, why: It is.}
  - {text: that, why: It is not.}
  - {text: the other one there, why: It is not.}
"""


def toy(tmp_path, questions=CHOICE, chapter=CHAPTER):
    (tmp_path / "toy.yaml").write_text(chapter + questions, encoding="utf-8")
    return bank.read(tmp_path)


def test_the_bank_holds_every_concept_of_the_course_and_three_hundred_questions():
    assert list(BANK.concepts) == [f"K{number:03}" for number in range(1, 226)]
    assert len(QUESTIONS) >= 300
    assert {question.kind for question in QUESTIONS} == set(KINDS)


def test_the_linter_finds_nothing_in_the_shipped_bank():
    assert lint.problems(BANK) == []


def test_at_most_a_quarter_asks_for_a_definition():
    asked = Counter(question.asks for question in QUESTIONS)
    assert 4 * asked["definition"] <= len(QUESTIONS)
    assert asked["doubt"] >= sum(bool(concept.doubt) for concept in BANK.concepts.values())


@pytest.mark.parametrize("name", sorted(lint.GUESSERS))
def test_who_guesses_scores_less_than_forty_percent(name):
    assert lint.guesser_score(QUESTIONS, lint.GUESSERS[name]) < Fraction(2, 5)


@pytest.mark.parametrize("chapter", [c for c in BANK.chapters if len(lint.choices(c.questions)) >= 12])
def test_no_chapter_pays_who_guesses(chapter):
    scores = {name: lint.guesser_score(chapter.questions, guess) for name, guess in lint.GUESSERS.items()}
    assert {name: score for name, score in scores.items() if score > Fraction(9, 20)} == {}


def keyed(*lengths, at):
    """A question whose options have these lengths; the one ``at`` this place is right."""
    options = [
        f"  - {{text: {letter * length}, {'right: true, ' if place == at else ''}why: {letter} is so long.}}"
        for place, (letter, length) in enumerate(zip("abcd", lengths, strict=False))
    ]
    return "\n".join([CHOICE[: CHOICE.index("  options")] + "  options:", *options, ""])


def many(question, count):
    return "".join(question.replace("a-choice", f"a-choice-{i}") for i in range(count))


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (0, "the shortest"),
        (1, "the second-shortest"),
        (2, "the third-shortest"),
        (3, "the longest"),
    ],
)
def test_a_guesser_that_finds_the_key_is_found_out(tmp_path, at, found):
    made = toy(tmp_path, many(keyed(10, 20, 40, 100, at=at), 4))
    said = [problem for problem in lint.problems(made) if "scores" in problem]
    others = [problem for problem in said if "mean length" not in problem]
    assert others == [f"Who always takes {found} option scores 100%; it must stay under 40%."]
    # The mean is 42.5: only the third is near to it, which is not the second-shortest.
    assert (said != others) == (at == 2)


def test_the_mean_of_lengths_is_a_hint_of_its_own(tmp_path):
    (question,) = toy(tmp_path, keyed(10, 40, 45, 100, at=2)).questions.values()
    scores = {name: int(lint.guesser_score([question], guess)) for name, guess in lint.GUESSERS.items()}
    assert {name for name, score in scores.items() if score} == {"third", "mean_length"}


def test_a_chapter_may_not_hide_its_habit_behind_the_others(tmp_path):
    fair = [
        keyed(10, 20, 40, 100, at=at).replace("a-choice", f"fair-{i}-{at}")
        for i in range(15)
        for at in range(4)
    ]
    other = CHAPTER.replace("toy", "fair").replace("K001", "K002").replace("number: 1", "number: 2")
    (tmp_path / "fair.yaml").write_text(
        other.replace("One", "Two") + "".join(fair).replace("K001", "K002"), encoding="utf-8"
    )
    habit = "Who always takes the shortest option scores 100% in chapter toy; there 45% is the most."
    made = toy(tmp_path, many(keyed(10, 20, 40, 100, at=0), 12))
    assert [problem for problem in lint.problems(made) if "scores" in problem] == [habit]
    few = toy(tmp_path, many(keyed(10, 20, 40, 100, at=0), 11))
    assert not [problem for problem in lint.problems(few) if "scores" in problem]


def test_three_questions_cannot_be_fair_and_are_not_accused(tmp_path):
    assert not any("scores" in p for p in lint.problems(toy(tmp_path, many(keyed(10, 20, 40, 100, at=3), 3))))


@pytest.mark.parametrize(
    "reason", ["Named.", "Not named here by the text.", "Among the six of them.", "It is not so.."]
)
def test_a_reason_that_tells_nothing_is_named(tmp_path, reason):
    made = toy(tmp_path, CHOICE.replace("why: It is.", f"why: '{reason}'"))
    assert f'a-choice: the reason "{reason}" tells a reader nothing.' in lint.problems(made)


def test_a_reason_used_twice_is_named_and_one_used_once_is_not(tmp_path):
    told = CHOICE.replace("why: It is.", "why: 'Named, and it takes part as well.'")
    twice = told.replace("why: It is not.", "why: That is something else.")
    said = lint.problems(toy(tmp_path, twice))
    assert [p for p in said if "reason" in p] == [
        'a-choice: the reason "that is something else." stands there twice; '
        "say of each option what is its own."
    ]
    once = twice.replace("That is something else.", "This is another thing.", 1)
    assert not [p for p in lint.problems(toy(tmp_path, once)) if "reason" in p]


def test_a_mistake_in_a_number_needs_a_reason_too(tmp_path):
    said = lint.problems(toy(tmp_path, NUMERIC))
    assert 'a-number: the reason "Not doubled." tells a reader nothing.' in said


def test_words_shared_with_the_question_find_the_key(tmp_path):
    shared = CHOICE.replace("text: Which?", "text: Which lift?").replace("this one,", "lift,")
    found = lint.guesser_score(list(toy(tmp_path, shared).questions.values()), lint.GUESSERS["shared_words"])
    assert found == 1


def test_ties_between_guesses_share_the_chance(tmp_path):
    same = CHOICE.replace("that,", "that one,").replace("the other one there", "none here")
    (question,) = toy(tmp_path, same).questions.values()
    assert lint.guesser_score([question], lambda question, option: 0) == Fraction(1, 3)


def test_every_reason_is_given_and_no_two_options_share_it_with_the_key():
    for question in QUESTIONS:
        if question.kind in ("choice", "several", "match", "classify"):
            assert all(part.why.strip() for part in question.parts), question.id
        else:
            assert question.why, question.id


def test_numbers_and_mistakes_are_told_apart_at_many_draws():
    for question in (q for q in QUESTIONS if q.kind == "numeric"):
        for seed in range(40):
            posed = pose(question, seed=seed)
            for wrong, _ in posed.mistakes:
                assert abs(wrong - posed.key) > 2 * question.within, (question.id, posed.values)


def test_each_mistake_can_be_told_from_the_others_and_draws_change_the_answer():
    for question in (q for q in QUESTIONS if q.kind == "numeric" and q.draw):
        posed = [pose(question, seed=seed) for seed in range(40)]
        assert len({one.key for one in posed}) > 1, question.id
        for place, _ in enumerate(question.mistakes):
            others = [
                [wrong for wrong, _ in one.mistakes if wrong != one.mistakes[place][0]] for one in posed
            ]
            assert any(len(other) == len(question.mistakes) - 1 for other in others), (question.id, place)


def test_texts_with_numbers_show_what_is_drawn():
    for question in (q for q in QUESTIONS if q.kind == "numeric"):
        text = pose(question, seed=3).text
        assert not re.search(r"[{}]", text), question.id


def test_ties_to_cases_and_lessons_exist(pytestconfig):
    for concept in BANK.concepts.values():
        for path in concept.computed:
            assert (pytestconfig.rootpath / path).exists(), (concept.id, path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("right: true, ", ""), "0 options are marked right"),
        (
            lambda text: text.replace("text: that, why", "text: that, right: true, why"),
            "2 options are marked right",
        ),
        (lambda text: text.replace("text: that", "text: this one"), "stands twice"),
        (lambda text: text.replace("of: [K001]", "of: [K999]"), "no concept K999"),
        (lambda text: text.replace("kind: choice", "kind: essay"), "a-choice"),
        (lambda text: text.replace("why: It is.", "because: It is."), "options/0"),
        (lambda text: text + text, "stands twice"),
        (lambda text: text.replace("- id: a-choice", "- id: A choice"), "questions/A choice"),
    ],
)
def test_a_wrong_question_is_refused_with_its_place(tmp_path, change, says):
    with pytest.raises(Refused, match=re.escape(says)):
        toy(tmp_path, change(CHOICE))


NUMERIC = """\
- id: a-number
  of: [K001]
  kind: numeric
  asks: use
  text: Twice {n}?
  draw: {n: [1, 9, 1]}
  answer: 2 * n
  within: 0
  unit: pieces
  why: Doubled.
  mistakes:
  - {answer: n, why: Not doubled.}
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("2 * n", "2 * m"), "m is not arithmetic"),
        (("2 * n", "__import__('os').getcwd()"), "not arithmetic"),
        (("2 * n", "9 ** n ** 99"), "a power of"),
        (("2 * n", "1 / (n - 1)"), "zero"),
        (("[1, 9, 1]", "[9, 1, 1]"), "no range"),
        (("Twice {n}?", "Twice it?"), "does not show"),
    ],
)
def test_a_formula_that_does_not_compute_is_refused(tmp_path, change, says):
    with pytest.raises(Refused, match=says):
        toy(tmp_path, NUMERIC.replace(*change))


def test_a_folder_without_chapters_is_refused(tmp_path):
    with pytest.raises(Refused, match="no chapter"):
        bank.read(tmp_path)


@pytest.mark.parametrize("text", ["", "- a list", "chapter: [", "chapter: x\nchapter: y", "\x00"])
def test_a_file_that_is_no_chapter_is_refused(tmp_path, text):
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"x\.yaml"):
        bank.read(tmp_path)


def test_what_nobody_asks_and_what_is_asked_twice_is_named(tmp_path):
    other = "- {id: K002, term: Two, zh: 二, means: A second., source: '001', doubt: 'Really?'}\nquestions:\n"
    made = toy(
        tmp_path, CHOICE + CHOICE.replace("a-choice", "b-choice"), CHAPTER.replace("questions:\n", other)
    )
    said = "\n".join(lint.problems(made))
    assert "K002 (Two): no question asks for it." in said
    assert "K002 (Two): its source is doubtful" in said
    assert "a-choice and b-choice ask nearly the same" in said


def test_arithmetic_is_read_and_never_executed():
    assert arithmetic.evaluate("round(10 / 4) + max(1, -2) ** 2", {}) == 3
    for text in ("open('x')", "(1).real", "[1]", "lambda: 1", "a", "1" * 300, "'a' * 9", "True"):
        with pytest.raises(ValueError, match="formula"):
            arithmetic.evaluate(text, {})
