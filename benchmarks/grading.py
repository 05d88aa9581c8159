"""Grading sixty different submissions of the Walmart case, beside plain code and other tools.

The peers live in an environment of their own, see benchmarks/README.md. Run with:

    python benchmarks/grading.py --peers build/peers/bin/python --folder build/grading

The class is handed out once, into the folder. Runs of two tools that are compared by a ratio take turns.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import grading_peers as peers  # noqa: E402
from class_of_sixty import fill_class, walmart  # noqa: E402
from grading_runs import Ours, Plain  # noqa: E402

from crmlib.workbook import notebooks  # noqa: E402
from crmlib.workbook.rounds import course_key, roster  # noqa: E402
from crmlib.workbook.rounds.assign import Round, assign  # noqa: E402
from crmlib.workbook.rounds.manifest import Manifest  # noqa: E402

STUDENTS = 60
COURSE = 300
ROUNDS = 3
SAMPLE = 6
CORES = 2


def hand_out(folder: Path, students: int) -> tuple[list[Path], Manifest]:
    """The filled sheets, made once."""
    table, sheets = assigned(folder, students)
    course, made, manifest = walmart(), folder / "submissions", Manifest.read(sheets / "manifest.json")
    names = [manifest_name(folder, one.id) for one in roster.read(table).students]
    if not made.exists():
        made.mkdir()
        filled = fill_class(course, [notebooks.read(sheets / name) for name in names])
        for name, member in zip(names, filled, strict=True):
            notebooks.write(member.notebook, made / name)
    return [made / name for name in names], manifest


def assigned(folder: Path, students: int) -> tuple[Path, Path]:
    """The roster, and the folder of its sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    table, key, sheets = folder / "roster.csv", folder / "course.key", folder / "sheets"
    if not key.exists():
        lines = "".join(f"w{n:02},Student {n}\n" for n in range(students))
        table.write_text("id,name\n" + lines, encoding="utf-8")
        course_key.new(key)
    assign(Round(walmart().exercises, course_key.read(key), sheets), roster.read(table))
    return table, sheets


def handing_out(students: int) -> None:
    """Seconds in all to make a course's sheets, seeds and keys included; the goal is five minutes for 300."""
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        assigned(Path(folder), students)
        seconds = time.perf_counter() - start
    line(f"{students} sheets", seconds / students, f"{seconds:.0f} s in all")


def manifest_name(folder: Path, student: str) -> str:
    """The name of a student's sheet."""
    named = roster.names(folder / "sheets" / roster.NAMES).values()
    return next(one.file for one in named if one.id == student)


def against_plain(paths: list[Path], manifest: Manifest) -> float:
    """Seconds a run of ours, held against plain code in warm processes, by turns on the same cores."""
    wall, work = {"plain": [], "ours": []}, {"plain": [], "ours": []}
    exercises = walmart().exercises
    with Plain(exercises, manifest.unseen, CORES) as plain, Ours(exercises, manifest.unseen, CORES) as ours:
        tools = {"plain": plain, "ours": ours}
        for tool in tools.values():
            tool.run(paths[:4])
        for _ in range(ROUNDS):
            for name, tool in tools.items():
                start, used = time.perf_counter(), tool.cpu_seconds()
                tool.run(paths)
                wall[name].append((time.perf_counter() - start) / len(paths))
                work[name].append((tool.cpu_seconds() - used) / len(paths))
    line("plain code, warm processes", median(wall["plain"]), cpu(work["plain"]))
    ratios = f"{ratio(wall)} x plain code; {cpu(work['ours'])}, {ratio(work)} x"
    line("crmlib, sandboxed run", median(wall["ours"]), ratios)
    return median(wall["ours"])


def cpu(values) -> str:
    return f"processor {median(values):.2f} s"


def ratio(times: dict) -> str:
    """How many times plain code's: the median of the rounds, and all of them."""
    ratios = [ours / plain for ours, plain in zip(times["ours"], times["plain"], strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def line(name: str, seconds: float, note: str = "") -> None:
    print(f"{name:<34} {seconds:8.2f} s a notebook   {note}", flush=True)


def whole_command(folder: Path, paths: list[Path]) -> None:
    """Seconds a submission of `crmlib grade`, start and keys and both runs included."""
    seconds = peers.graded(folder, len(paths))
    line("crmlib grade, all of it", seconds, "two runs each, keys, marks, diagnosis, executed notebooks")


def against_peers(python: Path, folder: Path, paths: list[Path], manifest: Manifest, run: float) -> None:
    """Seconds a notebook of each peer on a sample, and how many times a run of ours that is."""
    for name, tool in peers.TOOLS.items():
        seconds = tool(python, folder / "peers", paths, manifest)
        line(name, seconds, f"{seconds / run:.1f} x a sandboxed run ({len(paths)} notebooks)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "grading")
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--only", choices=["assign", "plain", "grade", "peers"])
    options = parser.parse_args()
    if options.only == "assign":
        handing_out(COURSE)
        return
    paths, manifest = hand_out(options.folder, options.students)
    if options.only != "grade":
        run = against_plain(paths, manifest)
    if options.only in (None, "grade"):
        whole_command(options.folder, paths)
    if options.peers and options.only in (None, "peers"):
        chosen = paths[:: max(1, len(paths) // options.sample)][: options.sample]
        against_peers(options.peers.absolute(), options.folder.absolute(), chosen, manifest, run)


if __name__ == "__main__":
    main()
