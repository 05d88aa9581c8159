"""The command ``grade``: submissions in, results out."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.outcome import Refused

LIMITS = {"cpu_seconds": 60, "wall_seconds": 120, "memory_mib": 3072}


def add_grading_commands(add: Callable, add_parameter: Callable) -> None:
    """Add the command by ``add(name, function)``, which returns an argparse parser."""
    parser = add("grade", _grade)
    parser.add_argument("case", help=say("cli.help.case"))
    parser.add_argument("submissions", type=Path, help=say("grade.help.submissions"))
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=say("grade.help.out"))
    parser.add_argument("--manifest", type=Path, metavar="FILE", help=say("grade.help.manifest"))
    parser.add_argument(
        "--level", choices=("full", "reduced", "none"), default="full", help=say("grade.help.level")
    )
    parser.add_argument("--workers", type=_positive, metavar="N", help=say("grade.help.workers"))
    parser.add_argument("--void", action="append", default=[], metavar="NAME", help=say("grade.help.void"))
    for name, default in LIMITS.items():
        option = "--" + name.replace("_", "-")
        help_ = say("grade.help." + name, default=default)
        parser.add_argument(option, type=_positive, default=default, metavar="N", help=help_)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(say("grade.positive", value=text))
    return int(text)


def _grade(options) -> int:
    from crmlib.workbook import author
    from crmlib.workbook.grading import room
    from crmlib.workbook.grading.schedulers import Local
    from crmlib.workbook.grading.store import Store
    from crmlib.workbook.rounds.manifest import Manifest
    from crmlib.workbook.sandbox import Limits

    exercises = author.read(author.find(options.case))
    manifest = Manifest.read(options.manifest or Path("sheets/manifest.json"))
    workers = options.workers or len(os.sched_getaffinity(0))
    limits = Limits(**{name: getattr(options, name) for name in LIMITS})
    graded = room.Class(
        exercises, manifest, Store(options.out), options.level, limits, tuple(options.void), workers
    )
    with graded.store.locked():
        files = _files(options.submissions, manifest)
        keys = room.run_all(graded, files, Local(workers), _progress)
        results, key = room.mark_all(graded, keys, _progress)
        room.write_all(graded, results, key, {"manifest": manifest.sha256})
    print(say_count("grade.done", len(results), out=options.out))
    return 0


def _progress(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(stage, done, total, end="\r", file=sys.stderr)


def _files(folder, manifest):
    from hashlib import sha256

    from crmlib.workbook.grading.apart import Apart
    from crmlib.workbook.grading.room import File

    found = []
    with Apart() as apart:
        for path in sorted(Path(folder).glob("*.ipynb")):
            data = path.read_bytes()
            given = apart.read(data)
            if given.student in manifest.students:
                found.append(File(given.student, data, sha256(data).hexdigest()))
    if not found:
        raise Refused("grade.nothing", path=folder)
    return found
