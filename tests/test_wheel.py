"""The wheel that students install: what is in it, and a sheet at work where there is nothing else of ours."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from class_of_sixty import AUTHOR, Flaw, fill, toys

from crmlib.workbook import author, notebooks
from crmlib.workbook.sheet import make_sheet

ROOT = Path(__file__).parents[1]
SOURCES = ("crmlib", "pyproject.toml", "README.md", "LICENSE")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir")

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Made from a copy of the sources: what an earlier build left in the folder would get in."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    build = ("wheel", ".", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", "made")
    run(*PIP, *build, cwd=folder)
    (made,) = (folder / "made").iterdir()
    return made


@pytest.fixture(scope="module")
def machine(wheel, tmp_path_factory) -> Path:
    """A student's Python: the libraries, the wheel installed without a network, no repository."""
    folder = tmp_path_factory.mktemp("machine")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def run(*words, cwd=None, folder: Path | None = None) -> str:
    """What the command prints; its environment knows no repository and, with ``folder``, no other home."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))
    }
    home = {"HOME": str(folder), "JUPYTER_PATH": str(folder), "IPYTHONDIR": str(folder)} if folder else {}
    command = [str(word) for word in words]
    ran = subprocess.run(
        command, cwd=cwd, env=environment | home, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_wheel_holds_what_the_package_needs_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    files = (path for path in (ROOT / "crmlib").rglob("*") if path.is_file())
    ours = [str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts]
    assert sorted(names) == sorted(ours)
    assert {PurePosixPath(name).parts[0] for name in names} == {"crmlib"}
    assert [name for name in names if name.endswith(".ipynb")] == [
        "crmlib/workbook/reports/class_report.ipynb"
    ]


def test_the_wheel_holds_no_solution(wheel):
    with zipfile.ZipFile(wheel) as archive:
        text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    notebooks_ = sorted(ROOT.glob("casestudies/*/exercises.ipynb"))
    assert notebooks_
    for path in notebooks_:
        for exercise in author.read(path).exercises:
            lines = [line.strip() for line in exercise.solution.source.splitlines()]
            code = [line for line in lines if line.startswith(f"{exercise.name} =") and len(line) > 30]
            assert [line for line in code if line in text] == [], (path, exercise.name)


SCRIPT = """
import crmlib
from crmlib.complaints.inbox import load_complaint_texts
from crmlib.workbook import notebooks
names = {{"__name__": "__main__"}}
for cell in notebooks.code_cells(notebooks.read({path!r})):
    exec(cell.source, names)
print(crmlib.__file__)
for given in ("n_beer", "n_beer + 1"):
    print(repr(eval(f"check('n_beer', {{given}})", names)).splitlines()[0])
try:
    load_complaint_texts()
except FileNotFoundError as error:
    print(error)
"""


def test_check_and_preflight_work_where_only_the_wheel_is(machine):
    course = toys()
    sheet = make_sheet(course.exercises, {"seed": 7}, kind="assigned", student="s-aaaaaaaaaa")
    path = machine / "sheet.ipynb"
    notebooks.write(fill(course, sheet, AUTHOR, Flaw()).notebook, path)
    scripts = machine / "venv" / "bin"
    python = (scripts / "python", "-c", SCRIPT.format(path=str(path)))
    where, right, wrong, inbox = run(*python, cwd=machine, folder=machine).splitlines()
    assert Path(where).is_relative_to(machine)
    assert (right, wrong) == ("[✓] Right: Baskets with beer", "[✗] Not right yet: Baskets with beer")
    assert "stand in the repository" in inbox
    said = run(scripts / "crmlib", "preflight", "sheet.ipynb", cwd=machine, folder=machine)
    assert said.count("  fine ") == 8
    assert "Everything runs." in said
