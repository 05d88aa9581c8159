"""The index of methods, and one page of the library's reference a room."""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path

from page_text import ROOT, title_of

from crmlib.catalogue import say

# What holds no method for data: what only shows, reads or makes them, and what a notebook asks.
HELPERS = ("datasets", "display", "plots", "quiz", "simulate", "student")
NOT_SHOWN = ("workbook", "locale", "cli", "catalogue")


def write(write: Callable[[str, str], None], notebooks: dict[str, str]) -> dict[str, str]:
    """Write the pages; returns those of the reference with their names.

    ``notebooks`` holds the code of each notebook of the book, by path.
    """
    rooms = {name: importlib.import_module(f"crmlib.{name}") for name in _rooms()}
    lines = [f"# {say('book.methods.title')}", "", say("book.methods.lead"), ""]
    for name, module in rooms.items():
        write(f"api/{name}.md", _reference(module))
        if name not in HELPERS:
            lines += [f"## {_first_line(module)}", "", ":::{container} prose"]
            lines += [say("book.table.methods"), "|---|---|---|"]
            lines += [*(_row(module, thing, notebooks) for thing in _public(module)), ":::", ""]
    write("methods.md", "\n".join(lines))
    return {f"/api/{name}": module.__name__ for name, module in rooms.items()}


def _rooms() -> list[str]:
    """The parts of the library that a notebook may import."""
    folders = [path.parent.name for path in ROOT.glob("crmlib/*/__init__.py")]
    files = [path.stem for path in ROOT.glob("crmlib/[a-z]*.py")]
    return sorted({*folders, *files} - {*NOT_SHOWN})


def _public(module) -> list:
    """Its functions and classes, in the order of its list or else of its text."""
    names = getattr(module, "__all__", None) or [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    ]
    return [thing for thing in (getattr(module, name) for name in names) if callable(thing)]


def _row(module, thing, notebooks: dict[str, str]) -> str:
    name = thing.__name__
    used = [path for path, code in notebooks.items() if re.search(rf"\b{name}\(", code)]
    links = ", ".join(f"[{title_of(Path(path))}](/{path})" for path in used)
    said = _first_line(thing).replace("|", "\\|")
    return f"| [`{name}`](#{module.__name__}.{name}) | {said} | {links} |"


def _first_line(thing) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0].rstrip(".").replace("``", "`")


def _reference(module) -> str:
    name, options = module.__name__, [":members:"]
    if hasattr(module, "__path__"):  # a folder shows what it takes in from its files
        options.append(":imported-members:")
    block = [f".. automodule:: {name}", *(f"   {option}" for option in options)]
    return "\n".join([f"# {name}", "", "```{eval-rst}", *block, "```", ""])
