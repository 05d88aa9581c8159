"""The roster: who is in the class, and the one place where a pseudonym meets a name."""

import hmac
import json
import re
import unicodedata
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import nearest
from crmlib.workbook.rounds import tables
from crmlib.workbook.rounds.files import write
from crmlib.workbook.rounds.tables import Row, Table

NAMES = "names.csv"
LEFT, YES = "left", "yes"
LETTERS = 10
LONGEST = {"id": 100, "name": 200, "email": 254}
COLUMNS = {
    "id": ("id", "student id", "id number", "sis user id", "sis login id", "identifier", "学号"),
    "name": ("name", "student", "student name", "full name", "姓名"),
    "first": ("first name", "given name", "名"),
    "last": ("last name", "surname", "family name", "姓"),
    "email": ("email", "e-mail", "email address", "邮箱"),
}
# Excel's way of writing a long number, which has lost its last digits.
EXPONENT = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
# The way of programs that take a whole number for one with decimal places.
DECIMAL = re.compile(r"(\d+)[.,]0+")
BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Student:
    """One student, and the row of the file that they stand in."""

    id: str
    name: str
    email: str
    row: int


@dataclass(frozen=True)
class Roster:
    """The students in the file's order."""

    path: Path
    students: tuple[Student, ...]

    @cached_property
    def by_id(self) -> dict[str, Student]:
        return {student.id: student for student in self.students}

    def student(self, identity: str) -> Student:
        """The student of that id; `Refused` with the id most like it."""
        found = self.by_id.get(unicodedata.normalize("NFC", identity.strip()))
        if found is None:
            hint = nearest(identity, self.by_id)
            raise Refused("assign.roster.unknown", id=identity, path=self.path, hint=hint)
        return found


def pseudonym(course_key: bytes, case: str, identity: str) -> str:
    """The name that a student goes by everywhere but in the roster: it differs from case to case."""
    message = json.dumps(["pseudonym", case, identity]).encode()
    digest = hmac.new(course_key, message, sha256).digest()
    return "s-" + b32encode(digest).decode()[:LETTERS].lower()


def read(path: Path) -> Roster:
    """The roster in a CSV file; `Refused` names every row that is wrong, and why."""
    table = tables.read(path, [name for names in COLUMNS.values() for name in names])
    columns = {key: tables.column(table, names) for key, names in COLUMNS.items()}
    if not columns["id"] or not (columns["name"] or columns["last"]):
        missing = "id" if not columns["id"] else "name"
        raise Refused("assign.roster.column", path=path, missing=missing, found=", ".join(table.columns))
    if twice := [name for name in columns.values() if name and table.columns.count(name) > 1]:
        raise Refused("assign.roster.column_twice", path=path, column=twice[0])
    students = [_student(row, columns) for row in table.rows if not _canvas_total(row, table)]
    tables.refuse_all(path, [*_unfit(students), *_twice(students)])
    if not students:
        raise Refused("assign.roster.nobody", path=path)
    return Roster(Path(path), tuple(students))


def _canvas_total(row: Row, table: Table) -> bool:
    """Whether it is one of the rows that Canvas puts between the columns and the students."""
    who = row.cells.get("Student", "").strip().lower()
    return (
        {"Student", "ID"} <= set(table.columns)
        and not row.cells["ID"].strip()
        and (not who or who.startswith("points possible"))
    )


def _student(row: Row, columns: dict[str, str]) -> Student:
    def cell(key):
        return unicodedata.normalize("NFC", tables.plain(row.cells.get(columns[key], "").strip()))

    name = cell("name") or " ".join(filter(None, (cell("first"), cell("last"))))
    return Student(cell("id"), name, cell("email"), row.number)


def _unfit(students) -> Iterator[tuple[int, str]]:
    """What is wrong with a student's own cells."""
    for student in students:
        for key, longest in LONGEST.items():
            value = getattr(student, key)
            if key != "email" and not value:
                yield student.row, say("assign.roster.missing", column=key)
            elif len(value) > longest:
                yield student.row, say("assign.roster.long", column=key, most=longest)
            elif _invisible(value, key):
                yield student.row, say("assign.roster.control", column=key, value=ascii(value))
            elif key == "id" and EXPONENT.fullmatch(value):
                yield student.row, say("assign.roster.exponent", value=value)
            elif key == "id" and (whole := DECIMAL.fullmatch(value)):
                yield student.row, say("assign.roster.decimal", value=value, whole=whole[1])


def _invisible(value: str, key: str) -> bool:
    """Whether the text holds what no eye sees: control characters, turned direction, in an id any other."""
    kinds = ("Cc", "Cs", "Co", "Zl", "Zp") + (("Cf",) if key == "id" else ())
    return any(unicodedata.category(c) in kinds for c in value) or bool(BIDIRECTIONAL.search(value))


def _twice(students) -> Iterator[tuple[int, str]]:
    """Ids that stand twice or look alike: upper and lower case are told apart, wide digits are not."""
    rows = {}
    for student in students:
        alike = unicodedata.normalize("NFKC", student.id)
        if alike and alike in rows:
            yield student.row, say("assign.roster.twice", id=student.id, row=rows[alike])
        rows.setdefault(alike, student.row)


@dataclass(frozen=True)
class Named:
    """Who a pseudonym is, and the file that was made for them; ``left``: no longer on the roster."""

    pseudonym: str
    id: str
    name: str
    email: str
    file: str
    left: bool = False


def names(path: Path) -> dict[str, Named]:
    """The students by pseudonym, from the `NAMES` that `assign` wrote."""
    columns = [one.name for one in fields(Named) if one.name != LEFT]
    table = tables.read(path, columns)
    if missing := [column for column in columns if column not in table.columns]:
        raise Refused("assign.names.column", path=path, missing=missing[0])
    people = (
        Named(*(tables.plain(row.cells[column]) for column in columns), row.cells.get(LEFT, "") == YES)
        for row in table.rows
    )
    return {one.pseudonym: one for one in people}


def write_names(known: dict[str, Named], path: Path) -> None:
    """Write the join for its owner only."""
    columns = [one.name for one in fields(Named)]
    rows = [[*astuple(one)[:-1], YES if one.left else ""] for one in known.values()]
    write("\ufeff" + tables.text(columns, rows), path, private=True)
