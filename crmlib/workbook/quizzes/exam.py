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

# The kind of a question, and of a numeric one how far from the answer is still right.
Slot = tuple[str, float | None]
SOLUTIONS = {
    "choice": "text",
    "several": "set of text extra=none",
    "match": "list of text",
    "classify": "list of text",
    "order": "list of text",
    "numeric": "number abs={within:g}",
}
# Of a question that asks for the very number: what floats may differ by.
EXACT = 0.001
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


def _plan(bank: Bank, chapter: str, kinds, number) -> list[Slot]:
    """What each question is to be, in order."""
    if not kinds or set(kinds) - set(KINDS):
        raise Refused("quiz.no_kind", given=", ".join(kinds) or "-", names=", ".join(KINDS))
    plan = Counter(islice(cycle(kinds), number))
    chapters = [bank.chapter(chapter)] if chapter else bank.chapters
    questions = [question for one in chapters for question in one.questions]
    there = Counter(question.kind for question in questions)
    for kind, count in plan.items():
        if there[kind] < count:
            raise Refused("quiz.exam.few", kind=kind, count=there[kind], asked=count)
    accuracies = Counter(question.within for question in questions if question.kind == "numeric")
    slots = [(kind, None) for kind in plan.elements() if kind != "numeric"]
    slots += [("numeric", within) for within in _shared_out(plan["numeric"], accuracies)]
    return sorted(slots, key=lambda slot: (KINDS.index(slot[0]), slot[1] or 0))


def _shared_out(number: int, there: Counter) -> list[float]:
    """``number`` accuracies, each as often as it has questions in proportion.

    A learner's questions are drawn, and what an exercise asks for is not: so each exercise draws from
    the questions of one accuracy.
    """
    taken = Counter()
    for _ in range(number):
        left = [one for one in there if taken[one] < there[one]]
        taken[max(left, key=lambda one: (there[one] / (taken[one] + 1), -one))] += 1
    return list(taken.elements())


def _all_but_chapters(_, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".yaml")]


def _notebook(plan: list[Slot], chapter: str, *, private: bool) -> NotebookNode:
    drawn = {slot: _drawn(chapter, *slot, count, private) for slot, count in Counter(plan).items()}
    cells = [
        v4.new_markdown_cell(say("quiz.exam.title"), id="title"),
        v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
        *(_questions(slot, plan.index(slot) + 1, code) for slot, code in drawn.items()),
    ]
    for number, slot in enumerate(plan, 1):
        cells += _exercise(number, *slot, f"{drawn[slot]}.posed[{number - 1 - plan.index(slot)}].key")
    return v4.new_notebook(cells=cells)


def _questions(slot: Slot, first: int, drawn: str) -> NotebookNode:
    source = f"# text: the questions\nfrom crmlib.quiz import quiz\n\ntext = {drawn}.markdown(first={first})"
    return v4.new_code_cell(source, id=f"questions-{slot[0]}-{first}")


def _drawn(chapter, kind, within, count, private) -> str:
    accuracy = "" if within is None else f", within={within:g}"
    bank = ', bank="bank"' if private else ""
    return f'quiz("{chapter}", seed=seed, kinds=("{kind}",), number={count}{accuracy}{bank})'


def _exercise(number: int, kind: str, within: float | None, key: str) -> list[NotebookNode]:
    name = f"q{number}"
    heading = f"### {say('quiz.exam.question', number=number)} {{#{name} points=1 graded=own}}"
    solution = SOLUTIONS[kind].format(within=within or EXACT)
    code = f"# solution: {solution}\nfrom crmlib.quiz import quiz\n\n{name} = {key}"
    return [
        v4.new_markdown_cell(f"{heading}\n\n{say('quiz.exam.how.' + kind)}", id=f"{name}-question"),
        v4.new_code_cell(code, id=f"{name}-solution"),
    ]
