"""Whether an answer follows from the one before it, shown by changing that one.

`n_beer = 0` and then `support = n_beer`, or `support = 0` where the data are not one's own, is right for
nearly any formula. So what fits a wrong answer before it is carried forward only if it moves as the
author's does when that answer is another: the notebook runs once more with it. What is put in is made
from the student's own answer (`other`) or is a known mistake: no run ever learns what is right.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from crmlib.workbook.answers import Unfit
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import Answer, same
from crmlib.workbook.grading.marking import Paper, own_value
from crmlib.workbook.grading.other import SIDES, other
from crmlib.workbook.grading.said import said
from crmlib.workbook.grading.solver import with_sources
from crmlib.workbook.key import Key

# (names of questions, answers put in besides) -> the author's answers
Solve = Callable[[list[str], dict], dict]


@dataclass(frozen=True)
class Probe:
    """What one more run changes: answers ``put`` in by name; with ``aliases`` also for what equals them."""

    put: dict
    aliases: bool

    def to_dict(self) -> dict:
        return asdict(self)


def probes(paper: Paper, exercises: Exercises, key: Key, names: Iterable[str], solve: Solve) -> dict:
    """The probe that tells, for each question whose answer fits the wrong ones before it; None if none does.

    Nothing tells where no other answer can be put in, or where the author's answer is the same at all.
    """
    found = {}
    for name in names:
        exercise, read = exercises.by_name[name], set(paper.record["reads"].get(name, ()))
        before = with_sources(exercises, exercise.question.follows)
        named = sorted(before & read)
        tried = _tried(paper, exercises, key, named or sorted(before), aliases=not named)
        found[name] = next(
            (one for one in tried if _tells(one, exercise, paper.marks[name].value, solve)), None
        )
    return found


def wanted(probes: dict) -> list[dict]:
    """The probes to run, each once."""
    found = []
    for one in probes.values():
        if one is not None and one.to_dict() not in found:
            found.append(one.to_dict())
    return found


def _tried(paper: Paper, exercises: Exercises, key: Key, names: list[str], *, aliases: bool) -> list[Probe]:
    """The probes to choose from, the first the first to be tried."""
    every = {name: list(_others(paper, exercises.by_name[name], key)) for name in names}
    every = {name: values for name, values in every.items() if values}
    most = max(map(len, every.values()), default=0)
    return [
        Probe({name: values[min(i, len(values) - 1)] for name, values in every.items()}, aliases)
        for i in range(most)
    ]


def _others(paper: Paper, exercise: Exercise, key: Key) -> Iterator:
    """Other answers than the student's: made from it, the one at own data, what known mistakes give."""
    spec = exercise.spec
    try:
        value = said(paper.record["unseen"][-1], exercise.name, spec)
    except Unfit:
        return
    known = [other(value, spec, side) for side in SIDES]
    known += [own_value(paper.record, exercise.name, spec), *key.wrong(exercise)]
    for one in known:
        if one is not None and not same(one, spec, Answer(spec, value)):
            yield one


def _tells(probe: Probe, exercise: Exercise, value, solve: Solve) -> bool:
    """Whether with the probe the author's answer is another than the student's."""
    right = solve([exercise.name], probe.put).get(exercise.name)
    return right is not None and not same(value, exercise.spec, Answer(exercise.spec, right))


def asked(probed: dict) -> dict:
    """What was asked for with a probe that was run."""
    return {name: value for name, value in probed.items() if name != "attempt"}


def follows(paper: Paper, exercise: Exercise, probe: Probe | None, solve: Solve) -> bool:
    """Whether an answer moves with those before it as the author's does."""
    if probe is None:
        return False
    every = paper.record.get("probes", [])
    attempt = next((one["attempt"] for one in every if asked(one) == probe.to_dict()), None)
    right = solve([exercise.name], probe.put).get(exercise.name)
    return attempt is not None and _gave(attempt, exercise, right)


def _gave(attempt: dict, exercise: Exercise, right) -> bool:
    try:
        value = said(attempt, exercise.name, exercise.spec)
    except Unfit:
        return False
    return same(value, exercise.spec, Answer(exercise.spec, right))
