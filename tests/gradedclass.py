"""A small class that was handed sheets of the light toy case, for the tests of grading."""

import json
import tempfile
from functools import cache
from pathlib import Path

from toycase import LIGHT, make_toy

from crmlib.workbook import author, notebooks
from crmlib.workbook.rounds import roster
from crmlib.workbook.rounds.assign import Round, assign
from crmlib.workbook.rounds.manifest import Manifest

KEY = bytes(range(32))


@cache
def handed_out(count: int = 8, cells=LIGHT) -> tuple[Path, Path]:
    """The case's notebook and the folder of a class's sheets."""
    folder = Path(tempfile.mkdtemp())
    case = make_toy(folder / "case", cells)
    people = "".join(f"{n},Student {n}\n" for n in range(count))
    (folder / "roster.csv").write_text("id,name\n" + people, encoding="utf-8")
    assign(Round(author.read(case), KEY, folder / "sheets"), roster.read(folder / "roster.csv"))
    return case, folder / "sheets"


def manifest(count: int = 8, cells=LIGHT) -> Manifest:
    return Manifest.read(handed_out(count, cells)[1] / "manifest.json")


def solved(number: int, answers: dict | None = None, *, count: int = 8, cells=LIGHT):
    """A student's sheet, solved; ``answers`` replaces the code of some questions, None leaves one blank."""
    case, sheets = handed_out(count, cells)
    sheet = notebooks.read(sorted(sheets.glob("*.ipynb"))[number])
    code = {e.name: e.solution.source for e in author.read(case).exercises} | (answers or {})
    for cell in sheet.cells:
        name = cell.source.removesuffix(" = ...")
        if cell.source == f"{name} = ..." and code.get(name) is not None:
            cell.source = code[name]
    return sheet


def pseudonym(number: int, **which) -> str:
    """The pseudonym of the student with that sheet."""
    import re

    from crmlib.workbook.payload import unpack

    source = next(c.source for c in solved(number, **which).cells if c.source.startswith("open_sheet("))
    return unpack(re.search(r'"""(.*)"""', source, re.DOTALL).group(1)).student


def hand_in(folder: Path, *sheets) -> Path:
    """The folder with the sheets handed in."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, sheet in enumerate(sheets):
        notebooks.write(sheet, folder / f"handed-in-{number}.ipynb")
    return folder


def words(folder: Path, *more: str, count: int = 8, cells=LIGHT, out: str = "out") -> list[str]:
    """The command that grades what was handed in to the folder."""
    case, sheets = handed_out(count, cells)
    given = ["grade", str(case.parent), str(folder / "in"), "--out", str(folder / out), "--level", "none"]
    return [*given, "--manifest", str(sheets / "manifest.json"), *more]


def results(folder: Path, out: str = "out") -> dict[str, dict]:
    """The results in the folder by the pseudonyms."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted((folder / out).glob("s-*.json"))}


def questions(result: dict) -> dict[str, dict]:
    """The questions of a result by their names."""
    return {question["name"]: question for question in result["questions"]}


def outcomes(result: dict) -> dict[str, str]:
    return {name: question["outcome"] for name, question in questions(result).items()}
