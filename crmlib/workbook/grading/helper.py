"""A process that answers calls, one at a time, and may be ended at any of them: JSON in, JSON out."""

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

MEMORY = 6 * 2**30


class Helper:
    """A context: runs ``python -m module``, which must `serve`; started again after a call that failed."""

    def __init__(self, module: str, *, seconds: float, folder: Path | None = None):
        self.module, self.seconds, self.folder = module, seconds, folder
        self.process = self.connection = None

    def __enter__(self) -> "Helper":
        return self

    def __exit__(self, *_) -> None:
        self.end()

    def call(self, name: str, *given):
        """What the function of that name gives; None where it fails, dies or takes too long."""
        try:
            if self.process is None:
                self._start()
            self.connection.send_bytes(json.dumps([name, *given]).encode())
            if self.connection.poll(self.seconds):
                return json.loads(self.connection.recv_bytes())
        except (OSError, EOFError, ValueError):
            pass
        self.end()
        return None

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
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.connection.close()
        self.process = None


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
