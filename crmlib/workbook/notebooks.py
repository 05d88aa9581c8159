"""Notebooks as files: read with a plain refusal, written whole or not at all, found by tag."""

import os
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from crmlib.workbook.outcome import Refused

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def read(path: Path) -> NotebookNode:
    """The notebook at ``path``, in format 4; `Refused` when it is none."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("run.notebook.unreadable", path=path, reason=_first_line(error)) from error
    try:
        major = nbformat.reader.get_version(nbformat.reader.reads(text))[0]
        if major != 4:
            raise Refused("run.notebook.format", path=path, version=major)
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Refused:
        raise
    except Exception as error:  # nbformat raises half a dozen unrelated classes here
        raise Refused("run.notebook.invalid", path=path, reason=_first_line(error)) from error
    _only_python(notebook, path)
    return notebook


def _only_python(notebook, path):
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if str(language).lower() != "python":
        raise Refused("run.notebook.language", path=path, language=language)


def _first_line(error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def dumps(notebook: NotebookNode) -> str:
    """The notebook's text, as it stands in a file."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook to ``path``, whole or not at all."""
    write_text(dumps(notebook), path)


def write_text(text: str, path: Path) -> None:
    """Write ``text`` to ``path``, whole or not at all; the file keeps its mode."""
    path = Path(path).resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def tags(cell: NotebookNode) -> list[str]:
    """The cell's tags."""
    return list(cell.metadata.get("tags", []))


def tagged(notebook: NotebookNode, tag: str) -> list[NotebookNode]:
    """The code cells that carry ``tag``, in order."""
    return [cell for cell in code_cells(notebook) if tag in tags(cell)]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def runs(cell: NotebookNode) -> bool:
    """Whether the cell is one that a kernel executes."""
    return cell.cell_type == "code" and bool(cell.source.strip()) and "skip-execution" not in tags(cell)


def heading_above(notebook: NotebookNode, index: int) -> str:
    """The last Markdown heading at or above cell ``index``; empty when there is none."""
    for cell in reversed(notebook.cells[: index + 1]):
        found = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        if found:
            return found[-1]
    return ""


def title(notebook: NotebookNode) -> str:
    """The notebook's first heading."""
    for cell in notebook.cells:
        found = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if found:
            return found.group(1)
    return ""
