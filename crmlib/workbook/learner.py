"""A learner's notebook read by its syntax alone: editors lose tags, cell ids and metadata.

The sheet is known by `open_sheet("...")`, a question's cells by the `check("name", ...)` that ends
them, a parameter by its first assignment.
"""

import ast
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import Damaged, Sheet, unpack

LOCAL = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
WATCHES = re.compile(r"\A\s*%%(time|capture|prun|memit|mprun)\b.*\n?")
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among them, the heading above, its question; set-up has none."""

    number: int
    heading: str
    source: str
    question: str = ""


@dataclass(frozen=True)
class Learners:
    """A learner's notebook: its code cells and the sheet it was made from."""

    path: Path
    cells: tuple[Cell, ...]
    sheet: Sheet


def read(path: Path) -> Learners:
    """The learner's notebook at ``path``; `Refused` when it is no sheet or its text is damaged."""
    from crmlib.workbook import notebooks  # takes seconds to load, and who only parses has no need of it

    notebook = notebooks.read(path)
    cells = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            heading = notebooks.heading_above(notebook, index)
            cells.append(Cell(len(cells) + 1, heading, python(cell.source)))
    texts = {text for cell in cells for text in arguments(cell.source, "open_sheet")}
    if len(texts) != 1:
        raise Refused("preflight.no_sheet" if not texts else "preflight.several_sheets", path=path)
    try:
        sheet = unpack(texts.pop())
    except Damaged as error:
        raise Refused("preflight.damaged", path=path) from error
    return Learners(Path(path), tuple(_with_questions(cells, sheet)), sheet)


def python(source: str) -> str:
    """The cell's Python: magics and shell lines as the calls that IPython makes of them.

    Without a magic that only watches the cell: it would hide the cell in a text.
    """
    from IPython.core.inputtransformer2 import TransformerManager

    source = WATCHES.sub("", source)
    try:
        return TransformerManager().transform_cell(source)
    except (SyntaxError, ValueError, RecursionError):
        return source


def tree(source: str) -> ast.Module:
    """The syntax tree of the source; an empty one where there is none."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def arguments(source: str, function: str) -> list[str]:
    """The first arguments, where they are texts, of the calls of a function."""
    first = (node.args[0] for node in ast.walk(tree(source)) if calls(node, function) and node.args)
    return [a.value for a in first if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def calls(node: ast.AST, function: str) -> bool:
    """Whether the node is a call of a function of that name."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == function


def reads(cells: Iterable, names) -> list[str]:
    """Those of the names that the code works with; to be checked is no work."""
    found = set()
    for cell in cells:
        nodes = list(ast.walk(tree(cell.source)))
        checked = {id(given) for node in nodes if calls(node, "check") for given in node.args}
        read = (n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
        found |= {node.id for node in read if id(node) not in checked}
    return [name for name in names if name in found]


def _with_questions(cells, sheet) -> list[Cell]:
    """The cells, each with the question whose check is the next one from there on."""
    found, question = [], ""
    for cell in reversed(cells):
        if arguments(cell.source, "open_sheet"):
            question = ""
            found += [replace(c) for c in reversed(cells[: cell.number])]
            break
        known = [name for name in arguments(cell.source, "check") if name in sheet.by_name]
        question = known[0] if known else question
        found.append(replace(cell, question=question))
    return found[::-1]


def bindings(source: str, names) -> Iterator[tuple[str, ast.AST]]:
    """Every place at the top of a cell that gives one of the names a value or takes it away."""
    waiting = deque([tree(source)])
    while waiting:
        node = waiting.popleft()
        name = _bound(node)
        if name in names:
            yield name, node
        if not isinstance(node, (*LOCAL, *COMPREHENSIONS)):
            waiting.extend(ast.iter_child_nodes(node))


def _bound(node) -> str:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return node.id
    if isinstance(node, LOCAL) and not isinstance(node, ast.Lambda):
        return node.name
    if isinstance(node, ast.alias):
        return (node.asname or node.name).partition(".")[0]
    return ""


@dataclass(frozen=True)
class Rebinding:
    """A parameter that the notebook sets otherwise than its sheet does."""

    name: str
    cell: Cell
    again: bool


def with_parameters(cells: tuple[Cell, ...], values: dict) -> list[Cell]:
    """The cells with the first assignment of each parameter set to the value given."""
    waiting, changed = dict(values), []
    for cell in cells:
        source, edits = cell.source, []
        for name, value in _declared(source, waiting):
            edits.append((value, repr(waiting.pop(name))))
        changed.append(replace(cell, source=edited(source, edits)))
    return changed


def _declared(source: str, names) -> list[tuple[str, ast.AST]]:
    """The assignments of one of the names, in order, each name once, with the node of the value."""
    found = {}
    for node in tree(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            name = getattr(node.targets[0], "id", "")
            if name in names:
                found.setdefault(name, node.value)
    return list(found.items())


def edited(source: str, edits) -> str:
    """The source with the text in the place of each node: ``edits`` are pairs of both."""
    if not edits:
        return source
    lines = source.encode().split(b"\n")
    for node, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        first, last = node.lineno - 1, node.end_lineno - 1
        end = lines[last][node.end_col_offset :]
        lines[first : last + 1] = [lines[first][: node.col_offset] + text.encode() + end]
    return b"\n".join(lines).decode()


def rebindings(learners: Learners) -> list[Rebinding]:
    """The parameters that are changed where they are declared, or set again later."""
    seen, found = set(), []
    for cell in learners.cells:
        declared = dict(_declared(cell.source, learners.sheet.parameters))
        for name, _ in bindings(cell.source, learners.sheet.parameters):
            if name in seen:
                found.append(Rebinding(name, cell, True))
            elif name not in declared or not _is(declared[name], learners.sheet.parameters[name]):
                found.append(Rebinding(name, cell, False))
            seen.add(name)
    return list({(r.name, r.cell.number, r.again): r for r in found}.values())


def _is(node, value) -> bool:
    try:
        return ast.literal_eval(node) == value
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
