"""What is right at a student's own data, known with as little work as possible.

A solution that computes nothing is the same everywhere; the digests in the student's sheet tell right
from wrong when the sheet is the very one that was handed out; only what is left is computed.
"""

from collections.abc import Callable
from functools import cache, cached_property

from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import Answer
from crmlib.workbook.key import Key
from crmlib.workbook.notation import is_literal
from crmlib.workbook.payload import Sheet


class Own:
    """References at one student's own data: ``sheet`` only where it is authentic and up to date.

    ``solve(names)`` computes the answers of exercises there.
    """

    def __init__(self, exercises: Exercises, key: Key, sheet: Sheet | None, solve: Callable):
        self._exercises, self._key, self._sheet, self._solve = exercises, key, sheet, solve

    def reference(self, name: str):
        """What an answer is judged by; None where it cannot be computed."""
        exercise = self._exercises.by_name[name]
        if is_constant(exercise):
            return Answer(exercise.spec, self._key.answers[name])
        asked = self._sheet.by_name.get(name) if self._sheet else None
        if asked is not None and asked.answer is not None:
            return asked.reference(bytes.fromhex(self._sheet.salt), asked.answer)
        return Answer(exercise.spec, self._solved[name]) if name in self._solved else None

    @cached_property
    def _solved(self) -> dict:
        names = [e.name for e in self._exercises.exercises if not is_constant(e) and e.spec.type != "memo"]
        if self._sheet:
            names = [name for name in names if self._exercises.by_name[name].question.graded == "own"]
        return self._solve(names)

    def answers(self) -> dict:
        """The answers of the questions that are graded on own data, for the instructor."""
        asked = [e for e in self._exercises.exercises if e.question.graded == "own" and e.spec.type != "memo"]
        references = {exercise.name: self.reference(exercise.name) for exercise in asked}
        return {name: one.value for name, one in references.items() if one is not None}


def is_constant(exercise: Exercise) -> bool:
    """Whether the solution only writes its answer down: it is the same at any parameters.

    Known from the first time on: two threads that parse at a time can fail both (Python's issue 106905).
    """
    return _is_literal(exercise.solution.source)


_is_literal = cache(is_literal)
