"""The grader's side of a zygote: starts it, hands it runs, and reads what comes back as untrusted."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import crmlib
from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused, one_line
from crmlib.workbook.sandbox import frames
from crmlib.workbook.sandbox.layers import FULL, Layers, of_level
from crmlib.workbook.sandbox.terms import Job, Ran
from crmlib.workbook.sandbox.visible import ahead, hidden, visible
from crmlib.workbook.sandbox.watch import Watch

START_SECONDS = 300
NOBODY = 65534
ONE = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "POLARS", "RAYON", "VECLIB_MAXIMUM")

# A fork takes a page fault for each page that it writes first: fewer and larger pages, kept once fetched, for
# Arrow's data too. What the set-up fetches in large blocks lies apart and leaves no gaps (`tidy_memory`).
MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**17),
    "MALLOC_TOP_PAD_": str(2**26),
    "MALLOC_TRIM_THRESHOLD_": str(2**28),
}


def environment() -> dict[str, str]:
    """The whole environment of student code: nothing of the grader's own, one thread everywhere."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ONE} | {"ARROW_IO_THREADS": "1"}
    return threads | {
        "POLARS_MAX_THREADS": "1",
        **MEMORY,
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([str(Path(crmlib.__file__).resolve().parents[1]), *ahead()]),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }


class Zygote:
    """A context manager: inside it, `run` runs jobs, several at a time when asked from several threads.

    ``secret`` are paths that no run may see; ``layers`` replaces the level's own, in tests.
    """

    def __init__(
        self,
        case,
        *,
        level: str = FULL,
        parameters: dict,
        secret: tuple[Path, ...] = (),
        layers: Layers | None = None,
    ):
        self.level, self.seccomp, self.user = level, False, None
        folder = Path(case.path).resolve().parent
        self._given = {
            "layers": vars((layers or of_level(level)).together()),
            "parameters": parameters,
            "setup": [(code.cell, code.source) for code in case.setup],
            "folder": str(folder),
            "visible": visible(folder, secret=secret),
            "hidden": hidden(),
        }
        self._lock, self._leashes = threading.Lock(), set()

    def __enter__(self):
        if sys.platform != "linux":
            raise Refused("sandbox.linux", platform=sys.platform)
        if self._given["layers"]["landlock"] and find_spec("landlockpy") is None:
            raise Refused("sandbox.extra")
        self._scratch = tempfile.TemporaryDirectory(prefix="crm-", ignore_cleanup_errors=True)
        self._given["scratch"] = self._scratch.name
        if self._given["layers"]["drop"] and os.geteuid() == 0:
            os.chown(self._scratch.name, NOBODY, NOBODY)
        self._errors = tempfile.TemporaryFile()
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "crmlib.workbook.sandbox.zygote", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command,
            cwd=self._scratch.name,
            env=environment(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
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
            raise Refused("sandbox.start", reason=self._last_words() or error) from error
        if "fault" in answer:
            raise Refused("sandbox.start", reason=answer["fault"])
        self.seccomp, self.user = answer["seccomp"], answer["user"]
        self._control.settimeout(None)
        if self._given["layers"]["view"] and self._given["layers"]["tmpfs"]:
            self._scratch.cleanup()  # no longer needed, and a killed grader cannot do it later

    def _last_words(self) -> str:
        """The last line of what the zygote said before it died."""
        self._process.kill()
        self._process.wait()
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 2000))
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return one_line(lines[-1]) if lines else ""

    def __exit__(self, *_):
        with self._lock:
            self._control.close()
            for leash in self._leashes:  # of runs that another thread waits for
                with suppress(OSError):
                    leash.shutdown(socket.SHUT_WR)
        self._errors.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait()
        self._scratch.cleanup()

    @property
    def gone(self) -> bool:
        """Whether its process has ended; one that was just killed is given a moment to be seen so."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return self._process.returncode is not None

    def run(self, job: Job) -> Ran:
        """Run the job in a fresh process; blocks until nothing of it is left."""
        leash, their_leash = socket.socketpair()
        stream, their_stream = socket.socketpair()
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        layers = self._given["layers"]
        held = layers["limits"]
        scratch = self._scratch.name if held and not layers["tmpfs"] else ""
        with Watch(leash, stream, out, err, job, self.level, held=held, scratch=scratch) as watch:
            self._hand_on(leash, [their_leash.detach(), their_stream.detach(), their_out, their_err])
            try:
                return watch.run(frames.packed(_told(job)))
            finally:
                with self._lock:
                    self._leashes.discard(leash)

    def _hand_on(self, leash: socket.socket, descriptors: list[int]) -> None:
        """Give the zygote its ends of a run; the grader keeps none of them open."""
        try:
            with self._lock:
                socket.send_fds(self._control, [b"r"], descriptors)
                self._leashes.add(leash)
        except OSError as error:
            raise Refused("sandbox.fault", reason=say("sandbox.gone")) from error
        finally:
            for one in descriptors:
                os.close(one)


def _told(job: Job) -> dict:
    specs = {name: spec.to_dict() for name, spec in job.specs.items()}
    return {"cells": list(job.cells), "specs": specs, "seed": job.seed, "limits": vars(job.limits)}
