"""Carried forward: an answer that is right for the student's own wrong answers before it.

The author's solution is run again with all of them in place. An answer without a value, of another
type or out of its range is not carried; nor is what fits them and yet does not follow (`probe`).
"""

from dataclasses import replace

from crmlib.workbook.answers import out_of_range
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import Answer, same
from crmlib.workbook.diagnosis import Finding
from crmlib.workbook.grading.marking import MENDABLE, Paper
from crmlib.workbook.grading.solver import with_sources
from crmlib.workbook.key import Key


def earlier(paper: Paper, exercises: Exercises, key: Key) -> dict:
    """The answers that followers work with: the student's where they are wrong, else the key's."""
    found = {}
    for exercise in exercises.exercises:
        mark = paper.marks[exercise.name]
        if exercise.question.graded == "unseen" and mark.outcome == "correct":
            found[exercise.name] = key.answers[exercise.name]
        elif _carried(exercise, mark):
            found[exercise.name] = mark.value
    return found


def _carried(exercise: Exercise, mark) -> bool:
    if exercise.question.graded != "unseen" or mark.outcome not in MENDABLE or mark.value is None:
        return False
    return exercise.spec.type != "memo" and out_of_range(mark.value, exercise.spec) is None


def candidates(paper: Paper, exercises: Exercises) -> dict[str, str]:
    """The questions that may be right for an earlier wrong answer, each with the first such answer's name."""
    found = {}
    for exercise in exercises.exercises:
        mark = paper.marks[exercise.name]
        if exercise.question.graded != "unseen" or mark.outcome not in MENDABLE or mark.value is None:
            continue
        sources = with_sources(exercises, exercise.question.follows)
        wrong = [n for n in exercises.by_name if n in sources and _is_carried(exercises, paper, n)]
        if wrong:
            found[exercise.name] = wrong[0]
    return found


def _is_carried(exercises, paper, name) -> bool:
    return _carried(exercises.by_name[name], paper.marks[name])


def fitting(paper: Paper, exercises: Exercises, sources: dict[str, str], solved: dict) -> list[str]:
    """Those of the candidates that equal what is ``solved`` with the student's own wrong answers in place."""
    specs = {name: exercises.by_name[name].spec for name in sources if name in solved}
    return [
        name
        for name, spec in specs.items()
        if same(paper.marks[name].value, spec, Answer(spec, solved[name]))
    ]


def carry(paper: Paper, sources: dict[str, str], shown: dict[str, bool]) -> None:
    """Mark as carried forward what was ``shown`` to follow; what fits and does not follow stays wrong."""
    for name, follows in shown.items():
        mark = paper.marks[name]
        if follows:
            finding = Finding("right", 1.0, mark.value)
            change = {"outcome": "carried forward", "share": 1.0, "finding": finding, "other": sources[name]}
        else:
            change = {"unmoved": sources[name]}
        paper.marks[name] = replace(mark, **change)
