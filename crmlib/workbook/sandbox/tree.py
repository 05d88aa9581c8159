"""What a run's processes use, as the system says it; student code has no hand in it."""

import os
from dataclasses import dataclass, field

from crmlib.workbook.sandbox.terms import MIB

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass
class Used:
    """Seconds of processor time so far, memory and tasks (processes and threads) now."""

    cpu_seconds: float = 0.0
    memory_mib: float = 0.0
    tasks: int = 0
    _own: dict[int, float] = field(default_factory=dict)

    def look(self, pid: int, memory_mib: float) -> None:
        """Look at the process and all its descendants."""
        pids = descendants(pid)
        found = {one: stat for one in pids if (stat := _stat(one))}
        # The time of a child that ended is its parent's, if the parent waited for it; if not, it
        # is what was seen of it.
        self._own |= {one: cpu for one, (cpu, _, _, _) in found.items()}
        waited = sum(cpu + waited for cpu, waited, _, _ in found.values())
        self.cpu_seconds = round(max(self.cpu_seconds, waited, sum(self._own.values())), 3)
        self.tasks = sum(tasks for _, _, tasks, _ in found.values())
        self.memory_mib = sum(rss for _, _, _, rss in found.values()) / MIB
        if self.memory_mib > memory_mib and len(found) > 1:
            # Forks have most pages in common: look closer before calling it too much.
            self.memory_mib = sum(_proportional(one, stat[3]) for one, stat in found.items()) / MIB


def descendants(pid: int) -> list[int]:
    """The process and its descendants, without those that are gone."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        try:
            for task in os.listdir(f"/proc/{one}/task"):  # noqa: PTH208 (done often: a Path takes longer)
                waiting += map(int, _read(f"/proc/{one}/task/{task}/children").split())
        except (OSError, ValueError):
            continue
    return found


def _read(path: str) -> bytes:
    """What a file of the kernel's holds now."""
    file, parts = os.open(path, os.O_RDONLY), []
    try:
        while part := os.read(file, 2**16):
            parts.append(part)
    finally:
        os.close(file)
    return b"".join(parts)


def _stat(pid) -> tuple[float, float, int, int] | None:
    """Seconds of its own, seconds of children waited for, tasks, bytes resident."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return None
    own, waited = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return own / TICKS, waited / TICKS, int(fields[17]), int(fields[21]) * PAGE


def _proportional(pid, resident: int) -> int:
    try:
        rollup = _read(f"/proc/{pid}/smaps_rollup").splitlines()
        return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith(b"Pss:"))
    except (OSError, StopIteration):
        return resident
