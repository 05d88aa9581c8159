"""Small notebooks and cases built in code, for the tests of the machinery."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat.v4 as v4
import psutil

from crmlib.workbook import notebooks
from crmlib.workbook.cases import Case
from crmlib.workbook.limits import Limits
from crmlib.workbook.runner import Ran, prepare, run

DECLARATION = """\
customers = 5  # people | 1..100 | how many customers there are
rate = 0.5     # share | 0..1 | the share of them that buys
level = "type" # none | type, category | the level counted at
loud = false_  # none | true, false | whether to shout
""".replace("false_", "False")
SETS = """\
sets:
  small:
    parameters: {customers: 2}
    expected: {total: 1.0, level: type}
  base:
    expected: {total: {value: 2.5, rel: 1e-9}}
"""
RESULTS = "from crmlib.display import results\nresults(total=customers * rate, level=level)"
ANSWER = "from IPython.display import Markdown\nMarkdown(f'**{customers * rate:g}** customers buy.')"


def code(source, *tags):
    return v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def text(source):
    return v4.new_markdown_cell(source)


def notebook(*cells):
    return v4.new_notebook(cells=[code(c) if isinstance(c, str) else c for c in cells])


def study():
    return notebook(
        text("# Toy study"),
        code(DECLARATION, "parameters"),
        text("## The result"),
        code(RESULTS, "results"),
        code(ANSWER, "say", "answer"),
    )


def make_case(folder: Path, book=None, sets: str | None = None) -> Case:
    """A case folder with a study and, when given, its sets."""
    folder.mkdir(parents=True, exist_ok=True)
    notebooks.write(study() if book is None else book, folder / "study.ipynb")
    if sets is not None:
        (folder / "parameters.yaml").write_text(sets, encoding="utf-8")
    return Case(folder.name, folder / "study.ipynb")


def house(folder: Path, *names: str) -> Path:
    """A folder with ``casestudies``, each case the toy study."""
    for name in names or ("toy",):
        make_case(folder / "casestudies" / name, sets=SETS)
    return folder


def run_cells(folder: Path, *cells, limits: Limits | None = None, **given) -> Ran:
    """The cells, run as a case in ``folder``."""
    case = make_case(folder / "case", notebook(*cells))
    return run(prepare(case, given, out=folder / "runs", limits=limits or Limits(120, 120)))


def saved(ran: Ran):
    return notebooks.read(ran.job.notebook_path)


def statuses(book):
    return [c.metadata.crmlib["status"] for c in book.cells if c.cell_type == "code"]


def cli(*words, cwd: Path, **environment) -> subprocess.CompletedProcess:
    """The command line in a process of its own."""
    return subprocess.run(
        command(*words),
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def command(*words) -> list[str]:
    return [sys.executable, "-m", "crmlib.cli", *map(str, words)]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def dumped(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def hears_interrupts():
    # Whatever a shell starts in the background inherits a deaf ear for Ctrl-C, and so would these tests.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
