"""What every notebook of the house must look like: each check returns the problems it finds."""

import ast
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from nbformat import NotebookNode

from crmlib.workbook.build import normal
from crmlib.workbook.notebooks import code_cells, dumps, tagged, tags
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import declared

MOST_BYTES = 300 * 1024
WIDEST = 84  # letters in a line of code that a page shows whole
LONGEST, LONG, SHARE_SHORT = 20, 10, 0.9
MOST_IN_A_ROW = 3
WORDING = (
    "Complete Journey grocery data, which its publisher simulated from real shopping patterns, for education"
)
TAGS = {"parameters", "say", "results", "answer", "quoted", "nbval-check-output", "nbval-skip"}
HIDDEN = {"say", "results", "answer"}
QUESTION = re.compile(r"^\*\*Question[.:]\*\* (\S.*)$", re.MULTILINE)
LINE = re.compile(r"^\W*Time\b.* · \W*Needs\b.* · \W*Data\b.* · \W*Uses\b.*$", re.MULTILINE)
HEADINGS = ("You will be able to", "What this does not show", "You can now", "References")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}|cell-\d+(-\d+)?")
READABLE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PATH = re.compile(r"^(/|~|\.{1,2}/|[A-Za-z]:\\)|\.(csv|parquet|json|xlsx?|txt|py|ipynb|png|pkl)$")
URL = re.compile(r"https?:|www\.", re.IGNORECASE)
SILENCERS = {"filterwarnings", "simplefilter", "catch_warnings"}
CLOCKS = {"now", "utcnow", "today", "perf_counter", "process_time", "monotonic", "sleep"}
CLOCK_CALLS = re.compile(r"^(time|datetime)\.(time|ctime|localtime|gmtime)$|(^|\.)time\.time$")


def tree(cell: NotebookNode) -> ast.Module:
    """The cell's syntax tree; empty where the cell is no plain Python."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def shown(book: NotebookNode) -> list[NotebookNode]:
    """The code cells whose code a reader sees."""
    return [cell for cell in code_cells(book) if not HIDDEN & set(tags(cell))]


def named(cell: NotebookNode, problem: str) -> str:
    return f"cell {cell.get('id')!r}: {problem}"


def dotted(node: ast.AST) -> str:
    """``a.b.c`` as text; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(cell: NotebookNode) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree(cell)))


def parameters_are_declared(book):
    if len(tagged(book, "parameters")) != 1:
        return ["there must be one cell tagged 'parameters'"]
    try:
        return [] if declared(book) else ["the parameters cell declares nothing"]
    except Refused as error:
        return [str(error)]


def imports_stand_in_one_cell(book):
    found = [cell for cell in code_cells(book) if imports(cell)]
    if len(found) != 1:
        return [f"imports stand in {len(found)} cells: {[cell.id for cell in found]}"]
    declared_in = tagged(book, "parameters")
    cells = code_cells(book)
    late = declared_in and cells.index(found[0]) > cells.index(declared_in[0])
    return ["the import cell comes before the parameters"] if late else []


def cells_are_short(book):
    cells = [cell for cell in shown(book) if not imports(cell) and "parameters" not in tags(cell)]
    lengths = {cell.id: len(cell.source.splitlines()) for cell in cells}
    lengths_of_all = {cell.id: len(cell.source.splitlines()) for cell in code_cells(book)}
    problems = [f"cell {name!r}: {n} lines" for name, n in lengths_of_all.items() if n > LONGEST]
    long = [name for name, n in lengths.items() if n > LONG]
    if len(long) > (1 - SHARE_SHORT) * len(lengths):
        problems.append(f"more than a tenth of the code cells are over {LONG} lines: {long}")
    return problems


def code_fits_the_page(book):
    wide = {cell.id: max(map(len, cell.source.splitlines())) for cell in shown(book)}
    return [f"cell {name!r}: a line of {n} letters" for name, n in wide.items() if n > WIDEST]


def code_is_read_aloud(book):
    in_a_row, problems = 0, []
    for cell in book.cells:
        if cell.cell_type != "code" or "say" in tags(cell):
            in_a_row = 0
        elif "results" not in tags(cell):
            in_a_row += 1
        if in_a_row == MOST_IN_A_ROW + 1:
            problems.append(named(cell, f"more than {MOST_IN_A_ROW} code cells without a sentence"))
    return problems


def file_is_small(book):
    size = len(dumps(book).encode())
    return [f"{size:,} bytes, {MOST_BYTES:,} allowed"] if size > MOST_BYTES else []


def every_cell_ran(book):
    counts = [cell.execution_count for cell in code_cells(book)]
    problems = [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts {counts}"]
    for cell in code_cells(book):
        kinds = {output.output_type for output in cell.outputs}
        if "error" in kinds:
            problems.append(named(cell, "ended in an error"))
        if any(output.get("name") == "stderr" for output in cell.outputs):
            problems.append(named(cell, "wrote to stderr"))
        if not kinds and shows_something(cell):
            problems.append(named(cell, "has no output"))
    return problems


def shows_something(cell):
    body = tree(cell).body
    return bool(body) and isinstance(body[-1], ast.Expr) and not imports(cell)


def nothing_forbidden(book):
    return [named(cell, problem) for cell in code_cells(book) for problem in _forbidden(cell)]


def _forbidden(cell):
    if re.search(r"^\s*[%!]|\bpip\s+install\b", cell.source, re.MULTILINE):
        yield "a magic or shell command"
    elif cell.source.strip() and not tree(cell).body and not only_comments(cell):
        yield "no plain Python"
    for node in ast.walk(tree(cell)):
        yield from _forbidden_node(node)


def only_comments(cell):
    return all(line.lstrip().startswith("#") for line in cell.source.splitlines() if line.strip())


def _forbidden_node(node):
    name = dotted(node.func if isinstance(node, ast.Call) else node)
    if isinstance(node, ast.Attribute) and name.endswith("sys.path"):
        yield "sys.path"
    if isinstance(node, ast.Call):
        last = name.rpartition(".")[2]
        if last in SILENCERS:
            yield f"{name}: warnings are not silenced"
        if last in CLOCKS or CLOCK_CALLS.search(name):
            yield f"{name}: no wall-clock time"
        if name in ("open", "Markdown", "print") or last in ("system", "run_line_magic"):
            yield f"{name}: not in a notebook"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if URL.search(node.value):
            yield f"a URL: {node.value!r}"
        if PATH.search(node.value):
            yield f"a path: {node.value!r}"


def bookends_are_in_place(book):
    first = book.cells[0].source if book.cells else ""
    texts = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    problems = []
    if not first.startswith("# "):
        problems.append("the first cell starts with '# ' and the title")
    question = QUESTION.search(first)
    if not question or not question[1].rstrip().endswith("?") or question[1].count("?") != 1:
        problems.append("the first cell holds a line '**Question.** …?' of one sentence")
    if not LINE.search(first):
        problems.append("the first cell holds a line '*Time* … · *Needs* … · *Data* … · *Uses* …'")
    if any("Complete Journey" in text for text in texts) and WORDING not in first:
        problems.append(f"the data are called: {WORDING}")
    return problems + _sections(texts)


def _sections(texts):
    sections = {}
    for text in texts:
        found = re.match(r"## (.+)\n?", text)
        if found:
            sections[found[1].strip()] = re.findall(r"^- (.+)$", text, re.MULTILINE)
    missing = [f"no section '## {name}'" for name in HEADINGS if name not in sections]
    if missing:
        return missing
    places = [list(sections).index(name) for name in HEADINGS]
    problems = []
    if places[0] != 0 or max(places) != places[3] or places[3] != len(sections) - 1:
        problems.append("first section 'You will be able to', last section 'References'")
    promised, kept = sections[HEADINGS[0]], sections[HEADINGS[2]]
    if len(promised) != 3 or len(kept) != 3:
        problems.append(f"three bullets promised and echoed, not {len(promised)} and {len(kept)}")
    return problems


def say_cells_speak_from_the_catalogue(book):
    return [
        named(cell, problem)
        for cell in code_cells(book)
        if HIDDEN & set(tags(cell))
        for problem in _say_problems(cell)
    ]


def _say_problems(cell):
    if not cell.metadata.get("jupyter", {}).get("source_hidden"):
        yield "its input is not hidden"
    if "nbval-check-output" not in tags(cell):
        yield "not tagged nbval-check-output"
    nodes = list(ast.walk(tree(cell)))
    calls = {dotted(node.func).rpartition(".")[2] for node in nodes if isinstance(node, ast.Call)}
    wanted = {"results"} if "results" in tags(cell) else {"text", "say", "bullets"}
    if not wanted & calls:
        yield f"calls none of {sorted(wanted)}"
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    yield from (f"a sentence outside the catalogue: {text!r}" for text in texts if len(text.split()) > 3)


class _Images(HTMLParser):
    def __init__(self):
        super().__init__()
        self.without_alt = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("img", "svg") and not (dict(attrs).get("alt") or "").strip():
            self.without_alt += 1


def figures_have_words(book):
    problems = []
    for cell in book.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            parser = _Images()
            parser.feed(data.get("text/html", ""))
            if parser.without_alt or any(kind.startswith("image/") for kind in data):
                problems.append(named(cell, "a figure without alternative text: use plots.show(..., alt=)"))
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]\(", cell.source):
            problems.append(named(cell, "a picture without alternative text"))
    return problems


def ids_are_readable(book):
    ids = Counter(cell.get("id") for cell in book.cells)
    twice = [f"id {name!r} stands twice" for name, n in ids.items() if n > 1]
    return twice + [
        f"id {name!r} says nothing: use words, such as 'by-hand'"
        for name in ids
        if not READABLE_ID.fullmatch(name or "") or RANDOM_ID.fullmatch(name)
    ]


def tags_are_known(book):
    return [
        named(cell, f"tag {tag!r} is unknown") for cell in book.cells for tag in tags(cell) if tag not in TAGS
    ]


def written_by_the_build(book):
    return [] if dumps(normal(book)) == dumps(book) else ["metadata of a run is left: use crmlib build"]


def helpers_are_not_copied(books: dict[Path, NotebookNode]) -> list[str]:
    """Functions that two of the notebooks define: they belong in crmlib."""
    homes = {}
    for path, book in books.items():
        for cell in code_cells(book):
            for node in tree(cell).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    homes.setdefault(node.name, set()).add(str(path))
    return [f"{name} is defined in {sorted(paths)}" for name, paths in homes.items() if len(paths) > 1]
