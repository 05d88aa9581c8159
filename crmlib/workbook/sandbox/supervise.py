"""One run's supervisor: forks the process that student code runs in, and lets nothing outlive it."""

import os
import select
import signal
import socket
from contextlib import suppress

from crmlib.workbook.answers import Spec
from crmlib.workbook.sandbox import frames
from crmlib.workbook.sandbox import kernel as k
from crmlib.workbook.sandbox.ready import Ready
from crmlib.workbook.sandbox.terms import Limits


def supervise(leash: int, stream: int, out: int, err: int, ready: Ready) -> None:
    """Run a job and exit. The grader pulls the leash by closing it; how the run died goes back."""
    code, box = 1, ""
    try:
        held = socket.socket(fileno=leash)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        k.prctl(k.PR_SET_CHILD_SUBREAPER, 1)
        box = ready.make_box()
        ready.leave()
        pid = os.fork()
        if pid == 0:
            held.close()
            _run(stream, out, err, ready, box)
        for one in (stream, out, err):
            os.close(one)
        held.sendall(frames.packed({"pid": pid, "box": box}))
        status = _wait(held, pid)
        if ready.layers.orphans and not ready.layers.userns:  # a namespace ends with its first process
            _end_all()
        with suppress(OSError):
            held.sendall(frames.packed({"status": status}))
        code = 0
    except Exception as error:
        with suppress(OSError):
            held.sendall(frames.packed({"fault": f"{type(error).__name__}: {error}"[:500]}))
    finally:
        ready.clear_box(box)
        os._exit(code)


def _wait(held, pid) -> int:
    """The status of the run's end; it is killed when the leash is gone."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(held, select.POLLIN | select.POLLHUP)
    poll.register(ended, select.POLLIN)
    if ended not in dict(poll.poll()):
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
    with open(f"/proc/self/task/{os.getpid()}/children") as listed:  # noqa: PTH123 (a fork stays small)
        return [int(pid) for pid in listed.read().split()]


def _run(stream: int, out: int, err: int, ready: Ready, box: str) -> None:
    """In the run's own process: take the descriptors, read the job, shut the doors, run it, exit."""
    code = 1
    try:
        k.prctl(k.PR_SET_PDEATHSIG, signal.SIGKILL)
        wire = socket.socket(fileno=_take_descriptors(stream, out, err))
        _work(wire, ready, box)
        code = 0
    finally:
        os._exit(code)  # threads that student code left behind must not hold the process


def _take_descriptors(stream, out, err) -> int:
    """Standard input from nowhere, output to the grader's pipes, the wire, and nothing else."""
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    os.closerange(3, stream)
    os.closerange(stream + 1, os.sysconf("SC_OPEN_MAX"))
    return stream


def _work(wire, ready, box) -> None:
    from crmlib.workbook.sandbox import doors, shell, teller

    try:
        job = frames.receive(wire)
        ready.confine(Limits(**job["limits"]), box)
        specs = {name: Spec.from_dict(spec) for name, spec in job["specs"].items()}
        if ready.layers.userns:
            _be_first()
    except Exception as error:  # told before the first cell, so it is no student's word
        wire.sendall(frames.packed({"t": "fault", "reason": f"{type(error).__name__}: {error}"[:500]}))
        return
    shell.Desk.teller = teller.Teller(wire)
    door = doors.Doors(specs)
    door.put_in_place()
    shell.run_cells(shell.Shell.instance(), job["cells"], job["seed"], ready.parameters, door)


def _be_first() -> None:
    """Go on in a child; this process, the first of its namespace, waits for it and for orphans.

    The system does not let a first process die of signals as others do.
    """
    child = os.fork()
    while child:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
