"""Whether an answer follows from the one before it, shown by changing that one.

`n_beer = 0` and then `support = n_beer` is right for nearly any formula. An answer that is the same at
both data sets is carried forward only if it moves as the author's does when the number before it is
another. The number put in is made from the student's own: no run ever learns what is right.
"""

from crmlib.workbook.answers import Spec, Unfit, out_of_range
from crmlib.workbook.author import Exercises
from crmlib.workbook.compare import Answer, judge
from crmlib.workbook.grading.said import said
from crmlib.workbook.grading.solver import with_sources


def other_numbers(exercises: Exercises, reads: dict, unseen: dict, own: dict) -> dict:
    """Other numbers for the answers that a follower reads and yet comes out the same at both data sets.

    ``reads`` has, for each question, the answers that its code names; ``unseen`` and ``own`` are the last
    attempts.
    """
    found = {}
    for exercise in exercises.exercises:
        if exercise.question.follows and same_at_both(exercise.name, exercise.spec, unseen, own):
            before = with_sources(exercises, exercise.question.follows)
            for name in before.intersection(reads.get(exercise.name, ())):
                spec = exercises.by_name[name].spec
                if spec.type == "number" and (number := _other(name, spec, unseen)) is not None:
                    found[name] = number
    return dict(sorted(found.items()))


def same_at_both(name: str, spec: Spec, unseen: dict, own: dict) -> bool:
    """Whether the two attempts gave one answer, within the tolerance."""
    try:
        return judge(said(own, name, spec), spec, Answer(spec, said(unseen, name, spec))).right
    except Unfit:
        return False


def _other(name, spec, attempt):
    """A number well apart from the one said, in the range; None where there is none."""
    try:
        number = said(attempt, name, spec)
    except Unfit:
        return None
    low, high = spec.low, spec.high
    if low is not None and high is not None:
        choices = [low + part * (high - low) for part in (0.37, 0.71)]
    else:
        base = low if low is not None else high or 0
        choices = [base + 0.61 * (number - base), number + 3, number - 3]
    if type(number) is int:
        choices = [round(choice) for choice in choices]
    far = [one for one in choices if abs(one - number) > 2 * spec.abs and out_of_range(one, spec) is None]
    return far[0] if far else None


def with_numbers(cells: list, questions: dict[int, str], numbers: dict) -> list:
    """The cells, with each number put in the place of the answer at the end of the answer's block."""
    last = {name: max((n for n, _ in cells if questions.get(n) == name), default=0) for name in numbers}
    put = {number: f"\n{name} = {numbers[name]!r}" for name, number in last.items()}
    return [[number, source + put.get(number, "")] for number, source in cells]
