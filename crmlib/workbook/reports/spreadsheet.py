"""A CSV file of somebody else's, in which single cells are replaced and no other byte changes."""

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.workbook.outcome import Refused
from crmlib.workbook.rounds import tables

MARK = "\ufeff"


@dataclass
class Spreadsheet:
    """Rows of raw cells, as they stand in the file, each followed by its separator or line end."""

    path: Path
    encoding: str
    lead: str
    rows: list[list[list[str]]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Spreadsheet":
        """The file at ``path``, in any encoding and with any separator that `tables` knows."""
        tables.decoded(path)  # refuses what is no text, and says so
        content = Path(path).read_bytes()
        encoding = _encoding(content)
        text = content.decode(encoding)
        lead = MARK if text.startswith(MARK) else ""
        return cls(Path(path), encoding, lead, _rows(text.removeprefix(MARK), _separator(text)))

    def column(self, *names: str) -> int | None:
        """The number of the first column under one of the names, however it is spelled."""
        head = [_spelled(value(cell)) for cell, _ in self.rows[0]] if self.rows else []
        return next((head.index(_spelled(name)) for name in names if _spelled(name) in head), None)

    def columns(self) -> list[str]:
        return [value(cell) for cell, _ in self.rows[0]] if self.rows else []

    def cell(self, row: int, column: int | None) -> str:
        """The text of a cell; empty outside of the table."""
        cells = self.rows[row]
        return value(cells[column][0]).strip() if column is not None and column < len(cells) else ""

    def put(self, row: int, column: int, number: str) -> None:
        """Replace one cell by a number of ours, quoted where the old one was."""
        if column >= len(self.rows[row]):
            raise Refused("report.lms.short", path=self.path, row=row + 1)
        old = self.rows[row][column][0]
        self.rows[row][column][0] = f'"{number}"' if old.startswith('"') else number

    def bytes(self) -> bytes:
        """The file with the cells replaced."""
        text = self.lead + "".join(cell + end for row in self.rows for cell, end in row)
        return text.encode(self.encoding)


def value(cell: str) -> str:
    """The text that a raw cell spells."""
    quoted = len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
    return cell[1:-1].replace('""', '"') if quoted else cell


def _encoding(content: bytes) -> str:
    """The encoding, of those that `tables` reads, in which a byte-order mark is a letter like others."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if content.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _spelled(name: str) -> str:
    return " ".join(name.casefold().split())


def _separator(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _rows(text: str, separator: str) -> list[list[list[str]]]:
    pattern = re.compile(
        rf'("(?:[^"]|"")*"[^{separator}\r\n]*|[^{separator}\r\n]*)({separator}|\r\n|\n|\r|\Z)'
    )
    rows, row, at = [], [], 0
    while at < len(text) or row:
        found = pattern.match(text, at)
        row.append([found[1], found[2]])
        at = found.end()
        if found[2] != separator:
            rows.append(row)
            row = []
    return rows
