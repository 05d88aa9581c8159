"""Grids: every combination, in parallel, in one table; one that fails fails alone."""

import signal
import subprocess

import pandas as pd
import pytest
from test_runs import LASTING, wait_for
from toys import (
    DECLARATION,
    SETS,
    alive,
    cli,
    code,
    command,
    dumped,
    hears_interrupts,
    house,
    make_case,
    notebook,
    text,
)

from crmlib.workbook.grid import MOST, combinations, differing, run_all, table
from crmlib.workbook.outcome import CODES, Refused
from crmlib.workbook.parameters import declaration
from crmlib.workbook.runner import prepare

PARAMETERS = declaration(DECLARATION)


def test_every_combination_stands_once():
    found = combinations({"customers": ["1", "2"], "level": ["type", "category"]}, PARAMETERS)
    assert found == [
        {"customers": 1, "level": "type"},
        {"customers": 1, "level": "category"},
        {"customers": 2, "level": "type"},
        {"customers": 2, "level": "category"},
    ]


def test_no_grid_is_one_combination():
    assert combinations({}, PARAMETERS) == [{}]


def test_a_grid_too_large_is_refused_with_its_size():
    thousand = list(map(str, range(MOST)))
    with pytest.raises(Refused, match="1000000 combinations"):
        combinations({"customers": thousand, "rate": thousand}, PARAMETERS)


@pytest.mark.parametrize(
    ("texts", "told"),
    [(["1", "x"], "whole number"), (["1", "101"], "range"), (["1", " 1"], "twice"), ([""], "number")],
)
def test_a_value_that_does_not_fit_is_refused(texts, told):
    with pytest.raises(Refused, match=told):
        combinations({"customers": texts}, PARAMETERS)


def test_two_runs_into_one_place_are_refused(tmp_path):
    job = prepare(make_case(tmp_path / "case"), {}, out=tmp_path)
    with pytest.raises(Refused, match="same place"):
        run_all([job, job], workers=1)


SOMETIMES = """\
from crmlib.display import results
import os
if customers == 2:
    raise ValueError("two")
if customers == 3:
    os.kill(os.getpid(), 9)
if customers == 4:
    os.kill(os.getppid(), 9)
results(total=customers * rate)
"""


def test_each_failure_stays_alone_and_in_its_row(tmp_path):
    declared = code(DECLARATION, "parameters")
    case = make_case(tmp_path / "case", notebook(declared, text("# Here"), SOMETIMES, "1"))
    jobs = [prepare(case, {"customers": n, "rate": 0.25}, out=tmp_path / "runs") for n in (1, 2, 3, 4, 5)]
    frame = table(run_all(jobs, workers=2))
    words = ["success", "error", "died", "died", "success"]
    assert frame["outcome"].tolist() == words
    assert frame["customers"].tolist() == [1, 2, 3, 4, 5]
    assert frame["total"].dropna().tolist() == [0.25, 1.25]
    assert frame["cell"].fillna(0).tolist() == [0, 3, 3, 0, 0]
    assert list(differing(frame)) == ["case", "customers", "outcome", "cell", "total"]


def test_the_command_writes_one_table_of_several_cases(tmp_path):
    place = house(tmp_path, "one", "two")
    done = cli("run", "one", "two", "--grid", "customers=1,2", "--set", "base", cwd=place)
    assert done.returncode == 0, done.stderr
    path = done.stdout.strip().splitlines()[-1].removeprefix("Table: ")
    frame = pd.read_csv(path)
    assert frame["case"].tolist() == ["one", "one", "two", "two"]
    assert frame["total"].tolist() == [0.5, 1.0, 0.5, 1.0]
    assert frame["rate"].tolist() == [0.5] * 4
    assert "0.5" in done.stdout
    assert "rate" not in done.stdout
    assert len(list((place / "runs").glob("*/*/study.html"))) == 4


def test_a_failure_among_several_is_the_exit_code(tmp_path):
    place = house(tmp_path, "fine")
    make_case(place / "casestudies" / "broken", notebook("1 / 0"), None)
    done = cli("run", "fine", "broken", cwd=place)
    assert done.returncode == CODES["error"]
    assert "ZeroDivisionError" in done.stderr
    assert "success" in done.stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_no_run_outlives_its_grid(tmp_path, name):
    place = house(tmp_path)
    declared = code(DECLARATION, "parameters")
    lasting = LASTING.replace("'pids'", "f'pids{customers}'") + "time.sleep(600)"
    case = make_case(place / "casestudies" / "toy", notebook(declared, lasting), SETS)
    process = subprocess.Popen(
        command("run", "toy", "--grid", "customers=1,2", "--workers", "2", "--out", tmp_path / "o"),
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=hears_interrupts,
    )
    files = [case.folder / "pids1", case.folder / "pids2"]
    wait_for(lambda: all(f.exists() and len(f.read_text().split()) == 2 for f in files))
    process.send_signal(getattr(signal, name))
    code_ = process.wait(timeout=60)
    pids = [int(pid) for f in files for pid in f.read_text().split()]
    wait_for(lambda: not any(map(alive, pids)), seconds=20)
    assert code_ == {"SIGINT": 130, "SIGTERM": 143, "SIGKILL": -9}[name]
    wait_for(lambda: len(list((tmp_path / "o").glob("*/*/study.ipynb"))) == 2)
    for path in (tmp_path / "o").glob("*/*/study.ipynb"):
        assert dumped(path)["metadata"]["crmlib"]["outcome"] == "interrupted"
