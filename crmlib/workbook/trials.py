"""The tests of exercises: do solutions, mistakes and blanks get what they should, seed after seed?

Everything goes through the learner's own `check` in an executed sheet, so that a check that has
become too kind or too strict shows here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from crmlib.catalogue import say
from crmlib.workbook.answers import leaves
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.diagnosis import DONE
from crmlib.workbook.key import Key, try_keys
from crmlib.workbook.learner import Cell
from crmlib.workbook.notation import Refusal
from crmlib.workbook.payload import SELF_STUDY
from crmlib.workbook.rehearsal import rehearse
from crmlib.workbook.sheet import SEED, assemble, contents, is_good, sheet_keys
from crmlib.workbook.wellposed import implies, problems

Alter = Callable[[list[Cell]], list[Cell]]


@dataclass(frozen=True)
class Expected:
    """One check of a trial and what it should find."""

    name: str
    what: str
    outcomes: tuple[str, ...]
    mistake: int | None = None


def try_out(exercises: Exercises, seeds: Iterable[int]) -> list[str]:
    """What is wrong with the exercises at the seeds, in sentences; empty when nothing is."""
    several = [{SEED: seed} for seed in seeds]
    keys = try_keys(exercises, several)
    good = [key for key in keys if is_good(exercises, key)]
    troubles = [*_same_everywhere(exercises, [key for key in keys if isinstance(key, Key)])]
    practice = sheet_keys(exercises, good[0].parameters)[1] if good else None
    for parameters, key in zip(several, keys, strict=True):
        found = trial(exercises, key, practice) if key in good else _ill(exercises, key)
        troubles += [say("author.trial.seed", seed=parameters[SEED], trouble=one) for one in found]
    return troubles


def _ill(exercises, key) -> list[str]:
    return [str(key)] if isinstance(key, Refusal) else [str(one) for one in problems(exercises, key)]


def _same_everywhere(exercises, keys) -> Iterator[str]:
    if len(keys) < 3:  # two halves of the households may agree by chance
        return
    for exercise in exercises.exercises:
        answers = {repr(key.answers[exercise.name]) for key in keys}
        if exercise.question.graded == "unseen" and exercise.spec.type != "memo" and len(answers) == 1:
            yield say("author.trial.same", name=exercise.name)


def trial(exercises: Exercises, key: Key, practice: Key, *, alter: Alter = list) -> list[str]:
    """What goes wrong when blanks, mistakes and solutions are put to the check at the key's parameters.

    ``alter`` changes the cells of the sheet before it is run: so one proves that a trial can fail.
    """
    sheet = contents(exercises, key, practice, kind=SELF_STUDY, language="en", student="")
    plan = [step for exercise in exercises.exercises for step in _steps(exercise, key)]
    cells = [cell.source for cell in assemble(exercises, sheet).cells if cell.cell_type == "code"]
    start = next(i for i, source in enumerate(cells) if source.startswith("open_sheet(")) + 1
    sources = [*cells[:start], *(source for source, _ in plan)]
    run = rehearse(
        alter([Cell(number, "", source) for number, source in enumerate(sources, 1)]),
        key.parameters,
        folder=exercises.path.parent,
        cell_seconds=600,
    )
    broken = [*run.errors.values(), *run.stops.values()]
    expected = [one for _, one in plan]
    if broken or len(run.checks) != len(expected):
        return [say("author.trial.broken", reason="; ".join(broken) or len(run.checks))]
    pairs = zip(expected, run.checks, strict=True)
    return [trouble for want, check in pairs for trouble in _held(exercises, key, want, check)]


def _steps(exercise: Exercise, key: Key) -> Iterator[tuple[str, Expected]]:
    """The code of each check of an exercise - blank, each mistake, solution - and what to expect."""
    name = exercise.name
    yield f'{name} = ...\ncheck("{name}", {name})', Expected(name, "blank", ("missing",))
    for number, (mistake, wrong) in enumerate(zip(exercise.mistakes, key.wrong(exercise), strict=True)):
        if mistake.code:
            code = f"_names = dict(globals())\nexec({mistake.code.source!r}, _names)\n"
            source = f'{code}check("{name}", _names["{name}"])'
        elif wrong != key.answers[name]:
            source = f'check("{name}", {mistake.option!r})'
        else:
            continue
        yield source, Expected(name, mistake.text, ("wrong", "partly"), number)
    right = ("recorded",) if exercise.spec.type == "memo" else ("right",)
    yield f'{exercise.solution.source}\ncheck("{name}", {name})', Expected(name, "solution", right)


def _held(exercises, key, want: Expected, check: dict) -> Iterator[str]:
    """The sentences on a check that did not find what it should, or said too much."""
    found = (check["check"], check["outcome"] in want.outcomes, check["mistake"])
    if found != (want.name, True, want.mistake):
        outcome = check["outcome"] if check["mistake"] == want.mistake else f"mistake {check['mistake']}"
        yield say("author.trial.found", name=want.name, what=want.what, found=outcome)
    exercise, answer = exercises.by_name[want.name], key.answers[want.name]
    open_yet = check["outcome"] not in DONE and _telling(answer, exercise.spec)
    if open_yet and implies(check["card"], answer, exercise.spec):
        yield say("author.trial.card", name=want.name, card=" ".join(check["card"].split()))


def _telling(answer, spec) -> bool:
    """Whether a number that a card names by chance, as in "2 of 3", cannot be the answer."""
    numbers = [value for _, part, value in leaves(answer, spec) if part.type == "number"]
    return bool(numbers) and all(abs(n) >= 100 or n != int(n) for n in numbers)
