"""A process that answers calls, one at a time, and may be ended at any of them: JSON in, JSON out.

Who calls and who ends may be two threads: on Ctrl-C one leaves while the other still waits for its answer.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock

MEMORY = 6 * 2**30


class Helper:
    """Runs ``python -m module``, which must `serve`; started again after a call that failed, till `close`."""

    def __init__(self, module: str, *, seconds: float, folder: Path | None = None):
        self.module, self.seconds, self.folder = module, seconds, folder
        self.process = self.connection = None
        self._lock, self._closed = Lock(), False

    def call(self, name: str, *given):
        """What the function of that name gives; None where it fails, dies or takes too long."""
        try:
            connection = self._connected()
            connection.send_bytes(json.dumps([name, *given]).encode())
            if connection.poll(self.seconds):
                return json.loads(connection.recv_bytes())
        except (OSError, EOFError, ValueError):
            pass
        self.end()
        return None

    def _connected(self) -> Connection:
        with self._lock:
            if self._closed:
                raise EOFError
            if self.process is None:
                self._start()
            return self.connection

    def _start(self) -> None:
        self.connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=self.folder,
                env={**os.environ, "MPLBACKEND": "agg"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def end(self) -> None:
        """End the process; the next call starts another."""
        with self._lock:
            process, self.process = self.process, None
            # Not closed here: a call may wait at it, and its descriptor could soon be another file's.
            self.connection = None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        """End the process for good: no call starts another."""
        with self._lock:
            self._closed = True
        self.end()


def serve(handle: str, functions: dict[str, Callable]) -> None:
    """Answer calls until the other end closes; a function that raises ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(int(handle))
    while True:
        try:
            name, *given = json.loads(connection.recv_bytes())
        except EOFError:
            return
        connection.send_bytes(json.dumps(functions[name](*given)).encode())
