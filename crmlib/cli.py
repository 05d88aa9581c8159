"""The command ``crmlib``: a thin shell over `crmlib.workbook`."""

import argparse
import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.exercise_commands import add_exercise_commands
from crmlib.workbook.limits import DEFAULT, Limits
from crmlib.workbook.outcome import CODES, Refused


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = sys.argv[1:] if argv is None else argv
    try:
        options = _parser().parse_args(_joined(given))
        return options.command(options)
    except Refused as error:
        print(say("cli.refused", reason=error), file=sys.stderr)
        return CODES["refused"]
    except KeyboardInterrupt:
        print(say("cli.interrupted"), file=sys.stderr)
        return CODES["interrupted"]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CODES["error"]


def _joined(argv: list[str]) -> list[str]:
    """``-p name value`` as one word, so that a negative value is no option."""
    joined, words = [], iter(argv)
    for word in words:
        if word not in ("-p", "--parameter"):
            joined.append(word)
            continue
        name = next(words, None)
        if name is not None and "=" not in name:
            value = next(words, None)
            name = None if value is None else f"{name}={value}"
        if name is None:
            raise Refused("cli.parameter.incomplete")
        joined.append(f"--parameter={name}")
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crmlib",
        description=say("cli.description"),
        epilog=_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar=say("cli.metavar.command"))
    _add_run(commands)
    _add_list(commands)
    _add_parameters(commands)
    _add_build(commands)
    _add_show(commands)
    add_exercise_commands(partial(_command, commands), _add_parameter)
    return parser


def _codes() -> str:
    lines = [f"  {code:>3}  {word}" for word, code in CODES.items()]
    return "\n".join([say("cli.codes"), *lines])


def _command(commands, name: str, function, **options) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=say("cli.help." + name),
        description=say("cli.help." + name),
        epilog=_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=function)
    return parser


def _add_run(commands) -> None:
    parser = _command(commands, "run", _run)
    parser.add_argument("case", nargs="+", help=say("cli.help.case"))
    _add_parameter(parser)
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


def _add_parameter(parser) -> None:
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar=say("cli.metavar.parameter"),
        help=say("cli.help.parameter"),
    )


def _add_limits(parser) -> None:
    parser.add_argument("--workers", type=_workers, default=0, help=say("cli.help.workers"))
    for name, default in vars(DEFAULT).items():
        option = "--" + name.replace("_", "-")
        text = say("cli.help." + name, default=f"{default:g}")
        parser.add_argument(option, type=_positive, default=default, help=text, metavar="N")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(say("cli.positive", value=text))
    return value


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(say("cli.workers", value=text))
    return int(text)


def _limits(options) -> Limits:
    return Limits(**{name: getattr(options, name) for name in vars(DEFAULT)})


def _add_list(commands) -> None:
    _command(commands, "list", _list)


def _add_parameters(commands) -> None:
    parser = _command(commands, "parameters", _parameters)
    parser.add_argument("case", help=say("cli.help.case"))


def _add_build(commands) -> None:
    parser = _command(commands, "build", _build)
    parser.add_argument("path", nargs="*", type=Path, help=say("cli.help.build_path"))
    _add_limits(parser)


def _add_show(commands) -> None:
    parser = _command(commands, "show", _show)
    parser.add_argument("path", type=Path, help=say("cli.help.show_path"))


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
    lines = [ran.outcome.sentence(), *ran.differences]
    print("\n".join(lines), file=sys.stdout if ran.outcome.ok else sys.stderr)
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


def _list(_options) -> int:
    from crmlib.workbook import build, cases, notebooks

    found = cases.all_cases()
    if not found:
        raise Refused("cli.list.none")
    house = cases.home()
    for case in found:
        print(f"{case.name:<24} {notebooks.title(case.notebook)}  [{', '.join(case.sets) or '-'}]")
    for path in build.all_notebooks():
        if path.parent == house / "notebooks":
            shown = os.path.relpath(path)
            print(f"{shown:<24} {notebooks.title(notebooks.read(path))}")
    return 0


def _parameters(options) -> int:
    from crmlib.workbook import cases

    case = cases.find(options.case)
    if not case.parameters:
        print(say_count("cli.parameters", 0, case=case.name))
        return 0
    heads = say("cli.parameters.columns").split("|")
    rows = [
        [p.name, p.kind, _literal(p.default), p.unit, p.range, p.meaning] for p in case.parameters.values()
    ]
    print(_columns([heads, *rows]))
    if case.sets:
        print("\n" + say("cli.parameters.sets", names=", ".join(case.sets)))
    return 0


def _literal(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _columns(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]) for row in rows
    )


def _build(options) -> int:
    from crmlib.workbook.build import all_notebooks, build_all

    paths = options.path or all_notebooks()
    signal.signal(signal.SIGTERM, _terminated)
    workers = options.workers or os.cpu_count() or 1
    with _bar(len(paths), say("cli.unit.notebook"), say("cli.unit.notebooks")) as bar:
        built = build_all(paths, _limits(options), workers=workers, on_done=bar.update)
    for one in built:
        if not one.outcome.ok:
            print(f"{one.path}: {one.outcome.sentence()}", file=sys.stderr)
        else:
            print(say("cli.build.changed" if one.changed else "cli.build.same", path=one.path))
    failed = [one for one in built if not one.outcome.ok]
    return failed[0].outcome.code if failed else 0


def _show(options) -> int:
    from crmlib.workbook.terminal import notebook_text

    print(notebook_text(options.path), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
