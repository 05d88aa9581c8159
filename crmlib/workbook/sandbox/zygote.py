"""The process that runs are forked from: it holds the libraries and the data, and nothing else.

Started by exec with a cleared environment (`handle`). A job never passes through it: a run's own
process reads it from a socket that is only handed on.
"""

import gc
import os
import socket
import sys
from dataclasses import asdict

from crmlib.workbook.sandbox import frames
from crmlib.workbook.sandbox.supervise import supervise


def main(descriptor: int) -> None:
    """Set up, say so, then fork a supervised run for each set of descriptors that arrives."""
    control = socket.socket(fileno=descriptor)
    try:
        given = frames.receive(control)
        ready = prepare(given)
    except frames.Nonsense:
        return
    except Exception as error:
        control.sendall(frames.packed({"fault": f"{type(error).__name__}: {error}"[:2000]}))
        return
    control.sendall(frames.packed({"ready": asdict(ready) if ready else {}}))
    serve(control, given)


def prepare(given: dict):
    """The libraries, the shell, and the data of the case's set-up."""
    import crmlib.student
    from crmlib.workbook.sandbox import doors, shell  # noqa: F401 (for the runs)

    warm(given)
    shell.make_shell()


def warm(given: dict) -> None:
    """Run the set-up once, so that what it imports and caches is there for every run."""
    import contextlib
    import io

    names = {"__name__": "__main__", **given["parameters"]}
    with contextlib.redirect_stdout(io.StringIO()):
        for number, source in given["setup"]:
            exec(compile(source, f"<set-up, cell {number}>", "exec"), names)


def serve(control: socket.socket, given: dict) -> None:
    """Fork a run for each message; ends when the grader does."""
    gc.collect()
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break
        if not message:
            return
        if os.fork() == 0:
            control.close()
            supervise(*descriptors, given)
        for one in descriptors:
            os.close(one)


if __name__ == "__main__":
    from crmlib.workbook.sandbox import zygote  # the shell takes the name __main__

    zygote.main(int(sys.argv[1]))
