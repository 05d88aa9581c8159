"""Lays out what Sphinx makes the book of: the repository's pages and notebooks, and pages written from them.

    python book/assemble.py build/book-source

Notebooks go in as they are, executed; nothing is run here.
"""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import concept_pages
import method_pages
from page_text import ROOT, part, title_of, toctree

from crmlib.catalogue import say, say_count
from crmlib.workbook import notebooks
from crmlib.workbook.page import HIDDEN_INPUT
from crmlib.workbook.quizzes import bank as banks

PAGES = Path(__file__).parent / "pages"
PIECES = re.compile(r"\n\| piece \|.*?(?=\n\n|\Z)", re.DOTALL)
QUESTION = re.compile(r"^(#+ .*?)\s*\{#\w+[^}]*?points=(\d+)[^}]*\}", re.MULTILINE)
FOLDED_CODE = re.compile(r"\A#\s*(solution|mistake)\b")
FOLDED_TEXT = re.compile(r"\A(Hint|Mistakes|Rubric):\s*")
TIME = re.compile(r"\*Time\* (.*?) ·")


def assemble(target: Path) -> None:
    """Write the whole source of the book into a fresh folder."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(PAGES, target)
    write = _writer(target)
    write("teach.md", (ROOT / "TEACHING.md").read_text(encoding="utf-8"))
    groups = {"lessons": _lessons(write), "cases": _cases(write), "data": _data(write)}
    code = _code()
    groups["methods"] = method_pages.write(write, code)
    concept_pages.write(write, banks.shipped(), code)
    _fill_in(target, groups)


def _writer(target: Path) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def _lessons(write) -> dict[str, str]:
    found = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    for path in found:
        write(f"notebooks/{path.name}", _shown(path))
    return {f"/notebooks/{path.stem}": title_of(path.relative_to(ROOT)) for path in found}


def _cases(write) -> dict[str, str]:
    """Each case: its door plate with study and exercises below it."""
    found = sorted(path.parent for path in ROOT.glob("casestudies/*/study.ipynb"))
    for folder in found:
        name = f"casestudies/{folder.name}"
        plate = PIECES.sub("", (folder / "README.md").read_text(encoding="utf-8")).rstrip()
        pieces = [piece for piece in ("study", "exercises") if (folder / f"{piece}.ipynb").exists()]
        links = "\n".join(f"- [{say('book.read.' + piece)}]({piece}.ipynb)" for piece in pieces)
        write(f"{name}/index.md", f"{plate}\n\n{links}\n\n{_branches(pieces)}")
        for piece in pieces:
            write(f"{name}/{piece}.ipynb", _shown(folder / f"{piece}.ipynb"))
    return {f"/casestudies/{path.name}/index": _name(path / "README.md") for path in found}


def _branches(pieces: list[str]) -> str:
    return toctree({piece: say("book.piece." + piece) for piece in pieces})


def _name(page: Path) -> str:
    """What a page of the repository is called, without what follows a colon."""
    return page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").partition(":")[0]


def _shown(path: Path) -> str:
    """A notebook as the book shows it: solutions to unfold, no code of cells that only say something."""
    notebook = notebooks.read(path)
    # One that was never run does not say how its code is to be coloured.
    notebook.metadata.setdefault("language_info", {})["pygments_lexer"] = "ipython3"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _folded(QUESTION.sub(_heading, cell.source))
        elif found := FOLDED_CODE.match(cell.source):
            label = say("book.fold." + found[1])
            cell.metadata["tags"] = ["hide-cell"]
            cell.metadata["mystnb"] = {"code_prompt_show": label, "code_prompt_hide": label}
        elif set(HIDDEN_INPUT) & set(notebooks.tags(cell)):
            cell.metadata["tags"] = ["remove-input"]
    return notebooks.dumps(notebook)


def _folded(text: str) -> str:
    """A hint, or what an exercise knows of wrong answers, to unfold."""
    found = FOLDED_TEXT.match(text)
    if not found:
        return text
    label = say("book.fold." + found[1].lower())
    return f"<details><summary>{label}</summary>\n\n{text[found.end() :]}\n\n</details>"


def _heading(found: re.Match) -> str:
    return f"{found[1]} ({say_count('book.points', int(found[2]))})"


def _data(write) -> dict[str, str]:
    found = sorted(ROOT.glob("data/*/README.md"))
    for path in found:
        write(f"data/{path.parent.name}.md", _without_file_links(path.read_text(encoding="utf-8")))
    return {f"/data/{path.parent.name}": _data_name(path) for path in found}


def _data_name(card: Path) -> str:
    """``Data card: the name, and what to know at once`` -> ``The name``."""
    title = card.read_text(encoding="utf-8").splitlines()[0].partition(": ")[2]
    name = re.split("[,;]", title)[0]
    return name[:1].upper() + name[1:]


def _without_file_links(text: str) -> str:
    """A card names files beside it; in the book there are none."""
    return re.sub(r"\[([^\]]+)\]\((?![a-z]+:|#)[^)]*\)", r"`\1`", text)


def _code() -> dict[str, str]:
    """The code of each lesson and study, by path."""
    found = sorted(ROOT.glob("notebooks/[0-9]*.ipynb")) + sorted(ROOT.glob("casestudies/*/study.ipynb"))
    return {
        path.relative_to(ROOT).as_posix(): "\n".join(
            cell.source for cell in notebooks.code_cells(notebooks.read(path))
        )
        for path in found
    }


def _fill_in(target: Path, groups: dict[str, dict[str, str]]) -> None:
    """Put lists and tables where the written pages ask for them: ``<!-- list:data -->``."""
    made = {f"toctree:{name}": toctree(pages) for name, pages in groups.items()}
    made |= {f"list:{name}": toctree(pages, hidden=False) for name, pages in groups.items()}
    made |= {"table:cases": _case_table(groups["cases"]), "table:lessons": _lesson_table(groups["lessons"])}
    for path in sorted(target.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"<!-- (\w+:\w+) -->", lambda m: made[m[1]], text), encoding="utf-8")


def _case_table(cases: dict[str, str]) -> str:
    """Question and answer of each case, from its door plate."""
    lines = [say("book.table.cases"), "|---|---|---|"]
    for page, name in cases.items():
        text = (ROOT / page[1:]).with_name("README.md").read_text(encoding="utf-8")
        lines.append(f"| [{name}]({page}.md) | {part(text, 'Question')} | {part(text, 'Answer')} |")
    return "\n".join(lines)


def _lesson_table(lessons: dict[str, str]) -> str:
    """Question and time of each lesson, from its first cell."""
    lines = [say("book.table.lessons"), "|---|---|---|"]
    for page, name in lessons.items():
        text = "\n\n".join(cell.source for cell in notebooks.read(ROOT / f"{page[1:]}.ipynb").cells[:3])
        time = TIME.search(text)[1].replace(" ", "\N{NO-BREAK SPACE}")
        lines.append(f"| [{name}]({page}.ipynb) | {part(text, 'Question')} | {time} |")
    return "\n".join(lines)


if __name__ == "__main__":
    assemble(Path(sys.argv[1]))
