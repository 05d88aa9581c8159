"""Carried forward: an answer that is right for the student's own wrong answers before it.

The author's solution is run again with all of them in place. An answer without a value, of another
type or out of its range is not carried; nor is a follower that was typed in and not computed (`probe`).
"""

from dataclasses import replace

from crmlib.workbook.answers import Unfit, out_of_range
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import Answer, judge
from crmlib.workbook.diagnosis import Finding
from crmlib.workbook.grading.marking import MENDABLE, Paper, own_value
from crmlib.workbook.grading.probe import same_at_both
from crmlib.workbook.grading.said import said
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
        if wrong and not _typed_in(paper, exercise, sources):
            found[exercise.name] = wrong[0]
    return found


def _is_carried(exercises, paper, name) -> bool:
    return _carried(exercises.by_name[name], paper.marks[name])


def _typed_in(paper, exercise, sources) -> bool:
    """Whether an answer is the same at both data sets and its code does not even look at those before it.

    A number that is known beforehand (the share of no baskets) is no work with one's own wrong answer.
    """
    if sources & set(paper.record["reads"].get(exercise.name, [])):
        return False
    return own_value(paper.record, exercise.name, exercise.spec) is None or _is_still(paper, exercise)


def _is_still(paper, exercise) -> bool:
    """Whether an answer is the same at both data sets."""
    last = paper.record["unseen"][-1], paper.record["own"][-1]
    return same_at_both(exercise.name, exercise.spec, *last)


def probed(paper: Paper, exercises: Exercises, names: list[str]) -> dict:
    """The numbers that were put in the place of earlier answers, for those of the questions that need it."""
    still = [name for name in names if _is_still(paper, exercises.by_name[name])]
    return paper.record["probe"].get("numbers", {}) if still else {}


def carry(paper: Paper, exercises: Exercises, solved: dict, moved: dict) -> None:
    """Mark as carried forward what equals the answers ``solved`` with the student's own in place.

    ``moved`` are the answers solved with the probe's numbers besides, where there was a probe.
    """
    for name, source in candidates(paper, exercises).items():
        mark, spec = paper.marks[name], exercises.by_name[name].spec
        if name not in solved or not _follows(paper, exercises.by_name[name], moved):
            continue
        verdict = judge(mark.value, spec, Answer(spec, solved[name]))
        if verdict.right:
            found = Finding("right", 1.0, mark.value, verdict=verdict)
            paper.marks[name] = replace(
                mark, outcome="carried forward", share=1.0, finding=found, other=source
            )


def _follows(paper, exercise, moved) -> bool:
    """Whether an answer that stays the same at both data sets moves with what went before it."""
    probe, read = paper.record["probe"], set(paper.record["reads"].get(exercise.name, []))
    if not (read & probe.get("numbers", {}).keys() and _is_still(paper, exercise)):
        return True
    try:
        value = said(probe["attempts"][-1], exercise.name, exercise.spec)
    except Unfit:
        return False
    if exercise.name not in moved:
        return False
    return judge(value, exercise.spec, Answer(exercise.spec, moved[exercise.name])).right
