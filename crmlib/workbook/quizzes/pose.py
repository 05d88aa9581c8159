"""A question as one reader gets it: order and numbers drawn by a seed, the same on every machine."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_lowercase

from crmlib.workbook.answers import Spec
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import arithmetic, draws
from crmlib.workbook.quizzes.questions import Bank, Part, Question

TRIES = 50
APART = 2
KINDS = ("choice", "several", "match", "order", "classify", "numeric")


@dataclass(frozen=True)
class Posed:
    """One question posed: ``labelled`` are what is chosen from, ``items`` what is placed, by number.

    ``key`` is the answer: a letter, letters (of several sorted, of the others one an item or in
    order), or a number.
    """

    question: Question
    text: str
    labelled: dict[str, str] = field(default_factory=dict)
    items: tuple[Part, ...] = ()
    key: str | list[str] | float = ""
    values: dict[str, float] = field(default_factory=dict)

    @cached_property
    def spec(self) -> Spec:
        """What an answer must be, as exercises say it."""
        letter = Spec("choice", options=tuple(self.labelled))
        if self.question.kind == "choice":
            return letter
        if self.question.kind == "numeric":
            return Spec("number", abs=self.question.within)
        return Spec("set" if self.question.kind == "several" else "list", of=letter)

    @property
    def decimals(self) -> int:
        """How many decimals an answer needs at least, to be within the tolerance once it is rounded."""
        within = self.question.within
        return math.ceil(-math.log10(2 * within)) if 0 < within < 0.5 else 0

    @cached_property
    def mistakes(self) -> list[tuple[float, str]]:
        """The numbers that known mistakes give, each with what went wrong."""
        return [(arithmetic.evaluate(f, self.values), why) for f, why in self.question.mistakes]


def draw(
    bank: Bank,
    *,
    seed: int,
    chapter: str = "",
    kinds: tuple[str, ...] = KINDS,
    number: int = 8,
    within: float | None = None,
    first: tuple[str, ...] = (),
) -> list[Posed]:
    """``number`` questions drawn by ``seed``, those named in ``first`` before all others.

    Without ``chapter`` from the whole bank; with ``within`` numeric ones of this tolerance only.
    `Refused` where there are no such questions.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise Refused("quiz.no_kind", given=", ".join(unknown), names=", ".join(KINDS))
    chapters = [bank.chapter(chapter)] if chapter else bank.chapters
    found = [q for one in chapters for q in one.questions if q.kind in kinds]
    found = [q for q in found if within is None or (q.kind == "numeric" and q.within == within)]
    if not found:
        raise Refused("quiz.none", chapter=chapter or "-", kinds=", ".join(kinds))
    order = {name: place for place, name in enumerate(first)}
    found.sort(key=lambda q: (order.get(q.id, len(order)), draws.place(seed, q.id)))
    return [pose(question, seed=seed) for question in found[:number]]


def pose(question: Question, *, seed: int) -> Posed:
    """The question with its options shuffled, or its numbers drawn."""
    return _POSE[question.kind](question, seed)


def _choice(question, seed):
    parts = dict(zip(ascii_lowercase, draws.shuffled(question.parts, question, seed, "parts"), strict=False))
    right = [letter for letter, part in parts.items() if part.place == "right"]
    key = right if question.kind == "several" else right[0]
    labelled = {letter: part.text for letter, part in parts.items()}
    return Posed(question, question.text, labelled, tuple(parts.values()), key)


def _placed(question, seed):
    # Classes keep the author's order, which often means something; right-hand sides would give it away.
    places = question.places
    places = draws.shuffled(places, question, seed, "places") if question.kind == "match" else places
    letters = dict(zip(places, ascii_lowercase, strict=False))
    items = tuple(draws.shuffled(question.parts, question, seed, "parts"))
    key = [letters[part.place] for part in items]
    return Posed(question, question.text, {letter: place for place, letter in letters.items()}, items, key)


def _order(question, seed):
    shuffled = draws.shuffled(question.parts, question, seed, "parts")
    if shuffled == list(question.parts):
        shuffled = shuffled[::-1]
    parts = dict(zip(ascii_lowercase, shuffled, strict=False))
    key = sorted(parts, key=lambda letter: int(parts[letter].place))
    return Posed(question, question.text, {letter: part.text for letter, part in parts.items()}, (), key)


def _numeric(question, seed):
    """The first draw at which no mistake gives the right answer by chance."""
    posed = None
    for again in range(TRIES):
        try:
            found = _with_numbers(question, seed, again)
            apart = all(abs(wrong - found.key) > APART * question.within for wrong, _ in found.mistakes)
        except ValueError as error:  # a rare draw of a private bank at which a formula does not compute
            failed = error
            continue
        posed = posed or found
        if apart:
            return found
    if posed is None:
        raise Refused("quiz.formula", path=question.chapter, name=question.id, reason=failed)
    return posed


def _with_numbers(question, seed, again):
    values = draws.values(question, seed, again)
    text = question.text.format(**{name: f"{value:,}" for name, value in values.items()})
    key = arithmetic.evaluate(question.answer, values)
    return Posed(question, text, key=key, values=values)


_POSE = {
    "choice": _choice,
    "several": _choice,
    "match": _placed,
    "classify": _placed,
    "order": _order,
    "numeric": _numeric,
}
