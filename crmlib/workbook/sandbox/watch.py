"""Watches one run from outside: limits, and what it tells, taken apart before it is believed."""

import os
import selectors
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.sandbox import frames, told, tree
from crmlib.workbook.sandbox.disk import Disk
from crmlib.workbook.sandbox.terms import MIB, Job, Ran, Stop

PAUSE = 0.05
TICK = 0.01  # the system counts processor time in steps of it
READ = 2**18
MOST_MESSAGES = 100_000
GRACE = 30  # for a run's processes to go; below the level full they may have got at their supervisor
ROOM_MIB = 80  # for answers, beside the outputs


class Watch:
    """One run, from the descriptors handed on to nothing left behind.

    ``scratch`` is where runs without a disk of their own have their folders.
    """

    def __init__(
        self, leash, stream, out, err, job: Job, level: str, *, held: bool = True, scratch: str = ""
    ):
        self._leash, self._stream = leash, stream
        self._pipes = {out: "stdout", err: "stderr"}
        self._limits, self._used, self._held = job.limits, tree.Used(), held
        self._story = told.Story(job, Ran(level))
        self._inboxes = {leash: frames.Inbox(), stream: frames.Inbox()}
        self._scratch, self._disk = scratch, None
        self._pid = self._status = None
        self._selector = selectors.DefaultSelector()
        self._began, self._looked = time.monotonic(), 0.0

    def __enter__(self):
        for one in (self._leash, self._stream):
            one.setblocking(False)
        for pipe in self._pipes:
            os.set_blocking(pipe, False)
        for one in (self._leash, self._stream, *self._pipes):
            self._selector.register(one, selectors.EVENT_READ)
        return self

    def __exit__(self, *_):
        self._selector.close()
        self._leash.close()
        self._stream.close()
        for one in self._pipes:
            os.close(one)

    def run(self, job: bytes) -> Ran:
        """Give the job, read on until the run's processes are gone."""
        self._unsent = memoryview(job)
        self._selector.modify(self._stream, selectors.EVENT_READ | selectors.EVENT_WRITE)
        pulled, held = 0.0, 0.0
        while self._leash in self._inboxes and not (pulled and time.monotonic() - pulled > GRACE):
            for key, mask in self._selector.select(PAUSE):
                if key.fileobj in self._selector.get_map():
                    self._ready(key.fileobj, mask)
            if time.monotonic() - held > PAUSE and not pulled:
                held = time.monotonic()
                self._hold()
            if not pulled and (self._story.ran.stop or self._story.ran.finished):
                self._leash.shutdown(socket.SHUT_WR)
                pulled = time.monotonic()
        while not self._story.over and self._stream in self._inboxes and self._read(self._stream):
            pass  # what it said last
        return self._end()

    def _ready(self, file, mask) -> None:
        if mask & selectors.EVENT_WRITE:
            self._send()
        if mask & selectors.EVENT_READ:
            self._read(file)

    def _send(self):
        try:
            self._unsent = self._unsent[self._stream.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = self._unsent[:0]
        if not self._unsent and self._stream in self._selector.get_map():
            self._selector.modify(self._stream, selectors.EVENT_READ)

    def _read(self, file) -> bool:
        """Read on; whether there was anything."""
        try:
            data = os.read(file, READ) if isinstance(file, int) else file.recv(READ)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(file)
            self._inboxes.pop(file, None)
        elif file in self._pipes:
            self._story.printed(self._pipes[file], data)
        elif file is self._leash:
            self._heard(data)
        elif not self._story.over:
            self._take(data)
        return bool(data)

    def _read_pipes(self):
        for pipe in self._pipes:
            while not self._story.over and pipe in self._selector.get_map() and self._read(pipe):
                pass  # whoever never stops printing passes the limit of output

    def _heard(self, data):
        """What the supervisor says: the process to watch, then how it ended."""
        for message in self._inboxes[self._leash].take(data):
            self._pid = message.get("pid", self._pid)
            if self._scratch and "box" in message:
                self._disk = Disk(Path(self._scratch, Path(message["box"]).name), self._limits.files_mib)
            self._status = message.get("status", self._status)
            if "fault" in message:
                raise Refused("sandbox.fault", reason=message["fault"])

    def _take(self, data):
        inbox = self._inboxes[self._stream]
        try:
            for message in inbox.take(data):
                self._read_pipes()  # what was printed came before what is told
                if isinstance(message, dict) and message.get("t") in ("end", "done"):
                    self._measure(last=True)
                if self._story.take(message, self._look) == "start":
                    self._unsent = b"."  # the run waits for it: so no print is put to a wrong cell
                    self._send()
        except Refused:
            raise
        except Exception:  # nonsense, or a forgery that nobody thought of: the run's fault in any case
            self._story.stop("died", say("sandbox.stop.nonsense"))
        most = (self._limits.output_mib + ROOM_MIB) * MIB
        if inbox.taken > most or inbox.messages > MOST_MESSAGES:
            self._story.stop_at("output")

    def _look(self) -> tree.Used:
        """What the run's processes use now."""
        now = time.monotonic()
        if self._pid is not None and now - self._looked > TICK:
            self._looked = now
            self._used.look(self._pid, self._limits.memory_mib)
        return self._used

    def _measure(self, *, last: bool = False):
        """Stop a run that has written too much; ``last``: before a cell, or the run, counts as ended."""
        if self._disk and self._disk.is_full(self._pid, last=last):
            self._story.stop_at("files")

    def _hold(self):
        """The first limit passed ends the run."""
        used, limits = self._look(), self._limits
        self._story.see(used)
        if time.monotonic() - self._began > limits.wall_seconds:
            self._story.stop("timeout", say("sandbox.stop.wall", limit=limits.wall_seconds))
        elif not self._held:
            return
        elif used.cpu_seconds > limits.cpu_seconds:
            self._story.stop("timeout", say("sandbox.stop.cpu", limit=limits.cpu_seconds))
        elif used.memory_mib > limits.memory_mib:
            self._story.stop_at("memory")
        elif used.tasks > limits.processes:
            self._story.stop_at("processes")
        else:
            self._measure()

    def _end(self) -> Ran:
        if self._pid is None:
            raise Refused("sandbox.fault", reason=say("sandbox.gone"))
        ran = self._story.tell()
        if not ran.finished and ran.stop is None:
            ran.stop = Stop(self._story.cell, "died", _death(self._status))
        ran.seconds = round(time.monotonic() - self._began, 4)
        ran.cpu_seconds = self._used.cpu_seconds
        return ran


def _death(status: int | None) -> str:
    if status is None:
        return say("sandbox.stop.lost")
    code = os.WEXITSTATUS(status)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else code - 128  # as shells count
    with suppress(ValueError):
        return say("sandbox.stop.signal", name=signal.Signals(number).name)
    return say("sandbox.stop.exit", code=code)
