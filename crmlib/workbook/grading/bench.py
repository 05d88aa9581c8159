"""A bench where submissions are run: the part of grading that may stand on another machine.

It holds the case without its solutions, a process that reads files and a zygote that runs them; what it
hands back is text.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

import crmlib
from crmlib.workbook.author import Exercises
from crmlib.workbook.grading import runs
from crmlib.workbook.grading.allowance import PROBES, Allowance, together
from crmlib.workbook.grading.altered import with_answers
from crmlib.workbook.grading.apart import Apart
from crmlib.workbook.grading.executed import notebook
from crmlib.workbook.grading.submission import Submission
from crmlib.workbook.grading.zygotes import Zygotes
from crmlib.workbook.outcome import Refused
from crmlib.workbook.sandbox import NONE, Job, Limits, Zygote, best_level, prove

FORMAT = 4
SEED = 20_260_101


@dataclass(frozen=True)
class Task:
    """A file to be run at the class's and its student's parameters; ``alone``: with nothing beside it.

    With ``probes`` only these are run, without the questions that are ``left`` out.
    """

    student: str
    given: Submission
    unseen: dict
    own: dict
    alone: bool = False
    probes: tuple[dict, ...] = ()
    left: tuple[str, ...] = ()


@dataclass
class Done:
    """What came of a task: the record that marks are made from, the executed notebooks' texts, the times."""

    record: dict
    executed: dict[str, str]
    times: dict


@dataclass(frozen=True)
class Setting:
    """What every run of a class has in common."""

    case: Exercises
    level: str
    limits: Limits
    secret: tuple[Path, ...] = ()

    @property
    def titles(self) -> dict[str, str]:
        return {exercise.name: exercise.question.title for exercise in self.case.exercises}

    def key(self, task: Task) -> str:
        """Names all that a record depends on: the file, the parameters, what is asked for, the limits."""
        specs = {exercise.name: exercise.spec.to_dict() for exercise in self.case.exercises}
        asked = {e.name: (e.question.graded, e.question.follows) for e in self.case.exercises}
        parts = [FORMAT, task.given.sha256, task.unseen, task.own, specs, asked, self.titles]
        parts += [vars(self.limits), self.level]
        known = json.dumps([*parts, together(self.limits), crmlib.__version__], sort_keys=True)
        return sha256(known.encode()).hexdigest()


def public(exercises: Exercises) -> Exercises:
    """The case as a bench may know it: no solution, no mistake, no hint."""
    nothing = {"mistakes": (), "also": (), "hints": (), "rubric": {}, "text": "", "read": ""}
    asked = (replace(e, solution=replace(e.solution, source=""), **nothing) for e in exercises.exercises)
    return replace(exercises, exercises=tuple(asked))


@cache
def refuse_unproven(level: str) -> None:
    """`Refused` where student code gets out of what the level promises; tried once a process."""
    if level == NONE:
        return
    proof = prove(level)
    if not proof.holds:
        best = best_level()
        if not best:
            raise Refused("grade.no_level", reason=prove(NONE).fault)
        failed = proof.fault or ", ".join(name for name, held in proof.held.items() if not held)
        raise Refused("grade.level", level=level, failed=failed, best=best)


class Bench:
    """A context in which tasks are done, several at a time when asked from several threads."""

    def __init__(self, setting: Setting, parameters: dict, *, readers: int = 1):
        self.setting, self._parameters, self._readers = setting, parameters, readers

    def __enter__(self) -> "Bench":
        setting = self.setting
        refuse_unproven(setting.level)
        with ExitStack() as stack:
            self._zygotes = stack.enter_context(Zygotes(self._zygote))
            self._free = SimpleQueue()
            for _ in range(self._readers):
                self._free.put(stack.enter_context(Apart()))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._stack.close()

    def _zygote(self) -> Zygote:
        setting = self.setting
        return Zygote(setting.case, level=setting.level, parameters=self._parameters, secret=setting.secret)

    @contextmanager
    def _reader(self) -> Iterator[Apart]:
        reader = self._free.get()
        try:
            yield reader
        finally:
            self._free.put(reader)

    def do(self, task: Task) -> Done:
        """Run the file at both sets of parameters, once more where it may differ by itself."""
        given = task.given
        with self._reader() as reader:
            plan = reader.plan(given, self.setting.titles, task.unseen, task.own)
        if task.probes:
            return self._probe(task, plan)
        record = {
            "format": FORMAT,
            "key": self.setting.key(task),
            "student": task.student,
            "sha256": given.sha256,
            "trouble": "" if plan else "grade.file.reader",
            "sheet": given.digest,
            "payload": given.payload,
            "settled": True,
        }
        if record["trouble"]:
            return Done(record | {name: [] for name in ("unseen", "own", "questions", "again")}, {}, {})
        return self._run(task, given, plan, record)

    def _run(self, task: Task, given: Submission, plan: dict, record: dict) -> Done:
        questions, allowance = dict(map(tuple, plan["questions"])), Allowance(self.setting.limits)
        once, elsewhere = (partial(self._once, allowance, elsewhere=where) for where in (False, True))
        played = {"unseen": runs.play(once, plan["unseen"], questions)}
        own_graded = {e.name for e in self.setting.case.exercises if e.question.graded == "own"}
        without = _stopped(played["unseen"]) - own_graded
        played["own"] = runs.play(once, plan["own"], questions, without=without)
        if plan["entropy"] or any(runs.tells_an_address(one.attempts[-1]) for one in played.values()):
            played["second"] = runs.play(elsewhere, plan["unseen"], questions, without=without)
            if own_graded:
                left = without | _stopped(played["own"])
                played["second_own"] = runs.play(elsewhere, plan["own"], questions, without=left)
        attempts = {name: one.attempts for name, one in played.items()}
        facts = {name: plan[name] for name in ("questions", "checks", "again", "reads")}
        facts["settled"] = task.alone or not any(map(runs.doubtful, attempts.values()))
        executed = {name: notebook(given.cells, plan[name], played[name].cells) for name in ("unseen", "own")}
        return Done(record | attempts | facts, executed, _times(played, questions))

    def _probe(self, task: Task, plan: dict | None) -> Done:
        """What the file gives with other answers in the place of earlier ones, to be added to its record."""
        if plan is None:
            raise RuntimeError("a file that was read before cannot be read again")
        questions, allowance = dict(map(tuple, plan["questions"])), Allowance(self.setting.limits, PROBES)
        run = partial(self._once, allowance, elsewhere=False)
        probed = []
        for one in task.probes:
            cells = with_answers(plan["unseen"], questions, one)
            probed.append(one | {"attempt": runs.once(run, cells, questions, without=list(task.left))})
        settled = task.alone or not runs.doubtful([one["attempt"] for one in probed])
        return Done({"student": task.student, "probes": probed, "settled": settled}, {}, {})

    def _once(self, allowance: Allowance, cells: list, *, elsewhere: bool):
        """One run; ``elsewhere``: with its objects at other places in memory."""
        allowance.check()
        specs = {exercise.name: exercise.spec for exercise in self.setting.case.exercises}
        job = Job(tuple(map(tuple, cells)), specs, self.setting.limits, SEED)
        ran = self._zygotes.run(job, elsewhere=elsewhere)
        allowance.take(ran)
        return ran


def _stopped(played: runs.Played) -> set[str]:
    """The questions that stopped a run."""
    return set(filter(None, runs.stops(played.attempts)))


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
