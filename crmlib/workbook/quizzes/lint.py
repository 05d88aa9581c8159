"""What is wrong with a bank as a whole: duplicates, gaps, definitions, keys that a guesser finds.

A guesser knows nothing of the subject: one takes the longest option, one the shortest, one
the option that shares most words with the question. A bank that pays them teaches how to guess.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations

from crmlib.catalogue import say
from crmlib.workbook.answers import normal
from crmlib.workbook.quizzes.bank import Bank, Question

MOST_DEFINITIONS = Fraction(1, 4)
MOST_GUESSED = Fraction(2, 5)
ALIKE = 0.8
DEFINES = re.compile(
    r"\b(is defined as|definition of|what does .* mean|what is meant by)\b|^what (is|are) ", re.I
)
WORD = re.compile(r"\w{3,}")


def problems(bank: Bank) -> list[str]:
    """What must be mended, each in a sentence; empty when nothing must."""
    questions = list(bank.questions.values())
    return [
        *_coverage(bank, questions),
        *_duplicates(questions),
        *_definitions(questions),
        *_guessed(questions),
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


def _guessed(questions) -> Iterator[str]:
    for name, guess in GUESSERS.items():
        score = guesser_score(questions, guess)
        if score >= MOST_GUESSED:
            yield say(
                "quiz.lint.guessed", guesser=say("quiz.lint.guesser." + name), share=f"{float(score):.0%}"
            )


def guesser_score(questions: list[Question], guess: Callable) -> Fraction:
    """The mean score on the choice questions of who picks the options that ``guess`` rates highest.

    Ties are broken at random: an option's chance is one over the number of equals.
    """
    scores = [_chance(question, guess) for question in questions if question.kind == "choice"]
    return sum(scores, Fraction()) / max(1, len(scores))


def _chance(question, guess) -> Fraction:
    rated = [guess(question, part.text) for part in question.parts]
    best = [part for part, rate in zip(question.parts, rated, strict=True) if rate == max(rated)]
    return Fraction(sum(part.place == "right" for part in best), len(best))


def _length(question: Question, option: str) -> int:
    return len(option)


def _brevity(question: Question, option: str) -> int:
    return -len(option)


def _shared(question: Question, option: str) -> int:
    return len(_words(question.text) & _words(option))


GUESSERS = {"longest": _length, "shortest": _brevity, "shared_words": _shared}
