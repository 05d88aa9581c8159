"""The commands that look and run nothing: ``list``, ``parameters`` and ``show``."""

import os
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.outcome import Refused


def add_look_commands(add: Callable) -> None:
    """Add the commands by ``add(name, function)``, which returns an argparse parser."""
    add("list", _list)
    add("parameters", _parameters).add_argument("case", help=say("cli.help.case"))
    add("show", _show).add_argument("path", type=Path, help=say("cli.help.show_path"))


def _list(_options) -> int:
    from crmlib.workbook import build, cases

    found = cases.all_cases()
    if not found:
        raise Refused("cli.list.none")
    lessons = [p for p in build.all_notebooks() if p.parent.name == "notebooks"]
    lines = [(case.name, _case_line(case)) for case in found]
    lines += [(os.path.relpath(p), _case_line(cases.Case(p.stem, p))) for p in lessons]
    print(_columns([list(line) for line in lines]))
    return 0


def _case_line(case) -> str:
    """Title and sets, or what is wrong with the case: one that is broken hides no other."""
    from crmlib.workbook.notebooks import title

    try:
        return title(case.notebook) + (f"  [{', '.join(case.sets)}]" if case.sets else "")
    except Refused as error:
        return str(error)


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


def _show(options) -> int:
    from crmlib.workbook.terminal import notebook_text

    print(notebook_text(options.path), end="")
    return 0
