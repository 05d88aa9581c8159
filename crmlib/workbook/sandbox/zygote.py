"""The process that runs are forked from: it holds the libraries and the data, and nothing else.

Started by exec with a cleared environment (`handle`). A job never passes through it: a run's own
process reads it from a socket that is only handed on.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import signal
import socket
import sys

from crmlib.workbook.sandbox import frames, kernel
from crmlib.workbook.sandbox.ready import Ready
from crmlib.workbook.sandbox.supervise import supervise


def main(descriptor: int) -> None:
    """Set up, say so, then fork a supervised run for each set of descriptors that arrives."""
    control, sys.argv[:] = socket.socket(fileno=descriptor), [""]
    try:
        given = frames.receive(control)
        ready = Ready.enter(given)
        prepare(given)
    except frames.Nonsense:
        return
    except BaseException as error:
        control.sendall(frames.packed({"fault": f"{type(error).__name__}: {error}"[:2000]}))
        return
    filtered = bool(ready.filter and ready.filter.made)
    control.sendall(frames.packed({"ready": True, "seccomp": filtered, "user": os.getuid()}))
    serve(control, ready)


def prepare(given: dict) -> None:
    """The libraries, the data of the case's set-up and the shell, in the folder that runs see."""
    importlib.import_module("crmlib.student")
    importlib.import_module("crmlib.workbook.sandbox.doors")
    sys.path.insert(0, "")
    if given["setup"]:
        warm(given["setup"], given["parameters"])
    if "pandas" in sys.modules:
        importlib.import_module("matplotlib.pyplot")  # who reads data draws; fonts are looked up once
    shell = importlib.import_module("crmlib.workbook.sandbox.shell")
    shell.warm_up(shell.make_shell())


def warm(setup: list, parameters: dict) -> None:
    """Have ready what every run needs: all of the set-up, or only its imports where it starts threads.

    A fork takes no threads along: whoever waits for one waits for ever. So a fork tries it first.
    """
    before = threads()
    imports, after = tried(setup, parameters)
    for name in imports:
        with contextlib.suppress(Exception):  # parts of a library that only import together
            importlib.import_module(name)
    if after <= before:
        execute(setup, parameters)


def threads() -> int:
    """The threads of this process, those of libraries with them."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208


def tried(setup: list, parameters: dict) -> tuple[list[str], int]:
    """What the set-up imports, and how many threads more there are after it; run in a fork."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        known = set(sys.modules)
        try:
            execute(setup, parameters)
            told = [[name for name in sys.modules if name not in known], threads()]
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"[:1000]
        with os.fdopen(writing, "w") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = json.loads(pipe.read() or '"the set-up ended the process"')
    os.wait()
    if isinstance(told, str):
        raise RuntimeError(told)
    return told[0], told[1]


def execute(setup: list, parameters: dict) -> None:
    """Run the set-up cells in names of their own."""
    names = {"__name__": "__main__", **parameters}
    with contextlib.redirect_stdout(io.StringIO()):
        for number, source in setup:
            exec(compile(source, f"<set-up, cell {number}>", "exec"), names)


def serve(control: socket.socket, ready: Ready) -> None:
    """Fork a run for each message; ends when the grader does."""
    gc.collect()
    gc.freeze()
    kernel.tidy_memory()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended supervisors leave nothing behind
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not message:
            return
        with contextlib.suppress(OSError):  # no more processes: the grader sees the run end unbegun
            if os.fork() == 0:
                control.close()
                supervise(*descriptors, ready)
        for one in descriptors:
            os.close(one)


if __name__ == "__main__":
    from crmlib.workbook.sandbox import zygote  # the shell takes the name __main__

    zygote.main(int(sys.argv[1]))
