"""The author's solutions, run again with some answers given: own data, or a student's earlier answers.

A student's wrong answer may send a solution into an endless loop: so each call may be ended.
"""

import json
import sys
from collections.abc import Iterable

from crmlib.workbook.answers import Spec, restore
from crmlib.workbook.author import Exercises
from crmlib.workbook.executor import Trouble, answer, execute
from crmlib.workbook.grading import helper
from crmlib.workbook.key import solution_of

SECONDS = 300


class Solver:
    """A context: solves exercises in another process, whose set-up stays warm between calls."""

    def __init__(self, exercises: Exercises, *, seconds: float = SECONDS):
        self.exercises = exercises
        folder = exercises.path.parent
        self._helper = helper.Helper("crmlib.workbook.grading.solving", seconds=seconds, folder=folder)

    def __enter__(self) -> "Solver":
        return self

    def __exit__(self, *_) -> None:
        self._helper.end()

    def solve(self, parameters: dict, names: Iterable[str], *, given: dict | None = None) -> dict:
        """The answers of the exercises named, with ``given`` in the place of others'; without what fails."""
        wanted = with_sources(self.exercises, names)
        needed = [solution_of(exercise) for exercise in self.exercises.exercises if exercise.name in wanted]
        setup = [(code.cell, code.source) for code in self.exercises.setup]
        solved = self._helper.call("solve", setup, parameters, needed, given or {})
        return {name: solved[name] for name in names if name in (solved or {})}


def with_sources(exercises: Exercises, names: Iterable[str]) -> set[str]:
    """The exercises named and all that they follow, directly or not."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += exercises.by_name[name].question.follows
    return found


_warm: dict[str, dict] = {}


def solve(setup: list, parameters: dict, exercises: list[dict], given: dict) -> dict:
    """The solutions' answers; a follower works with the answer that is given, else with the one solved."""
    names = _set_up(setup, parameters)
    specs = {one["name"]: Spec.from_dict(one["spec"]) for one in exercises}
    solved = {}
    for one in exercises:
        known = {other: given.get(other, solved.get(other)) for other in one["follows"]}
        if None in known.values():
            continue
        seen = names | {other: restore(value, specs[other]) for other, value in known.items()}
        try:
            solved[one["name"]] = answer(*one["solution"], seen, one["name"], specs[one["name"]])
        except Trouble:
            continue
    return solved


def _set_up(setup, parameters) -> dict:
    known = json.dumps([setup, parameters], sort_keys=True)
    if known not in _warm:
        names = {"__name__": "__main__", **parameters}
        for cell, source in setup:
            execute(cell, source, names)
        _warm.clear()
        _warm[known] = names
    return _warm[known]


if __name__ == "__main__":
    helper.serve(sys.argv[1], {"solve": solve})
