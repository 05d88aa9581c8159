"""Limits on a run and the watch that holds them: time, memory, output, and a living parent."""

import multiprocessing
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from crmlib.catalogue import say
from crmlib.workbook.outcome import Outcome

PAUSE = 0.1
MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one run may use: seconds for all and for a cell, MiB of memory and of output."""

    seconds: float = 1800
    cell_seconds: float = 900
    memory_mib: float = 6144
    output_mib: float = 20


DEFAULT = Limits()


class Watch:
    """Watches one run: the first limit that is passed becomes ``verdict`` and ends the kernel.

    Everything that ends a run early goes through `stop`, so that there is one verdict, whatever
    exceptions follow from the kernel's death.
    """

    def __init__(self, limits: Limits, kernel_pid):
        self.limits = limits
        self.kernel_pid = kernel_pid
        self.verdict: Outcome | None = None
        self.cell: tuple[int, str, float] | None = None
        self.output_bytes = 0
        self._seen: set[psutil.Process] = set()
        self._parent = os.getppid()
        self._began = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        self._tree()
        self.end()

    def enter_cell(self, number: int, heading: str) -> None:
        self.cell = (number, heading, time.monotonic())

    def leave_cell(self) -> None:
        self.cell = None

    def stop(self, word: str, reason: str = "") -> None:
        """End the run with ``word``, unless it was ended before."""
        if self.verdict is None:
            number, heading = self.cell[:2] if self.cell else (None, "")
            self.verdict = Outcome(word, number, heading, reason)
        self.end()

    def end(self) -> None:
        """Kill the kernel and every process that it was ever seen to start."""
        for process in self._seen:
            with suppress(psutil.Error):
                process.kill()

    def count(self, size: int) -> bool:
        """Count output; whether it is still within the limit."""
        self.output_bytes += size
        if self.output_bytes <= self.limits.output_mib * MIB:
            return True
        self.stop("output", say("run.limit.output", limit=self.limits.output_mib))
        return False

    def _look(self):
        while not self._done.wait(PAUSE):
            tree = self._tree()
            if self.verdict is not None:
                self.end()
                continue
            self._hold_time()
            self._hold_memory(tree)
            if _orphaned(self._parent):
                self.stop("interrupted", say("run.limit.parent"))

    def _tree(self) -> list[psutil.Process]:
        """The kernel and its descendants, remembered so that none outlives the run."""
        pid, tree = self.kernel_pid(), []
        with suppress(psutil.Error):
            kernel = psutil.Process(pid) if pid else None
            tree = [kernel, *kernel.children(recursive=True)] if kernel else []
        self._seen.update(tree)
        return tree

    def _hold_time(self):
        now, limits, cell = time.monotonic(), self.limits, self.cell
        if now - self._began > limits.seconds:
            self.stop("timeout", say("run.limit.run", limit=limits.seconds))
        elif cell and now - cell[2] > limits.cell_seconds:
            self.stop("timeout", say("run.limit.cell", limit=limits.cell_seconds))

    def _hold_memory(self, tree):
        used = sum(_memory(process, len(tree) > 1) for process in tree) / MIB
        if used > self.limits.memory_mib:
            limit = self.limits.memory_mib
            self.stop("memory", say("run.limit.memory", used=round(used), limit=limit))


def _orphaned(first_parent: int) -> bool:
    """Whether the process that asked for the run is gone; a process of `each` has a server between."""
    asked = multiprocessing.parent_process()
    return not asked.is_alive() if asked else os.getppid() != first_parent


def _memory(process, shared: bool) -> int:
    """Bytes that the process holds; its share of pages that forks have in common."""
    with suppress(psutil.Error):
        if shared and psutil.LINUX:
            return process.memory_full_info().pss
        return process.memory_info().rss
    return 0
