"""Lays out what Sphinx makes the book of: the repository's pages and notebooks, and pages written from them.

    python book/assemble.py build/book-source

Notebooks go in as they are, executed; nothing is run here.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import concept_pages
import method_pages

from crmlib.workbook import notebooks
from crmlib.workbook.quizzes import bank as banks

ROOT = Path(__file__).parents[1]
PAGES = Path(__file__).parent / "pages"
PIECES = re.compile(r"\n\| piece \|.*?(?=\n\n|\Z)", re.DOTALL)
QUESTION = re.compile(r"^(#+ .*?)\s*\{#\w+[^}]*?points=(\d+)[^}]*\}", re.MULTILINE)
FOLDED = re.compile(r"\A#\s*(solution|mistake)\b", re.IGNORECASE)


def assemble(target: Path) -> None:
    """Write the whole source of the book into a fresh folder."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(PAGES, target)
    bank = banks.shipped()
    write = _writer(target)
    lessons = _lessons(write)
    cases = _cases(write)
    data = _data(write)
    concept_pages.write(write, bank)
    methods = method_pages.write(write, ROOT)
    _index(target, {"lessons": lessons, "cases": cases, "data": data, "methods": methods})


def _writer(target: Path) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def _lessons(write) -> list[str]:
    found = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    for path in found:
        write(f"notebooks/{path.name}", path.read_text(encoding="utf-8"))
    return [f"notebooks/{path.stem}" for path in found]


def _cases(write) -> list[str]:
    """Each case: its door plate with study and exercises below it."""
    found = sorted(path.parent for path in ROOT.glob("casestudies/*/study.ipynb"))
    for folder in found:
        name = f"casestudies/{folder.name}"
        plate = PIECES.sub("", (folder / "README.md").read_text(encoding="utf-8")).rstrip()
        pieces = [piece for piece in ("study", "exercises") if (folder / f"{piece}.ipynb").exists()]
        write(f"{name}/index.md", f"{plate}\n\n{_links(folder, pieces)}\n\n{_toctree(pieces)}")
        write(f"{name}/study.ipynb", (folder / "study.ipynb").read_text(encoding="utf-8"))
        if "exercises" in pieces:
            write(f"{name}/exercises.ipynb", _folded(folder / "exercises.ipynb"))
    return [f"casestudies/{folder.name}/index" for folder in found]


def _links(folder: Path, pieces: list[str]) -> str:
    words = {"study": "Read the study", "exercises": "Read the exercises, solutions folded"}
    return "\n".join(f"- [{words[piece]}]({piece}.ipynb)" for piece in pieces)


def _folded(path: Path) -> str:
    """The exercises with solutions and mistakes to unfold, headings without their notation."""
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code" and FOLDED.match(cell.source):
            cell.metadata["tags"] = ["hide-cell"]
        elif cell.cell_type == "markdown":
            cell.source = QUESTION.sub(
                lambda m: f"{m[1]} ({m[2]} {'point' if m[2] == '1' else 'points'})", cell.source
            )
    return json.dumps(notebook, ensure_ascii=False)


def _data(write) -> list[str]:
    found = sorted(ROOT.glob("data/*/README.md"))
    for path in found:
        write(f"data/{path.parent.name}.md", _without_file_links(path.read_text(encoding="utf-8")))
    return [f"data/{path.parent.name}" for path in found]


def _without_file_links(text: str) -> str:
    """A card names files beside it; in the book there are none."""
    return re.sub(r"\[([^\]]+)\]\((?![a-z]+:|#)[^)]*\)", r"`\1`", text)


def _index(target: Path, groups: dict[str, list[str]]) -> None:
    """Put the lists of pages where the written pages ask for them: ``<!-- toctree:cases -->``."""
    for path in sorted(target.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        filled = re.sub(
            r"<!-- toctree:(\w+) -->", lambda m: _toctree(["/" + name for name in groups[m[1]]]), text
        )
        filled = filled.replace("<!-- cases -->", _case_table(groups["cases"]))
        path.write_text(filled, encoding="utf-8")


def _toctree(pages: list[str]) -> str:
    return "\n".join([":::{toctree}", ":hidden:", "", *pages, ":::", ""])


def _case_table(cases: list[str]) -> str:
    """Question and answer of each case, from its door plate."""
    lines = ["| case | question | answer |", "|---|---|---|"]
    for page in cases:
        text = (ROOT / page).with_name("README.md").read_text(encoding="utf-8")
        name = text.splitlines()[0].lstrip("# ").partition(":")[0]
        said = [_paragraph(text, word) for word in ("Question", "Answer")]
        lines.append(f"| [{name}]({page}.md) | {' | '.join(said)} |")
    return "\n".join(lines)


def _paragraph(text: str, word: str) -> str:
    found = re.search(rf"\*\*{word}\.?\*\*\s*(.*?)\n\n", text, re.DOTALL)
    return " ".join(found[1].split()).replace("|", "\\|")


if __name__ == "__main__":
    assemble(Path(sys.argv[1]))
