"""What a terminal shows: text without mark-up and a notebook as plain lines for a diff."""

import re
import textwrap
from pathlib import Path

import pandas as pd
from nbformat import NotebookNode

from crmlib.display import RESULTS_MIME
from crmlib.workbook.outcome import CONTROL

LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
MARKS = re.compile(r"(\*\*|__|`|^#{1,6}\s+)|(?<!\w)[*_](?=\w)|(?<=[\w.,!?%)])[*_](?!\w)", re.M)


def plain(markdown: str, width: int) -> str:
    """The text without mark-up and control codes, each paragraph wrapped at ``width``.

    >>> plain("The **lift** is [1.2](http://x.org).", 40)
    'The lift is 1.2.'
    """
    text = CONTROL.sub("", MARKS.sub("", LINK.sub(r"\1", markdown)))
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(_wrapped(block, max(width, 20)) for block in blocks)


def _wrapped(block: str, width: int) -> str:
    if block.lstrip().startswith(("|", "- ", "* ", "1.")):
        return block
    return textwrap.fill(" ".join(block.split()), width)


def table(frame: pd.DataFrame, width: int) -> str:
    """The frame as columns, numbers at six digits, split when wider than ``width``."""
    shown = frame.map(lambda value: f"{value:.6g}" if isinstance(value, float) else value)
    return shown.to_string(index=False, line_width=width, na_rep="", max_colwidth=40)


def show(notebook: NotebookNode) -> str:
    """Sources and text outputs, one after the other: what a diff of a notebook should show."""
    return "\n".join(line for cell in notebook.cells for line in _cell(cell)) + "\n"


def _cell(cell: NotebookNode):
    tags = " ".join(cell.metadata.get("tags", []))
    yield f"--- {cell.cell_type}" + (f" [{tags}]" if tags else "")
    yield cell.source
    for output in cell.get("outputs", []):
        yield f"--- {output.output_type}"
        yield _output(output)


def _output(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return output.text.rstrip("\n")
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data = output.get("data", {})
    if RESULTS_MIME in data:
        return "\n".join(f"{name} = {value!r}" for name, value in data[RESULTS_MIME].items())
    text = data.get("text/markdown") or data.get("text/plain") or ""
    pictures = [f"<{kind}>" for kind in data if kind.startswith("image/")]
    return "\n".join([*pictures, text] if text else pictures)


def notebook_text(path: Path) -> str:
    """`show` of the file; the file's own text when it is no notebook, so that a diff goes on."""
    from crmlib.workbook.notebooks import read
    from crmlib.workbook.outcome import Refused

    if not path.exists() or path.is_dir():  # /dev/null is what git shows of a deleted file
        raise Refused("run.notebook.missing", path=path)
    try:
        return show(read(path))
    except Refused:
        return Path(path).read_text(encoding="utf-8", errors="replace")
