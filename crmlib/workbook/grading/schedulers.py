"""Where submissions are run: on this machine's cores, or on a Dask cluster that is there already."""

import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Protocol

from crmlib.workbook.grading.bench import Bench, Done, Setting, Task

Outcome = tuple[Task, "Done | str"]


class Scheduler(Protocol):
    """Runs tasks in any order; a text in the place of `Done` tells how the grader itself failed."""

    def run(self, setting: Setting, parameters: dict, tasks: list[Task]) -> Iterator[Outcome]: ...

    def alone(self) -> "Scheduler":
        """The same, one task at a time with nothing beside it."""


@dataclass(frozen=True)
class Local:
    """As many runs at a time as there are workers, each a process of one zygote."""

    workers: int

    def run(self, setting: Setting, parameters: dict, tasks: list[Task]) -> Iterator[Outcome]:
        """Each task with what came of it, as they are done."""
        if not tasks:
            return
        with Bench(setting, parameters, readers=self.workers) as bench:
            pool = ThreadPoolExecutor(self.workers)
            try:
                waiting = {pool.submit(attempt, bench, task): task for task in tasks}
                for future in as_completed(waiting):
                    yield waiting.pop(future), future.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def alone(self) -> "Local":
        """One at a time."""
        return Local(1)


def attempt(bench: Bench, task: Task) -> "Done | str":
    """What came of a task; a defect of ours costs this task only."""
    try:
        return bench.do(task)
    except Exception:
        return traceback.format_exc()
