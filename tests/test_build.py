"""Rebuilding: in place, only what went through, and no diff when nothing changed."""

import pytest
from toys import RESULTS, cli, code, dumped, house, make_case, notebook, statuses, study, text

from crmlib.workbook import build, notebooks
from crmlib.workbook.limits import Limits
from crmlib.workbook.outcome import CODES

LIMITS = Limits(120, 120)
UNSTEADY = """\
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown, display
plt.plot([1, 2])
plt.show()
display(Markdown("text"))
display(pd.DataFrame({"a": [1]}).style)
print(object(), sorted({"b", "a", "c"}), list({"b", "a", "c"}))
object()
"""


def test_a_rebuild_with_nothing_changed_gives_no_diff(tmp_path):
    book = notebook(text("# T"), UNSTEADY, code("1 / 0", "raises-exception"), code(RESULTS, "x"))
    book.cells[3].source = "1"
    book.cells[1].metadata["jupyter"] = {"source_hidden": True}
    book.cells[1].metadata["execution"] = {"iopub.status.busy": "2026"}
    ids = [cell["id"] for cell in book.cells]
    path = make_case(tmp_path / "case", book).path
    first = build.build(path, LIMITS)
    after, when = path.read_text(), path.stat().st_mtime_ns
    second = build.build(path, LIMITS)
    built = notebooks.read(path)
    assert (first.outcome.word, first.changed) == ("success", True)
    assert (second.outcome.word, second.changed) == ("success", False)
    assert (path.read_text(), path.stat().st_mtime_ns) == (after, when)
    assert [cell["id"] for cell in built.cells] == ids
    assert [c.execution_count for c in built.cells if c.cell_type == "code"] == [1, 2, 3]
    assert built.cells[1].metadata == {"jupyter": {"source_hidden": True}}
    for volatile in ("papermill", "crmlib", "iopub", "0x7", "/tmp"):
        assert volatile not in after, volatile


def test_a_failed_run_writes_nothing(tmp_path):
    path = make_case(tmp_path / "case", notebook("1", "1 / 0")).path
    before = path.read_bytes()
    built = build.build(path, LIMITS)
    assert (built.outcome.word, built.outcome.cell, built.changed) == ("error", 2, False)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["study.ipynb"]


def test_cells_without_an_id_get_steady_ones():
    book = notebook("1", "2")
    book.nbformat_minor = 4
    for cell in book.cells:
        del cell["id"]
    assert [cell["id"] for cell in build.normal(book).cells] == ["cell-1", "cell-2"]


def test_what_the_author_tagged_stays():
    book = notebook(code("1", "say", "answer"))
    book.metadata["title"] = "mine"
    built = build.normal(book)
    assert built.cells[0].metadata == {"tags": ["say", "answer"]}
    assert built.metadata["title"] == "mine"
    assert built.metadata["kernelspec"]["name"] == "python3"


def test_lessons_come_first_then_cases(tmp_path):
    place = house(tmp_path, "b", "a")
    (place / "notebooks").mkdir()
    notebooks.write(study(), place / "notebooks" / "01_lesson.ipynb")
    names = [p.relative_to(place).as_posix() for p in build.all_notebooks(place)]
    assert names == [
        "notebooks/01_lesson.ipynb",
        "casestudies/a/study.ipynb",
        "casestudies/b/study.ipynb",
    ]


def test_the_command_rebuilds_what_goes_through(tmp_path):
    place = house(tmp_path, "fine")
    broken = make_case(place / "casestudies" / "broken", notebook("1 / 0")).path
    done = cli("build", cwd=place)
    fine = dumped(place / "casestudies" / "fine" / "study.ipynb")
    assert done.returncode == CODES["error"]
    assert "broken" in done.stderr
    assert "rewritten" in done.stdout
    assert [c["execution_count"] for c in fine["cells"] if c["cell_type"] == "code"] == [1, 2, 3]
    assert dumped(broken)["cells"][0]["outputs"] == []


def test_a_notebook_that_is_none_is_refused_alone(tmp_path):
    (tmp_path / "none.ipynb").write_text("{")
    built = build.build_all([tmp_path / "none.ipynb"], LIMITS, workers=1)
    assert [one.outcome.word for one in built] == ["refused"]


@pytest.mark.parametrize("value", ["T_0a1b2", "#T_0a1b2_row0_col1 { color: red }"])
def test_the_names_of_a_styled_table_are_steady(value):
    other = value.replace("0a1b2", "fffff")
    assert build._normal_text(value) == build._normal_text(other) != value


def test_statuses_do_not_reach_a_built_notebook():
    book = notebook("1")
    book.cells[0].metadata["crmlib"] = {"status": "ok"}
    assert statuses(book) == ["ok"]
    assert "crmlib" not in build.normal(book).cells[0].metadata
