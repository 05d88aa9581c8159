"""Numbers in a notebook's prose: each must be held by the notebook's code, whatever the parameters.

A number in a Markdown cell may be a year, at most ten, or a number that the code itself writes or
shows without looking at the parameters. Anything else depends on the data and belongs in a cell
tagged ``say``; figures of other authors belong in a Markdown cell tagged ``quoted``.
"""

import ast
import re

from anatomy import HIDDEN, named, tree
from nbformat import NotebookNode

from crmlib.workbook.notebooks import code_cells, tags
from crmlib.workbook.parameters import declared

NUMBER = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:[   ]?(%|percent\b))?(?![\w])")
TIMES, MINUS = "\u00d7", "\u2212"
EQUATION = re.compile(rf"(\d[\d.]*(?: [{TIMES}{MINUS}*/+-] \d[\d.]*)+) = (\d+(?:\.\d+)?)")
NOT_PROSE = [
    re.compile(pattern, re.DOTALL | re.MULTILINE)
    for pattern in (
        r"```.*?```",
        r"`[^`\n]*`",
        r"\$\$.*?\$\$",
        r"\$[^$\n]*\$",
        r"\]\([^)]*\)",
        r"^#+ *[\d.]+",
        r"^ *\d+\. ",
        r"^\W*Time\b.*$",
        r"^## References.*",
    )
]
COMMON = {*map(float, range(11)), 95.0, 100.0}


def numbers_are_held_by_code(book: NotebookNode) -> list[str]:
    """Numbers in prose that no code holds."""
    prose = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    known = known_numbers(book) | {number for source in prose for number in worked_examples(source)}
    return [
        named(cell, f"{text!r} stands in prose, but no code that is free of parameters holds it")
        for cell in book.cells
        if cell.cell_type == "markdown" and "quoted" not in tags(cell)
        for text, value, digits in numbers(cell.source)
        if not _fine(text, value, digits, known)
    ]


def worked_examples(source: str):
    """Results of the true equations in prose, such as 0.8 of "2 times 2 / 5 = 0.8", with signs."""
    for formula, result in EQUATION.findall(source):
        value = eval(formula.replace(TIMES, "*").replace(MINUS, "-"))  # digits and signs only
        if round(value, len(result.partition(".")[2])) == float(result):
            yield float(result)


def numbers(source: str):
    """(text, value, digits shown) of each number in prose; a percentage as a share."""
    for pattern in NOT_PROSE:
        source = pattern.sub(" ", source)
    for found in NUMBER.finditer(source):
        whole, decimals, percent = found.groups()
        value, digits = float(whole.replace(",", "") + (decimals or "")), len(decimals or " ") - 1
        yield found[0], value / 100 if percent else value, digits + 2 * bool(percent)


def _fine(text, value, digits, known):
    year = re.fullmatch(r"1[5-9]\d\d|20\d\d", text)
    if year or value in COMMON or (value * 100 in COMMON and "%" in text):
        return True
    return any(abs(round(number, digits) - value) < 10**-digits / 1000 for number in known)


def known_numbers(book: NotebookNode) -> set[float]:
    """Numbers that the code writes, and those it shows without reading a parameter."""
    tainted, known = set(declared(book)), set()
    for cell in code_cells(book):
        if "parameters" in tags(cell):
            continue
        known |= _literals(cell)
        reads, writes = _names(tree(cell))
        if reads & tainted:
            tainted |= writes
        else:
            tainted -= writes
            known |= _shown(cell) if not HIDDEN & set(tags(cell)) else set()
    return known


def _literals(cell):
    nodes = (node.value for node in ast.walk(tree(cell)) if isinstance(node, ast.Constant))
    return {float(value) for value in nodes if type(value) in (int, float)}


def _names(node):
    """Names read from outside and names written by a cell or a function."""
    reads, writes = set(), set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda):
            inner_reads, inner_writes = _names(child)
            reads |= (
                inner_reads - inner_writes - {arg.arg for arg in ast.walk(child) if isinstance(arg, ast.arg)}
            )
            writes |= {child.name} if isinstance(child, ast.FunctionDef) else set()
        elif isinstance(child, ast.Name):
            (reads if isinstance(child.ctx, ast.Load) else writes).add(child.id)
        else:
            inner_reads, inner_writes = _names(child)
            reads, writes = reads | inner_reads, writes | inner_writes
    return reads, writes


def _shown(cell):
    found = set()
    for output in cell.outputs:
        data = output.get("data", {})
        html = re.sub(r"<[^>]*>", " ", data.get("text/html", ""))
        text = " ".join([output.get("text", ""), data.get("text/plain", ""), html])
        found |= {float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*", text)}
    return found
