"""Two ways to run a submission's cells: plain code in warm processes, and ours in the sandbox."""

import io
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import psutil

from crmlib.workbook import learner
from crmlib.workbook.author import Exercises
from crmlib.workbook.sandbox import Job, Zygote

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def cells_of(path: Path, parameters: dict) -> list[tuple[int, str]]:
    """The code of a submission at these parameters."""
    read = learner.read(path)
    return [(cell.number, cell.source) for cell in learner.with_parameters(read.cells, parameters)]


class Plain:
    """Processes that hold the libraries and have run the set-up once, and run cells by `exec`, unguarded."""

    def __init__(self, exercises: Exercises, parameters: dict, workers: int):
        self.parameters, self.given = parameters, {"setup": [c.source for c in exercises.setup]}
        os.environ.update(ONE_THREAD, MPLBACKEND="agg")
        spawn = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(workers, spawn, _warm, (self.given["setup"], parameters))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pool.shutdown()

    @property
    def pids(self) -> set[int]:
        return set(self.pool._processes)

    def cpu_seconds(self) -> float:
        """Processor time of the processes so far."""
        return sum(sum(one.cpu_times()[:2]) for one in psutil.Process().children() if one.pid in self.pids)

    def run(self, paths: list[Path]) -> None:
        list(self.pool.map(_plainly, [cells_of(path, self.parameters) for path in paths]))


def _warm(setup: list[str], parameters: dict) -> None:
    import matplotlib.pyplot  # noqa: F401

    with redirect_stdout(io.StringIO()):
        _plainly(list(enumerate(["\n".join(f"{k} = {v!r}" for k, v in parameters.items()), *setup], 1)))


def _plainly(cells: list[tuple[int, str]]) -> None:
    """The cells one after the other, errors passed over, each figure drawn once."""
    quiet = dict.fromkeys(("open_sheet", "check", "hint", "progress", "solution"), lambda *_: None)
    names = {"__name__": "__main__", "get_ipython": _Quiet}
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for _, source in cells:
            names |= quiet  # whatever the sheet imports
            with suppress(Exception):
                exec(compile(source, "<cell>", "exec"), names)
            _draw()


class _Quiet:
    """Stands for the shell in magics."""

    def run_line_magic(self, *_):
        return None


def _draw() -> None:
    pyplot = sys.modules["matplotlib.pyplot"]
    for number in pyplot.get_fignums():
        pyplot.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight")
    pyplot.close("all")


class Ours:
    """A zygote and its sandboxed runs, as `crmlib grade` makes them."""

    def __init__(self, exercises: Exercises, parameters: dict, workers: int):
        self.exercises, self.parameters, self.workers = exercises, parameters, workers
        self.zygote = Zygote(exercises, parameters=parameters)
        self.used = 0.0

    def __enter__(self):
        self.zygote.__enter__()
        self.threads = ThreadPoolExecutor(self.workers)
        return self

    def __exit__(self, *error):
        self.threads.shutdown()
        self.zygote.__exit__(*error)

    def cpu_seconds(self) -> float:
        """Processor time of the runs so far, and of this process, which watches them."""
        return self.used + sum(psutil.Process().cpu_times()[:2])

    def run(self, paths: list[Path]) -> None:
        specs = {exercise.name: exercise.spec for exercise in self.exercises.exercises}
        jobs = [Job(tuple(cells_of(path, self.parameters)), specs) for path in paths]
        for ran in self.threads.map(self.zygote.run, jobs):
            assert ran.finished, ran.stop
            self.used += ran.cpu_seconds
