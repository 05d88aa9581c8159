"""A run in the sandbox: what cells show, what answers come back, and what ends a run."""

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import papermill
import psutil
import pytest
from sandboxes import QUICK, ROOT, bare, python, runner, text
from toycase import solved_sheet, toy

from crmlib.workbook import learner, notebooks
from crmlib.workbook.answers import Spec
from crmlib.workbook.outcome import Refused
from crmlib.workbook.plain import from_json
from crmlib.workbook.sandbox import Job, Zygote, frames, watch
from crmlib.workbook.sandbox.executed import write_executed

NUMBER = Spec("number")


@pytest.fixture(scope="module")
def run():
    with runner() as run:
        yield run


def test_the_sheet_of_a_student_gives_the_answers_of_the_key(tmp_path):
    case, path = toy(), tmp_path / "sheet.ipynb"
    notebooks.write(solved_sheet(), path)
    read = learner.read(path)
    job = Job(tuple((c.number, c.source) for c in read.cells), {e.name: e.spec for e in case.exercises})
    with Zygote(case, parameters=read.sheet.parameters) as zygote:
        ran, again = zygote.run(job), zygote.run(job)
    assert ran.finished
    assert (ran.stop, ran.level, ran.rebound) == (None, "full", ())
    assert ran.answers == again.answers
    assert [ran.cells[n].outputs for n in ran.cells] == [again.cells[n].outputs for n in again.cells]
    answers = {n: from_json(s.json, case.by_name[n].spec) for n, s in ran.answers.items()}
    assert answers["n_beer"] == 156
    assert answers["by_store"]["store"] == ["North", "South", "West"]
    assert len(answers) == len(case.exercises)


def test_an_error_ends_its_cell_and_the_next_one_sees_what_was_done(run):
    ran = run("x = 1\n1 / 0\nx = 2", "print(x)", "x +", "print('on')")
    assert ran.finished
    assert ran.cells[1].error == "ZeroDivisionError: division by zero"
    assert ran.cells[1].outputs[0]["ename"] == "ZeroDivisionError"
    assert ran.cells[3].error.startswith("SyntaxError")
    assert (text(ran, 2), text(ran, 4)) == ("1\n", "on\n")


def test_outputs_are_those_of_a_notebook(run):
    shown = run(
        "print('a'); import sys; print('b', file=sys.stderr)\n1 + 1",
        "from IPython.display import HTML, display, clear_output\ndisplay(HTML('<b>x</b>'))\n3;",
        "import os\nos.system('echo below') and None",
        "print('gone'); clear_output(); print('stays')",
        "handle = display('one', display_id=True); handle.update('two')",
        "get_ipython().run_line_magic('time', '2 + 2')",
        "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
    ).cells
    assert [o["output_type"] for o in shown[1].outputs] == ["stream", "stream", "execute_result"]
    assert shown[1].outputs[2]["data"] == {"text/plain": "2"}
    assert [o["data"]["text/html"] for o in shown[2].outputs] == ["<b>x</b>"]
    assert [o["text"] for o in shown[3].outputs if "text" in o] == ["below\n"]
    assert [o["text"] for o in shown[4].outputs] == ["stays\n"]
    assert [o["data"]["text/plain"] for o in shown[5].outputs] == ["'two'"]
    assert "Wall time" in shown[6].outputs[0]["text"]
    assert shown[7].outputs[0]["text"] == "awaited\n"


def test_figures_are_pictures():
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    with runner(case=bare(setup="import matplotlib.pyplot as plt")) as run:
        ran = run(source)
    assert [sorted(o["data"]) for o in ran.cells[1].outputs] == [["image/png", "text/plain"]]


def test_the_last_value_checked_counts_else_the_name_at_the_end(run):
    ran = run(
        "from crmlib.student import check, hint, open_sheet, progress, solution\nopen_sheet('x')",
        "a = 1; check('a', a); a = 2; check('a', a); a = 3; hint('a'); solution('a'); progress()",
        "b = 4; check('b'); b = 5",
        "c = 6; check('nobody', 1); check(); check('d')",
        specs=dict.fromkeys("abcd", NUMBER),
    )
    assert ran.finished
    said = {name: (s.json, s.cell) for name, s in ran.answers.items()}
    assert said == {"a": ("2", 2), "b": ("4", 3), "c": ("6", 4), "d": (None, 4)}
    assert ran.answers["d"].unfit["kind"] == "missing"
    assert not any(cell.outputs for cell in ran.cells.values())


def test_what_is_no_answer_says_why(run):
    ran = run("a = 'x'\nb = float('nan')\nc = {'u': [1]}", specs=dict.fromkeys("abc", NUMBER))
    kinds = {name: said.unfit["kind"] for name, said in ran.answers.items()}
    assert kinds == {"a": "type", "b": "not_finite", "c": "type"}
    assert ran.answers["a"].unfit["values"] == {"given": "str"}


def test_a_parameter_that_changes_is_named():
    with runner(parameters={"seed": 1, "share": 0.5}) as run:
        assert run("seed = 7; share = .5", "seed = 7").rebound == ()
        assert run("seed = 7; share = .5", "globals()['seed'] = 8", "seed = 7").rebound == ("seed",)


def test_chance_starts_at_the_seed_in_each_run(run):
    source = "import random\nprint(random.random(), hash('x'))"
    assert text(run(source, seed=3)) == text(run(source, seed=3)) != text(run(source, seed=4))


def test_runs_leave_nothing_for_the_next(run):
    first = run(
        "open('left.txt', 'w').write('x')\nopen('/tmp/left.txt', 'w').write('x')\nimport os\nos.left = 1"
    )
    assert first.cells[1].error == ""
    ran = run(
        "import os\nprint(sorted(os.listdir('.')), 'left.txt' in os.listdir('/tmp'), hasattr(os, 'left'))"
    )
    assert text(ran) == "['.0', '.1'] False False\n"


STOPS = {
    "timeout": ("while True: pass", {"cpu_seconds": 0.5}, "0.5 seconds of processor time"),
    "a sleeper": ("import time\ntime.sleep(100)", {"wall_seconds": 0.6}, "0.6 seconds"),
    "died": ("import os\nos._exit(3)", {}, "exit code 3"),
    "a signal": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", {}, "SIGKILL"),
    "a fault": ("import ctypes\nctypes.string_at(0)", {}, "SIGSEGV"),
    "memory": ("x = bytearray(10**9)", {}, "600 MiB"),
    "memory of many": (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        x = b'x' * 200_000_000\n        time.sleep(60)\ntime.sleep(60)",
        {},
        "600 MiB",
    ),
    "files": ("f = open('x', 'wb')\nwhile True: f.write(bytes(10**6))", {}, "20 MiB of files"),
    "many files": (
        "for i in range(9):\n    with open(f'{i}', 'wb') as f: f.write(bytes(5 * 10**6))",
        {},
        "20 MiB of files",
    ),
    "files without a name": (
        "import os\nheld = []\nfor _ in range(9):\n    held.append(open('x', 'wb'))\n    os.unlink('x')\n"
        "    held[-1].write(bytes(5 * 10**6))\n    held[-1].flush()",
        {},
        "20 MiB of files",
    ),
    "files in a folder that is shut": (
        "import os\nos.mkdir('d')\nfor i in range(9):\n    with open(f'd/{i}', 'wb') as f: "
        "f.write(bytes(5 * 10**6))\nos.chmod('d', 0)",
        {},
        "20 MiB of files",
    ),
    "more files than there is room for": (
        "for i in range(21_000): open(str(i), 'w').close()",
        {},
        "20 MiB of files",
    ),
    "output": ("while True: print('x' * 10000)", {}, "1 MiB of output"),
    "output below Python": ("import os\nwhile True: os.write(1, bytes(100_000))", {}, "1 MiB of output"),
    "one long line": ("print('x' * 10**8)", {}, "1 MiB of output"),
    "processes": ("import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(60)", {}, "12 processes"),
    "threads": (
        "import threading, time\nfor _ in range(40): threading.Thread(target=time.sleep, args=(9,)).start()",
        {},
        "12 processes",
    ),
    "garbage": ("import os\nfor fd in range(3, 256):\n    try: os.write(fd, b'garbage' * 99)\n"
                "    except OSError: pass", {}, "no message"),
    "a closed wire": ("import os\nos.closerange(3, 256)\nprint('x')", {}, ""),
}  # fmt: skip
WORDS = {
    "a sleeper": "timeout",
    "a signal": "died",
    "a fault": "died",
    "memory of many": "memory",
    "many files": "files",
    "files without a name": "files",
    "files in a folder that is shut": "files",
    "more files than there is room for": "files",
    "output below Python": "output",
    "one long line": "output",
    "threads": "processes",
    "garbage": "died",
    "a closed wire": "died",
}


@pytest.fixture(scope="module", params=["full", "reduced"])
def shut(request):
    with runner(request.param) as run:
        yield run


@pytest.mark.parametrize("name", STOPS)
def test_a_limit_ends_the_run_and_names_the_cell(shut, name):
    source, limits, reason = STOPS[name]
    ran = shut("before = 1", source, "after = 1", limits=replace(QUICK, **limits))
    assert not ran.finished
    assert (ran.stop.cell, ran.stop.word) == (2, WORDS.get(name, name)), ran.stop
    assert reason in ran.stop.reason
    assert 1 in ran.cells
    assert 3 not in ran.cells
    assert sum(len(text(ran, n)) for n in ran.cells) <= 2**20


def test_who_never_stops_printing_holds_nobody_up(monkeypatch):
    ends = [*socket.socketpair(), *socket.socketpair()]
    pipes, endless = [*os.pipe(), *os.pipe()], iter([b"x" * 2**18] * 1000)
    with watch.Watch(ends[0], ends[2], pipes[0], pipes[2], Job(((1, ""),), {}, QUICK), "full") as watching:
        watching._take(frames.packed({"t": "start", "cell": 1}))
        monkeypatch.setattr(watch.os, "read", lambda *_: next(endless))
        watching._take(frames.packed({"t": "clear"}))
    assert watching._story.ran.stop.word == "output"
    assert len(list(endless)) > 900
    ends[1].close(), ends[3].close(), os.close(pipes[1]), os.close(pipes[3])


def test_times_are_measured_outside(run):
    ran = run("import time\nwhile time.process_time() < 0.3: pass", "import time\ntime.sleep(0.3)")
    busy, idle = ran.cells[1], ran.cells[2]
    assert 0.2 < busy.cpu_seconds <= ran.cpu_seconds + 0.02
    assert idle.cpu_seconds < 0.15
    assert 0.3 <= idle.seconds < ran.seconds


def test_memory_is_measured(run):
    one, other = run("import time; time.sleep(.2)"), run("x = b'x' * 2 * 10**8\nimport time; time.sleep(.2)")
    assert 150 < other.cells[1].peak_mib - one.cells[1].peak_mib < 250


def test_nothing_outlives_a_run(run):
    daemon = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
        "    if os.fork() == 0: time.sleep(1000)\n    os._exit(0)"
    )
    assert run(
        daemon, "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()"
    ).finished
    time.sleep(0.1)
    zygotes = [
        c for c in psutil.Process().children() if "crmlib.workbook.sandbox.zygote" in " ".join(c.cmdline())
    ]
    assert zygotes
    assert [c.children(recursive=True) for c in zygotes] == [[] for _ in zygotes]


def test_several_runs_at_a_time(run):
    found = {}

    def one(number):
        found[number] = text(run(f"import time\ntime.sleep(0.4)\nprint({number})"))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: f"{n}\n" for n in range(6)}
    assert time.monotonic() - began < 6 * 0.4


def test_data_and_helpers_of_a_private_case_are_in_reach_and_its_notebook_is_not(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("42")
    (tmp_path / "helper.py").write_text("def f(): return 'helped'")
    (tmp_path / "x.ipynb").write_text("solutions")
    (tmp_path / "roster.csv").write_text("names")
    look = (
        "import os, helper\nprint(open('data/x.csv').read(), helper.f(), sorted(os.listdir('.')))\n"
        f"print(sorted(os.listdir({str(tmp_path)!r})))"
    )
    for level in ("full", "reduced"):
        with runner(level, bare(tmp_path, "import helper\nassert open('data/x.csv').read() == '42'")) as run:
            ran = run(look)
        assert text(ran).startswith("42 helped ['"), (level, ran)
        assert "x.ipynb" not in text(ran)
        assert "roster" not in text(ran)


ARROW = """\
import io
import pyarrow as pa
import pyarrow.parquet as pq
buffer = io.BytesIO()
pq.write_table(pa.table({'a': range(1000)}), buffer)
buffer.seek(0)
pq.read_table(buffer).num_rows
"""
KMEANS = """\
import numpy as np
from sklearn.cluster import KMeans
KMeans(3, n_init=2, random_state=0).fit(np.arange(300.).reshape(-1, 2)).inertia_
"""


@pytest.mark.parametrize("setup", [ARROW, pytest.param(ARROW + KMEANS, marks=pytest.mark.full)])
def test_set_up_that_starts_threads_is_tried_in_a_fork_and_runs_do_not_hang(setup):
    with runner(case=bare(setup=setup)) as run:
        runs = [run(setup, limits=replace(QUICK, memory_mib=3072, processes=32)) for _ in range(2)]
    assert [ran.finished for ran in runs] == [True, True], runs
    assert runs[0].cells[1].error == ""
    assert runs[0].cells[1].outputs == runs[1].cells[1].outputs != []


def test_a_set_up_that_fails_is_told():
    with pytest.raises(Refused, match="ZeroDivisionError"), runner(case=bare(setup="1 / 0")):
        pass


def test_a_zygote_that_is_gone_is_told():
    with runner() as run:
        run.zygote._process.kill()
        run.zygote._process.wait()
        with pytest.raises(Refused, match="gone"):
            run("1")


HOLDER = """\
import sys
sys.path.insert(0, {tests!r})
from sandboxes import runner
with runner() as run:
    print("ready", flush=True)
    run("import time\\ntime.sleep(100)", "1")
"""


def test_a_grader_that_is_killed_takes_its_runs_along(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = HOLDER.format(tests=str(ROOT / "tests"))
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "ready\n"
    tree, until = [], time.monotonic() + 20
    while len(tree) < 4 and time.monotonic() < until:
        tree = psutil.Process(holder.pid).children(recursive=True)
    assert len(tree) >= 4
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert psutil.wait_procs(tree, timeout=10)[1] == []
    assert not list(tmp_path.glob("crm-*"))


def test_the_executed_notebook_is_valid_and_holds_what_was_shown(run, tmp_path):
    cells = [v4.new_markdown_cell("# T"), v4.new_code_cell("print(1)\n2"), v4.new_code_cell("1 / 0")]
    book = v4.new_notebook(cells=cells)
    ran = run("print(1)\n2", "1 / 0")
    written = write_executed(book, ran)
    nbformat.validate(written)
    assert [o.output_type for o in written.cells[1].outputs] == ["stream", "execute_result"]
    assert written.cells[1].outputs[1].execution_count == written.cells[1].execution_count == 1
    assert written.cells[2].outputs[0].ename == "ZeroDivisionError"
    assert book.cells[1].outputs == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_papermill_runs_a_notebook_through_the_sandbox(tmp_path):
    source = "import os\nprint(os.path.exists('/proc/1/root/etc/shadow'), os.getcwd())"
    book = v4.new_notebook(cells=[v4.new_code_cell(source)])
    book.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(book, tmp_path / "in.ipynb")
    with Zygote(bare(), parameters={}) as zygote:
        where = str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb")
        papermill.execute_notebook(*where, engine_name="crmlib-graded", zygote=zygote, progress_bar=False)
    out = nbformat.read(tmp_path / "out.ipynb", 4)
    assert out.cells[0].outputs[0].text == "False /home/student\n"


@pytest.mark.parametrize("name", ["many files", "files without a name", "files in a folder that is shut"])
def test_an_ordinary_user_s_runs_are_measured_too(name):
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import os\nfrom sandboxes import runner\nassert os.getuid() != 0\n"
        f"with runner('reduced') as run: print(run('1', {STOPS[name][0]!r}, '2').stop)"
    )
    told = python("-c", code)
    assert told.stdout == "Stop(cell=2, word='files', reason='more than 20 MiB of files')\n", told.stderr


def test_an_ordinary_user_gets_the_same_run():
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import os\nfrom sandboxes import runner, text\nassert os.getuid() != 0\n"
        "with runner() as run: print(text(run('import os\\nprint(os.getuid(), os.getcwd())')), end='')"
    )
    told = python("-c", code)
    assert told.stdout == "1000 /home/student\n", told.stderr
