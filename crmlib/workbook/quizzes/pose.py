"""A question as one reader gets it: order and numbers drawn by a seed, the same on every machine."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from string import ascii_lowercase

from crmlib.workbook.answers import Spec
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import arithmetic
from crmlib.workbook.quizzes.bank import Bank, Part, Question

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
    first: tuple[str, ...] = (),
) -> list[Posed]:
    """``number`` questions drawn by ``seed``, those named in ``first`` before all others.

    Without ``chapter`` from the whole bank. `Refused` where there are no such questions.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise Refused("quiz.no_kind", given=", ".join(unknown), names=", ".join(KINDS))
    chapters = [bank.chapter(chapter)] if chapter else bank.chapters
    found = [q for one in chapters for q in one.questions if q.kind in kinds]
    if not found:
        raise Refused("quiz.none", chapter=chapter or "-", kinds=", ".join(kinds))
    order = {name: place for place, name in enumerate(first)}
    found.sort(key=lambda q: (order.get(q.id, len(order)), _hash(seed, q.id)))
    return [pose(question, seed=seed) for question in found[:number]]


def pose(question: Question, *, seed: int) -> Posed:
    """The question with its options shuffled, or its numbers drawn."""
    return _POSE[question.kind](question, seed)


def _hash(*parts) -> bytes:
    return sha256(":".join(map(str, parts)).encode()).digest()


def _shuffled(things, question, seed, what) -> list:
    numbered = sorted(enumerate(things), key=lambda pair: _hash(seed, question.id, what, pair[0]))
    return [thing for _, thing in numbered]


def _choice(question, seed):
    parts = dict(zip(ascii_lowercase, _shuffled(question.parts, question, seed, "parts"), strict=False))
    right = [letter for letter, part in parts.items() if part.place == "right"]
    key = right if question.kind == "several" else right[0]
    labelled = {letter: part.text for letter, part in parts.items()}
    return Posed(question, question.text, labelled, tuple(parts.values()), key)


def _placed(question, seed):
    # Classes keep the author's order, which often means something; right-hand sides would give it away.
    places = question.places
    places = _shuffled(places, question, seed, "places") if question.kind == "match" else places
    letters = dict(zip(places, ascii_lowercase, strict=False))
    items = tuple(_shuffled(question.parts, question, seed, "parts"))
    key = [letters[part.place] for part in items]
    return Posed(question, question.text, {letter: place for place, letter in letters.items()}, items, key)


def _order(question, seed):
    shuffled = _shuffled(question.parts, question, seed, "parts")
    if shuffled == list(question.parts):
        shuffled = shuffled[::-1]
    parts = dict(zip(ascii_lowercase, shuffled, strict=False))
    key = sorted(parts, key=lambda letter: int(parts[letter].place))
    return Posed(question, question.text, {letter: part.text for letter, part in parts.items()}, (), key)


def _numeric(question, seed):
    for again in range(TRIES):
        posed = _with_numbers(question, seed, again)
        if all(abs(wrong - posed.key) > APART * question.within for wrong, _ in posed.mistakes):
            break
    return posed


def _with_numbers(question, seed, again):
    """The question with numbers drawn; at some of them a mistake gives the right answer by chance."""
    values = {name: _number((seed, again), question.id, name, *three) for name, three in question.draw}
    text = question.text.format(**{name: f"{value:,}" for name, value in values.items()})
    key = arithmetic.evaluate(question.answer, values)
    return Posed(question, text, key=key, values=values)


def _number(seed, name, what, low, high, step) -> float:
    count = round((high - low) / step) + 1
    place = int.from_bytes(_hash(seed, name, what)[:8], "big") % count
    value = round(low + place * step, 9)
    return int(value) if float(value).is_integer() else value


_POSE = {
    "choice": _choice,
    "several": _choice,
    "match": _placed,
    "classify": _placed,
    "order": _order,
    "numeric": _numeric,
}
