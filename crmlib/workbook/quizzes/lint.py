"""What is wrong with a bank as a whole: duplicates, gaps, definitions, keys that a guesser finds.

A guesser knows nothing of the subject: it goes by how long an option is beside the others, or by
the words it shares with the question. A bank that pays guessers teaches how to guess, and so does a
chapter: options are written chapter by chapter, and so are their habits.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import combinations
from statistics import fmean

from crmlib.catalogue import say
from crmlib.workbook.answers import normal
from crmlib.workbook.quizzes.bank import Bank, Question

MOST_DEFINITIONS = Fraction(1, 4)
MOST_GUESSED = Fraction(2, 5)
MOST_GUESSED_IN_CHAPTER = Fraction(9, 20)
# Three keys or fewer cannot lie at all four ranks; in eleven a habit cannot be told from luck.
FEWEST_GUESSED = 4
FEWEST_GUESSED_IN_CHAPTER = 12
LEAST_REASON = 15
ALIKE = 0.8
DEFINES = re.compile(
    r"\b(is defined as|definition of|what does .* mean|what is meant by)\b|^what (is|are) ", re.I
)
WORD = re.compile(r"\w{3,}")
BARE = re.compile(r"(not )?(named|listed|among)\b[^,:;]*", re.I)


def problems(bank: Bank) -> list[str]:
    """What must be mended, each in a sentence; empty when nothing must."""
    questions = list(bank.questions.values())
    return [
        *_coverage(bank, questions),
        *_duplicates(questions),
        *_definitions(questions),
        *_reasons(questions),
        *_guessed(questions),
        *(problem for chapter in bank.chapters for problem in _guessed_in(chapter)),
    ]


def _coverage(bank, questions) -> Iterator[str]:
    asked = {known for question in questions for known in question.of}
    doubted = {known for question in questions if question.asks == "doubt" for known in question.of}
    for concept in bank.concepts.values():
        if concept.id not in asked:
            yield say("quiz.lint.not_asked", name=concept.id, term=concept.term)
        if concept.doubt and concept.id not in doubted:
            yield say("quiz.lint.doubt_not_asked", name=concept.id, term=concept.term)
    terms = Counter(normal(f"{concept.term} / {concept.zh}") for concept in bank.concepts.values())
    yield from (say("quiz.lint.term_twice", term=term) for term, count in terms.items() if count > 1)


def _duplicates(questions) -> Iterator[str]:
    words = {question.id: _words(_whole(question)) for question in questions}
    for one, other in combinations(questions, 2):
        if one.kind == other.kind and _jaccard(words[one.id], words[other.id]) >= ALIKE:
            yield say("quiz.lint.alike", first=one.id, second=other.id)


def _whole(question: Question) -> str:
    return " ".join(
        [question.text, *(part.text for part in question.parts), *question.places, question.answer]
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(normal(text)))


def _jaccard(one: frozenset, other: frozenset) -> float:
    return len(one & other) / max(1, len(one | other))


def _definitions(questions) -> Iterator[str]:
    defining = [question for question in questions if question.asks == "definition"]
    if len(defining) > MOST_DEFINITIONS * len(questions):
        yield say("quiz.lint.definitions", count=len(defining), total=len(questions))
    for question in questions:
        if question.asks != "definition" and question.kind == "choice" and DEFINES.search(question.text):
            yield say("quiz.lint.defines", name=question.id)


def _reasons(questions) -> Iterator[str]:
    """Who took an option must read what speaks for it or against it: that one, and more than a word."""
    for question in questions:
        given = reasons(question)
        for reason in given:
            if len(reason) < LEAST_REASON or BARE.fullmatch(reason):
                yield say("quiz.lint.reason_empty", name=question.id, reason=reason)
        for reason, count in Counter(map(normal, given)).items():
            if count > 1:
                yield say("quiz.lint.reason_twice", name=question.id, reason=reason)


def reasons(question: Question) -> list[str]:
    """Every reason that the question can show; a step of an order has none of its own."""
    ofparts = [] if question.kind == "order" else [part.why for part in question.parts]
    return [why.strip() for why in (*ofparts, *(why for _, why in question.mistakes))]


def _guessed(questions) -> Iterator[str]:
    if len(choices(questions)) < FEWEST_GUESSED:
        return
    for name, guess in GUESSERS.items():
        score = guesser_score(questions, guess)
        if score >= MOST_GUESSED:
            yield say("quiz.lint.guessed", **_told(name, score, MOST_GUESSED))


def _guessed_in(chapter) -> Iterator[str]:
    if len(choices(chapter.questions)) < FEWEST_GUESSED_IN_CHAPTER:
        return
    for name, guess in GUESSERS.items():
        score = guesser_score(chapter.questions, guess)
        if score > MOST_GUESSED_IN_CHAPTER:
            told = _told(name, score, MOST_GUESSED_IN_CHAPTER)
            yield say("quiz.lint.guessed_in_chapter", chapter=chapter.name, **told)


def _told(name, score, most) -> dict:
    guesser = say("quiz.lint.guesser." + name)
    return {"guesser": guesser, "share": f"{float(score):.0%}", "most": f"{float(most):.0%}"}


def choices(questions) -> list[Question]:
    """The questions with one right option."""
    return [question for question in questions if question.kind == "choice"]


def guesser_score(questions: Iterable[Question], guess: Callable) -> Fraction:
    """The mean score on the choice questions of who picks the options that ``guess`` rates highest.

    Ties are broken at random: an option's chance is one over the number of equals.
    """
    scores = [_chance(question, guess) for question in choices(questions)]
    return sum(scores, Fraction()) / max(1, len(scores))


def _chance(question, guess) -> Fraction:
    rated = [guess(question, part.text) for part in question.parts]
    best = [part for part, rate in zip(question.parts, rated, strict=True) if rate == max(rated)]
    return Fraction(sum(part.place == "right" for part in best), len(best))


def _of_rank(rank: int) -> Callable:
    """Who takes the option at ``rank`` among the lengths, 0 the shortest, and -1 the longest."""

    def rate(question: Question, option: str) -> bool:
        lengths = sorted(len(part.text) for part in question.parts)
        return len(option) == lengths[min(rank, len(lengths) - 1)]

    return rate


def _near_mean(question: Question, option: str) -> float:
    return -abs(len(option) - fmean(len(part.text) for part in question.parts))


def _shared(question: Question, option: str) -> int:
    return len(_words(question.text) & _words(option))


GUESSERS = {
    "shortest": _of_rank(0),
    "second": _of_rank(1),
    "third": _of_rank(2),
    "longest": _of_rank(-1),
    "mean_length": _near_mean,
    "shared_words": _shared,
}
