"""The author's solutions, run again with some answers given: own data, or a student's earlier answers.

A student's wrong answer may send a solution into an endless loop: so each call may be ended.
"""

from collections.abc import Iterable

from crmlib.workbook.author import Exercises
from crmlib.workbook.grading import helper
from crmlib.workbook.key import solution_of


class Solver:
    """A context: solves exercises in another process, whose set-up stays warm between calls."""

    def __init__(self, exercises: Exercises, *, seconds: float):
        self.exercises = exercises
        folder = exercises.path.parent
        self._helper = helper.Helper("crmlib.workbook.grading.solving", seconds=seconds, folder=folder)

    def __enter__(self) -> "Solver":
        return self

    def __exit__(self, *_) -> None:
        self._helper.close()

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
