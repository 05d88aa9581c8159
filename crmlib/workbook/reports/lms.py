"""Totals given back in the form of the learning platform: Canvas's and Moodle's own exported tables."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.reports.marks import Account, shown, stem
from crmlib.workbook.reports.safe import line
from crmlib.workbook.reports.spreadsheet import Spreadsheet

CANVAS_WHO = ("SIS User ID", "SIS Login ID", "ID")
MOODLE_WHO = ("ID number", "Email address", "Username")
CANVAS_OWN = re.compile(r"\s*\(\d+\)\s*$")
EXCUSED = "EX"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can name: the same bytes every time


@dataclass(frozen=True)
class Filled:
    """The platform's table with totals in it, and what a person should know about it."""

    content: bytes
    notes: tuple[str, ...]


def canvas(path: Path, accounts: list[Account], *, column: str = "", title: str = "") -> Filled:
    """Canvas's exported gradebook with the final totals in the assignment's column.

    The column is ``column``, or the only one that is called ``title``.
    """
    sheet = Spreadsheet.read(path)
    _need(sheet, ("Student", "ID"))
    at, who = _assignment(sheet, column, title), [sheet.column(name) for name in CANVAS_WHO]
    students = [n for n in range(1, len(sheet.rows)) if sheet.cell(n, sheet.column("ID"))]
    notes = _fill(sheet, students, who, at, accounts)
    possible = next((n for n in range(1, len(sheet.rows)) if n not in students), None)
    most = sheet.cell(possible, at) if possible is not None else ""
    return Filled(sheet.bytes(), (*notes, *_most(most, accounts)))


def _assignment(sheet: Spreadsheet, column: str, title: str) -> int:
    names = sheet.columns()
    wanted = column or title
    found = [n for n, name in enumerate(names) if wanted in (name, CANVAS_OWN.sub("", name))]
    if len(found) != 1:
        own = ", ".join(name for name in names if CANVAS_OWN.search(name)) or "-"
        raise Refused("report.lms.assignment", path=sheet.path, name=wanted, count=len(found), names=own)
    return found[0]


def moodle(path: Path, accounts: list[Account]) -> Filled:
    """Moodle's grading worksheet with the final totals in the column *Grade*."""
    sheet = Spreadsheet.read(path)
    _need(sheet, ("Identifier", "Grade"))
    who = [sheet.column(name) for name in MOODLE_WHO]
    notes = _fill(sheet, range(1, len(sheet.rows)), who, sheet.column("Grade"), accounts)
    most = sheet.cell(1, sheet.column("Maximum Grade")) if len(sheet.rows) > 1 else ""
    return Filled(sheet.bytes(), (*notes, *_most(most, accounts)))


def moodle_feedback(path: Path, accounts: list[Account], pages: dict[str, str]) -> bytes:
    """Feedback ``pages`` by pseudonym as the zip that Moodle hands out, one folder a participant."""
    sheet = Spreadsheet.read(path)
    _need(sheet, ("Identifier", "Full name"))
    who, out = [sheet.column(name) for name in MOODLE_WHO], io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for row in range(1, len(sheet.rows)):
            account, folder = _owner(sheet, row, who, accounts), _folder(sheet, row)
            if account and folder and account.who.pseudonym in pages:
                info = zipfile.ZipInfo(f"{folder}/{stem(account.who)}.html", EPOCH)
                info.external_attr = 0o644 << 16
                info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED
                packed.writestr(info, pages[account.who.pseudonym])
    return out.getvalue()


def _folder(sheet: Spreadsheet, row: int) -> str:
    """``Name_12345_assignsubmission_file_``: Moodle reads the number and cuts at the underscores."""
    number = re.search(r"\d+\s*$", sheet.cell(row, sheet.column("Identifier")))
    letters = re.sub(r'[\\/:*?"<>|_.]+', " ", sheet.cell(row, sheet.column("Full name")))
    name = line(letters, 100)
    return f"{name or '-'}_{number[0].strip()}_assignsubmission_file_" if number else ""


def _need(sheet: Spreadsheet, names: tuple[str, ...]) -> None:
    for name in names:
        if sheet.column(name) is None:
            found = ", ".join(sheet.columns()) or "-"
            raise Refused("report.lms.column", path=sheet.path, name=name, found=found)


def _fill(sheet: Spreadsheet, rows, who, at: int, accounts: list[Account]) -> list[str]:
    """Put the totals in; say whom the table has too many, whom it lacks, and whose total is not final."""
    found, unknown, excused, kept = [], [], [], []
    for row in rows:
        account = _owner(sheet, row, who, accounts)
        if account is None:
            unknown.append(sheet.cell(row, _name(sheet)))
            continue
        found.append(account)
        if sheet.cell(row, at).upper() == EXCUSED:
            excused.append(account.who.id)
        elif account.final is None:
            kept.append(account.who.id)
        else:
            sheet.put(row, at, shown(account.final))
    lacking = [account.who.id for account in accounts if account not in found]
    lists = {"unknown": unknown, "lacking": lacking, "excused": excused, "open": kept}
    return [_listed(key, sheet.path, names) for key, names in lists.items() if names]


def _name(sheet: Spreadsheet) -> int | None:
    at = sheet.column("Student", "Full name")
    return sheet.column("Identifier", "ID") if at is None else at


def _listed(key: str, path: Path, names: list[str]) -> str:
    shown_ = ", ".join(line(name, 60) for name in names[:20]) + (", \u2026" if len(names) > 20 else "")
    return say(f"report.lms.{key}", path=path, count=len(names), names=shown_)


def _owner(sheet: Spreadsheet, row: int, who, accounts: list[Account]) -> Account | None:
    """The one student whom the row's identifying cells name; None for nobody, and for two different ones."""
    cells = {sheet.cell(row, column).casefold() for column in who} - {""}
    found = [one for one in accounts if {one.who.id.casefold(), one.who.email.casefold()} & cells]
    exact = [one for one in found if one.who.id in {sheet.cell(row, column) for column in who}]
    candidates = exact or found
    return candidates[0] if len(candidates) == 1 else None


def _most(text: str, accounts: list[Account]) -> list[str]:
    """A sentence where the platform's maximum is not the sheet's."""
    possible = max((account.possible for account in accounts), default=0)
    number = re.fullmatch(r"\s*(\d+)(?:[.,](\d+))?\s*", text)
    if not number or not possible or float(f"{number[1]}.{number[2] or 0}") == possible:
        return []
    return [say("report.lms.most", theirs=line(text, 20), ours=shown(possible))]
