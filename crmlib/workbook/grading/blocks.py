"""Which cells belong to which question, and the cells with other parameters set.

Titles and names come from the author's exercises, never from the file.
"""

import ast
import re

from crmlib.workbook import learner
from crmlib.workbook.answers import normal
from crmlib.workbook.grading.submission import Cell

HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
# Where code may take what differs from run to run: then it is run twice.
ENTROPY = re.compile(
    r"urandom|secrets|uuid|SystemRandom|default_rng\(\s*\)|RandomState\(\s*\)|Random\(\s*\)|seed\(\s*\)"
    r"|\btime\b|perf_counter|monotonic|\bnow\(|today\(|getpid|getrandom|\b(?:id|hash|object)\("
)


def blocks(cells: tuple[Cell, ...], titles: dict[str, str]) -> dict[int, str]:
    """The question of each code cell by the cell's number; "" before the first.

    ``titles`` holds the title of each question. A block runs from the question's heading to the next;
    where the heading is lost, it is what ends at the question's check.
    """
    headings = _headings(cells, titles)
    found, current = {}, ""
    for place, cell in enumerate(cells):
        current = headings.get(place, current)
        if cell.kind == "code":
            found[cell.number] = current
    return found | _ended_by_checks(cells, set(titles) - set(headings.values()), set(headings))


def _headings(cells, titles) -> dict[int, str]:
    """The question whose heading stands in a cell, by the cell's place."""
    known = [normal(title) for title in titles.values()]
    names = {normal(title): name for name, title in titles.items() if known.count(normal(title)) == 1}
    found = {}
    for place, cell in enumerate(cells):
        for text in HEADING.findall(cell.source) if cell.kind == "markdown" else ():
            if name := names.get(_title(text), names.get(normal(text))):
                found[place] = name
    return found


def _title(heading: str) -> str:
    """The heading as compared, without the points that end it."""
    return re.sub(r" ?\([^()]*\)$", "", normal(heading))


def _ended_by_checks(cells, lost, headings) -> dict[int, str]:
    """The blocks of questions that lost their heading: back from the check to a check or heading."""
    found, span = {}, []
    for place, cell in enumerate(cells):
        if place in headings:
            span = []
        if cell.kind != "code":
            continue
        span.append(cell.number)
        checked = learner.arguments(cell.source, "check")
        ends = [name for name in checked if name in lost]
        if ends:
            found |= dict.fromkeys(span, ends[-1])
        if checked or learner.arguments(cell.source, "open_sheet"):
            span = []
    return found


def checks(cells: tuple[Cell, ...], names) -> dict[str, int]:
    """The number of the last cell that checks each question."""
    code = [cell for cell in cells if cell.kind == "code"]
    return {n: c.number for c in code for n in learner.arguments(c.source, "check") if n in names}


def with_parameters(cells: list[Cell], values: dict, own: dict) -> tuple[list[Cell], list[tuple[str, int]]]:
    """The code cells with each parameter set to its value; and where one is set to something else again.

    A parameter is set where it is first assigned and wherever it is assigned its own value once more.
    """
    waiting, changed, again = dict(values), [], []
    for cell in cells:
        edits, places = [], set()
        for name, target, value in _assignments(cell.source, values):
            if name in waiting or _is(value, own.get(name)):
                edits.append((value, repr(values[name])))
                places.add((target.lineno, target.col_offset))
                waiting.pop(name, None)
        for name, node in learner.bindings(cell.source, values):
            if (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)) not in places:
                again.append((name, cell.number))
        changed.append(Cell(cell.number, "code", learner.edited(cell.source, edits)))
    if changed and waiting:
        first = "".join(f"{name} = {value!r}\n" for name, value in waiting.items())
        changed[0] = Cell(changed[0].number, "code", first + changed[0].source)
    return changed, list(dict.fromkeys(again))


def _assignments(source: str, names):
    """The plain assignments of a parameter at the top of a cell: its name, the target, the value."""
    for node in learner.tree(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id in names:
                yield target.id, target, node.value


def _is(node, value) -> bool:
    try:
        given = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
    return type(given) is type(value) and given == value
