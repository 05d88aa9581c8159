"""A new learner opens a sheet in JupyterLab, in a browser, and answers: each card as the page shows it."""

from importlib.util import find_spec

import nbformat
import pytest
from browser.chromium import Chromium, missing
from browser.lab import Lab, OpenNotebook
from toycase import toy, toy_sheet

from crmlib.workbook import notebooks
from crmlib.workbook.preflight import preflight

LACKS = missing() or ("" if find_spec("jupyterlab") else "jupyterlab is not installed")
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(bool(LACKS), reason=f"no drive through a browser: {LACKS}"),
]

# Name, answer (None: the author's), what the card begins with, what else it says; in the order of the drive.
DRIVE = [
    ("money", "money = 3", "Waiting", "First put lift right"),
    ("n_beer", None, "Right", "1 point."),
    ("support", "support = n_beer / (len(baskets) - n_beer)", "Not right yet", "which gives odds"),
    ("support", "support = 37", "Not right yet", "should lie between 0 and 1; it is 37"),
    ("lift", "lift = '1.1'", "Not an answer yet", "A number stands without quotation marks."),
    ("lift", "lift = 0.123", "Not right yet", "none of the mistakes known here"),
    ("which", "which = 'c'", "Not right yet", "One of them does tell more than chance."),
    ("which", "which = 'd'", "Not an answer yet", 'one of "a", "b", "c"'),
    ("memo", "memo = 'Do nothing.'", "Recorded", "2 points: gives its cost"),
]
PARTLY = "\nby_store = by_store.reset_index().assign(mean_sales=lambda t: t.mean_sales + [0, 0, 1])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("learner")


@pytest.fixture(scope="module")
def notebook(folder, tmp_path_factory):
    notebooks.write(toy_sheet(), folder / "toy-7.ipynb")
    with Lab(folder, tmp_path_factory.mktemp("home")) as lab, Chromium() as browser:
        yield OpenNotebook(browser, lab, "toy-7.ipynb")


def card(notebook, name, source):
    """The card on the page after an answer."""
    notebook.answer(name, source or toy().by_name[name].solution.source)
    return notebook.rendered(notebook.number(f'check("{name}"'))


def test_a_learner_at_the_screen(notebook, folder):
    # One test, since each step stands on the one before; a learner's session does too.
    blank(notebook)
    for name, source, head, words in DRIVE:
        page = card(notebook, name, source)
        assert head in page.split("·")[0], page
        assert words in page, page
    partly(notebook)
    helped(notebook)
    fits(notebook)
    saved(notebook, folder / "toy-7.ipynb")


def blank(notebook):
    notebook.command("notebook:run-all-cells")
    opening = notebook.number("open_sheet(")
    assert notebook.is_hidden(opening)
    assert "is open: 11 exercises, 22 points." in notebook.rendered(opening)
    for name in toy().by_name:
        assert "No answer yet" in notebook.rendered(notebook.number(f'check("{name}"'))
    assert "0 of 18 points so far." in notebook.rendered(notebook.number("progress("))


def partly(notebook):
    page = card(notebook, "by_store", toy().by_name["by_store"].solution.source + PARTLY)
    assert "Partly right" in page
    assert "2 of 3 rows are right. Wrong: row 'West', column mean_sales." in page


def helped(notebook):
    last = notebook.number("progress(")
    hints = [notebook.run(last, 'hint("lift")') for _ in range(2)]
    assert "(1 of 2)" in hints[0]
    assert "Three shares are needed." in hints[1]
    assert "The author's solution" in notebook.run(last, 'solution("lift")')
    notebook.run(last, "progress()")
    page = notebook.rendered(last)
    assert "3 of 18 points so far. There are 4 more points, for memo;" in page
    for row in ("n_beer Baskets with beer ✓ Right 1 of 1", "by_store Sales by store ◐ Partly right 2 of 3"):
        assert row in page


def fits(notebook):
    notebook.browser.resize(800, 1400)
    for name in ("n_beer", "which", "by_store", "memo"):
        assert notebook.too_wide(notebook.number(f'check("{name}"')) == 0, name


def saved(notebook, path):
    notebook.save()
    text = path.read_text(encoding="utf-8")
    # What tests/test_roundtrips.py takes for a file that JupyterLab saved.
    assert text == nbformat.writes(nbformat.read(path, as_version=nbformat.NO_CONVERT)) + "\n"
    assert all(set(cell.metadata) <= {"tags", "jupyter"} for cell in notebooks.read(path).cells)
    found = {line.name: line.state for line in preflight(path).lines}
    assert found["n_beer"] == "ok"
    assert (found["by_store"], found["ranking"], found["lift"]) == ("partly", "missing", "wrong")
