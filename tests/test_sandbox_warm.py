"""What is done once before the forks: it leaves no trace in a run, and limits hold where they stand."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from sandboxes import QUICK, bare, runner, text

LIBRARIES = "import pandas\nimport matplotlib.pyplot"
TRACES = """\
import json, os, random, sys
import matplotlib.pyplot as plt, numpy
from crmlib.workbook.sandbox import shell
made = shell.make_shell()
def seen():
    names = {name: repr(value) for name, value in made.user_ns.items()}
    last = sorted(name for name in dir(sys) if name.startswith("last_"))
    chance = repr(random.getstate()) + repr(numpy.random.get_state())
    return [names, last, plt.get_fignums(), chance, made.execution_count, sorted(plt.rcParams.items())]
before = seen()
shell.warm_up(made)
found = [index for index, (one, other) in enumerate(zip(before, seen())) if one != other]
sys.__stdout__.write(json.dumps([found, before[1], before[2]]))
"""


def test_a_warm_shell_holds_nothing_and_has_said_nothing():
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", f"{LIBRARIES}\n{TRACES}"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert told.stderr == ""
    assert json.loads(told.stdout) == [[], [], []]


NAMES = """\
import sys
names = {name for name in get_ipython().user_ns if name[0] != "_"} - get_ipython().user_ns_hidden.keys()
last, figures = [n for n in dir(sys) if n[:5] == "last_"], sys.modules["matplotlib.pyplot"].get_fignums()
names - {"sys"}, _, __, last, figures
"""


def test_a_run_begins_with_no_name_no_error_and_no_figure():
    with runner(case=bare(setup=LIBRARIES)) as run:
        ran = run(NAMES, limits=replace(QUICK, memory_mib=1000))
    assert [one["data"]["text/plain"] for one in ran.cells[1].outputs] == ["(set(), '', '', [], [])"]


HOARD = """\
held = []
while True:
    held.append(bytearray(b"x" * ({step} * 2**20)))
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(lines["VmRSS"].split()[0]) // 1024, flush=True)
"""


@pytest.fixture(scope="module")
def run():
    with runner(case=bare(setup=LIBRARIES)) as run:
        yield run


@pytest.mark.parametrize("limit", [800, 1600])
@pytest.mark.parametrize("step", [1, 40])
def test_a_run_that_takes_ever_more_memory_stops_at_its_limit(run, limit, step):
    ran = run(HOARD.format(step=step), limits=replace(QUICK, memory_mib=limit))
    assert (ran.stop.word, ran.stop.cell) == ("memory", 1)
    assert 0.8 * limit < int(text(ran).split()[-1]) + step < 1.05 * limit
