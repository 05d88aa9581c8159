"""Zygotes of a case without libraries, for the tests of the sandbox, and this Python as an ordinary user."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from crmlib.workbook.answers import Spec
from crmlib.workbook.sandbox import Job, Limits, Zygote, handle

ROOT = Path(__file__).parents[1]
QUICK = Limits(wall_seconds=20, cpu_seconds=10, memory_mib=600, processes=12, output_mib=1, files_mib=20)

# Run by root: sees what root sees, as the user nobody, in a mount namespace of its own.
AS_NOBODY = """\
import os, sys, tempfile
from pathlib import Path
from crmlib.workbook.sandbox import confine, wall
from crmlib.workbook.sandbox.visible import visible
scratch = tempfile.mkdtemp()
shown = [p for p in visible(Path(scratch)) if not Path(p).is_relative_to({root!r})] + [{root!r}]
wall.enter_view(shown, scratch, scratch, keep_scratch=False)
confine.become_nobody()
os.environ["HOME"] = "/tmp"
os.chdir("/tmp")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def bare(folder: Path | None = None, setup: str = "") -> SimpleNamespace:
    """A case without a notebook: a folder and the code before the first exercise."""
    folder = folder or Path(tempfile.mkdtemp())
    return SimpleNamespace(
        setup=[SimpleNamespace(cell=1, source=setup)] * bool(setup), path=folder / "x.ipynb"
    )


@contextmanager
def runner(level: str = "full", case=None, parameters: dict | None = None, **how):
    """A function that runs cells, given by their sources, and gives back the `Ran`."""

    def run(*sources: str, specs: dict | None = None, limits: Limits = QUICK, seed: int = 0):
        return zygote.run(Job(tuple(enumerate(sources, 1)), specs or {}, limits, seed))

    with Zygote(case or bare(), level=level, parameters=parameters or {}, **how) as zygote:
        run.zygote = zygote
        yield run


def bring_down_zygotes(monkeypatch, folder: Path) -> None:
    """From now on a library is not found where student code runs."""
    (folder / "babel.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'babel'\")", encoding="utf-8"
    )
    bare = handle.environment()
    path = os.pathsep.join([str(folder), bare["PYTHONPATH"]])
    monkeypatch.setattr(handle, "environment", lambda: bare | {"PYTHONPATH": path})


def answer(run, source: str, **how) -> str | None:
    """The JSON of the text that ``said`` is after the cell ran."""
    ran = run(source, specs={"said": Spec("text")}, **how)
    assert ran.finished, (ran.stop, ran.cells)
    return ran.answers["said"].json


def text(ran, cell: int = 1) -> str:
    """What the cell printed."""
    return "".join(o["text"] for o in ran.cells[cell].outputs if o["output_type"] == "stream")


def python(*arguments: str, **how) -> subprocess.CompletedProcess:
    """This Python as an ordinary user, whoever runs the tests."""
    command = [sys.executable, *arguments]
    if os.geteuid() == 0:
        command[1:1] = ["-c", AS_NOBODY.format(root=str(ROOT))]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **how)
