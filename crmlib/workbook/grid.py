"""Many runs: cases by combinations of parameters, in parallel processes, into one table."""

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from crmlib.catalogue import say
from crmlib.workbook.outcome import Outcome, Refused
from crmlib.workbook.parameters import Parameter, lookup
from crmlib.workbook.processes import each
from crmlib.workbook.runner import Job, Ran, run

MOST = 1000


def combinations(grid: dict[str, list[str]], parameters: dict[str, Parameter]) -> list[dict]:
    """Every combination of the grid's values, checked; `Refused` above 1,000."""
    count = math.prod(map(len, grid.values()))
    if count > MOST:
        raise Refused("run.grid.many", count=count, most=MOST)
    axes = {name: _axis(name, texts, parameters) for name, texts in grid.items()}
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _axis(name, texts, parameters):
    values = [lookup(name, parameters).read(text) for text in texts]
    for text, value in zip(texts, values, strict=True):
        if values.count(value) > 1:
            raise Refused("run.grid.twice", name=name, value=text)
    return values


def run_all(jobs: list[Job], *, workers: int, on_run: Callable = lambda: None) -> list[Ran]:
    """Run the jobs, ``workers`` at a time, each in a process of its own; in the jobs' order."""
    _no_two_alike(jobs)
    return each(_run, jobs, workers=workers, lost=_lost, on_done=on_run)


def _run(job: Job) -> Ran:
    try:
        return run(job)
    except Refused as error:
        return Ran(job, Outcome("refused", reason=str(error)))


def _lost(job: Job, code: int) -> Ran:
    return Ran(job, Outcome("died", reason=say("run.process", code=code)))


def _no_two_alike(jobs: list[Job]) -> None:
    seen = set()
    for job in jobs:
        if job.folder in seen:
            raise Refused("run.grid.same", path=job.folder)
        seen.add(job.folder)


def table(rans: list[Ran]) -> pd.DataFrame:
    """One row a run: case, parameters, outcome, cell, and the results it recorded."""
    rows = [
        {
            "case": ran.job.case.name,
            **ran.job.values,
            "outcome": ran.outcome.word,
            "cell": ran.outcome.cell,
            **ran.results,
        }
        for ran in rans
    ]
    frame = pd.DataFrame(rows)
    return frame.astype({"cell": "Int64"})


def differing(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without what is the same in all its rows, for a screen."""
    always = ("case", "outcome")
    kept = [name for name in frame.columns if name in always or frame[name].nunique(dropna=False) > 1]
    return frame[kept]


def csv_path(out: Path, jobs: list[Job]) -> Path:
    """The file that a table goes to, by its cases."""
    names = list(dict.fromkeys(job.case.name for job in jobs))
    return Path(out).absolute() / ("-".join(names[:3]) + f"-{len(jobs)}-runs.csv")
