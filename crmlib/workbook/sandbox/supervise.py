"""One run's supervisor: forks the process that student code runs in, and lets nothing outlive it."""

import ctypes
import os
import select
import signal
import socket
from contextlib import suppress

from crmlib.workbook.answers import Spec
from crmlib.workbook.sandbox import frames

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def prctl(option: int, value: int) -> None:
    """Set an option of this process; OSError when the system refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def supervise(leash: int, stream: int, out: int, err: int, given: dict) -> None:
    """Run a job and exit. The grader pulls the leash by closing it; how the run died goes back."""
    code = 1
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        held = socket.socket(fileno=leash)
        pid = os.fork()
        if pid == 0:
            held.close()
            _run(socket.socket(fileno=stream), out, err, given)
        for one in (stream, out, err):
            os.close(one)
        held.sendall(frames.packed({"pid": pid}))
        status = _wait(held, pid)
        _end_all()
        with suppress(OSError):
            held.sendall(frames.packed({"status": status}))
        code = 0
    finally:
        os._exit(code)


def _wait(held, pid) -> int:
    """The status of the run's end; it is killed when the leash is gone."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(held, select.POLLIN | select.POLLHUP)
    poll.register(ended, select.POLLIN)
    ready = dict(poll.poll())
    if ended not in ready:
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _end_all() -> None:
    """Kill what the run left behind until nothing is left: orphans come to this process."""
    while True:
        for child in _children():
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as listed:  # noqa: PTH123 (no pathlib in a fork)
        return [int(pid) for pid in listed.read().split()]


def _run(stream, out, err, given) -> None:
    """In the run's own process: take the descriptors, read the job, run it, exit."""
    code = 1
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
            os.dup2(source, target)
            os.close(source)
        _execute(stream, given)
        code = 0
    except BaseException as error:
        with suppress(Exception):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)  # threads that student code left behind must not hold the process


def _execute(stream, given) -> None:
    from crmlib.workbook.sandbox import doors, shell

    job = frames.receive(stream)
    shell.Desk.teller = shell.Teller(stream)
    door = doors.Doors({name: Spec.from_dict(spec) for name, spec in job["specs"].items()})
    door.put_in_place()
    running = shell.Shell.instance()
    shell.run_cells(running, job["cells"], job["seed"], list(given["parameters"]), door)
