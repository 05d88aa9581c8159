"""The commands that execute notebooks: ``run`` and ``build``."""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.limits import DEFAULT, Limits
from crmlib.workbook.outcome import Refused


def add_run_commands(add: Callable, add_parameter: Callable) -> None:
    """Add the commands by ``add(name, function)``; ``add_parameter(parser)`` adds ``-p``."""
    _add_run(add("run", _run), add_parameter)
    _add_build(add("build", _build))


def _add_run(parser, add_parameter) -> None:
    parser.add_argument("case", nargs="+", help=say("cli.help.case"))
    add_parameter(parser)
    parser.add_argument("--set", default="", help=say("cli.help.set"))
    parser.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar=say("cli.metavar.grid"),
        help=say("cli.help.grid"),
    )
    parser.add_argument("--out", type=Path, help=say("cli.help.out"))
    _add_limits(parser)


def _add_limits(parser) -> None:
    parser.add_argument("--workers", type=_workers, default=0, help=say("cli.help.workers"))
    for name, default in vars(DEFAULT).items():
        option = "--" + name.replace("_", "-")
        text = say("cli.help." + name, default=f"{default:g}")
        parser.add_argument(option, type=_positive, default=default, help=text, metavar="N")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(say("cli.positive", value=text))
    return value


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(say("cli.workers", value=text))
    return int(text)


def _limits(options) -> Limits:
    return Limits(**{name: getattr(options, name) for name in vars(DEFAULT)})


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100)


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        name, _, value = word.partition("=")
        if name in pairs:
            raise Refused("run.parameter.twice", name=name)
        pairs[name] = value
    return pairs


def _run(options) -> int:
    from crmlib.workbook import grid
    from crmlib.workbook.runner import check_folder

    jobs = _jobs(options)
    for job in jobs:
        check_folder(job)
    if len(jobs) == 1 and not options.grid:
        return _run_one(jobs[0])
    return _run_many(jobs, options, grid)


def _jobs(options) -> list:
    from crmlib.workbook import cases, grid
    from crmlib.workbook.parameters import lookup
    from crmlib.workbook.runner import prepare

    fixed, axes = _pairs(options.parameter), _pairs(options.grid)
    for name in set(fixed) & set(axes):
        raise Refused("run.parameter.twice", name=name)
    out, jobs = options.out or _runs_folder(), []
    for name in options.case:
        case = cases.find(name)
        given = {n: lookup(n, case.parameters).read(text) for n, text in fixed.items()}
        lists = {n: text.split(",") for n, text in axes.items()}
        for values in grid.combinations(lists, case.parameters):
            values = {**given, **values}
            limits = _limits(options)
            jobs.append(prepare(case, values, set_name=options.set, out=out, limits=limits))
    if len(jobs) > grid.MOST:
        raise Refused("run.grid.many", count=len(jobs), most=grid.MOST)
    return jobs


def _runs_folder() -> Path:
    from crmlib.workbook.cases import home

    return (home() or Path.cwd()) / "runs"


def _bar(total: int, unit: str, name: str):
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, desc=name, leave=False, disable=not sys.stderr.isatty())


def _run_one(job) -> int:
    from crmlib.workbook import notebooks, runner, terminal

    cells = sum(map(notebooks.runs, job.case.notebook.cells)) + bool(job.changed)
    with _bar(cells, say("cli.unit.cell"), job.case.name) as bar:
        ran = runner.run(job, bar.update)
    if ran.answer:
        print(terminal.plain(ran.answer, _width()) + "\n")
    sentence = ran.outcome.sentence()
    print(sentence, file=sys.stdout if ran.outcome.ok else sys.stderr)
    print(say("cli.written", notebook=job.notebook_path, page=job.page_path))
    return ran.outcome.code


def _run_many(jobs, options, grid) -> int:
    from crmlib.workbook import terminal
    from crmlib.workbook.notebooks import write_text

    signal.signal(signal.SIGTERM, _terminated)
    workers = options.workers or os.cpu_count() or 1
    with _bar(len(jobs), say("cli.unit.run"), say("cli.unit.runs")) as bar:
        rans = grid.run_all(jobs, workers=workers, on_run=bar.update)
    frame, path = grid.table(rans), grid.csv_path(options.out or _runs_folder(), jobs)
    write_text(frame.to_csv(index=False, lineterminator="\n"), path)
    print(terminal.table(grid.differing(frame), shutil.get_terminal_size((100, 24)).columns))
    failed = [ran for ran in rans if not ran.outcome.ok]
    for ran in failed:
        print(f"{ran.job.folder}: {ran.outcome.sentence()}", file=sys.stderr)
    print(say("cli.table", path=path))
    return failed[0].outcome.code if failed else 0


def _terminated(number, _frame):
    raise SystemExit(128 + number)


def _add_build(parser) -> None:
    parser.add_argument("path", nargs="*", type=Path, help=say("cli.help.build_path"))
    _add_limits(parser)


def _build(options) -> int:
    from crmlib.workbook.build import all_notebooks, build_all

    paths = options.path or all_notebooks()
    signal.signal(signal.SIGTERM, _terminated)
    workers = options.workers or os.cpu_count() or 1
    with _bar(len(paths), say("cli.unit.notebook"), say("cli.unit.notebooks")) as bar:
        built = build_all(paths, _limits(options), workers=workers, on_done=bar.update)
    for one in built:
        if not one.outcome.ok:
            print(f"{os.path.relpath(one.path)}: {one.outcome.sentence()}", file=sys.stderr)
        else:
            print(
                say("cli.build.changed" if one.changed else "cli.build.same", path=os.path.relpath(one.path))
            )
    failed = [one for one in built if not one.outcome.ok]
    return failed[0].outcome.code if failed else 0
