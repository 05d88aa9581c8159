"""The same grading on a Dask cluster of two worker processes, one of them killed on the way."""

import json
import pickle
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, nullcontext
from pathlib import Path

import psutil
import pytest
from gradedclass import hand_in, handed_out, outcomes, pseudonym, results, solved, words

from crmlib.cli import main
from crmlib.workbook.grading import bench
from crmlib.workbook.grading import cluster as cluster_of
from crmlib.workbook.sandbox import Proof

COUNT = 6
WRONG = {"n_beer": "n_beer = len(baskets)"}
SLOW = "import time\ntime.sleep(1.5)\nfirst = baskets.index(True) + 1000 * baskets[:50].count(True)"


def wait_for(log: Path, words: str) -> str:
    """The line of a log that holds the words."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in log.read_text(encoding="utf-8").splitlines():
            if words in line:
                return line
        time.sleep(0.1)
    raise TimeoutError(log.read_text(encoding="utf-8"))


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler with two workers, and the workers' processes."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    started = []

    def start(name: str, module: str, *words: str) -> Path:
        log = tmp_path / f"{name}.log"
        with log.open("w") as stream:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"]
            started.append(subprocess.Popen(command, stdout=stream, stderr=stream))
        return log

    try:
        log = start("scheduler", "dask_scheduler", "--host", "127.0.0.1", "--port", "0")
        address = wait_for(log, "Scheduler at").split()[-1]
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
        logs = [start(f"worker-{n}", "dask_worker", address, *options) for n in range(2)]
        for log in logs:
            wait_for(log, "Registered to")
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def grade(folder: Path, out: str, *more: str) -> dict[str, bytes]:
    case, sheets = handed_out(COUNT)
    words = ["grade", str(case.parent), str(folder / "in"), "--out", str(folder / out), "--level", "none"]
    assert main([*words, "--manifest", str(sheets / "manifest.json"), *more]) == 0
    return {path.name: path.read_bytes() for path in sorted((folder / out).glob("*.json"))}


@pytest.mark.full
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(cluster, tmp_path):
    address, workers = cluster
    made = [solved(number, {"first": SLOW}, count=COUNT) for number in range(COUNT - 2)]
    made.append(solved(COUNT - 2, WRONG, count=COUNT))
    hand_in(tmp_path / "in", *made, solved(5, {"first": "while True: pass"}, count=COUNT))
    limits = ("--cpu-seconds", "2")
    here = grade(tmp_path, "here", *limits)
    killed = []

    def kill():
        """Kill a worker while a run of its zygote is under way."""
        while not killed:
            tree = psutil.Process(workers[0].pid).children(recursive=True)
            if any("zygote" in " ".join(p.cmdline()) for p in tree if p.is_running()):
                time.sleep(2)
                workers[0].kill()
                killed.append([p.pid for p in tree])
            time.sleep(0.1)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        there = grade(tmp_path, "there", *limits, "--scheduler", address)
    finally:
        killed = killed or [[]]
        thread.join(30)
    assert there == here
    assert probed(tmp_path, "there", pseudonym(COUNT - 2, count=COUNT)) == ["carried forward", 1]
    assert workers[0].poll() is not None
    assert workers[1].poll() is None
    deadline = time.monotonic() + 20
    while any(map(psutil.pid_exists, killed[0])) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(map(psutil.pid_exists, killed[0]))


@pytest.mark.full
def test_a_cluster_shuts_student_code_in_as_this_machine_does(cluster, tmp_path):
    out = tmp_path / "out.txt"
    reach = f"open({str(out)!r}, 'w').write('out')\nfirst = 1"
    hand_in(tmp_path / "in", solved(0, count=COUNT), solved(1, {"first": reach}, count=COUNT))
    here = grade(tmp_path, "here", "--level", "full")
    there = grade(tmp_path, "there", "--level", "full", "--scheduler", cluster[0])
    assert there == here
    assert json.loads(there["round.json"])["level"] == "full"
    found = results(tmp_path, "there")
    assert [outcomes(found[pseudonym(n, count=COUNT)])["first"] for n in range(2)] == ["correct", "error"]
    assert not out.exists()


def test_a_worker_that_cannot_prove_its_level_is_refused_and_nobody_gets_a_fault(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(bench, "prove", lambda level: Proof(level, {"write": False}))
    monkeypatch.setattr(bench, "best_level", lambda: "none")
    monkeypatch.setattr(cluster_of, "_client", lambda _: nullcontext())
    monkeypatch.setattr(cluster_of, "_calls", lambda _, given, tasks: called(given, tasks))
    bench.refuse_unproven.cache_clear()
    hand_in(tmp_path / "in", solved(0), solved(1))
    assert main(words(tmp_path, "--scheduler", "tcp://x:1", "--level", "full")) == 2
    bench.refuse_unproven.cache_clear()
    assert "level full does not hold on this machine (write)" in capsys.readouterr().err
    assert not list((tmp_path / "out").rglob("*.json"))


def test_a_cluster_runs_what_shows_whether_an_answer_follows(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", solved(0), solved(1, WRONG))
    assert main(words(tmp_path, out="here")) == 0
    monkeypatch.setattr(cluster_of, "_client", lambda _: nullcontext())
    monkeypatch.setattr(cluster_of, "_calls", lambda _, given, tasks: called(given, tasks))
    cluster_of._bench.cache_clear()
    with ExitStack() as benches:
        monkeypatch.setattr(cluster_of, "_STACK", benches)
        assert main(words(tmp_path, "--scheduler", "tcp://x:1", out="there")) == 0
    cluster_of._bench.cache_clear()
    assert results(tmp_path, "there") == results(tmp_path, "here")
    assert probed(tmp_path, "there", pseudonym(1)) == ["carried forward", 1]


def probed(folder: Path, out: str, student: str) -> list:
    """The outcome of the question that follows another, and how many probes were run for it."""
    record = json.loads((folder / out / "trace" / student / "runs.json").read_bytes())
    return [outcomes(results(folder, out)[student])["support"], len(record.get("probes", []))]


def called(given: bytes, tasks: list):
    """The tasks on a worker that is this very process; what it gives back goes over the wire."""
    for place, task in enumerate(tasks):
        yield pickle.loads(pickle.dumps(cluster_of.at_worker(given, place, pickle.dumps(task))))


@pytest.mark.full
def test_where_there_is_no_cluster_it_says_so(tmp_path, capsys):
    case, sheets = handed_out(COUNT)
    hand_in(tmp_path / "in", solved(0, count=COUNT))
    words = [
        "grade",
        str(case.parent),
        str(tmp_path / "in"),
        "--out",
        str(tmp_path / "out"),
        "--level",
        "none",
    ]
    words += ["--manifest", str(sheets / "manifest.json"), "--scheduler", "nonsense://x:1"]
    assert main(words) == 2
    assert "no Dask scheduler" in capsys.readouterr().err
    assert main([*words[:-1], "localhost"]) == 2
    assert "looks like tcp://host:8786" in capsys.readouterr().err
