"""A class graded: every submission run, then marked, then written; what was done before is not done again.

Runs and marks are apart. Runs take the time, need the sandbox, and are recorded; marks are made from the
records, in a moment and as often as the key is mended.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import crmlib
from crmlib.workbook.author import Exercises
from crmlib.workbook.grading import carry, marking, result
from crmlib.workbook.grading.bench import Done, Setting, Task, public
from crmlib.workbook.grading.executed import notebook_texts
from crmlib.workbook.grading.marking import Mark, Paper
from crmlib.workbook.grading.own import Own
from crmlib.workbook.grading.schedulers import Scheduler
from crmlib.workbook.grading.solving import Solver
from crmlib.workbook.grading.store import Store
from crmlib.workbook.key import Key, make_key
from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import unpack
from crmlib.workbook.rounds.manifest import Manifest
from crmlib.workbook.sandbox import Limits

# (stage, done, total)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class File:
    """A submission that was accepted: whose it is, its bytes and their SHA-256."""

    student: str
    data: bytes
    sha256: str


@dataclass
class Class:
    """One round of one class: what is asked, of whom, at which parameters, within which limits."""

    exercises: Exercises
    manifest: Manifest
    store: Store
    level: str = "full"
    limits: Limits = field(default_factory=Limits)
    void: tuple[str, ...] = ()
    workers: int = 1

    @property
    def setting(self) -> Setting:
        return Setting(public(self.exercises), self.level, self.limits)

    @property
    def settings(self) -> dict:
        """What decides the marks beside the submissions: another gives another result."""
        return {
            "case": self.exercises.case,
            "version": self.exercises.version,
            "crmlib": crmlib.__version__,
            "unseen": self.manifest.unseen,
            "level": self.level,
            "limits": vars(self.limits),
            "void": sorted(self.void),
        }

    def own(self, student: str) -> dict:
        return self.manifest.students[student]["parameters"]


def run_all(room: Class, files: Iterable[File], scheduler: Scheduler, progress: Progress) -> dict[str, str]:
    """Run what is not recorded yet; the keys of the records by student, "" where the grader failed.

    What ran out of time or memory is run once more with nothing beside it.
    """
    keys, fresh, alone = {}, [], []
    for file in files:
        key = room.setting.key(file.sha256, room.manifest.unseen, room.own(file.student))
        keys[file.student] = key
        record = room.store.record(file.student, key)
        task = Task(file.student, file.data, room.manifest.unseen, room.own(file.student), record)
        if record is None:
            fresh.append(task)
        elif not record["settled"]:
            alone.append(task)
    doubtful = _run(room, fresh, scheduler, partial_progress(progress, "together"), keys)
    alone += doubtful
    if alone:
        _run(room, alone, scheduler.alone(), partial_progress(progress, "alone"), keys)
    return keys


def partial_progress(progress: Progress, stage: str) -> Callable[[int, int], None]:
    """The progress of one stage."""
    return lambda done, total: progress(stage, done, total)


def _run(room, tasks, scheduler, progress, keys) -> list[Task]:
    """Run the tasks and record them; those to be run again alone."""
    again = []
    progress(0, len(tasks))
    for count, (task, done) in enumerate(scheduler.run(room.setting, room.manifest.unseen, tasks), 1):
        if isinstance(done, Done):
            room.store.keep(done.record, notebook_texts(done), done.times)
            if not done.record["settled"]:
                again.append(Task(task.student, task.data, task.unseen, task.own, done.record))
        else:
            room.store.fault(task.student, done)
            keys[task.student] = ""
        progress(count, len(tasks))
    return again


class Marker:
    """A context in which records become results; the author's solutions run in other processes."""

    def __init__(self, room: Class):
        self.room, self.key = room, make_key(room.exercises, room.manifest.unseen)
        unknown = [name for name in room.void if name not in room.exercises.by_name]
        if unknown:
            names = ", ".join(room.exercises.by_name)
            raise Refused("grade.void", name=unknown[0], names=names)
        self._solver, self._lock, self._solved = Solver(room.exercises), Lock(), {}

    def __enter__(self) -> "Marker":
        return self

    def __exit__(self, *_) -> None:
        self._solver.__exit__()

    def result(self, student: str, key: str) -> tuple[dict, dict]:
        """The result of a student, and the answers at their own data; a fault of ours costs nobody else."""
        try:
            return self._result(student, self.room.store.record(student, key))
        except Exception:
            self.room.store.fault(student, traceback.format_exc())
            return self._result(student, None)

    def _result(self, student, record) -> tuple[dict, dict]:
        room = self.room
        paper = Paper(student, record or EMPTY, self._own(student, record or EMPTY))
        if record is None:
            paper.marks = {name: Mark(marking.FAULT) for name in room.exercises.by_name}
        else:
            marking.mark(paper, room.exercises, self.key, room.void)
            self._carry(paper)
        parameters = {"unseen": room.manifest.unseen, "own": room.own(student)}
        made = result.result(paper, room.exercises, _about(room), parameters)
        return made, paper.own.answers()

    def _own(self, student, record) -> Own:
        sheet, manifest = None, self.room.manifest
        known = manifest.students[student]["sheet"]
        if record["sheet"] == known and manifest.version == self.room.exercises.version:
            sheet = unpack(record["payload"])
        parameters = self.room.own(student)
        return Own(self.room.exercises, self.key, sheet, lambda names: self._solve(parameters, names, {}))

    def _carry(self, paper) -> None:
        names = list(carry.candidates(paper, self.room.exercises))
        if names:
            given = carry.earlier(paper, self.room.exercises, self.key)
            solved = self._solve(self.room.manifest.unseen, names, given)
            carry.carry(paper, self.room.exercises, solved)

    def _solve(self, parameters, names, given) -> dict:
        known = marking.text([parameters, names, given])
        with self._lock:
            if known not in self._solved:
                self._solved[known] = self._solver.solve(parameters, names, given=given)
            return self._solved[known]


EMPTY = {"trouble": "", "again": [], "unseen": [], "sheet": "", "questions": []}


def _about(room: Class) -> dict:
    return {
        "case": room.exercises.case,
        "title": result.title(room.exercises),
        "version": room.exercises.version,
        "language": room.manifest.language,
        "level": room.level,
        "limits": vars(room.limits),
    }


def mark_all(room: Class, keys: dict[str, str], progress: Progress) -> tuple[dict[str, dict], dict]:
    """The results by student, and the key of the round."""
    results, own = {}, {}
    with Marker(room) as marker, ThreadPoolExecutor(room.workers) as pool:
        made = pool.map(lambda one: marker.result(*one), sorted(keys.items()))
        for count, (student, (one, answers)) in enumerate(zip(sorted(keys), made, strict=True), 1):
            results[student], own[student] = one, answers
            progress("marking", count, len(keys))
        key: Key = marker.key
    return results, {"unseen": key.answers, "own": own}


def write_all(room: Class, results: dict[str, dict], key: dict, about: dict) -> None:
    """Write the results, the key and what is to be said of the round."""
    room.store.set(room.settings)
    for student, one in results.items():
        room.store.put(student, one)
    outcomes = Counter(q["outcome"] for one in results.values() for q in one["questions"])
    room.store.put("key", key, private=True)
    room.store.put("round", about | room.settings | {"outcomes": dict(outcomes), "students": len(results)})
