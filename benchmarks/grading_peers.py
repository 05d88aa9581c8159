"""Other tools on the same submissions: papermill, `nbgrader autograde`, `otter run`; and our own command.

The peers' checks are trivial, which favours them: one line a question that asks whether there is an answer.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat import v4

from crmlib.workbook import learner
from crmlib.workbook.payload import unpack

CORES = 2
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
IN_PROCESS = """
import contextlib, sys, papermill
seed = {"seed": int(sys.argv[2])}
for path in sys.argv[3:]:
    with contextlib.suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(path, sys.argv[1], parameters=seed, progress_bar=False)
"""


def graded(folder: Path, submissions: int) -> float:
    """Seconds a submission of `crmlib grade` on a fresh folder of results."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    command = [sys.executable, "-m", "crmlib.cli", "grade", "walmart", str(folder / "submissions")]
    command += ["--out", str(folder / "results"), "--manifest", str(folder / "sheets" / "manifest.json")]
    return _seconds(command) / submissions


def _seconds(command: list[str], **how) -> float:
    # nbgrader starts programs of its own environment by their names.
    path = os.pathsep.join([str(Path(command[0]).parent), ENVIRONMENT["PATH"]])
    start = time.perf_counter()
    ran = subprocess.run(
        command, env={**ENVIRONMENT, "PATH": path}, capture_output=True, text=True, check=False, **how
    )
    # Papermill runs to the end and then fails for an error that the tags allow.
    if ran.returncode and "PapermillExecutionError" not in ran.stderr:
        raise RuntimeError(f"{command[:4]}: {ran.returncode}\n{ran.stdout[-1500:]}\n{ran.stderr[-1500:]}")
    return time.perf_counter() - start


def without_errors(python, folder, paths) -> list[Path]:
    """The submissions as papermill can run them: cells tagged to go on after an error."""
    target = _fresh(folder / "papermill")
    for path in paths:
        book = nbformat.read(path, 4)
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), "raises-exception"]
        nbformat.write(book, target / path.name)
    return [target / path.name for path in paths]


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def papermill_command(python, folder, paths, manifest) -> float:
    """Papermill from the command line, two at a time."""
    seed = str(manifest.unseen["seed"])

    def one(path):
        _seconds([python, "-m", "papermill", path, os.devnull, "-p", "seed", seed, "--no-progress-bar"])

    return _wall(lambda: _two_at_a_time(one, without_errors(python, folder, paths))) / len(paths)


def papermill_in_process(python, folder, paths, manifest) -> float:
    """Papermill from Python, two processes with half of the notebooks each."""
    changed, seed = without_errors(python, folder, paths), str(manifest.unseen["seed"])

    def half(part):
        _seconds([python, "-c", IN_PROCESS, os.devnull, seed, *part])

    return _wall(lambda: _two_at_a_time(half, [changed[::2], changed[1::2]])) / len(paths)


def _two_at_a_time(action: Callable, things: list) -> None:
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(action, things))


def _wall(action: Callable) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def nbgrader(python, folder, paths, manifest) -> float:
    """`nbgrader autograde`, which goes through its students one after the other."""
    course = _fresh(folder / "nbgrader")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'crm'\n")
    source = course / "source" / "walmart"
    source.mkdir(parents=True)
    nbformat.write(_for_nbgrader(paths[0], solved=False), source / "walmart.ipynb")
    _seconds([python, "-m", "nbgrader", "generate_assignment", "walmart", "--force"], cwd=course)
    for number, path in enumerate(paths):
        place = course / "submitted" / f"student{number}" / "walmart"
        place.mkdir(parents=True)
        nbformat.write(_for_nbgrader(path, solved=True), place / "walmart.ipynb")
    return _seconds([python, "-m", "nbgrader", "autograde", "walmart"], cwd=course) / len(paths)


def _for_nbgrader(path: Path, *, solved: bool):
    """The submission, each check followed by a test; the instructor's version has no answers."""
    book = nbformat.read(path, 4)
    cells = []
    for cell in book.cells:
        name = _checked(cell)
        if name and not solved:
            cells.append(v4.new_code_cell(f"{name} = 0"))
        if not (cell.cell_type == "code" and not solved and name is None and cells and _answers(cell)):
            cells.append(cell)
        if name:
            cells.append(_test(name))
    book.cells = cells
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    return book


def _answers(cell) -> bool:
    return cell.id.endswith("-answer")


def _checked(cell) -> str | None:
    found = learner.arguments(cell.source, "check") if cell.cell_type == "code" else []
    return found[0] if found else None


def _test(name: str):
    about = {"grade": True, "grade_id": f"test-{name}", "locked": True, "points": 1, "schema_version": 3}
    metadata = {"nbgrader": about | {"solution": False, "task": False}}
    return v4.new_code_cell(f"assert {name} is not None", metadata=metadata)


def otter(python, folder, paths, manifest) -> float:
    """`otter run` from the command line, two at a time; it runs the submission in a process of its own."""
    place = _fresh(folder / "otter")
    (place / "tests").mkdir()
    sheet = unpack(next(iter(_texts(paths[0]))))
    for asked in sheet.exercises:
        case = {"code": f">>> {asked.name} is not None\nTrue", "hidden": False, "locked": False}
        suite = {"type": "doctest", "scored": True, "cases": [case], "setup": "", "teardown": ""}
        test = {"name": asked.name, "points": asked.points, "suites": [suite]}
        (place / "tests" / f"{asked.name}.py").write_text(f"OK_FORMAT = True\n\ntest = {test!r}\n")
    command = [python, "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment"]
    _seconds([*command, "--no-requirements"], cwd=place)

    def one(path):
        out = place / path.stem
        out.mkdir()
        shutil.copy(path, out)
        command = [python, "-m", "otter", "run", "-a", "../autograder.zip", "-o", ".", "--no-logo", path.name]
        _seconds(command, cwd=out)
        assert json.loads((out / "results.json").read_text())["tests"]

    return _wall(lambda: _two_at_a_time(one, paths)) / len(paths)


def _texts(path: Path) -> list[str]:
    cells = nbformat.read(path, 4).cells
    return [t for c in cells if c.cell_type == "code" for t in learner.arguments(c.source, "open_sheet")]


TOOLS = {
    "papermill, command line": papermill_command,
    "papermill, one process": papermill_in_process,
    "nbgrader autograde": nbgrader,
    "otter run": otter,
}
