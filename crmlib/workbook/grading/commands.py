"""The command ``grade``: submissions in, results out."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.outcome import CODES, Refused

LIMITS = {"cpu_seconds": 60, "wall_seconds": 120, "memory_mib": 3072}


def add_grading_commands(add: Callable, add_parameter: Callable) -> None:
    """Add the command by ``add(name, function)``, which returns an argparse parser."""
    parser = add("grade", _grade)
    parser.add_argument("case", help=say("cli.help.case"))
    parser.add_argument("submissions", type=Path, help=say("grade.help.submissions"))
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=say("grade.help.out"))
    manifest = Path("sheets/manifest.json")
    parser.add_argument(
        "--manifest", type=Path, default=manifest, metavar="FILE", help=say("grade.help.manifest")
    )
    levels = ("full", "reduced", "none")
    parser.add_argument("--level", choices=levels, default="full", help=say("grade.help.level"))
    parser.add_argument("--policy", type=Path, metavar="FILE", help=say("policy.help.grade"))
    parser.add_argument("--void", action="append", default=[], metavar="NAME", help=say("grade.help.void"))
    parser.add_argument("--regrade", action="store_true", help=say("grade.help.regrade"))
    parser.add_argument("--apply", action="store_true", help=say("grade.help.apply"))
    parser.add_argument("--workers", type=_positive, metavar="N", help=say("grade.help.workers"))
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help=say("grade.help.scheduler"))
    for name, default in LIMITS.items():
        option = "--" + name.replace("_", "-")
        help_ = say("grade.help." + name, default=default)
        parser.add_argument(option, type=_positive, default=default, metavar="N", help=help_)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(say("grade.positive", value=text))
    return int(text)


def _grade(options) -> int:
    from crmlib.workbook.grading import marker, room
    from crmlib.workbook.grading.progress import Progress

    if options.apply and not options.regrade:
        raise Refused("grade.apply_alone")
    if options.out.resolve().is_relative_to(options.submissions.resolve()):
        raise Refused("grade.among_submissions", path=options.out)
    graded = _class(options)
    _say_what_is_not_held(options)
    with graded.store.locked(), Progress(sys.stderr) as progress:
        if not options.regrade:
            room.refuse_other_settings(graded)
        intake = room.take_in(graded, options.submissions, _names(options), attempts=_attempts(options))
        kept = room.kept(graded, intake) if options.regrade or graded.store.half_written else {}
        scheduler = _scheduler(options, graded.workers)
        keys = kept | room.run_all(graded, intake, scheduler, progress)
        probes = partial(room.probe_all, graded, intake, scheduler, progress)
        results, key = marker.mark_all(graded, keys, progress, probes)
        if kept:
            print(say_count("grade.regrade.kept", len(kept), names=", ".join(kept)))
        if options.regrade and not _regraded(graded, results, apply=options.apply):
            return 0
        room.write_all(graded, intake, results, key)
    return _ended(options, intake, results)


def _say_what_is_not_held(options) -> None:
    """Without a filter of system calls the level still holds, but for one limit; workers have their own."""
    from crmlib.workbook.sandbox import NONE, confine

    if options.level != NONE and not options.scheduler and not confine.has_filter():
        print(say("grade.no_filter", level=options.level), file=sys.stderr)


def _class(options):
    from crmlib.workbook import author
    from crmlib.workbook.grading.room import Class
    from crmlib.workbook.grading.store import Store
    from crmlib.workbook.rounds.manifest import Manifest
    from crmlib.workbook.sandbox import Limits

    exercises = author.read(author.find(options.case))
    manifest = Manifest.read(options.manifest)
    if manifest.case != exercises.case:
        raise Refused("grade.other_case", path=options.manifest, was=manifest.case, case=exercises.case)
    limits = Limits(**{name: getattr(options, name) for name in LIMITS})
    workers = options.workers or len(os.sched_getaffinity(0))
    return Class(
        exercises,
        manifest,
        Store(options.out),
        options.level,
        limits,
        tuple(options.void),
        workers,
        (options.manifest.resolve(), options.submissions.resolve(), options.out.resolve()),
    )


def _names(options) -> Path:
    """Where `assign` wrote who the pseudonyms are."""
    from crmlib.workbook.rounds.roster import NAMES

    return options.manifest.parent / NAMES


def _attempts(options) -> str:
    """Which of several attempts counts, by the policy."""
    from crmlib.workbook.rounds import policy

    return (policy.read(options.policy) if options.policy else policy.Policy()).attempts


def _scheduler(options, workers: int):
    if options.scheduler:
        from crmlib.workbook.grading.cluster import Cluster

        return Cluster(options.scheduler)
    from crmlib.workbook.grading.schedulers import Local

    return Local(workers)


def _regraded(graded, results: dict, *, apply: bool) -> bool:
    """Print what would change; whether it is to be written."""
    from crmlib.workbook.grading import regrade

    before = {student: graded.store.result(student) for student in graded.store.students}
    found = regrade.changes(before, results)
    for line in regrade.report(found, before, results):
        print(line)
    if found and not apply:
        print(say("grade.regrade.not_applied"))
    return apply


def _ended(options, intake, results: dict) -> int:
    """Say how it ended: what was graded, which files were not, where the grader itself failed."""
    from crmlib.workbook.grading import listing

    lines = [say_count("grade.done", len(results), out=options.out)]
    lines += listing.not_graded(intake.files, _names(options))
    if any(file.verdict not in ("accepted", "missing") for file in intake.files):
        lines.append(say("grade.mend", names=_names(options)))
    for line in lines:
        print(listing.fitted(line, sys.stdout))
    faults = [
        s for s, one in results.items() if any(q["outcome"] == "grader fault" for q in one["questions"])
    ]
    if faults:
        trace = options.out / "trace"
        told = say_count("grade.faults", len(faults), names=", ".join(faults), trace=trace)
        print(listing.fitted(told, sys.stderr), file=sys.stderr)
    return CODES["error"] if faults else 0
