"""A learner's sheet: questions, stubs and checks, with the learner's own parameters set.

What `check` needs travels in one collapsed cell (`payload`). Nothing in the notebook's metadata,
tags or cell ids matters afterwards: editors lose them.
"""

import ast
from collections.abc import Iterator
from functools import partial
from hashlib import blake2b

import nbformat
from nbformat import NotebookNode, v4

import crmlib
from crmlib.catalogue import say, say_count
from crmlib.workbook import notebooks
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.digests import seal
from crmlib.workbook.key import Key, try_keys
from crmlib.workbook.notation import Refusal, is_text, without_notation
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import chosen
from crmlib.workbook.payload import ASSIGNED, SELF_STUDY, Asked, Sheet, pack, place
from crmlib.workbook.wellposed import problems

SEED = "seed"
PRACTICE = 1001
TRIES = 9
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def make_sheet(
    exercises: Exercises,
    parameters: dict,
    *,
    kind: str = SELF_STUDY,
    language: str = "en",
    student: str = "",
    keys: tuple[Key, Key] | None = None,
) -> NotebookNode:
    """The sheet at the parameters given, as a notebook; `Refused` where they are ill posed.

    ``keys`` are the keys at these and at the practice parameters, when they are known already.
    """
    own, practice = keys or sheet_keys(exercises, parameters)
    if ill := problems(exercises, own):
        raise Refused("author.ill", seed=own.parameters.get(SEED), reason=ill[0], next=_next(exercises, own))
    sheet = contents(exercises, own, practice, kind=kind, language=language, student=student)
    return assemble(exercises, sheet, own.texts)


def sheet_keys(exercises: Exercises, parameters: dict) -> tuple[Key, Key]:
    """The keys at the parameters of a sheet and at the public ones that learners rehearse with."""
    own = chosen(exercises.parameters, parameters)
    first, *others = practices(exercises, own)
    key, practice = try_keys(exercises, [own, first])
    if isinstance(key, Refusal):
        raise key
    if not is_good(exercises, practice):
        practice = next(filter(partial(is_good, exercises), try_keys(exercises, others)), None)
    if practice is None:
        raise Refused("author.no_practice", tries=TRIES)
    return key, practice


def is_good(exercises: Exercises, key: Key | Refusal) -> bool:
    """Whether a key could be computed and is well posed."""
    return isinstance(key, Key) and not problems(exercises, key)


def practices(exercises: Exercises, own: dict) -> Iterator[dict]:
    """Parameters to rehearse with: the sheet's own at another seed, nearest to `PRACTICE` first."""
    for seed in seeds(exercises, PRACTICE):
        if seed != own[SEED]:
            yield own | {SEED: seed}


def seeds(exercises: Exercises, start: int) -> list[int]:
    """Some seeds that the declaration allows, from ``start`` on; 0 stands for everything and is no seed."""
    declared = exercises.parameters.get(SEED)
    if declared is None or type(declared.default) is not int:
        raise Refused("author.no_seed", path=exercises.path)
    low, high = max(declared.low, 1), declared.high
    first = start if low <= start <= high else low
    candidates = declared.choices or range(int(first), int(min(high, first + TRIES)) + 1)
    return [seed for seed in candidates if seed]


def _next(exercises, own) -> str:
    """The next seed at which the exercises are well posed, as a sentence."""
    following = seeds(exercises, own.parameters[SEED] + 1)
    keys = try_keys(exercises, [own.parameters | {SEED: seed} for seed in following])
    for seed, key in zip(following, keys, strict=True):
        if is_good(exercises, key):
            return say("author.next_seed", seed=seed)
    return say("author.no_next_seed", tries=TRIES)


def contents(
    exercises: Exercises, own: Key, practice: Key, *, kind: str, language: str, student: str
) -> Sheet:
    """What the sheet carries."""
    known = repr((exercises.case, exercises.version, sorted(own.parameters.items()), kind, student))
    salt = blake2b(known.encode("utf-8", "surrogatepass"), digest_size=12)
    return Sheet(
        case=exercises.case,
        title=_title(exercises),
        version=exercises.version,
        crmlib=crmlib.__version__,
        language=language,
        kind=kind,
        student=student,
        parameters=own.parameters,
        practice=practice.parameters,
        fingerprints=own.fingerprints,
        salt=salt.hexdigest(),
        exercises=tuple(_asked(e, own, practice, kind, salt.digest()) for e in exercises.exercises),
    )


def _title(exercises) -> str:
    return notebooks.title(NotebookNode(cells=list(exercises.cells))) or exercises.case


def _asked(exercise: Exercise, own: Key, practice: Key, kind: str, salt: bytes) -> Asked:
    question, spec, name = exercise.question, exercise.spec, exercise.name
    salt = place(salt, name)
    study = kind == SELF_STUDY
    asked = Asked(
        name=name,
        title=question.title,
        points=question.points,
        graded=question.graded,
        follows=question.follows,
        spec=spec,
        hints=exercise.hints,
        read=exercise.read,
        solution=without_notation(exercise.solution.source) if study else "",
        rubric=exercise.rubric if study else {},
    )
    # What is graded on the learner's own data would be given away by its digest: few options.
    if spec.type == "memo" or (kind == ASSIGNED and question.graded == "own"):
        return asked
    return Asked(
        **vars(asked)
        | {
            "mistakes": tuple(mistake.text for mistake in exercise.mistakes),
            "answer": seal(own.answers[name], spec, salt),
            "wrong": tuple(seal(value, spec, salt) for value in own.wrong(exercise)),
            "practice": seal(practice.answers[name], spec, salt),
        }
    )


def assemble(exercises: Exercises, sheet: Sheet, texts: list[str]) -> NotebookNode:
    """The notebook: the author's first cells, the way to use it, then question, stub and check.

    ``texts`` stand where the cells were that wrote them for this learner.
    """
    written = iter(texts)
    cells = [_first(cell, sheet.parameters, written) for cell in exercises.cells]
    cells += [_how_to(sheet), _doors(), _open(sheet)]
    for exercise in exercises.exercises:
        cells += _question(exercise, sheet.language)
    cells += [_code("progress()", "progress")]
    ids = set()
    for number, cell in enumerate(cells):
        cell["id"] = cell["id"] if cell["id"] not in ids else f"cell-{number}"
        ids.add(cell["id"])
    return nbformat.from_dict({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})


def _code(source: str, name: str, **metadata) -> NotebookNode:
    return v4.new_code_cell(source, id=name, metadata=metadata)


def _text(source: str, name: str) -> NotebookNode:
    return v4.new_markdown_cell(source, id=name)


def _first(cell: NotebookNode, parameters: dict, texts: Iterator[str]) -> NotebookNode:
    name = f"setup-{blake2b(cell.source.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"
    if cell.cell_type != "code":
        return _text(cell.source, name)
    if is_text(cell.source):
        return _text(next(texts), name)
    if "parameters" not in notebooks.tags(cell):
        return _code(cell.source, name)
    return _code(with_values(cell.source, parameters), "parameters", tags=["parameters"])


def with_values(source: str, parameters: dict) -> str:
    """The declaration with other values: comments stay where they are."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        line = lines[node.lineno - 1].encode()
        start, end = node.value.col_offset, node.value.end_col_offset
        value = repr(parameters[node.targets[0].id]).encode()
        lines[node.lineno - 1] = (line[:start] + value + line[end:]).decode()
    return "\n".join(lines)


def _how_to(sheet: Sheet) -> NotebookNode:
    lang = sheet.language
    keys = ["how", "how_solution"] if sheet.kind == SELF_STUDY else ["how", "how_assigned"]
    return _text("\n\n".join(say(f"sheet.{key}", lang=lang, points=sheet.points) for key in keys), "how-to")


def _doors() -> NotebookNode:
    return _code("from crmlib.student import check, hint, open_sheet, progress, solution", "doors")


def _open(sheet: Sheet) -> NotebookNode:
    hidden = {"source_hidden": True}
    return _code(f'open_sheet("""\n{pack(sheet)}\n""")', "open-sheet", jupyter=hidden)


def _question(exercise: Exercise, lang: str) -> list[NotebookNode]:
    question, name = exercise.question, exercise.name
    worth = say_count("sheet.points", question.points, lang=lang)
    if question.follows:
        worth = say(
            "sheet.follows", lang=lang, points=worth, names=", ".join(f"`{n}`" for n in question.follows)
        )
    heading = f"{'#' * question.level} {question.title} ({worth})"
    return [
        _text(f"{heading}\n\n{exercise.text}".strip(), f"{name}-question".replace("_", "-")),
        _code(f"{name} = ...", f"{name}-answer".replace("_", "-")),
        _code(f'check("{name}", {name})', f"{name}-check".replace("_", "-")),
    ]
