"""Whether exercises are well posed at given parameters: what an author must mend, or a seed skip.

A mistake must not be the answer, nor close to it; an answer lies in its range; no sentence that a
learner is shown gives the answer away.
"""

import re

from crmlib.catalogue import say
from crmlib.workbook.answers import Spec, leaves, normal, out_of_range
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import Answer, close, row_keys, same
from crmlib.workbook.digests import fits
from crmlib.workbook.key import Key
from crmlib.workbook.notation import Refusal

APART = 2.0
RANGE_WIDTH = 8.0
NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?\d[\d,_']*(?:\.\d+)?(?:[eE][-+]?\d+)?(\s*%)?")


def problems(exercises: Exercises, key: Key) -> list[Refusal]:
    """What is ill posed at the key's parameters, each with its cell; empty when nothing is."""
    found = []
    for exercise in exercises.exercises:
        if exercise.spec.type != "memo":
            answer = key.answers[exercise.name]
            found += _of_answer(exercise, answer)
            found += _of_mistakes(exercise, answer, key.wrong(exercise))
            found += _of_sentences(exercise, answer)
    return found


def _refusal(cell, begins, key, **values) -> Refusal:
    return Refusal(cell, begins, say(key, **values))


def _of_answer(exercise, answer):
    cell, spec = exercise.solution.cell, exercise.spec
    if out_of_range(answer, spec):
        yield _refusal(cell, exercise.name, "author.posed.range")
    for _, part, value in leaves(answer, spec):
        if part.type == "number" and not fits(value, part):
            yield _refusal(cell, exercise.name, "author.posed.fine", tolerance=part.abs)
        elif part.type == "number" and not part.abs and value != int(value):
            yield _refusal(cell, exercise.name, "author.posed.whole")
        elif _narrow(part):
            yield _refusal(cell, exercise.name, "author.posed.narrow", times=RANGE_WIDTH)
        else:
            continue
        return
    if spec.type == "table" and len(set(row_keys(spec, answer))) < len(row_keys(spec, answer)):
        yield _refusal(cell, exercise.name, "author.posed.key_twice")
    if spec.type in ("list", "set", "table") and not any(True for _ in leaves(answer, spec)):
        yield _refusal(cell, exercise.name, "author.posed.empty")


def _narrow(spec: Spec) -> bool:
    return None not in (spec.low, spec.high) and spec.high - spec.low < RANGE_WIDTH * spec.abs


def _of_mistakes(exercise, answer, wrong):
    """Mistakes that are the answer or one another, or so close that a tolerance holds both."""
    others = [("", Answer(exercise.spec, answer, slack=APART))]
    for mistake, value in zip(exercise.mistakes, wrong, strict=True):
        if mistake.code is None:
            continue  # an option that is right at some parameters is never taken for a mistake there
        cell = mistake.code.cell
        for text, reference in others:
            if same(value, exercise.spec, reference):
                key = "author.posed.same_mistake" if text else "author.posed.mistake"
                yield _refusal(cell, exercise.name, key, text=mistake.text, other=text)
                break
        others.append((mistake.text, Answer(exercise.spec, value, slack=APART)))


def _of_sentences(exercise: Exercise, answer):
    for text in shown(exercise):
        if implies(text, answer, exercise.spec):
            yield _refusal(exercise.cell, exercise.name, "author.posed.gives_away", text=text)


def shown(exercise: Exercise) -> list[str]:
    """The authored sentences that a learner who has not solved the exercise may be shown."""
    return [*exercise.hints, *(mistake.text for mistake in exercise.mistakes)]


def implies(text: str, answer, spec: Spec) -> bool:
    """Whether the text names the answer: the number, also as a percentage, or the words.

    >>> implies("It is about 30 %.", 0.3, Spec("number", abs=0.005))
    True
    """
    if spec.type == "choice":
        return f"`{answer}`" in text
    if spec.type == "true/false":
        return False
    parts = [part for part in leaves(answer, spec) if part[1].type == "number"]
    alone = len(parts) == 1
    numbers = _numbers(text)
    if any(_named(value, part, numbers, alone) for _, part, value in parts):
        return True
    words = [v for _, part, v in leaves(answer, spec) if part.type == "text"] if not parts else []
    return bool(words) and all(_has_words(text, word) for word in words)


def _named(value, spec, numbers, alone) -> bool:
    # A list of small whole numbers shares some with any sentence ("in two steps").
    if not alone and not spec.abs and abs(value) < 10:
        return False
    return any(close(number, value, spec) for number in numbers)


def _numbers(text: str) -> list[float]:
    found = []
    for match in NUMBER.finditer(text):
        digits = re.sub(r"[,_'%\s]", "", match.group()).replace("\u2212", "-")
        found += [float(digits), float(digits) / 100] if match.group(1) else [float(digits)]
    return found


def _has_words(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(normal(words))}(?!\w)", normal(text)) is not None
