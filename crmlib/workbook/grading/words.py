"""What a student reads about one question: the diagnosis, the hint that would have helped, the lesson.

Never the key: the sentences are those of the cards, and a card knows no answer.
"""

import math

from crmlib.workbook.answers import Spec
from crmlib.workbook.author import Exercise
from crmlib.workbook.cards import short
from crmlib.workbook.grading.marking import FULL, Mark
from crmlib.workbook.grading.runs import REPLAYS
from crmlib.workbook.payload import Asked
from crmlib.workbook.tutor import Tutor

SILENT = ("void", "hand", "grader fault", "unreadable", *FULL)
SHOWN_ITEMS = 12


def said(exercise: Exercise, mark: Mark, tutor: Tutor) -> list[str]:
    """The paragraphs that explain the mark."""
    first = []
    if mark.outcome not in ("correct", "partial", "wrong"):
        stop = mark.stop["reason"] if mark.stop else ""
        values = {"name": exercise.name, "other": mark.other, "error": short(mark.error, 200), "reason": stop}
        what = f"unreached_{mark.unreached}" if mark.unreached else mark.outcome
        what = what.replace(" ", "_").replace("-", "_")
        first = [tutor.say("grade.said." + what, **values, most=REPLAYS).strip()]
    elif mark.error:
        first = [tutor.say("grade.error_too", error=short(mark.error, 200))]
    if mark.unmoved:
        first.append(tutor.say("grade.unmoved", other=mark.unmoved))
    return first + _diagnosis(exercise, mark, tutor)


def _diagnosis(exercise, mark, tutor) -> list[str]:
    if mark.finding is None or mark.outcome in ("carried forward", "hard-coded", "does not generalise"):
        return []
    question = exercise.question
    asked = Asked(
        name=exercise.name,
        title=question.title,
        points=question.points,
        graded=question.graded,
        follows=question.follows,
        spec=exercise.spec,
        mistakes=tuple(mistake.text for mistake in exercise.mistakes),
    )
    try:
        return list(tutor.finding(mark.finding, asked, [], 0).paragraphs)
    except (KeyError, IndexError):  # words of a submission's own making
        return [tutor.say("grade.unfit")]


def hint(exercise: Exercise, mark: Mark) -> str:
    """The first hint, where one would have helped."""
    return exercise.hints[0] if exercise.hints and mark.outcome not in SILENT else ""


def read(exercise: Exercise, mark: Mark) -> str:
    """The lesson's section, where it would have helped."""
    return exercise.read if mark.outcome not in SILENT else ""


def shown(value, exercise: Exercise, tutor: Tutor) -> str:
    """A plain answer as one short line."""
    if value is None:
        return ""
    spec = exercise.spec
    if spec.type == "table":
        return tutor.count("grade.rows", len(next(iter(value.values()), [])))
    if spec.type in ("list", "set"):
        more = ", \u2026" if len(value) > SHOWN_ITEMS else ""
        return short(", ".join(_one(item, spec.of) for item in value[:SHOWN_ITEMS]), 200) + more
    return short(_one(value, spec), 400 if spec.type == "memo" else 200)


def _one(value, spec: Spec) -> str:
    """A scalar; of a number no more decimal places than its tolerance tells apart."""
    if type(value) is not float:
        return str(value)
    if spec.abs:
        value = round(value, max(0, -math.floor(math.log10(spec.abs)))) + 0.0  # no minus before a zero
    return f"{value:.12g}"
