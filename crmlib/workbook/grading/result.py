"""A student's result as it stands in its file: the same marks give the same bytes."""

import json

from crmlib.workbook import notebooks
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.grading import words
from crmlib.workbook.grading.marking import Mark, Paper, points, steady_own_value, text
from crmlib.workbook.grading.runs import REPLAYS
from crmlib.workbook.tutor import Tutor

FORMAT = 2  # `reports.graded` reads this one and no other
LONGEST_JSON = 1_000_000
UNJUDGED = ("void", "unreadable", "grader fault")


def canonical(content) -> str:
    """JSON as it stands in a file: sorted, indented, with an end of line."""
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=True) + "\n"


def result(paper: Paper, exercises: Exercises, about: dict, parameters: dict) -> dict:
    """The result of one student; ``about`` holds what is the same for the class."""
    tutor = Tutor(about["language"])
    questions = [_question(e, paper.marks[e.name], paper, tutor) for e in exercises.exercises]
    counted = [q for q in questions if q["outcome"] != "void" and q["type"] != "memo"]
    return about | {
        "format": FORMAT,
        "student": paper.student,
        "parameters": parameters,
        "points": sum(question["points"] for question in counted),
        "questions": questions,
        "notes": _notes(paper, tutor),
    }


def title(exercises: Exercises) -> str:
    """The title that the case's notebook begins with."""
    return notebooks.title(notebooks.NotebookNode(cells=list(exercises.cells))) or exercises.case


def _question(exercise: Exercise, mark: Mark, paper: Paper, tutor: Tutor) -> dict:
    value = mark.value if mark.steady else None
    return {
        "name": exercise.name,
        "title": exercise.question.title,
        "points": exercise.question.points,
        "graded": exercise.question.graded,
        "type": exercise.spec.type,
        "outcome": mark.outcome,
        "share": round(mark.share, 6),
        "raw": points(exercise, mark),
        "value": words.shown(value, exercise, tutor),
        "own": _own(exercise, mark, paper, tutor),
        "said": words.said(exercise, mark, tutor),
        "hint": words.hint(exercise, mark),
        "read": words.read(exercise, mark),
        "mistake": mark.finding.mistake if mark.finding else None,
        "value_json": _json(value),
        "notes": [],
    }


def _json(value) -> str | None:
    given = None if value is None else text(value)
    return given if given is None or len(given) <= LONGEST_JSON else None


def _own(exercise: Exercise, mark: Mark, paper: Paper, tutor: Tutor) -> dict | None:
    """The answer at the student's own data, by which they find in their sheet what was marked elsewhere."""
    unseen = exercise.question.graded == "unseen" and exercise.spec.type != "memo"
    if not unseen or not mark.steady or mark.outcome in UNJUDGED:
        return None
    value = steady_own_value(paper.record, exercise.name, exercise.spec)
    return None if value is None else {"value": words.shown(value, exercise, tutor), "json": _json(value)}


def _notes(paper: Paper, tutor: Tutor) -> list[str]:
    """What is to be said about the file as a whole."""
    record = paper.record
    notes = [tutor.say(record["trouble"])] if record["trouble"] else []
    for name, number in record["again"]:
        notes.append(tutor.say("grade.note.again", name=name, cell=number))
    if record["unseen"] and len(record["unseen"]) > 1:
        notes.append(tutor.count("grade.note.replays", len(record["unseen"]) - 1))
    last = [record[name][-1]["ended"] for name in ("unseen", "own") if record.get(name)]
    for ended in {one["by"]: one for one in last if one}.values():
        notes.append(tutor.say("grade.ended." + ended["by"], most=REPLAYS, reason=ended["reason"]))
    return notes
