"""The executed notebook of a run, as the text of a file: written here, never by the run itself."""

import nbformat
from nbformat import v4

from crmlib.workbook import notebooks
from crmlib.workbook.grading.submission import Cell


def notebook(cells: tuple[Cell, ...], code: list, shown: dict) -> str:
    """The notebook of the cells: ``code`` are numbers and sources as run, ``shown`` what each cell showed."""
    sources, made = dict(map(tuple, code)), []
    for cell in cells:
        source = sources.get(cell.number, cell.source)
        new = v4.new_code_cell(source) if cell.kind == "code" else v4.new_raw_cell(source)
        if cell.kind == "markdown":
            new = v4.new_markdown_cell(source)
        if cell.number in shown:
            new.outputs = [nbformat.from_dict(output) for output in shown[cell.number].outputs]
            new.execution_count = cell.number
        new.id = f"cell-{cell.number}"
        made.append(new)
    return notebooks.dumps(v4.new_notebook(cells=made))
