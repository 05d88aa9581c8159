"""The commands around exercises: ``sheet``, ``preflight``, ``doctor`` and ``try``."""

import argparse
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import languages, say
from crmlib.workbook.outcome import Refused

# Each adds one command with: add(name, function) -> its argparse parser.
Add = Callable


def add_exercise_commands(add: Add, add_parameter: Callable) -> None:
    """Add the commands: ``add_parameter(parser)`` adds the option ``-p`` of every command."""
    parser = add("sheet", _sheet)
    parser.add_argument("case", help=say("cli.help.case"))
    parser.add_argument("--seed", help=say("cli.help.seed"))
    parser.add_argument("--out", type=Path, help=say("cli.help.sheet_out"))
    parser.add_argument("--language", default="en", choices=languages(), help=say("cli.help.language"))
    add_parameter(parser)
    parser = add("preflight", _preflight)
    parser.add_argument("notebook", type=Path, help=say("cli.help.learner"))
    parser.add_argument(
        "--cell-seconds",
        type=float,
        default=60,
        metavar="N",
        help=say("cli.help.preflight_seconds", default=60),
    )
    add("doctor", _doctor)
    parser = add("try", _try)
    parser.add_argument("case", help=say("cli.help.case"))
    parser.add_argument("--seeds", type=_count, default=5, metavar="N", help=say("cli.help.seeds", default=5))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 10_000:
        raise argparse.ArgumentTypeError(say("cli.count", value=text))
    return int(text)


def _sheet(options) -> int:
    from crmlib.workbook import author
    from crmlib.workbook.sheet import SEED, make_sheet

    exercises = author.read(author.find(options.case))
    values = _values(options, exercises, SEED)
    seed = values.get(SEED, exercises.parameters[SEED].default if SEED in exercises.parameters else "")
    out = options.out or Path(f"{exercises.case}-{seed}.ipynb")
    if out.exists():
        raise Refused("sheet.exists", path=out)
    _write(make_sheet(exercises, values, language=options.language), out)
    print(say("sheet.written", path=out))
    return 0


def _values(options, exercises, seed: str) -> dict:
    from crmlib.workbook.parameters import lookup

    given = [tuple(word.split("=", 1)) for word in options.parameter]
    given += [(seed, options.seed)] if options.seed is not None else []
    for name, _ in given:
        if [other for other, _ in given].count(name) > 1:
            raise Refused("run.parameter.twice", name=name)
    return {name: lookup(name, exercises.parameters).read(text) for name, text in given}


def _write(notebook, out: Path) -> None:
    from crmlib.workbook import folders, notebooks

    try:
        folders.make(out.parent)
        notebooks.write(notebook, out)
    except OSError as error:
        raise Refused("sheet.unwritable", path=out, reason=error.strerror) from error


def _preflight(options) -> int:
    from crmlib.workbook.preflight import preflight

    report = preflight(options.notebook, cell_seconds=options.cell_seconds)
    print(report.text())
    return 0 if report.fine else 1


def _doctor(_options) -> int:
    from crmlib.workbook.doctor import examine

    fine = True
    for line in examine():
        print(line.text(), flush=True)
        fine = fine and line.fine
    return 0 if fine else 1


def _try(options) -> int:
    from crmlib.workbook import author
    from crmlib.workbook.trials import try_out

    exercises = author.read(author.find(options.case))
    trials = try_out(exercises, range(1, options.seeds + 1))
    for line in (*trials.troubles, *trials.ill):
        print(line)
    if trials.troubles:
        return 1
    key = "author.trial.skipped" if trials.ill else "author.trial.fine"
    print(say(key, case=exercises.case, seeds=options.seeds))
    return 0
