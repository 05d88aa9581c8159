"""What a seed draws: the same on every machine, since it comes from a hash."""

from hashlib import sha256

from crmlib.workbook.quizzes.questions import Question


def place(*parts) -> bytes:
    """Where the parts stand in an order that only a computation gives."""
    return sha256(":".join(map(str, parts)).encode()).digest()


def shuffled(things, question: Question, seed, what: str) -> list:
    """The things in an order of the seed's own."""
    numbered = sorted(enumerate(things), key=lambda pair: place(seed, question.id, what, pair[0]))
    return [thing for _, thing in numbered]


def values(question: Question, seed, again: int) -> dict[str, float]:
    """The numbers of a numeric question at the seed; ``again`` counts the tries."""
    return {name: _number((seed, again), question.id, name, *three) for name, three in question.draw}


def _number(seed, name, what, low, high, step) -> float:
    i = int.from_bytes(place(seed, name, what)[:8], "big") % size(low, high, step)
    return value(i, low, high, step)


def size(low: float, high: float, step: float) -> int:
    """How many values a range has."""
    return round((high - low) / step) + 1


def value(i: int, low: float, high: float, step: float) -> float:
    """The range's value number ``i``, from 0 on."""
    found = round(low + i * step, 9)
    return int(found) if float(found).is_integer() else found
