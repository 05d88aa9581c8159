"""The executed notebook of a run, as the text of a file: written here, never by the run itself."""

from nbformat import v4

from crmlib.workbook import notebooks
from crmlib.workbook.grading.submission import Cell
from crmlib.workbook.sandbox.executed import write_executed
from crmlib.workbook.sandbox.terms import Ran


def notebook(cells: tuple[Cell, ...], code: list, shown: dict) -> str:
    """The notebook of the cells: ``code`` are numbers and sources as run, ``shown`` what each cell showed."""
    sources = dict(map(tuple, code))
    made = [_cell(place, cell, sources.get(cell.number)) for place, cell in enumerate(cells, 1)]
    executed = write_executed(v4.new_notebook(cells=made), Ran("", cells=shown))
    return notebooks.dumps(executed)


def _cell(place: int, cell: Cell, source: str | None):
    if cell.kind == "code":
        return v4.new_code_cell(source, id=f"cell-{place}")
    new = v4.new_markdown_cell if cell.kind == "markdown" else v4.new_raw_cell
    return new(cell.source, id=f"cell-{place}")
