"""Results of a round made up for tests of the reports: as `crmlib grade` writes them."""

import json
from pathlib import Path

import nbformat.v4 as v4
import numpy as np
from toycase import toy

from crmlib.workbook import notebooks
from crmlib.workbook.rounds.roster import Named

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
OUTCOMES = ("correct", "wrong", "partial", "not attempted", "hard-coded", "error")


def pseudonym(number: int) -> str:
    digits = [ALPHABET[number // 32**i % 32] for i in range(10)]
    return "s-" + "".join(reversed(digits))


def named(number: int, **changes) -> Named:
    known = {
        "pseudonym": pseudonym(number),
        "id": f"{1000 + number}",
        "name": f"Student {number}",
        "email": f"s{number}@example.edu",
        "file": f"{1000 + number}.ipynb",
    }
    return Named(**known | changes)


def class_of(count: int) -> dict[str, Named]:
    return {pseudonym(n): named(n) for n in range(count)}


def question(name: str, outcome: str, **changes) -> dict:
    """One question of a result of the toy case."""
    exercise = toy().by_name[name]
    points = exercise.question.points
    share = {"correct": 1.0, "carried forward": 1.0, "partial": 0.5}.get(outcome, 0.0)
    return {
        "name": name,
        "title": exercise.question.title,
        "points": points,
        "graded": exercise.question.graded,
        "type": exercise.spec.type,
        "outcome": outcome,
        "share": share,
        "raw": None if outcome in ("hand", "void") else round(points * share, 2),
        "value": "" if outcome in ("not attempted", "error") else "42",
        "own": None,
        "said": [] if outcome in ("correct", "hand") else ["The value of `baskets` is not right."],
        "hint": exercise.hints[0] if exercise.hints else "",
        "read": exercise.read,
        "mistake": None,
        "value_json": None if outcome in ("not attempted", "error") else "42",
        "notes": [],
    } | changes


def result(number: int, questions: list[dict], **changes) -> dict:
    return {
        "format": 2,
        "student": pseudonym(number),
        "case": "toy",
        "title": "Toy case: exercises",
        "version": "abc",
        "language": "en",
        "level": "full",
        "parameters": {"unseen": {"seed": 5}, "own": {"seed": number + 10}},
        "points": sum(q["points"] for q in questions),
        "questions": questions,
        "notes": [],
        "limits": {},
    } | changes


def drawn(number: int, rng) -> dict:
    """A result whose outcomes hang together: who is able gets most questions right."""
    able, questions = rng.normal(), []
    for exercise in toy().exercises:
        if exercise.spec.type == "memo":
            questions.append(question(exercise.name, "hand", value="Do nothing.", value_json=None))
            continue
        right = able + rng.normal() > 0
        outcome = "correct" if right else OUTCOMES[int(rng.integers(1, len(OUTCOMES)))]
        known = outcome == "wrong" and exercise.mistakes and rng.random() < 0.6
        mistake = int(rng.integers(len(exercise.mistakes))) if known else None
        made = question(exercise.name, outcome, mistake=mistake)
        if outcome != "correct" and made["value_json"]:
            made["value_json"] = json.dumps(mistake if known else round(float(rng.random()), 6))
        questions.append(made)
    return result(number, questions)


def code_of(rng) -> list[str]:
    """The cells of a student who wrote their own code: the author's first, then answers in their words."""
    cells = [cell.source for cell in toy().cells if cell.cell_type == "code"]
    for exercise in toy().exercises:
        words = [f"w{rng.integers(10**6)}" for _ in range(14)]
        body = " + ".join(
            f"{a}.{b}({rng.integers(99)})" for a, b in zip(words[::2], words[1::2], strict=True)
        )
        cells += [f"{exercise.name} = {body}", f'check("{exercise.name}", {exercise.name})']
    return cells


def write_round(folder: Path, results: list[dict], *, files=(), key=None, codes=None, times=None) -> Path:
    """A folder of results: ``codes`` are the sources of executed notebooks by pseudonym."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in results:
        _write(folder / f"{one['student']}.json", one)
    accepted = [
        {"file": f"{r['student']}.ipynb", "student": r["student"], "verdict": "accepted"} for r in results
    ]
    _write(folder / "intake.json", [one | {"submitted": None, "sha256": ""} for one in [*accepted, *files]])
    _write(folder / "round.json", {"case": "toy", "version": "abc", "level": "full", "void": []})
    _write(folder / "key.json", key or {"unseen": {}, "own": {}})
    for name, sources in (codes or {}).items():
        path = folder / "trace" / name / "unseen.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        notebooks.write(v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources]), path)
    for name, seconds in (times or {}).items():
        path = folder / "trace" / name / "times.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, seconds)
    return folder


def _write(path: Path, content) -> None:
    path.write_text(json.dumps(content, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def random_round(folder: Path, count: int, *, seed: int = 0, **options) -> Path:
    rng = np.random.default_rng(seed)
    results = [drawn(number, rng) for number in range(count)]
    codes = {one["student"]: code_of(rng) for one in results}
    return write_round(folder, results, **{"codes": codes} | options)
