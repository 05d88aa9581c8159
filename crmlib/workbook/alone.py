"""One process at a time: a file is read, changed and written without another writing in between.

Where the system has no locks of its own (Windows) or the file system refuses them, a second file stands
for the lock. A process that dies leaves it behind, so that after a while it no longer counts.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

FORGOTTEN_SECONDS = 10
PAUSE_SECONDS = 0.005


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process is inside for this file, and keep others out until the end."""
    beside = path.with_name(path.name + ".lock")
    handle = _system_lock(beside)
    if handle is not None:
        try:
            yield
        finally:
            beside.unlink(missing_ok=True)
            os.close(handle)
        return
    mine = beside.with_name(beside.name + "ed")
    _wait_for_file(mine)
    try:
        yield
    finally:
        mine.unlink(missing_ok=True)


def _system_lock(beside: Path) -> int | None:
    """The open file that holds the system's lock, which ends with the process; None where there is none."""
    if fcntl is None:
        return None
    while True:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            os.close(handle)
            return None
        if _is_there(beside, handle):
            return handle
        os.close(handle)  # who was inside before has removed this one


def _is_there(path: Path, handle: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False


def _wait_for_file(mine: Path) -> None:
    """Be the one who makes the file."""
    while True:
        try:
            os.close(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return
        except (FileExistsError, PermissionError) as error:
            # Windows also refuses to make a file that is just being removed.
            if isinstance(error, PermissionError) and (os.name != "nt" or not mine.parent.exists()):
                raise
        with contextlib.suppress(OSError):
            if time.time() - mine.stat().st_mtime > FORGOTTEN_SECONDS:
                mine.unlink()
        time.sleep(PAUSE_SECONDS)
