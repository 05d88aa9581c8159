"""The key: an author's solutions and mistakes, run at given parameters, as plain answers.

No answer is stored beside the notebook, so none can fall out of step with it.
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.author import Exercise, Exercises
from crmlib.workbook.notation import Refusal
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import chosen

SECONDS = 900


@dataclass(frozen=True)
class Key:
    """The answers at ``parameters``, the wrong answer of every mistake that computes one, others accepted.

    ``texts`` stand in the learner's sheet in the place of the cells that wrote them.
    """

    parameters: dict
    answers: dict
    mistakes: dict[str, list]
    fingerprints: dict[str, str]
    also: dict[str, list] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def wrong(self, exercise: Exercise) -> list:
        """The wrong answers of an exercise, in the order of its mistakes."""
        computed = iter(self.mistakes[exercise.name])
        return [mistake.option if mistake.code is None else next(computed) for mistake in exercise.mistakes]


def make_key(exercises: Exercises, parameters: dict, *, given: dict | None = None) -> Key:
    """The key at the parameters given; the others take their defaults.

    ``given`` are plain answers put in the place of the solutions' own, for what follows them.
    """
    return make_keys(exercises, [parameters], given=given)[0]


def make_keys(exercises: Exercises, several: list[dict], *, given: dict | None = None) -> list[Key]:
    """The keys at several sets of parameters, all run in one other process."""
    keys = try_keys(exercises, several, given=given)
    for key in keys:
        if isinstance(key, Refusal):
            raise key
    return keys


def try_keys(exercises: Exercises, several: list[dict], *, given: dict | None = None) -> list[Key | Refusal]:
    """As `make_keys`, with the refusal in the place of a key that cannot be computed."""
    full = [chosen(exercises.parameters, parameters) for parameters in several]
    results = _run(_job(exercises, full, given or {}), exercises.path.parent)
    return [_key(exercises, p, result) for p, result in zip(full, results, strict=True)]


def _job(exercises, several, given) -> dict:
    return {
        "parameters": several,
        "given": given,
        "setup": [(code.cell, code.source) for code in exercises.setup],
        "texts": [(code.cell, code.source) for code in exercises.texts],
        "exercises": [_exercise(exercise) for exercise in exercises.exercises],
    }


def solution_of(exercise: Exercise) -> dict:
    """What another process needs to solve an exercise, as JSON values."""
    return {
        "name": exercise.name,
        "spec": exercise.spec.to_dict(),
        "follows": exercise.question.follows,
        "solution": (exercise.solution.cell, exercise.solution.source),
    }


def _exercise(exercise) -> dict:
    return solution_of(exercise) | {
        "mistakes": [(m.code.cell, m.code.source) for m in exercise.mistakes if m.code],
        "also": [(code.cell, code.source) for code in exercise.also],
    }


def _run(job: dict, folder: Path) -> list[dict]:
    with tempfile.TemporaryDirectory() as scratch:
        given, result = Path(scratch, "job.json"), Path(scratch, "result.json")
        given.write_text(json.dumps(job), encoding="utf-8")
        command = [sys.executable, "-m", "crmlib.workbook.executor", str(given), str(result)]
        seconds = SECONDS * len(job["parameters"])
        try:
            ran = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, "MPLBACKEND": "agg"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise Refused("author.key.timeout", seconds=seconds) from error
        if not result.exists():
            last = ran.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise Refused("author.key.died", code=ran.returncode, reason=" ".join(last))
        return json.loads(result.read_text(encoding="utf-8"))


def _key(exercises, parameters, result) -> Key | Refusal:
    if trouble := result.get("trouble"):
        return _refusal(exercises, trouble)
    return Key(parameters, **result)


def _refusal(exercises, trouble) -> Refusal:
    cell, kind, reason = trouble["cell"], trouble["kind"], trouble["reason"]
    begins = _begins(exercises, cell)
    if kind == "unfit":
        where = " ".join(map(str, trouble["where"]))
        values = " ".join(trouble["values"].values())
        return Refusal(cell, begins, say("author.key.unfit", reason=reason, where=where, values=values))
    if kind == "text":
        return Refusal(cell, begins, say("author.key.text"))
    if kind == "changes":
        return Refusal(cell, begins, say("author.key.changes", name=trouble["name"]))
    if kind == "name" and trouble["name"] in exercises.by_name:
        return Refusal(cell, begins, say("author.key.follows", name=trouble["name"]))
    if kind == "name" and (of := _other_solution(exercises, trouble["name"])):
        return Refusal(cell, begins, say("author.key.intermediate", name=trouble["name"], of=of))
    return Refusal(cell, begins, say("author.key.error", reason=reason))


def _begins(exercises, cell) -> str:
    codes = [*exercises.setup, *exercises.texts]
    for exercise in exercises.exercises:
        codes += [exercise.solution, *(m.code for m in exercise.mistakes if m.code), *exercise.also]
    source = next((code.source for code in codes if code.cell == cell), "")
    return (source.strip().splitlines() or [""])[0][:70]


def _other_solution(exercises, name) -> str:
    """The exercise whose solution computes ``name`` on its way."""
    for exercise in exercises.exercises:
        nodes = ast.walk(ast.parse(exercise.solution.source))
        if any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in nodes):
            return exercise.name
    return ""
