"""The tests of exercises: do solutions, mistakes and blanks get what they should, seed after seed?

Everything goes through the learner's own `check` in an executed sheet, so that a check that has
become too kind or too strict shows here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from crmlib.catalogue import say
from crmlib.workbook.answers import leaves
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.compare import close
from crmlib.workbook.diagnosis import DONE
from crmlib.workbook.key import Key, try_keys
from crmlib.workbook.learner import Cell
from crmlib.workbook.notation import Refusal
from crmlib.workbook.payload import SELF_STUDY
from crmlib.workbook.rehearsal import rehearse
from crmlib.workbook.sheet import SEED, assemble, contents, is_good, sheet_keys
from crmlib.workbook.wellposed import implies, problems

ILL_MOST = 10
Alter = Callable[[list[Cell]], list[Cell]]


@dataclass(frozen=True)
class Expected:
    """One check of a trial and what it should find."""

    name: str
    what: str
    outcomes: tuple[str, ...]
    mistake: int | None = None


@dataclass(frozen=True)
class Trials:
    """What is wrong (``troubles``), and the seeds that no sheet is made at (``ill``), in sentences."""

    troubles: tuple[str, ...]
    ill: tuple[str, ...] = ()


def try_out(exercises: Exercises, seeds: Iterable[int]) -> Trials:
    """The trials of the exercises at the seeds.

    Here and there a mistake is the answer by chance: sheets skip such seeds. Where that is more than
    one seed in `ILL_MOST`, the exercise is at fault.
    """
    several = [{SEED: seed} for seed in seeds]
    keys = try_keys(exercises, several)
    practice = _practice(exercises, keys)
    troubles, ill, count = [*_same_everywhere(exercises, keys)], [], 0
    for parameters, key in zip(several, keys, strict=True):
        at = partial(say, "author.trial.seed", seed=parameters[SEED])
        if isinstance(key, Refusal):
            troubles.append(at(trouble=key))
        elif found := problems(exercises, key):
            ill += [at(trouble=one) for one in found]
            count += 1
        else:
            troubles += [at(trouble=one) for one in trial(exercises, key, practice)]
    if count * ILL_MOST > len(several):
        return Trials((*troubles, *ill))
    return Trials(tuple(troubles), tuple(ill))


def _practice(exercises, keys) -> Key | None:
    good = next(filter(partial(is_good, exercises), keys), None)
    return sheet_keys(exercises, good.parameters)[1] if good else None


def _same_everywhere(exercises, keys) -> Iterator[str]:
    keys = [key for key in keys if isinstance(key, Key)]
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
    cells = [cell.source for cell in assemble(exercises, sheet, key.texts).cells if cell.cell_type == "code"]
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
    numbers = [(value, part) for _, part, value in leaves(answer, spec) if part.type == "number"]
    return bool(numbers) and not any(abs(n) < 100 and close(round(n), n, part) for n, part in numbers)
