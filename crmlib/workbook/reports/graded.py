"""The results of a round as ``grade`` left them: one file a student, the files that came in, the key."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import NoneType

from crmlib.catalogue import languages
from crmlib.workbook.outcome import Refused, one_line
from crmlib.workbook.rounds.files import HALF_WRITTEN

FORMAT = 2  # as `grading.result` writes it
PSEUDONYM = re.compile(r"s-[a-z2-7]{10}")
RESULT = {"student": str, "case": str, "title": str, "language": str, "questions": list, "notes": list}
QUESTION = {
    "name": str,
    "title": str,
    "points": (int, float),
    "type": str,
    "outcome": str,
    "value": str,
    "said": list,
    "hint": str,
    "read": str,
    "notes": list,
}
# The answer at the student's own data, where that is not what is marked.
OWN = {"value": str, "json": (str, NoneType)}
FILE = {"file": str, "verdict": str}
VOID, FAULT, HAND = "void", "grader fault", "hand"
OUTCOMES = ("correct", "partial", "carried forward", "wrong", "hard-coded", "does not generalise")
OUTCOMES += ("parameters overwritten", "not attempted", "error", "timeout", "memory", "died", "unstable")
OUTCOMES += ("unreadable", FAULT, HAND, VOID)


@dataclass(frozen=True)
class Round:
    """Results by pseudonym, in order; ``files`` are those that came in, ``about`` tells of the round."""

    folder: Path
    students: dict[str, dict]
    files: tuple[dict, ...]
    about: dict
    key: dict

    @property
    def language(self) -> str:
        """The language of the round's sheets; English where there are no sentences in it."""
        spoken = next((result["language"] for result in self.students.values()), "en")
        return spoken if spoken in languages() else "en"

    @property
    def questions(self) -> list[dict]:
        """Name, title and points of each question, in the sheet's order."""
        first = next(iter(self.students.values()), {"questions": []})
        return [{name: q[name] for name in ("name", "title", "points")} for q in first["questions"]]

    @property
    def voided(self) -> set[str]:
        """The questions that were declared void for everybody."""
        first = next(iter(self.students.values()), {"questions": []})
        return {q["name"] for q in first["questions"] if q["outcome"] == VOID}


def read(folder: Path) -> Round:
    """The round in a folder of results; `Refused` names the file that is none."""
    folder = Path(folder).resolve()
    if not folder.is_dir():
        raise Refused("report.folder", path=folder)
    if (folder / HALF_WRITTEN).exists():
        raise Refused("report.half_written", path=folder)
    paths = sorted(path for path in folder.glob("s-*.json") if PSEUDONYM.fullmatch(path.stem))
    students = {path.stem: _result(path) for path in paths}
    about, files = _json(folder / "round.json", {}), _json(folder / "intake.json", [])
    if not students and not files and not about:
        raise Refused("report.nothing", path=folder)
    if not isinstance(about, dict):
        raise _damaged(folder / "round.json", "{}")
    if not isinstance(files, list) or not all(_has(one, FILE) for one in files):
        raise _damaged(folder / "intake.json", "file, verdict")
    _together(students, folder)
    key = _json(folder / "key.json", {})
    return Round(folder, students, tuple(files), about, key if isinstance(key, dict) else {})


def _result(path: Path) -> dict:
    result = _json(path, {})
    if isinstance(result, dict) and type(result.get("format")) is int and result["format"] != FORMAT:
        raise Refused("report.old_format", path=path, was=result["format"], now=FORMAT)
    if not _has(result, RESULT) or result.get("format") != FORMAT or result["student"] != path.stem:
        raise _damaged(path, ", ".join(RESULT))
    for question in result["questions"]:
        raw = question.get("raw") if isinstance(question, dict) else ""
        fine = _has(question, QUESTION) and question["outcome"] in OUTCOMES
        fine = fine and (question.get("own") is None or _has(question["own"], OWN))
        if not fine or not (raw is None or _is_number(raw)):
            raise _damaged(path, ", ".join(QUESTION))
    return result


def _has(given, kinds: dict) -> bool:
    return isinstance(given, dict) and all(isinstance(given.get(name), kind) for name, kind in kinds.items())


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _together(students: dict, folder: Path) -> None:
    """Results of one round hold the same questions of one case."""
    shapes = {}
    for name, result in students.items():
        shape = result["case"], tuple((q["name"], q["points"]) for q in result["questions"])
        shapes.setdefault(shape, name)
    if len(shapes) > 1:
        one, other, *_ = shapes.values()
        raise Refused("report.mixed", path=folder, one=one, other=other)


def _json(path: Path, without):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return without
    except (OSError, ValueError, RecursionError) as error:
        raise Refused("report.unreadable", path=path, reason=one_line(str(error))) from error


def _damaged(path: Path, wanted: str) -> Refused:
    return Refused("report.damaged", path=path, wanted=wanted)
