"""Runs end in the right word, wherever and however they end, and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import nbformat.v4 as v4
import psutil
import pytest
from toys import (
    ANSWER,
    DECLARATION,
    alive,
    cli,
    code,
    command,
    dumped,
    house,
    make_case,
    notebook,
    run_cells,
    saved,
    statuses,
    study,
    text,
)

from crmlib.workbook import runner
from crmlib.workbook.limits import Limits
from crmlib.workbook.outcome import CODES, Outcome, Refused

FINE = "print('fine')"


def test_a_run_that_goes_through(tmp_path):
    case = make_case(tmp_path / "case")
    ran = runner.run(runner.prepare(case, {"customers": 7}, out=tmp_path / "runs"))
    book = saved(ran)
    assert ran.outcome == Outcome("success")
    assert ran.results == {"total": 3.5, "level": "type"}
    assert ran.answer == "**3.5** customers buy."
    assert book.metadata.crmlib["parameters"] == {
        "customers": 7,
        "rate": 0.5,
        "level": "type",
        "loud": False,
    }
    assert set(statuses(book)) == {"ok"}
    assert "papermill" not in ran.job.notebook_path.read_text(encoding="utf-8")


PROBES = {
    "killed": (["import os; os.kill(os.getpid(), 9)"], Limits(60, 60), "died"),
    "ends its own process": (["import os; os._exit(0)"], Limits(60, 60), "died"),
    "cell time limit": (["import time; time.sleep(60)"], Limits(60, 1.5), "timeout"),
    "run time limit": (["import time; time.sleep(60)"], Limits(4, 60), "timeout"),
    "endless loop": (["while True: pass"], Limits(60, 1.5), "timeout"),
    "sys.exit": (["import sys; sys.exit(0)"], Limits(60, 60), "stopped early"),
    "quit": (["quit()"], Limits(60, 60), "stopped early"),
    "memory": (
        ["a = []\nwhile True: a.append(bytearray(2**24))"],
        Limits(60, 60, memory_mib=500),
        "memory",
    ),
    "memory of a child": (
        [
            "import subprocess, sys\n"
            "subprocess.run([sys.executable, '-c', 'a = []\\nwhile 1: a.append(bytearray(2**24))'])"
        ],
        Limits(60, 60, memory_mib=500),
        "memory",
    ),
    "refused memory": (["bytearray(2**62)"], Limits(60, 60), "memory"),
    "one long print": (["print('x' * 60_000_000)"], Limits(60, 60, output_mib=5), "output"),
    "many prints": (
        ["while True: print('x' * 10_000, flush=True)"],
        Limits(60, 60, output_mib=5),
        "output",
    ),
    "many pictures": (
        ["from IPython.display import HTML\nwhile True: display(HTML('x' * 100_000))"],
        Limits(60, 60, output_mib=5),
        "output",
    ),
    "a picture redrawn": (
        ["h = display('', display_id=True)\nwhile True: h.update('x' * 100_000)"],
        Limits(60, 60, output_mib=5),
        "output",
    ),
    "an error": (["import math\nmath.sqrt(-1)"], Limits(60, 60), "error"),
    "asks for input": (["input('name?')"], Limits(60, 60), "error"),
    "no Python": (["def ("], Limits(60, 60), "error"),
}


@pytest.mark.parametrize("name", PROBES)
def test_a_run_that_ends_in_its_third_cell_of_five(tmp_path, name):
    (third,), limits, word = PROBES[name]
    heading = text("## The third")
    ran = run_cells(tmp_path, FINE, FINE, heading, third, FINE, FINE, limits=limits)
    book = saved(ran)
    assert (ran.outcome.word, ran.outcome.cell) == (word, 3), ran.outcome
    assert ran.outcome.heading == "The third"
    assert book.metadata.crmlib["outcome"] == word
    assert book.metadata.crmlib["cell"] == 3
    reached = "ok" if name == "quit" else word
    assert statuses(book) == ["ok", "ok", reached, "not run", "not run"]
    assert "papermill" not in json.dumps(book.metadata)
    assert ran.job.notebook_path.stat().st_size < 200_000
    assert word in ran.outcome.sentence()
    assert "cell 3" in ran.outcome.sentence()
    assert "The third" in ran.job.page_path.read_text(encoding="utf-8")


def test_an_error_is_told_by_its_last_line(tmp_path):
    ran = run_cells(tmp_path, "raise ValueError('first\\n\\x1b[31mlast')")
    assert ran.outcome.reason == "ValueError: first last"


def test_a_deliberate_error_is_no_failure(tmp_path):
    deliberate = code("1 / 0", "raises-exception")
    ran = run_cells(tmp_path, FINE, deliberate, FINE)
    assert ran.outcome.ok
    assert statuses(saved(ran)) == ["ok", "raised", "ok"]


def test_what_no_kernel_runs_is_no_missing_cell(tmp_path):
    skipped = code("1 / 0", "skip-execution")
    ran = run_cells(tmp_path, FINE, skipped, "", "quit()")
    assert ran.outcome.ok
    assert statuses(saved(ran)) == ["ok", "skipped", "skipped", "ok"]


def test_an_empty_notebook_runs(tmp_path):
    assert run_cells(tmp_path).outcome.ok


def test_outputs_of_an_earlier_run_do_not_stay(tmp_path):
    stale = code("import os; os._exit(3)")
    later = code(FINE)
    later.outputs = [v4.new_output("stream", text="stale")]
    later.execution_count = 9
    ran = run_cells(tmp_path, stale, later)
    last = saved(ran).cells[-1]
    assert (last.outputs, last.execution_count) == ([], None)
    assert "3" in ran.outcome.reason


def test_the_kernel_is_this_python_in_the_folder_of_the_case(tmp_path, monkeypatch):
    kernels = tmp_path / "kernels" / "python3"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text('{"argv": ["false"], "display_name": "other", "language": "python"}')
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("mine = 1")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    source = (
        "import os, sys\nfrom crmlib.display import results\n"
        "results(python=sys.executable, here=os.getcwd(), mine='mine' in dir(), path=sys.path[0],"
        " drawing=os.environ['MPLBACKEND'])"
    )
    ran = run_cells(tmp_path / "with space 超市", source)
    assert ran.results["python"] == sys.executable
    assert ran.results["here"] == str(ran.job.case.folder)
    assert ran.results["mine"] is False
    assert "inline" in ran.results["drawing"]


def test_a_figure_keeps_its_alternative_text(tmp_path):
    source = (
        "import matplotlib.pyplot as plt\nfrom IPython.display import display\n"
        "figure, _ = plt.subplots()\n"
        "display(figure, metadata={'image/png': {'alt': 'Two <lines> cross'}})\nplt.close()"
    )
    ran = run_cells(tmp_path, source)
    page = ran.job.page_path.read_text(encoding="utf-8")
    assert ran.outcome.ok
    assert 'alt="Two &lt;lines&gt; cross"' in page
    assert "data:image/png;base64," in page


# ---- what is refused before a kernel starts


@pytest.fixture
def no_kernel(monkeypatch):
    def fail(*_, **__):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(runner, "execute", fail)


def test_a_run_never_writes_over_its_source(tmp_path, no_kernel):
    case = make_case(tmp_path / "runs" / "case" / "default", study())
    job = runner.prepare(case, {}, out=tmp_path / "runs")
    clash = runner.Job(case, job.values, case.folder)
    with pytest.raises(Refused, match="never writes over"):
        runner.run(clash)
    linked = tmp_path / "elsewhere"
    linked.mkdir()
    (linked / "study.ipynb").hardlink_to(case.path)
    with pytest.raises(Refused, match="never writes over"):
        runner.run(runner.Job(case, job.values, linked))


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, no_kernel):
    case = make_case(tmp_path / "case")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for out in (tmp_path / "file", tmp_path / "file" / "below", "/dev/null", tmp_path / "link"):
        first = "/dev/null" if out == "/dev/null" else tmp_path / ("link" if "link" in str(out) else "file")
        with pytest.raises(Refused, match=f"^{first} is no folder"):
            runner.run(runner.prepare(case, {}, out=out))


def test_a_failed_write_leaves_what_stood_there(tmp_path, monkeypatch):
    from crmlib.workbook import notebooks

    path = tmp_path / "page.html"
    path.write_text("before")

    def full(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.PosixPath.replace", full, raising=False)
    with pytest.raises(OSError, match="disk full"):
        notebooks.write_text("after", path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


# ---- what is left behind

LASTING = (
    "import os, pathlib, subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
    " start_new_session=True)\n"
    "import time; time.sleep(0.5)\n"
    "pathlib.Path('pids').write_text(f'{os.getpid()} {child.pid}')\n"
)
# Matching this holds the interpreter's lock, so that no Python thread of the kernel can run.
STUCK = "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')"


def started(tmp_path, source):
    """A command line run that has come to its lasting cell: the process, and kernel and child."""
    place = house(tmp_path)
    case = make_case(place / "casestudies" / "toy", notebook(FINE, source, FINE))
    process = subprocess.Popen(
        command("run", "toy", "--out", tmp_path / "out"),
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pids = case.folder / "pids"
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    return process, [int(pid) for pid in pids.read_text().split()]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_run_in_order(tmp_path, name):
    process, pids = started(tmp_path, LASTING + "time.sleep(600)")
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    book = dumped(tmp_path / "out" / "toy" / "default" / "study.ipynb")
    assert process.returncode == CODES["interrupted"], err
    assert not any(map(alive, pids))
    assert "interrupted" in err
    assert name in err
    assert "Traceback" not in err
    assert book["metadata"]["crmlib"]["outcome"] == "interrupted"
    assert book["metadata"]["crmlib"]["cell"] == 2
    assert "study.html" in out


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is missing here")
@pytest.mark.parametrize("last", ["time.sleep(600)", STUCK], ids=["sleeping", "stuck in C"])
def test_no_kernel_outlives_a_killed_run(tmp_path, last):
    process, (kernel, child) = started(tmp_path, LASTING + last)
    process.kill()
    process.wait()
    # The child holds the pipes open, so closing them here must not wait for their end.
    process.stdout.close()
    process.stderr.close()
    wait_for(lambda: not alive(kernel), seconds=10)
    with suppress(psutil.Error):
        psutil.Process(child).kill()
    assert not (tmp_path / "out" / "toy" / "default" / "study.ipynb").exists()


def test_the_command_line_says_it_all(tmp_path):
    place = house(tmp_path, "toy case 超市")
    done = cli("run", "toy case 超市", "--set", "small", cwd=place, COLUMNS="60")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 customers buy.\n")
    assert "success" in done.stdout
    notebook_path, page_path = (line.split(":", 1)[1].strip() for line in done.stdout.splitlines()[-2:])
    assert notebook_path == str(place / "runs" / "toy case 超市" / "small" / "study.ipynb")
    assert os.path.exists(page_path)  # noqa: PTH110 (a path as it was printed)
    assert done.stderr == ""


def test_declared_answer_stays_plain():
    book = notebook(code(DECLARATION, "parameters"), code(ANSWER, "answer"))
    assert runner.answer(book) == ""
