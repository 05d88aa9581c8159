"""The trusted side: what a submission's runs said, held against the key, question by question.

All that comes out of a run is text. It is read as plain answers here, and whatever is not one earns
nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from crmlib.workbook.answers import Spec, Unfit, out_of_range
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import Answer, judge, same
from crmlib.workbook.diagnosis import Finding
from crmlib.workbook.grading import runs
from crmlib.workbook.grading.own import Own
from crmlib.workbook.grading.said import said
from crmlib.workbook.key import Key

FULL = ("correct", "carried forward")
OPEN = ("hand", "grader fault")
MENDABLE = ("wrong", "partial", "hard-coded", "does not generalise")
FAULT = "grader fault"


@dataclass(frozen=True)
class Mark:
    """What one question earned: the outcome, and what explains it.

    ``unreached``: no run got as far, for the sake of a "question", of a "cell" before any, or of "time".
    ``unmoved``: the wrong answer before it that it fits, and yet does not follow.
    """

    outcome: str
    share: float = 0.0
    value: object = None
    finding: Finding | None = None
    stop: dict | None = None
    error: str = ""
    other: str = ""
    steady: bool = True
    unreached: str = ""
    unmoved: str = ""


@dataclass
class Paper:
    """A student's recorded runs, what is right at their own data, and the marks they earned."""

    student: str
    record: dict
    own: Own
    marks: dict[str, Mark] = field(default_factory=dict)


def mark(paper: Paper, exercises: Exercises, key: Key, on_fault: Callable[[], None]) -> None:
    """Mark every question but for what is carried forward (`carry`).

    A fault of ours leaves its question open and no other; ``on_fault`` is called while it is handled.
    """
    for exercise in exercises.exercises:
        try:
            paper.marks[exercise.name] = _Marking(paper, exercise, key).mark()
        except Exception:
            paper.marks[exercise.name] = Mark(FAULT)
            on_fault()


def leave_followers_open(paper: Paper, exercises: Exercises) -> None:
    """What follows from an answer that we could not judge is open too, where it might be carried forward."""
    for exercise in exercises.exercises:
        faults = [name for name in exercise.question.follows if paper.marks[name].outcome == FAULT]
        if faults and paper.marks[exercise.name].outcome in MENDABLE:
            paper.marks[exercise.name] = Mark(FAULT)


class _Marking:
    """Marks one question of one paper."""

    def __init__(self, paper: Paper, exercise: Exercise, key: Key):
        self.paper, self.record, self.exercise, self.key = paper, paper.record, exercise, key
        self.name, self.spec = exercise.name, exercise.spec
        self.graded = exercise.question.graded

    def mark(self) -> Mark:
        if self.record["trouble"]:
            return Mark("unreadable")
        attempts = self.record[self.graded]
        if stop := runs.stops(attempts).get(self.name):
            return Mark(outcome_of(stop), stop=stop)
        if not attempts[-1]["finished"] and self.name not in attempts[-1]["answers"]:
            return self._unreached(attempts[-1])
        if self.spec.type != "memo" and (name := self._overwritten()):
            return Mark("parameters overwritten", other=name)
        try:
            value = said(attempts[-1], self.name, self.spec)
        except Unfit as unfit:
            return self._unfit(unfit, attempts[-1])
        return self._judged(value)

    def _unreached(self, attempt) -> Mark:
        """The mark of a question that the last attempt did not get to."""
        stop, ended = attempt["stop"], attempt["ended"]
        if not ended:
            return Mark(outcome_of(stop), stop=stop)
        if ended["by"] == "time":
            return Mark("timeout", stop=ended, unreached="time")
        where = "question" if isinstance(stop["leaves"], str) else "cell"
        return Mark(outcome_of(stop), stop=stop, other=str(stop["leaves"]), unreached=where)

    def _overwritten(self) -> str:
        """A parameter that the notebook sets anew at or before the last cell of the question."""
        last = self.record["checks"].get(self.name) or self._last_cell()
        return next((name for name, number in self.record["again"] if number <= last), "")

    def _last_cell(self) -> int:
        return max((n for n, name in self.record["questions"] if name == self.name), default=2**31)

    def _error(self, attempt) -> str:
        numbers = [str(n) for n, name in self.record["questions"] if name == self.name]
        found = next((n for n in numbers if n in attempt["errors"]), "")
        error, again = attempt["errors"].get(found, ""), self._again()
        if again is None or again["errors"].get(found) == error:
            return error
        return error.partition(":")[0]  # its text differs from run to run

    def _unfit(self, unfit, attempt) -> Mark:
        error = self._error(attempt)
        if unfit.kind == "missing":
            return Mark("error" if error else "not attempted", error=error)
        return Mark("wrong", finding=Finding("unfit", unfit=unfit), error=error)

    def _judged(self, value) -> Mark:
        if self.spec.type == "memo":
            return Mark("hand", value=runs.without_addresses(value))
        reference = self._reference()
        if reference is None:
            return Mark(FAULT)
        also = [Answer(self.spec, other) for other in self.key.also.get(self.name, ())]
        reference = next((one for one in also if judge(value, self.spec, one).right), reference)
        verdict = judge(value, self.spec, reference)
        steady = self._steady(value)
        if verdict.right and (steady or self._right_again(reference)):
            return Mark("correct", 1.0, value, Finding("right", 1.0, value, verdict=verdict), steady=steady)
        if not steady:
            return Mark("unstable", steady=False)
        found = self._finding(value, verdict)
        if special := self._special(value, verdict):
            again = next(iter(self._rebound()), "")
            return Mark(special, value=value, finding=replace(found, share=0.0), other=again)
        return Mark("partial" if found.share else "wrong", found.share, value, found)

    def _reference(self):
        if self.graded == "own":
            return self.paper.own.reference(self.name)
        return Answer(self.spec, self.key.answers[self.name])

    def _finding(self, value, verdict) -> Finding:
        # The mistakes are known at the unseen parameters only; an option is one at any.
        known = self.key.wrong(self.exercise)
        if self.graded == "own":
            known = [m.option or None for m in self.exercise.mistakes]
        number = next(
            (i for i, one in enumerate(known) if one is not None and self._same(value, one, verdict)), None
        )
        outcome = "partly" if verdict.share else "wrong"
        beyond = out_of_range(value, self.spec)
        return Finding(outcome, verdict.share, value, beyond=beyond, mistake=number, verdict=verdict)

    def _same(self, value, wrong, verdict) -> bool:
        return same(value, self.spec, Answer(self.spec, wrong), columns=verdict.columns)

    def _special(self, value, verdict) -> str:
        """Why an answer that is right at the student's own data is not at others."""
        own = own_value(self.record, self.name, self.spec) if self.graded == "unseen" else None
        reference = None if own is None else self.paper.own.reference(self.name)
        if reference is None or not judge(own, self.spec, reference).right:
            return ""
        if text(own) == text(value):
            return "parameters overwritten" if self._rebound() else "hard-coded"
        if verdict.share:
            return ""
        return "does not generalise"

    def _rebound(self) -> list[str]:
        """The parameters that did not keep their value in the run, as the run itself tells."""
        return [name for name in self.key.parameters if name in self.record["unseen"][-1]["rebound"]]

    def _again(self):
        second = self.record.get("second" if self.graded == "unseen" else "second_own")
        return second[-1] if second and not runs.is_spent(second) else None

    def _steady(self, value) -> bool:
        """Whether a second run at the same parameters, where there was one, gave the same answer."""
        if (again := self._again()) is None:
            return True
        try:
            return text(said(again, self.name, self.spec)) == text(value)
        except Unfit:
            return False

    def _right_again(self, reference) -> bool:
        try:
            return judge(said(self._again(), self.name, self.spec), self.spec, reference).right
        except Unfit:
            return False


def outcome_of(stop: dict) -> str:
    """The outcome that goes with a stop; one before any cell is nobody's but the grader's."""
    if not stop["cell"]:
        return FAULT
    return stop["word"] if stop["word"] in runs.AGAIN_ALONE else "died"


def own_value(record: dict, name: str, spec: Spec):
    """The plain answer at the student's own data; None where there is none."""
    try:
        return said(record["own"][-1], name, spec)
    except Unfit:
        return None


def steady_own_value(record: dict, name: str, spec: Spec):
    """`own_value` where it is the same in every run, as far as is known; else None.

    Where a run may differ by itself, it takes a second one at the same data to tell.
    """
    if not record.get("own"):
        return None
    value = own_value(record, name, spec)
    if value is None or "second" not in record:
        return value
    again = own_value({"own": record.get("second_own") or [runs.NEVER]}, name, spec)
    return value if again is not None and text(again) == text(value) else None


def text(value) -> str:
    """A plain answer as one text: the same answer gives the same."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def points(exercise: Exercise, mark: Mark) -> float | None:
    """The points that a mark is worth; None while a person has to say."""
    if mark.outcome in OPEN:
        return None
    return round(exercise.question.points * mark.share, 2)
