"""Runs an author's cells in a process of its own: `key` starts it and reads what it writes.

Each solution and mistake sees the set-up and the answers it follows, nothing else: so a follower
that lives on another solution's intermediates fails here, as it would fail in a learner's sheet.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from crmlib.workbook.answers import Spec, Unfit, restore
from crmlib.workbook.fingerprint import fingerprints
from crmlib.workbook.plain import plain


class Trouble(Exception):  # noqa: N818 (goes into the result, for the author)
    """A cell that does not do what the notation asks for."""

    def __init__(self, cell: int, kind: str, reason: str = "", **values):
        super().__init__(kind)
        self.found = {"cell": cell, "kind": kind, "reason": reason, **values}


def main(job_path: str, result_path: str) -> None:
    """Run the job in the file and write the result to another."""
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):
        results = [_one(job, parameters) for parameters in job["parameters"]]
    Path(result_path).write_text(json.dumps(results), encoding="utf-8")


def _one(job, parameters) -> dict:
    try:
        return _answers(job, parameters)
    except Trouble as trouble:
        return {"trouble": trouble.found}


def _answers(job, parameters) -> dict:
    setup = {"__name__": "__main__", **parameters}
    for cell, source in job["setup"]:
        execute(cell, source, setup)
    texts = [_text(cell, source, setup) for cell, source in job["texts"]]
    prints, answers, mistakes, also = fingerprints(setup), {}, {}, {}
    for exercise in job["exercises"]:
        name, spec = exercise["name"], Spec.from_dict(exercise["spec"])
        given = {other: answers[other] for other in exercise["follows"]}
        specs = {e["name"]: Spec.from_dict(e["spec"]) for e in job["exercises"]}
        seen = setup | {other: restore(value, specs[other]) for other, value in given.items()}
        solved = answer(*exercise["solution"], seen, name, spec)
        answers[name] = job["given"].get(name, solved)
        mistakes[name] = [answer(*code, seen, name, spec) for code in exercise["mistakes"]]
        also[name] = [answer(*code, seen, name, spec) for code in exercise["also"]]
        last = exercise["solution"][0]
        if changed := [n for n, p in fingerprints(setup).items() if prints.get(n) != p]:
            raise Trouble(last, "changes", name=changed[0])
    return {
        "answers": answers,
        "mistakes": mistakes,
        "fingerprints": prints,
        "also": also,
        "texts": texts,
    }


def _text(cell, source, setup) -> str:
    namespace = dict(setup)
    execute(cell, source, namespace)
    if type(text := namespace.get("text")) is not str or not text.strip():
        raise Trouble(cell, "text")
    return text


def answer(cell, source, seen, name, spec):
    """The plain answer that a cell computes in a copy of the names it may see; `Trouble` where it is none."""
    namespace = dict(seen)
    execute(cell, source, namespace)
    try:
        return plain(namespace.get(name), spec)
    except Unfit as unfit:
        values = {key: str(value) for key, value in unfit.values.items()}
        raise Trouble(cell, "unfit", unfit.kind, where=list(unfit.where), values=values) from None


def execute(cell, source, namespace) -> None:
    """Run a cell; whatever it raises becomes `Trouble`."""
    try:
        exec(compile(source, f"<cell {cell}>", "exec"), namespace)
    except NameError as error:
        raise Trouble(cell, "name", str(error), name=str(error.name or "")) from None
    except (Exception, SystemExit) as error:
        raise Trouble(cell, "error", f"{type(error).__name__}: {error}"[:300]) from None


if __name__ == "__main__":
    main(*sys.argv[1:])
