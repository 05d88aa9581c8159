"""A file that was handed in, read by its bytes: tolerant of what editors do, bounded in all it takes.

Nothing here raises: what is wrong with a file becomes its ``trouble``, a key of the catalogue.
"""

import json
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import count

from crmlib.workbook import learner
from crmlib.workbook.payload import unpack
from crmlib.workbook.rounds.manifest import digest

MOST_BYTES = 20 * 2**20
MOST_CELLS = 2_000
MOST_SOURCE = 1_000_000
KINDS = ("code", "markdown", "raw")
LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Cell:
    """A cell: its source, of code the Python that it stands for; code cells are numbered, from 1 on."""

    number: int
    kind: str
    source: str


@dataclass(frozen=True)
class Submission:
    """What stands in a file: ``payload`` is its sheet's text, ``digest`` what the manifest knows that by.

    ``trouble`` says why it cannot be run.
    """

    sha256: str
    trouble: str = ""
    student: str = ""
    case: str = ""
    cells: tuple[Cell, ...] = ()
    payload: str = ""
    digest: str = ""

    @classmethod
    def from_dict(cls, given: dict) -> "Submission":
        """The submission that `asdict` took apart."""
        return cls(**given | {"cells": tuple(Cell(**cell) for cell in given["cells"])})

    def to_dict(self) -> dict:
        """The submission as JSON values; `from_dict` reads it."""
        return asdict(self)

    @property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]


class _Trouble(Exception):  # noqa: N818 (becomes the submission's)
    """The key of the sentence that says what is wrong."""


def read(data: bytes) -> Submission:
    """The submission that the bytes spell; its ``trouble`` is empty when it can be run."""
    known = sha256(data).hexdigest()
    try:
        cells = _cells(_notebook(data))
    except _Trouble as trouble:
        return Submission(known, str(trouble))
    return _identified(known, cells)


def _notebook(data: bytes) -> dict:
    if len(data) > MOST_BYTES:
        raise _Trouble("grade.file.big")
    if not data.strip(b"\0\t\r\n "):
        raise _Trouble("grade.file.empty")
    try:
        given = json.loads(data.decode(json.detect_encoding(data), "surrogatepass").removeprefix("\ufeff"))
    except (ValueError, RecursionError, MemoryError):
        raise _Trouble("grade.file.json") from None
    if not isinstance(given, dict):
        raise _Trouble("grade.file.notebook")
    return given


def _cells(notebook: dict) -> tuple[Cell, ...]:
    given = notebook.get("cells")
    if given is None and isinstance(notebook.get("worksheets"), list):
        given = [cell for sheet in notebook["worksheets"] for cell in _of_worksheet(sheet)]
    if not isinstance(given, list):
        raise _Trouble("grade.file.notebook")
    if len(given) > MOST_CELLS:
        raise _Trouble("grade.file.cells")
    cells = [_cell(cell) for cell in given]
    if sum(len(text) for kind, text in cells if kind == "code") > MOST_SOURCE:
        raise _Trouble("grade.file.source")
    numbers = count(1)
    return tuple(
        Cell(next(numbers), kind, learner.python(text)) if kind == "code" else Cell(0, kind, text)
        for kind, text in cells
    )


def _of_worksheet(sheet) -> list:
    """The cells of a worksheet of notebook format 3."""
    cells = sheet.get("cells") if isinstance(sheet, dict) else None
    return cells if isinstance(cells, list) else []


def _cell(given) -> tuple[str, str]:
    """Kind and text of one cell; what is no cell at all counts as an empty text."""
    given = given if isinstance(given, dict) else {}
    kind, source = given.get("cell_type"), given.get("source", given.get("input"))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    text = LONE.sub("\ufffd", source) if isinstance(source, str) else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "heading":
        kind, text = "markdown", f"## {text}"
    return kind if kind in KINDS else "raw", text


def _identified(known: str, cells: tuple[Cell, ...]) -> Submission:
    """The submission with whose sheet it is: its cells may hold several copies of one, not of two."""
    code = [cell for cell in cells if cell.kind == "code"]
    texts = [text for cell in code for text in learner.arguments(cell.source, "open_sheet")]
    sheets = {}
    for text in dict.fromkeys(texts):
        try:
            sheet = unpack(text)
            sheets[digest(text)] = str(sheet.student), str(sheet.case), text
        except Exception:  # a payload made up by hand fails in as many ways as there are fields
            continue
    if len(sheets) != 1:
        trouble = "several" if sheets else "damaged" if texts else "no_sheet"
        return Submission(known, "grade.file." + trouble, cells=cells)
    ((carried, (student, case, text)),) = sheets.items()
    return Submission(known, "", student, case, cells, text, carried)
