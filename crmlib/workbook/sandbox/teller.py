"""What happens in a run, sent to the grader in order and from the run's own process only."""

import os
import threading
import time

from crmlib.workbook.sandbox.frames import packed

FLUSH_SECONDS = 0.05
FLUSH_CHARACTERS = 2**16
MOST_TEXT = 2**20


class Teller:
    """Sends what happens to the grader, in order, from this process only."""

    def __init__(self, stream=None):
        self._stream, self._pid, self._lock = stream, os.getpid(), threading.RLock()
        self._name, self._text, self._size, self._since = "", [], 0, 0.0

    def tell(self, **message) -> None:
        """Send a message, after the text that was printed before it."""
        with self._lock:
            self._flush()
            self._send(message)

    def ask(self, **message) -> None:
        """Send a message and wait until the grader has taken it in.

        What it says then is for the one process that it hears: a fork that got here has left its cell
        behind, and ends, or it would take that word away and the run would wait for ever.
        """
        if os.getpid() != self._pid:
            os._exit(0)
        self.tell(**message)
        if self._stream is not None and not self._stream.recv(1):
            os._exit(1)

    def write(self, name: str, text: str) -> int:
        """Print: gathered for a moment, since programs print in small pieces."""
        if os.getpid() != self._pid or self._stream is None:
            data = text.encode("utf-8", "replace")
            return os.write(1 if name == "stdout" else 2, data) and len(text)
        with self._lock:
            if name != self._name:
                self._flush()
                self._name, self._since = name, time.monotonic()
            self._text.append(text)
            self._size += len(text)
            if self._size >= FLUSH_CHARACTERS or time.monotonic() - self._since > FLUSH_SECONDS:
                self._flush()
        return len(text)

    def _flush(self):
        if self._text:
            text, self._text = "".join(self._text), []
            for at in range(0, len(text), MOST_TEXT):
                part = text[at : at + MOST_TEXT]
                self._send(
                    {"t": "out", "output": {"output_type": "stream", "name": self._name, "text": part}}
                )
        self._name, self._size = "", 0

    def _send(self, message):
        if os.getpid() == self._pid and self._stream is not None:
            self._stream.sendall(packed(message))
