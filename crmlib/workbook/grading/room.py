"""A class graded: every submission run, then marked, then written; what was done before is not done again.

Runs and marks are apart. Runs take the time, need the sandbox, and are recorded; marks are made from the
records, in a moment and as often as the key is mended.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import crmlib
from crmlib.workbook.author import Exercises
from crmlib.workbook.grading import runs
from crmlib.workbook.grading.apart import Apart
from crmlib.workbook.grading.bench import Done, Setting, Task, public
from crmlib.workbook.grading.schedulers import Scheduler
from crmlib.workbook.grading.store import Store
from crmlib.workbook.grading.submission import Submission
from crmlib.workbook.outcome import Refused
from crmlib.workbook.rounds import roster
from crmlib.workbook.rounds.intake import LAST, File, collect
from crmlib.workbook.rounds.manifest import Manifest
from crmlib.workbook.sandbox import Limits

ACCEPTED = "accepted"

# (stage, done, total)
Progress = Callable[[str, int, int], None]


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
    secret: tuple[Path, ...] = ()

    @property
    def setting(self) -> Setting:
        return Setting(public(self.exercises), self.level, self.limits, self.secret)

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
        """The student's own parameters: the manifest's, never the file's."""
        return self.manifest.students[student]["parameters"]


@dataclass
class Intake:
    """The files with their verdicts, and by student what stands in the accepted ones."""

    files: list[File]
    submissions: dict[str, Submission]


def refuse_other_settings(room: Class) -> None:
    """`Refused` where the folder holds results of another key, of other limits, of another round."""
    standing = room.store.settings
    if standing is not None and (other := [n for n, v in room.settings.items() if standing.get(n) != v]):
        raise Refused("grade.other_settings", path=room.store.folder, names=", ".join(other))


def take_in(room: Class, path: Path, names: Path, *, attempts: str = LAST) -> Intake:
    """What was handed in; ``names`` is the join that `assign` wrote, if it is there.

    Of several ``attempts`` of a student the last or the first counts.
    """
    read = {}
    with Apart() as apart:

        def once(data: bytes) -> Submission:
            given = apart.read(data)
            return read.setdefault(given.sha256, given)

        known = roster.names(names) if names.exists() else {}
        files = collect(path, room.manifest, known, attempts=attempts, read=once)
    return Intake(files, {file.student: read[file.sha256] for file in files if file.verdict == ACCEPTED})


def run_all(room: Class, intake: Intake, scheduler: Scheduler, progress: Progress) -> dict[str, str]:
    """Run what is not recorded yet; the keys of the records by student, "" where the grader failed.

    What ran out of time or memory is run once more with nothing beside it.
    """
    keys, fresh, alone = {}, [], []
    for student, given in sorted(intake.submissions.items()):
        task = Task(student, given, room.manifest.unseen, room.own(student))
        keys[student] = room.setting.key(task)
        record = room.store.record(student, keys[student])
        if record is None:
            fresh.append(task)
        elif not record["settled"]:
            alone.append(replace(task, alone=True))
    alone += _run(room, fresh, scheduler, partial(progress, "together"), keys)
    _run(room, alone, scheduler.alone(), partial(progress, "alone"), keys)
    return keys


def kept(room: Class, intake: Intake) -> dict[str, str]:
    """The keys of the records whose students have results, but no submission among these.

    They are marked again with the others: one folder never holds results of two settings. `Refused` where
    their runs were not made, or made at other parameters or limits.
    """
    others = [student for student in room.store.students if student not in intake.submissions]
    keys = {student: _key_of_record(room, student) for student in others}
    if lost := [student for student, key in keys.items() if not key]:
        raise Refused("grade.regrade.lost", names=", ".join(lost))
    return keys


def _key_of_record(room, student) -> str:
    """The key of a student's record if it is what would be run now; "" if not."""
    record = room.store.last_record(student)
    if student not in room.manifest.students or not record.get("settled") or "sha256" not in record:
        return ""
    task = Task(student, Submission(record["sha256"]), room.manifest.unseen, room.own(student))
    key = room.setting.key(task)
    return key if key == record["key"] else ""


def probe_all(
    room: Class, intake: Intake, scheduler: Scheduler, progress: Progress, wanted: dict[str, list[dict]]
) -> list[str]:
    """Run the probes that marks need, by student, and add them to the records; where the grader failed.

    There is none where the submission is no longer among those handed in.
    """
    tasks, failed = [], {}
    for student in sorted(wanted.keys() & intake.submissions.keys()):
        left = sorted(filter(None, runs.stops(room.store.last_record(student)["unseen"])))
        task = Task(student, intake.submissions[student], room.manifest.unseen, room.own(student))
        tasks.append(replace(task, probes=tuple(wanted[student]), left=tuple(left)))
    again = _run(room, tasks, scheduler, partial(progress, "probes"), failed)
    _run(room, again, scheduler.alone(), partial(progress, "alone"), failed)
    return list(failed)


def _run(room, tasks, scheduler, progress, keys) -> list[Task]:
    """Run the tasks and record them; those to be run again alone."""
    again = []
    if tasks:
        progress(0, len(tasks))
    for count, (task, done) in enumerate(scheduler.run(room.setting, room.manifest.unseen, tasks), 1):
        if not isinstance(done, Done):
            room.store.fault(task.student, done)
            keys[task.student] = ""
        elif task.probes:
            if done.record["settled"]:
                room.store.add(task.student, {"probes": done.record["probes"]})
        else:
            room.store.keep(done.record, done.executed, done.times)
        if isinstance(done, Done) and not done.record["settled"]:
            again.append(replace(task, alone=True))
        progress(count, len(tasks))
    return again


def write_all(room: Class, intake: Intake, results: dict[str, dict], key: dict) -> None:
    """Write the results, the files' verdicts, the key and what is to be said of the round."""
    outcomes = Counter(q["outcome"] for one in results.values() for q in one["questions"])
    about = {"manifest": room.manifest.sha256, "outcomes": dict(outcomes), "students": len(results)}
    with room.store.writing():
        room.store.set(room.settings)
        for student, one in results.items():
            room.store.put(student, one)
        room.store.put("intake", [file.to_dict() for file in intake.files])
        room.store.put("key", key)
        room.store.put("round", room.settings | about)
