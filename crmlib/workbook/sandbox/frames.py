"""Messages between processes: four bytes of length, then JSON. Nothing is ever unpickled."""

import json
import re
import socket
import struct

HEAD = struct.Struct("!I")
MOST = 48 * 2**20
# Beside its texts a message is small; millions of brackets would take the reader's memory.
MOST_BARE = 2**20
TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class Nonsense(Exception):  # noqa: N818 (what came from the untrusted side is no message)
    """Bytes that are no message."""


def packed(message) -> bytes:
    """The message as bytes."""
    body = json.dumps(message).encode()
    return HEAD.pack(len(body)) + body


def receive(stream: socket.socket):
    """The next message of a blocking stream; `Nonsense` at its end."""
    return parsed(_exactly(stream, HEAD.unpack(_exactly(stream, HEAD.size))[0]))


def _exactly(stream, size) -> bytes:
    if size > MOST:
        raise Nonsense(f"{size} bytes")
    body = bytearray()
    while len(body) < size:
        part = stream.recv(min(2**20, size - len(body)))
        if not part:
            raise Nonsense("the stream has ended")
        body += part
    return bytes(body)


def parsed(body: bytes):
    """The message in the bytes of one frame."""
    if len(body) > MOST_BARE and len(TEXTS.sub(b'""', body)) > MOST_BARE:
        raise Nonsense("no texts")
    try:
        return json.loads(body)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Nonsense(type(error).__name__) from None


class Inbox:
    """Collects the bytes that arrive and gives back whole messages; counts both."""

    def __init__(self):
        self._bytes, self.taken, self.messages = bytearray(), 0, 0

    def take(self, data: bytes) -> list:
        """The messages that are whole now; `Nonsense` when one is no message or too long."""
        self._bytes += data
        self.taken += len(data)
        messages, at = [], 0
        while len(self._bytes) - at >= HEAD.size:
            size = HEAD.unpack_from(self._bytes, at)[0]
            if size > MOST:
                raise Nonsense(f"{size} bytes")
            if len(self._bytes) - at < HEAD.size + size:
                break
            at += HEAD.size + size
            messages.append(parsed(bytes(self._bytes[at - size : at])))
        del self._bytes[:at]
        self.messages += len(messages)
        return messages
