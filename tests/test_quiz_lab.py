"""A reader answers a quiz in JupyterLab: the click reaches the kernel, and the record file."""

import json
from importlib.util import find_spec

import nbformat
import pytest
from browser.chromium import Chromium, missing, wait_for
from browser.lab import Lab, OpenNotebook

from crmlib.quiz import quiz
from crmlib.workbook.quizzes.record import PATH_VARIABLE

LACKS = missing() or next(
    (f"{name} is not installed" for name in ("jupyterlab", "anywidget") if not find_spec(name)), ""
)
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(bool(LACKS), reason=f"no quiz in JupyterLab: {LACKS}"),
]

ASK = 'from crmlib.quiz import quiz\n\nquiz("life-cycle", kinds=("choice",), number=2)'


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path / "record.json"))
    return tmp_path / "record.json"


def test_a_click_reaches_the_record(tmp_path, record):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(ASK)])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, tmp_path / "quiz.ipynb")
    first, second = quiz("life-cycle", kinds=("choice",), number=2).posed
    with Lab(tmp_path, tmp_path) as lab, Chromium() as browser:
        notebook = OpenNotebook(browser, lab, "quiz.ipynb")
        assert first.text in notebook.run(0)
        form = f"#q-{first.question.id}"
        wait_for(lambda: browser.run(f"return !!document.querySelector('{form} button')"), 30, "no controls")
        wrong = next(letter for letter in first.labelled if letter != first.key)
        answer(browser, first, wrong)
        assert wait_for(lambda: boxes(record), 20, "nothing was recorded") == {first.question.id: 1}
        assert "crm-quiz-wrong" in browser.run(f"return document.querySelector('{form} output').className")
        # Right at once is nothing to come back to; right after a miss moves up a box.
        answer(browser, second, second.key)
        answer(browser, first, first.key)
        wait_for(lambda: boxes(record) == {first.question.id: 2}, 20, "the second answer was not recorded")


def answer(browser, posed, letter):
    form = f"#q-{posed.question.id}"
    browser.click(f'{form} input[value="{letter}"]')
    browser.click(f"{form} button[type=submit]")


def boxes(record):
    return json.loads(record.read_text(encoding="utf-8"))["boxes"] if record.exists() else {}
