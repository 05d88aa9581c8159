"""The index of methods, and one page of the library's reference a room."""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path

from crmlib.workbook import notebooks

NOT_METHODS = ("workbook", "locale", "simulate", "plots")


def write(write: Callable[[str, str], None], root: Path) -> list[str]:
    """Write the pages; returns the pages of the reference."""
    rooms = _rooms(root)
    written = {
        path: _code(path)
        for path in sorted(root.glob("*/*.ipynb")) + sorted(root.glob("casestudies/*/study.ipynb"))
    }
    lines = [
        "# Methods",
        "",
        "Every function of the library that computes something, and where it is used.",
        "",
    ]
    for room in rooms:
        module = importlib.import_module(f"crmlib.{room}")
        lines += [f"## {_first_line(module)}", "", "| method | what it gives | used in |", "|---|---|---|"]
        lines += [_row(room, name, getattr(module, name), written, root) for name in module.__all__]
        lines.append("")
        write(f"api/{room}.md", _reference(room))
    write("methods.md", "\n".join(lines))
    return [f"api/{room}" for room in rooms]


def _rooms(root: Path) -> list[str]:
    folders = [path.parent.name for path in sorted(root.glob("crmlib/*/__init__.py"))]
    return [name for name in folders if name not in NOT_METHODS]


def _code(path: Path) -> str:
    return "\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "code")


def _row(room, name, thing, written, root) -> str:
    used = [path for path, code in written.items() if re.search(rf"\b{name}\(", code)]
    links = ", ".join(f"[{_title(path)}](/{path.relative_to(root).as_posix()})" for path in used)
    said = _first_line(thing).replace("|", "\\|")
    return f"| [`{name}`](#crmlib.{room}.{name}) | {said} | {links} |"


def _title(path: Path) -> str:
    return (
        path.parent.name.replace("_", " ")
        if path.stem == "study"
        else path.stem.partition("_")[2].replace("_", " ")
    )


def _first_line(thing) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0].rstrip(".")


def _reference(room: str) -> str:
    title = f"crmlib.{room}"
    return "\n".join(
        [
            f"# {title}",
            "",
            "```{eval-rst}",
            f".. automodule:: {title}",
            "   :members:",
            "   :imported-members:",
            "```",
            "",
        ]
    )
