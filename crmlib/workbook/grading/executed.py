"""The executed notebook of a run, as the text of a file: written here, never by the run itself."""

import json

from nbformat import from_dict

from crmlib.workbook.grading.submission import Cell
from crmlib.workbook.sandbox.executed import write_executed
from crmlib.workbook.sandbox.terms import Ran


def notebook(cells: tuple[Cell, ...], code: list, shown: dict) -> str:
    """The notebook of the cells: ``code`` are numbers and sources as run, ``shown`` what each cell showed."""
    sources = dict(map(tuple, code))
    made = [_cell(place, cell, sources) for place, cell in enumerate(cells, 1)]
    given = from_dict({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    executed = write_executed(given, Ran("", cells=shown))
    # Not by nbformat, which takes longer to validate a notebook than it took to run.
    return json.dumps(executed, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _cell(place: int, cell: Cell, sources: dict[int, str]) -> dict:
    made = {"cell_type": cell.kind, "id": f"cell-{place}", "metadata": {}, "source": cell.source}
    if cell.kind == "code":
        made |= {"source": sources[cell.number].rstrip("\n"), "outputs": [], "execution_count": None}
    return made
