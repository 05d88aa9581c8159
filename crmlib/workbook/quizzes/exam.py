"""A quiz as exercises: an author's notebook whose questions are drawn for each learner.

The sheet holds the text of the learner's own questions and no key; the bank stays with the author.
"""

import shutil
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

from nbformat import NotebookNode, v4

from crmlib.catalogue import say
from crmlib.workbook import author, folders, notebooks
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes.bank import SHIPPED, Bank, read
from crmlib.workbook.quizzes.pose import KINDS

SOLUTIONS = {
    "choice": "text",
    "several": "set of text extra=none",
    "match": "list of text",
    "classify": "list of text",
    "order": "list of text",
    "numeric": "number abs=0.01",
}
PARAMETERS = "seed = 1  # none | 1..9999999 | which questions are yours"


def write_exam(folder: Path, *, bank: Path | None, chapter: str, kinds: tuple[str, ...], number: int) -> Path:
    """Write the notebook, and beside it the private bank it draws from; the path of the notebook.

    ``number`` questions, of each kind in turn. `Refused` where the bank has too few, or the folder is
    not empty.
    """
    plan = _plan(read(bank or SHIPPED), chapter, kinds, number)
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused("quiz.exam.folder", path=folder)
    folders.make(folder)
    if bank:
        shutil.copytree(bank, folder / "bank", ignore=_all_but_chapters)
    path = folder / author.FILE
    notebooks.write(_notebook(plan, chapter, private=bank is not None), path)
    return path


def _plan(bank: Bank, chapter: str, kinds, number) -> list[str]:
    """The kind of each question, in order."""
    if not kinds or set(kinds) - set(KINDS):
        raise Refused("quiz.no_kind", given=", ".join(kinds) or "-", names=", ".join(KINDS))
    plan = sorted(islice(cycle(kinds), number), key=KINDS.index)
    chapters = [bank.chapter(chapter)] if chapter else bank.chapters
    there = Counter(question.kind for one in chapters for question in one.questions)
    for kind, count in Counter(plan).items():
        if there[kind] < count:
            raise Refused("quiz.exam.few", kind=kind, count=there[kind], asked=count)
    return plan


def _all_but_chapters(_, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".yaml")]


def _notebook(plan: list[str], chapter: str, *, private: bool) -> NotebookNode:
    drawn = {kind: _drawn(chapter, kind, count, private) for kind, count in Counter(plan).items()}
    cells = [
        v4.new_markdown_cell(say("quiz.exam.title"), id="title"),
        v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
        *(_questions(kind, plan.index(kind) + 1, code) for kind, code in drawn.items()),
    ]
    for number, kind in enumerate(plan, 1):
        cells += _exercise(number, kind, f"{drawn[kind]}.posed[{number - 1 - plan.index(kind)}].key")
    return v4.new_notebook(cells=cells)


def _questions(kind: str, first: int, drawn: str) -> NotebookNode:
    source = f"# text: the questions\nfrom crmlib.quiz import quiz\n\ntext = {drawn}.markdown(first={first})"
    return v4.new_code_cell(source, id=f"questions-{kind}")


def _drawn(chapter, kind, count, private) -> str:
    bank = ', bank="bank"' if private else ""
    return f'quiz("{chapter}", seed=seed, kinds=("{kind}",), number={count}{bank})'


def _exercise(number: int, kind: str, key: str) -> list[NotebookNode]:
    name = f"q{number}"
    heading = f"### {say('quiz.exam.question', number=number)} {{#{name} points=1 graded=own}}"
    code = f"# solution: {SOLUTIONS[kind]}\nfrom crmlib.quiz import quiz\n\n{name} = {key}"
    return [
        v4.new_markdown_cell(f"{heading}\n\n{say('quiz.exam.how.' + kind)}", id=f"{name}-question"),
        v4.new_code_cell(code, id=f"{name}-solution"),
    ]
