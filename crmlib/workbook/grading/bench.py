"""A bench where submissions are run: the part of grading that may stand on another machine.

It holds the case without its solutions, a process that reads files and a zygote that runs them; what it
hands back is text.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from queue import SimpleQueue

import crmlib
from crmlib.workbook.author import Exercises
from crmlib.workbook.grading import runs
from crmlib.workbook.grading.apart import Apart
from crmlib.workbook.grading.submission import Submission
from crmlib.workbook.sandbox import Job, Limits, Zygote

FORMAT = 1
SEED = 20_260_101


@dataclass(frozen=True)
class Task:
    """A file to be run at the parameters of the class and of its student; ``known``: an earlier record of it."""

    student: str
    data: bytes
    unseen: dict
    own: dict
    known: dict | None = None


@dataclass
class Done:
    """What came of a task: the record that marks are made from, the executed notebooks, the times."""

    record: dict
    executed: dict
    times: dict


@dataclass(frozen=True)
class Setting:
    """What every run of a class has in common."""

    case: Exercises
    level: str
    limits: Limits

    @property
    def titles(self) -> dict[str, str]:
        return {exercise.name: exercise.question.title for exercise in self.case.exercises}

    def key(self, digest: str, unseen: dict, own: dict) -> str:
        """Names all that a record depends on: the file, the parameters, what is asked for, the limits."""
        specs = {exercise.name: exercise.spec.to_dict() for exercise in self.case.exercises}
        graded = {exercise.name: exercise.question.graded for exercise in self.case.exercises}
        parts = [FORMAT, digest, unseen, own, specs, graded, self.titles, vars(self.limits), self.level]
        known = json.dumps([*parts, runs.REPLAYS, crmlib.__version__], sort_keys=True)
        return sha256(known.encode()).hexdigest()


def public(exercises: Exercises) -> Exercises:
    """The case as a bench may know it: no solution, no mistake, no hint."""
    asked = tuple(
        replace(e, solution=replace(e.solution, source=""), mistakes=(), hints=(), rubric={}, text="")
        for e in exercises.exercises
    )
    return replace(exercises, exercises=asked)


class Bench:
    """A context in which tasks are done, several at a time when asked from several threads."""

    def __init__(self, setting: Setting, parameters: dict, *, readers: int = 1):
        self.setting, self._parameters, self._readers = setting, parameters, readers

    def __enter__(self) -> "Bench":
        with ExitStack() as stack:
            case, level = self.setting.case, self.setting.level
            self._zygote = stack.enter_context(Zygote(case, level=level, parameters=self._parameters))
            self._free = SimpleQueue()
            for _ in range(self._readers):
                self._free.put(stack.enter_context(Apart()))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._stack.close()

    @contextmanager
    def _reader(self) -> Iterator[Apart]:
        reader = self._free.get()
        try:
            yield reader
        finally:
            self._free.put(reader)

    def do(self, task: Task) -> Done:
        """Read the file, run it at both sets of parameters, once more where it may differ by itself."""
        with self._reader() as reader:
            given = reader.read(task.data)
            plan = None
            if not given.trouble:
                plan = reader.plan(given, self.setting.titles, task.unseen, task.own)
        record = {
            "format": FORMAT,
            "key": self.setting.key(given.sha256, task.unseen, task.own),
            "student": task.student,
            "trouble": given.trouble or ("" if plan else "grade.file.reader"),
            "sheet": given.digest,
            "payload": given.payload,
            "settled": True,
        }
        if record["trouble"]:
            return Done(record | dict.fromkeys(("unseen", "own", "questions", "again"), []), {}, {})
        return self._run(task, given, plan, record)

    def _run(self, task: Task, given: Submission, plan: dict, record: dict) -> Done:
        questions = dict(map(tuple, plan["questions"]))
        known = task.known or {}
        played = {}
        play = partial(self._play, questions=questions, known=known)
        played["unseen"] = play("unseen", plan["unseen"])
        own_graded = {e.name for e in self.setting.case.exercises if e.question.graded == "own"}
        without = set(filter(None, runs.stops(played["unseen"].attempts))) - own_graded
        played["own"] = play("own", plan["own"], without=without)
        if plan["entropy"]:
            played["second"] = play("second", plan["unseen"], without=without)
        attempts = {name: one.attempts for name, one in played.items()}
        facts = {name: plan[name] for name in ("questions", "checks", "again", "reads")}
        settled = bool(known) or not any(map(runs.doubtful, attempts.values()))
        executed = {name: played[name].cells for name in ("unseen", "own")}
        return Done(record | attempts | facts | {"settled": settled}, executed, _times(played, questions))

    def _play(self, name: str, cells: list, *, questions, known, without=()) -> runs.Played:
        kept = runs.settled(known.get(name, []))
        return runs.play(self._once, cells, questions, known=kept, without=without)

    def _once(self, cells: list):
        specs = {exercise.name: exercise.spec for exercise in self.setting.case.exercises}
        job = Job(tuple(map(tuple, cells)), specs, self.setting.limits, SEED)
        return self._zygote.run(job)


def _times(played: dict, questions: dict) -> dict:
    """Seconds of wall and processor time, by run and question."""
    found = {}
    for name, one in played.items():
        spent = {}
        for number, cell in one.cells.items():
            question = questions.get(number, "")
            seconds, cpu = spent.get(question, (0.0, 0.0))
            spent[question] = seconds + cell.seconds, cpu + cell.cpu_seconds
        found[name] = {
            question: {"seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3)}
            for question, (seconds, cpu) in spent.items()
        }
    return found
