"""From records to results, on the trusted side; the author's solutions run in processes of their own."""

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Lock

from crmlib.workbook.grading import carry, marking, probe, result
from crmlib.workbook.grading.allowance import together
from crmlib.workbook.grading.marking import Mark, Paper
from crmlib.workbook.grading.own import Own, is_constant
from crmlib.workbook.grading.room import Class, Progress
from crmlib.workbook.grading.solver import Solver
from crmlib.workbook.key import make_key
from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import unpack

# (probes by student): runs them and adds them to the records; says at whose the grader failed
Run = Callable[[dict[str, list[dict]]], list[str]]
NOTHING = {"trouble": "", "again": [], "unseen": [], "sheet": "", "questions": []}


def mark_all(room: Class, keys: dict[str, str], progress: Progress, run: Run) -> tuple[dict[str, dict], dict]:
    """The results by student, and the key of the round; ``keys`` name the records.

    ``run`` is asked once for the probes that some of the marks need; these are then made again.
    """
    refuse_unknown(room)
    results, own = {}, {}
    with Marker(room) as marker, _pool(room.workers) as pool:

        def make(students: list[str]) -> None:
            made = pool.map(marker.result, students, [keys[student] for student in students])
            for count, (student, (one, answers)) in enumerate(zip(students, made, strict=True), 1):
                results[student], own[student] = one, answers
                progress("marking", count, len(students))

        make(sorted(keys))
        if marker.wanted:
            again = sorted(marker.wanted)
            keys = keys | dict.fromkeys(run(marker.wanted), "")
            make(again)
        return results, {"unseen": marker.key.answers, "own": own}


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads; who leaves early, as on Ctrl-C, waits only for what is under way."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def refuse_unknown(room: Class) -> None:
    """`Refused` where a question that is declared void is none of the case's."""
    names = room.exercises.by_name
    for name in room.void:
        if name not in names:
            raise Refused("grade.void", name=name, names=", ".join(names))


class Marker:
    """A context in which records become results, several at a time."""

    def __init__(self, room: Class):
        self.room, self.key = room, make_key(room.exercises, room.manifest.unseen)
        self.wanted: dict[str, list[dict]] = {}
        for exercise in room.exercises.exercises:
            is_constant(exercise)  # before there are threads
        self._solver, self._lock, self._solved = (
            Solver(room.exercises, seconds=room.limits.wall_seconds),
            Lock(),
            {},
        )
        self._about = {
            "case": room.exercises.case,
            "title": result.title(room.exercises),
            "version": room.exercises.version,
            "language": room.manifest.language,
            "level": room.level,
            "limits": vars(room.limits),
            "limits_together": together(room.limits),
        }

    def __enter__(self) -> "Marker":
        return self

    def __exit__(self, *_) -> None:
        self._solver.__exit__()

    def result(self, student: str, key: str) -> tuple[dict, dict]:
        """The result of a student, and the answers at their own data; a fault of ours costs nobody else."""
        try:
            return self._result(student, self.room.store.record(student, key))
        except Exception:
            self._fault(student)
            return self._result(student, None)

    def _fault(self, student: str) -> None:
        self.room.store.fault(student, traceback.format_exc())

    def _result(self, student, record) -> tuple[dict, dict]:
        room = self.room
        paper = Paper(student, record or NOTHING, self._own(student, record or NOTHING))
        if record is None:
            paper.marks = {name: Mark(marking.FAULT) for name in room.exercises.by_name}
        else:
            marking.mark(paper, room.exercises, self.key, partial(self._fault, student))
            self._carry(paper)
            marking.leave_followers_open(paper, room.exercises)
            # Only now: what follows from a void answer is still judged by that answer.
            paper.marks |= dict.fromkeys(room.void, Mark("void"))
        parameters = {"unseen": room.manifest.unseen, "own": room.own(student)}
        return result.result(paper, room.exercises, self._about, parameters), paper.own.answers()

    def _own(self, student, record) -> Own:
        """What is right at the student's data; the sheet helps if it is the very one handed out."""
        sheet, manifest = None, self.room.manifest
        known = manifest.students[student]["sheet"]
        if record["sheet"] == known and manifest.version == self.room.exercises.version:
            sheet = unpack(record["payload"])
        parameters = self.room.own(student)
        return Own(self.room.exercises, self.key, sheet, lambda names: self._solve(parameters, names, {}))

    def _carry(self, paper) -> None:
        exercises, sources = self.room.exercises, carry.candidates(paper, self.room.exercises)
        if not sources:
            return
        given = carry.earlier(paper, exercises, self.key)

        def solve(names: list[str], put: dict) -> dict:
            return self._solve(self.room.manifest.unseen, names, given | put)

        fits = carry.fitting(paper, exercises, sources, solve(list(sources), {}))
        probes = probe.probes(paper, exercises, self.key, fits, solve)
        wanted = probe.wanted(probes)
        if any(one not in map(probe.asked, paper.record.get("probes", [])) for one in wanted):
            self.wanted[paper.student] = wanted
        shown = {
            name: probe.follows(paper, exercises.by_name[name], one, solve) for name, one in probes.items()
        }
        carry.carry(paper, sources, shown)

    def _solve(self, parameters, names, given) -> dict:
        """Solved once for all students with the same answers before."""
        known = marking.text([parameters, names, given])
        with self._lock:
            if known not in self._solved:
                self._solved[known] = self._solver.solve(parameters, names, given=given)
            return self._solved[known]
