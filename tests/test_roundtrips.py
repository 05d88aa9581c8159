"""A sheet saved by JupyterLab, and by editors that lose ids, tags and metadata, checks and rehearses."""

import json
import re
from copy import deepcopy

import nbformat
import pytest
from nbclient import NotebookClient
from toycase import LIGHT, solved_sheet, toy_sheet

from crmlib.workbook import learner, notebooks
from crmlib.workbook.preflight import preflight


def jupyterlab(sheet):
    """Run, saved with outputs, execution counts and kernel metadata; sources as lists of lines, keys sorted.

    Held against a file that JupyterLab 4.6 saved: it keeps no times of running unless told to.
    """
    NotebookClient(sheet, timeout=120, record_timing=False).execute()
    return nbformat.writes(sheet) + "\n"


def old_format(sheet):
    """nbformat 4.4: no cell ids."""
    for cell in sheet.cells:
        cell.pop("id")
    sheet.nbformat_minor = 4
    return json.dumps(sheet)


def new_ids(sheet):
    for number, cell in enumerate(sheet.cells):
        cell["id"] = f"{number:08x}"
    return json.dumps(sheet)


def bare(sheet):
    """No tags, no metadata at all, no outputs."""
    sheet.metadata = {}
    for cell in sheet.cells:
        cell.metadata = {}
        cell.pop("id")
    sheet.nbformat_minor = 2
    return json.dumps(sheet)


def listed_sources(sheet):
    """VS Code: sources as lists of lines, Windows line ends, language metadata in each cell."""
    for cell in sheet.cells:
        cell.metadata["vscode"] = {"languageId": "python"}
        cell["source"] = [line + "\r\n" for line in cell.source.split("\n")]
        cell["source"][-1] = cell["source"][-1].rstrip("\r\n")
    return json.dumps(sheet)


def colab(sheet):
    """Colab: ids in the metadata, form titles, indentation changed to tabs in JSON."""
    sheet.metadata = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    for number, cell in enumerate(sheet.cells):
        cell.metadata = {"id": f"x{number}", "colab": {"base_uri": "https://localhost:8080/"}}
        cell.pop("id")
    sheet.nbformat_minor = 0
    return json.dumps(sheet, indent="\t")


def formatted(sheet):
    """A formatter (black, ruff) turned quotes and wrapped; trailing white space is cut."""
    for cell in sheet.cells:
        if cell.source.startswith("check("):
            cell.source = re.sub(
                r'check\("(\w+)", (\w+)\)',
                r"check(\n    'x'.replace('x', '') or '\1',\n    \2,\n)",
                cell.source,
            )
            cell.source = cell.source.replace("'x'.replace('x', '') or ", "")
        cell.source = "\n".join(line.rstrip() for line in cell.source.split("\n"))
        if cell.source.startswith("open_sheet("):
            cell.source = cell.source.replace("\n", "\n    ")
    return json.dumps(sheet)


def merged(sheet):
    """A learner merged every stub with its check and deleted the headings."""
    cells, kept = sheet.cells, []
    for cell in cells:
        if cell.source.startswith("check(") and kept:
            kept[-1].source += "\n" + cell.source
        elif cell.cell_type == "code" or not cell.source.startswith("###"):
            kept.append(cell)
    sheet.cells = kept
    return json.dumps(sheet)


EDITORS = [jupyterlab, old_format, new_ids, bare, listed_sources, colab, formatted, merged]


@pytest.mark.parametrize("editor", EDITORS, ids=lambda f: f.__name__)
def test_a_sheet_that_went_through_an_editor_checks_and_rehearses(tmp_path, editor):
    path = tmp_path / "sheet renamed (1).ipynb"
    path.write_text(
        editor(deepcopy(solved_sheet({"n_beer": "n_beer = 3"}, LIGHT))), encoding="utf-8", newline=""
    )
    report = preflight(path)
    found = {line.name: line.state for line in report.lines}
    assert (found.pop("n_beer"), found.pop("support")) == ("wrong", "waits")
    assert set(found.values()) == {"ok", "recorded"}, report.text()
    assert not report.notes


def test_nothing_a_learner_needs_stands_in_metadata_or_ids():
    sheet = toy_sheet()
    again = nbformat.from_dict(json.loads(bare(deepcopy(sheet))))
    assert [c.source for c in again.cells] == [c.source for c in sheet.cells]


def test_a_copy_pasted_sheet_cell_counts_once(tmp_path):
    sheet = solved_sheet(cells=LIGHT)
    opened = next(cell for cell in sheet.cells if cell.source.startswith("open_sheet("))
    sheet.cells.append(nbformat.from_dict({**opened, "id": "pasted"}))
    notebooks.write(sheet, tmp_path / "x.ipynb")
    assert learner.read(tmp_path / "x.ipynb").sheet.case == "toy"
