"""Marks that a person gave: for memos, in the place of the machine's, after an appeal.

One CSV with the columns student (id or pseudonym), question, points, and where wanted comment and
override. It is the instructor's own file: grading neither reads nor writes it, so marks survive a regrade.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import nearest
from crmlib.workbook.rounds import tables
from crmlib.workbook.rounds.roster import Named

NEEDED = ("student", "question", "points")
OPTIONAL = ("comment", "override")
POINTS = re.compile(r"\d{1,4}(?:[.,]\d{1,4})?")
LONGEST_COMMENT = 5000
ANSWERS = {"": False, "no": False, "yes": True}


@dataclass(frozen=True)
class HandMark:
    """Points that a person gave for one question, in the place of any others."""

    points: float
    comment: str = ""


@dataclass(frozen=True)
class Question:
    """What a question is worth, and whether it waits for a person anyway."""

    points: float
    by_hand: bool


Marks = dict[str, dict[str, HandMark]]


def read(path: Path, names: dict[str, Named], questions: dict[str, Question]) -> Marks:
    """The marks by pseudonym and question; `Refused` names every row that is wrong, and why.

    A row without points is one that is still to be marked.
    """
    table = tables.read(path, [*NEEDED, *OPTIONAL])
    columns = {name: tables.column(table, [name]) for name in (*NEEDED, *OPTIONAL)}
    if missing := [name for name in NEEDED if not columns[name]]:
        raise Refused("policy.marks.column", path=path, missing=missing[0], found=", ".join(table.columns))
    students = {one.id: pseudonym for pseudonym, one in names.items()} | {name: name for name in names}
    marks, rows, problems = {}, {}, []
    for row in table.rows:
        cells = {name: tables.plain(row.cells.get(column, "").strip()) for name, column in columns.items()}
        place = students.get(cells["student"]), cells["question"]
        wrong = list(_wrong(cells, students, questions))
        if place in rows:
            wrong.append(say("policy.marks.twice", row=rows[place]))
        problems += [(row.number, reason) for reason in wrong]
        rows.setdefault(place, row.number)
        if cells["points"] and not wrong:
            points = float(cells["points"].replace(",", "."))
            marks.setdefault(place[0], {})[place[1]] = HandMark(points, cells["comment"])
    tables.refuse_all(path, problems)
    return marks


def _wrong(cells: dict[str, str], students: dict, questions: dict[str, Question]) -> Iterator[str]:
    """What is wrong with one row, in sentences."""
    name, points = cells["question"], cells["points"]
    override = ANSWERS.get(cells["override"].lower())
    if cells["student"] not in students:
        yield say("policy.marks.student", id=cells["student"], hint=nearest(cells["student"], students))
    if name not in questions:
        yield say("policy.marks.question", name=name, hint=nearest(name, questions))
    if override is None:
        yield say("policy.marks.override", value=cells["override"])
    if len(cells["comment"]) > LONGEST_COMMENT:
        yield say("policy.marks.comment", most=LONGEST_COMMENT)
    if points and not POINTS.fullmatch(points):
        yield say("policy.marks.points", value=points)
    elif name in questions and points:
        asked = questions[name]
        if float(points.replace(",", ".")) > asked.points:
            yield say("policy.marks.many", value=points, name=name, points=f"{asked.points:g}")
        if not asked.by_hand and override is False:
            yield say("policy.marks.machine", name=name)
