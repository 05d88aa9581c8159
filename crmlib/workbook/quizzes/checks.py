"""What a schema cannot say of a bank: how many options are right, formulas that compute, known concepts."""

import math
from collections.abc import Collection, Iterator
from itertools import product
from pathlib import Path
from string import Formatter

from crmlib.workbook.answers import normal
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import arithmetic, draws
from crmlib.workbook.quizzes.pose import APART
from crmlib.workbook.quizzes.questions import Bank, Question

MOST_VALUES = 10**9
TRIED = 1000
ROUNDING = 1e-9


def check_question(question: Question, path: Path) -> None:
    """`Refused`, with the file and the question, for what nobody could be asked."""

    def refuse(key, **values):
        raise Refused(key, path=path, name=question.id, **values)

    right = sum(part.place == "right" for part in question.parts)
    if question.kind == "choice" and right != 1:
        refuse("quiz.one_right", count=right)
    if question.kind == "several" and not 0 < right < len(question.parts):
        refuse("quiz.some_right", count=right)
    if twice := _twice([part.text for part in question.parts]) or _twice(question.places):
        refuse("quiz.same_text", text=twice)
    if question.kind == "classify":
        for part in question.parts:
            if part.place not in question.places:
                refuse("quiz.no_class", given=part.place, names=", ".join(question.places))
    if question.kind == "numeric":
        try:
            _check_numbers(question)
        except ValueError as error:
            refuse("quiz.formula", reason=error)


def _twice(texts: Collection[str]) -> str:
    """A text that a reader cannot tell from one before it."""
    seen = set()
    return next((text for text in texts if normal(text) in seen or seen.add(normal(text))), "")


def _check_numbers(question: Question) -> None:
    """What is drawn is shown, and at whatever is drawn every formula computes, with some draw to tell by."""
    for name, three in question.draw:
        _check_range(name, *three)
    _check_text(question)
    mistakes = [formula for formula, _ in question.mistakes]
    never, told_apart = set(mistakes), False
    for values in _tried(question):
        answer = _computed(question.answer, values)
        near = APART * question.within + ROUNDING * max(1, abs(answer))
        same = {one for one in mistakes if abs(_computed(one, values) - answer) <= near}
        never, told_apart = never & same, told_apart or not same
    if never:
        raise ValueError(f"the mistake {min(never)!r} is the right answer at every draw")
    if not told_apart:
        raise ValueError("at every draw some mistake is the right answer")


def _check_range(name, low, high, step) -> None:
    shown = f"{name}: {low}, {high}, {step}"
    if not (all(map(math.isfinite, (low, high, step))) and low < high and step > 0):
        raise ValueError(f"{shown} is no range")
    if (high - low) / step > MOST_VALUES:
        raise ValueError(f"{shown} are too many values")
    if low + (draws.size(low, high, step) - 1) * step > high + step / 1000:
        raise ValueError(f"{shown}: no number of steps leads from the first to the last")


def _check_text(question) -> None:
    fields = list(Formatter().parse(question.text))
    shown = {name for _, name, _, _ in fields if name is not None}
    plain = {name for _, name, form, turned in fields if name is not None and not form and not turned}
    drawn = {name for name, _ in question.draw}
    if strange := sorted(shown - drawn | shown - plain):
        raise ValueError(f"the text asks for {{{strange[0]}}}, which is not drawn")
    if hidden := sorted(drawn - shown):
        raise ValueError(f"the text does not show {{{hidden[0]}}}")


def _tried(question) -> Iterator[dict[str, float]]:
    """All draws where they are few, else the ends of the ranges and as many as `TRIED` readers get."""
    names = [name for name, _ in question.draw]
    if math.prod(draws.size(*three) for _, three in question.draw) <= TRIED:
        ranges = [[draws.value(i, *three) for i in range(draws.size(*three))] for _, three in question.draw]
    else:
        ranges = [(low, high) for _, (low, high, _) in question.draw]
        yield from (draws.values(question, seed, 0) for seed in range(TRIED))
    yield from (dict(zip(names, some, strict=True)) for some in product(*ranges))


def _computed(formula, values) -> float:
    try:
        return arithmetic.evaluate(formula, values)
    except ValueError as error:
        at = ", ".join(f"{name} = {value:g}" for name, value in values.items())
        raise ValueError(f"{error}, at {at}" if at else str(error)) from None


def check_bank(bank: Bank, folder: Path, *, known: Collection[str] = ()) -> None:
    """`Refused` for an id that stands twice, and for a concept that neither the bank nor ``known`` has."""
    seen = {}
    for chapter in bank.chapters:
        for entry in (*chapter.concepts, *chapter.questions):
            if entry.id in seen:
                first, second = seen[entry.id], chapter.name
                raise Refused("quiz.id_twice", path=folder, name=entry.id, first=first, second=second)
            seen[entry.id] = chapter.name
    named = [(question.id, one) for question in bank.questions.values() for one in question.of]
    named += [(concept.id, one) for concept in bank.concepts.values() for one in concept.see]
    for name, one in named:
        if one not in bank.concepts and one not in known:
            raise Refused("quiz.no_concept", path=folder, name=name, given=one)
