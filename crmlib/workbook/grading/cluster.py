"""Submissions run on a Dask cluster, through joblib: the same bench stands on each of its workers.

A worker forks nothing itself: it talks to a zygote that was started by exec, and that ends with it.
"""

import pickle
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from threading import Lock

from crmlib.workbook.grading.bench import Bench, Done, Setting, Task
from crmlib.workbook.grading.schedulers import Outcome, attempt
from crmlib.workbook.outcome import Refused

ADDRESS = re.compile(r"[a-z]+://\S+:\d+")


@dataclass(frozen=True)
class Cluster:
    """The cluster at an address like ``tcp://host:8786``; ``at_once`` limits the tasks under way."""

    address: str
    at_once: int = 0

    def run(self, setting: Setting, parameters: dict, tasks: list[Task]) -> Iterator[Outcome]:
        """Each task with what came of it, as they are done; a worker that dies costs no task."""
        if not tasks:
            return
        given, size = pickle.dumps((setting, parameters)), self.at_once or len(tasks)
        with _client(self.address) as client:
            for start in range(0, len(tasks), size):
                group = tasks[start : start + size]
                for place, done in _calls(client, given, group):
                    if isinstance(done, Unfit):
                        raise Refused("grade.worker", reason=done.reason)
                    yield group[place], done

    def alone(self) -> "Cluster":
        """One at a time."""
        return Cluster(self.address, at_once=1)


def _calls(client, given: bytes, tasks: list[Task]) -> Iterator[tuple[int, "Done | str | Unfit"]]:
    from joblib import Parallel, delayed, parallel_config

    # As bytes: joblib would leave larger objects with one worker, and they would be lost with it.
    calls = [delayed(at_worker)(given, place, pickle.dumps(task)) for place, task in enumerate(tasks)]
    with parallel_config("dask", client=client):
        together = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="all")
    yield from together(calls)


def _client(address: str):
    if not ADDRESS.fullmatch(address):  # the client would try for a minute
        raise Refused("grade.no_address", address=address)
    try:
        from distributed import Client
    except ImportError as error:
        raise Refused("grade.no_dask") from error
    try:
        return Client(address, set_as_default=False, timeout=20)
    except (OSError, ValueError) as error:
        raise Refused("grade.no_cluster", address=address, reason=str(error)[:200]) from error


@dataclass(frozen=True)
class Unfit:
    """A worker on which no bench can stand: what holds for all its tasks is no student's matter."""

    reason: str


def at_worker(given: bytes, place: int, task: bytes) -> tuple[int, "Done | str | Unfit"]:
    """What came of a task, on the bench of this worker."""
    with _LOCK:
        try:
            bench = _bench(given)
        except Refused as refused:
            return place, Unfit(str(refused))
    return place, attempt(bench, pickle.loads(task))


_LOCK = Lock()
_STACK = ExitStack()


@cache
def _bench(given: bytes) -> Bench:
    """The one bench of this process; it stands until the process ends."""
    setting, parameters = pickle.loads(given)
    return _STACK.enter_context(Bench(setting, parameters))
