"""Tables as people send them: CSV in the encodings and with the separators of Excel, Canvas and Moodle."""

import codecs
import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused, one_line
from crmlib.workbook.rounds.files import read_bytes

MOST = 20 * 2**20
SHOWN = 20
# A letter next to a Chinese character: text of Western Europe that happens to decode as Chinese.
MIXED = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
# A first line of no table: by it Excel is told, and tells, the separator.
NAMED = re.compile(r'"?sep=([,;\t|])"?[ ,;\t|]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True)
class Row:
    """One row: its number in the file, as a spreadsheet counts, and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The columns as they stand in the file, and the rows that are not blank."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read(path: Path, known: Iterable[str]) -> Table:
    """The table in the file; ``known`` are columns that tell which separator it has."""
    lines = _lines(decoded(path), {_plain(name) for name in known}, path)
    if not lines:
        raise Refused("assign.table.empty", path=path)
    (_, head), *body = lines
    columns = [name.strip() for name in head]
    wide = [n for n, cells in body if any(cell.strip() for cell in cells[len(columns) :])]
    if wide:
        raise Refused("assign.table.wide", path=path, row=wide[0], columns=len(columns))
    rows = [Row(n, dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))) for n, cells in body]
    return Table(tuple(columns), tuple(rows))


def _lines(text, known, path) -> list[tuple[int, list[str]]]:
    """The rows with their numbers, split by the separator that the file names, else by the likeliest."""
    if named := NAMED.match(text):  # no spreadsheet shows that line, or counts it
        text = text[named.end() :]
    mark = named[1] if named else _likeliest(text, known)
    try:
        rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), 1)
        return [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Refused("assign.table.csv", path=path, reason=error) from error


def _likeliest(text, known) -> str:
    """The separator under which most columns are known."""
    return max(",;\t", key=lambda mark: len(known & {_plain(cell) for cell in _head(text, mark)}))


def _head(text, mark) -> list[str]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return next(csv.reader([first], delimiter=mark), [])


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


def column(table: Table, names: Iterable[str]) -> str:
    """The table's first column under one of the names, however it is spelled; empty when there is none."""
    spelled = {_plain(column): column for column in reversed(table.columns)}
    return next((spelled[_plain(name)] for name in names if _plain(name) in spelled), "")


def decoded(path: Path) -> str:
    """The file's text: UTF-8, UTF-16 with its mark, or GB18030, which Chinese editions of Excel write."""
    content = read_bytes(path, MOST)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refused("assign.table.workbook", path=path)
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or not MIXED.search(text):
            return text
    raise Refused("assign.table.encoding", path=path)


def refuse_all(path: Path, problems: list[tuple[int, str]]) -> None:
    """`Refused` with every problem, each with its row, so that one correction of the file will do."""
    if problems:
        shown = [
            say("assign.table.row", row=row, reason=one_line(reason))
            for row, reason in sorted(problems)[:SHOWN]
        ]
        more = [say("assign.table.more", count=len(problems) - SHOWN)] if len(problems) > SHOWN else []
        raise Refused("assign.table.problems", path=path, problems="\n  ".join(["", *shown, *more]))


def safe(cell: str) -> str:
    """The text as no spreadsheet takes for a formula; `plain` gives it back.

    >>> safe("=1+1"), plain(safe("=1+1")), safe("O'Neill")
    ("'=1+1", '=1+1', "O'Neill")
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """The text that `safe` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def text(columns: list[str], rows: Iterable[list[str]]) -> str:
    """The rows as CSV, with nothing that a spreadsheet computes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()
