"""The grader's side of a zygote: starts it, hands it runs, and reads what comes back as untrusted."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress

from crmlib.workbook.outcome import Refused
from crmlib.workbook.sandbox import frames
from crmlib.workbook.sandbox.terms import Job, Ran
from crmlib.workbook.sandbox.watch import Watch

START_SECONDS = 300
ONE = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "POLARS", "RAYON", "VECLIB_MAXIMUM")


def environment() -> dict[str, str]:
    """The whole environment of student code: nothing of the grader's own, one thread everywhere."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ONE} | {"ARROW_IO_THREADS": "1"}
    return threads | {
        "POLARS_MAX_THREADS": "1",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"]),  # noqa: PTH120
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


class Zygote:
    """A context manager: inside it, `run` runs jobs, several at a time when asked from several threads."""

    def __init__(self, case, *, level: str = "full", parameters: dict):
        self.level = level
        self._given = {
            "level": level,
            "parameters": parameters,
            "setup": [(code.cell, code.source) for code in case.setup],
            "folder": str(case.path.parent),
        }
        self._lock = threading.Lock()

    def __enter__(self):
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "crmlib.workbook.sandbox.zygote", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command,
            cwd=self._given["folder"],
            env=environment(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        self._control.settimeout(START_SECONDS)
        try:
            self._control.sendall(frames.packed(self._given))
            answer = frames.receive(self._control)
        except (frames.Nonsense, OSError) as error:
            raise Refused("sandbox.start", reason=str(error)) from error
        if "fault" in answer:
            raise Refused("sandbox.start", reason=answer["fault"])
        self._control.settimeout(None)

    def __exit__(self, *_):
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait()

    def run(self, job: Job) -> Ran:
        """Run the job in a fresh process; blocks until nothing of it is left."""
        leash, their_leash = socket.socketpair()
        stream, their_stream = socket.socketpair()
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        handed = [their_leash.detach(), their_stream.detach(), their_out, their_err]
        try:
            with self._lock:
                socket.send_fds(self._control, [b"r"], handed)
        finally:
            for one in handed:
                os.close(one)
        with Watch(leash, stream, out, err, job, self.level) as watch:
            return watch.run(frames.packed(_told(job)))


def _told(job: Job) -> dict:
    specs = {name: spec.to_dict() for name, spec in job.specs.items()}
    return {"cells": list(job.cells), "specs": specs, "seed": job.seed, "limits": vars(job.limits)}
