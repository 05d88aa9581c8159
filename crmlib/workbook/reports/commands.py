"""The command ``report``: results in; gradebook, feedback pages and class report out."""

import sys
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.outcome import CODES

FILES = ("policy", "hand_marks", "canvas", "moodle")


def add_reports_commands(add: Callable, add_parameter: Callable) -> None:
    """Add the command by ``add(name, function)``, which returns an argparse parser."""
    parser = add("report", _report)
    manifest = Path("sheets/manifest.json")
    parser.add_argument("case", help=say("cli.help.case"))
    parser.add_argument("results", type=Path, help=say("report.help.results"))
    parser.add_argument("--roster", type=Path, required=True, metavar="CSV", help=say("report.help.roster"))
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=say("report.help.out"))
    parser.add_argument(
        "--manifest",
        type=Path,
        default=manifest,
        metavar="FILE",
        help=say("report.help.manifest", default=manifest),
    )
    for name in FILES:
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=Path, metavar="FILE", help=say("report.help." + name))
    parser.add_argument("--canvas-column", default="", metavar="NAME", help=say("report.help.canvas_column"))
    parser.add_argument("--show-key", action="store_true", help=say("report.help.show_key"))


def _report(options) -> int:
    from crmlib.workbook import author
    from crmlib.workbook.reports.write import Wanted, write
    from crmlib.workbook.rounds.roster import NAMES

    given = {name: getattr(options, name) for name in (*FILES, "roster", "results", "out", "show_key")}
    exercises = author.read(author.find(options.case))
    names = options.manifest.parent / NAMES
    made = write(Wanted(exercises, names=names, canvas_column=options.canvas_column, **given))
    return _ended(made, options.out)


def _ended(made, out: Path) -> int:
    from crmlib.workbook.reports.marks import FINAL, PENDING

    for note in made.notes:
        print(note, file=sys.stderr)
    status = [one.status for one in made.accounts]
    counts = {"final": status.count(FINAL), "pending": status.count(PENDING)}
    absent = len(status) - sum(counts.values())
    print(say_count("report.done", len(status), absent=absent, **counts))
    ran = made.class_report
    places = {"gradebook": out / "gradebook.csv", "feedback": out / "feedback", "page": ran.job.page_path}
    print(say("report.written", **places))
    if not ran.outcome.ok:
        print(say("report.class_failed", reason=ran.outcome.sentence()), file=sys.stderr)
        return CODES["error"]
    return 0
