"""What a run has written, where it has no disk of its own: its folder is measured from outside."""

import os
import stat
import time
from pathlib import Path

from crmlib.workbook.sandbox.terms import MIB
from crmlib.workbook.sandbox.tree import descendants

MOST_FILES = 20_000  # as many as a disk of a run's own takes
SHARE = 20  # of the time that passes, one part goes into measuring


class Disk:
    """The folder of one run; between cells, to measure it takes no more than a small share of the time."""

    def __init__(self, box: Path, most_mib: float):
        self._box, self._most = str(box), most_mib * MIB
        self._next = 0.0

    def is_full(self, pid: int, *, last: bool = False) -> bool:
        """Whether more is held than allowed; False also where it is too early to look again.

        The ``last`` look at a cell is always taken: or another cell would be stopped for it.
        """
        began = time.monotonic()
        if began < self._next and not last:
            return False
        full = self._written(pid) > self._most
        now = time.monotonic()
        self._next = now + SHARE * (now - began)
        return full

    def _written(self, pid) -> float:
        """Bytes in the folder, and in files without a name that a process holds open."""
        held = {}
        try:
            _measure(self._box, held, self._most)
            _measure_nameless(pid, os.stat(self._box).st_dev, held)  # noqa: PTH116 (done often)
        except FileNotFoundError:  # the folder goes when the run does
            return 0
        except OSError:  # a folder that hides what is in it
            return float("inf")
        return float("inf") if len(held) > MOST_FILES else sum(held.values())


def _measure(box: str, held: dict, most: float) -> None:
    """Note the size of each file, by its inode; links are not followed."""
    waiting, bytes_ = [box], 0
    while waiting and len(held) <= MOST_FILES and bytes_ <= most:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    bytes_ += _note(entry, held)
                    if len(held) > MOST_FILES:
                        return
        except (FileNotFoundError, NotADirectoryError):
            if place == box:
                raise


def _note(entry, held) -> int:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    new = found.st_ino not in held
    held[found.st_ino] = found.st_size if stat.S_ISREG(found.st_mode) else 0
    return held[found.st_ino] if new else 0


def _measure_nameless(pid: int, device: int, held: dict) -> None:
    """Note the files that were removed and are still written to."""
    for one in descendants(pid):
        try:
            for name in os.listdir(f"/proc/{one}/fd"):  # noqa: PTH208 (done often)
                found = os.stat(f"/proc/{one}/fd/{name}")  # noqa: PTH116
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0 and found.st_dev == device:
                    held[found.st_ino] = found.st_size
        except OSError:  # the process, or the file, is gone by now
            continue
