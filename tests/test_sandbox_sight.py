"""What a run can see: of the machine's files nothing that tells a solution, of the home folder nothing."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from sandboxes import answer, bare, runner
from toycase import toy

from crmlib.workbook import author
from crmlib.workbook.sandbox import Limits
from crmlib.workbook.sandbox.visible import visible

LEVELS = ("full", "reduced")
WALK = """\
import os
needles = [(a + b).encode() for a, b in {halves}]
found, read = set(), 0
# At a lower level the root cannot be listed, and what lies below can: so that is walked too.
walks = [walk for root in {roots} for walk in os.walk(root)]
for folder, files in {{folder: files for folder, _, files in walks}}.items():
    for name in files:
        path = os.path.join(folder, name)
        if path.startswith(("/proc/", "/sys/")):
            continue
        try:
            if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > {most}:
                continue
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            continue
        read += 1
        found |= {{needle.decode() + " in " + path for needle in needles if needle in data}}
said = str(read > 1000) + " " + "; ".join(sorted(found))
"""
MOST = 8 * 2**20
ROOMY = Limits(wall_seconds=400, cpu_seconds=300, memory_mib=2000)
SHOWN = "What is taken from a run's own process, for good, before it reads its job"


def solution_lines() -> list[str]:
    """Of each solution the longest line of code, where it says something of its own."""
    exercises = [*author.read(author.find("walmart")).exercises, *toy().exercises]
    lines = [[line for line in one.solution.source.splitlines() if line[:1] != "#"] for one in exercises]
    return [line for own in lines if len(line := max(own, key=len)) > 30]


@pytest.mark.full
@pytest.mark.parametrize("level", LEVELS)
def test_no_file_that_a_run_can_read_holds_a_solution(level):
    lines = solution_lines()
    assert len(lines) > 15
    halves = [(line[:9], line[9:]) for line in (*lines, SHOWN)]
    case, house = author.find("walmart").parent, Path(author.__file__).parent
    roots = sorted({"/", *visible(case), str(house.parents[1]), str(case), str(Path.home())}, key=len)
    with runner(level, bare(case)) as run:
        said = json.loads(answer(run, WALK.format(halves=halves, most=MOST, roots=roots), limits=ROOMY))
    many, _, found = said.partition(" ")
    assert many == "True"
    assert found == f"{SHOWN} in {house / 'sandbox' / 'confine.py'}"


@pytest.mark.parametrize("level", LEVELS)
def test_a_run_does_not_see_the_home_folder(level):
    home = Path.home()
    assert not [path for path in visible(Path(tempfile.mkdtemp())) if home.is_relative_to(path)]
    with tempfile.NamedTemporaryFile("w", dir=home, prefix="seen-by-no-run-") as file, runner(level) as run:
        file.write("private")
        file.flush()
        os.chmod(file.name, 0o644)  # noqa: PTH101
        look = (
            "import os\nsaid = ''\n"
            f"try: said += open({file.name!r}).read()\nexcept OSError: pass\n"
            f"try: said += ' '.join(n for n in os.listdir({str(home)!r}) if n.startswith('seen-by-no-run'))\n"
            "except OSError: pass"
        )
        assert answer(run, look) == '""'


THREADS = """\
import os
import numpy, pyarrow, threadpoolctl, sklearn.cluster
pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
arrow = [pyarrow.cpu_count(), pyarrow.io_thread_count()]
named = [value for name, value in os.environ.items() if name.endswith("_THREADS")]
said = f"{len(pools) > 1} {set(pools)} {arrow} {set(named)} {len(named)}"
"""


def test_openmp_blas_and_arrow_have_one_thread_each():
    with runner(case=bare(setup="import numpy")) as run:
        assert answer(run, THREADS, limits=ROOMY) == "\"True {1} [1, 1] {'1'} 10\""


@pytest.mark.parametrize("level", LEVELS)
def test_a_folder_that_pip_installed_into_is_found_wherever_it_lies_and_no_other(
    level, tmp_path, monkeypatch
):
    installed, own = tmp_path / "installed", tmp_path / "own"
    for folder in (installed, own):
        folder.mkdir()
        (folder / f"from_{folder.name}.py").write_text("word = 'found'", encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
    (installed / "from_installed-1.0.dist-info").mkdir()
    look = (
        "from from_installed import word\n"
        f"try: word += open({str(own / 'from_own.py')!r}).read()\nexcept OSError: pass\nsaid = word"
    )
    with runner(level) as run:
        assert answer(run, look) == '"found"'
