"""The course key: one secret file, from which every student's data and pseudonym follow."""

import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import Parameter
from crmlib.workbook.rounds.files import read_bytes, write

SHORTEST = 32
MOST = 4096
OTHERS = stat.S_IRWXG | stat.S_IRWXO
SPAN = 10_000_000
DRAWS = 1000


def new(path: Path) -> bytes:
    """A fresh key of 32 random bytes, written for its owner only; `Refused` where a file stands already."""
    if path.exists() or path.is_symlink():
        raise Refused("assign.key.exists", path=path)
    write(secrets.token_hex(32) + "\n", path, private=True)
    return read(path)


def read(path: Path) -> bytes:
    """The key in the file; `Refused` where it is missing, too short or open to others."""
    if not path.exists():
        raise Refused("assign.key.missing", path=path)
    content = read_bytes(path, MOST).strip()
    if len(content) < SHORTEST:
        raise Refused("assign.key.short", path=path, least=SHORTEST, count=len(content))
    if os.name == "posix" and path.stat().st_mode & OTHERS:
        raise Refused("assign.key.open", path=path)
    return content


def fingerprint(key: bytes) -> str:
    """A name for the key that tells nothing about it."""
    return hmac.new(key, b"fingerprint", sha256).hexdigest()[:12]


def draws(key: bytes, who: list[str], parameter: Parameter, *, taken: set) -> Iterator:
    """Values of a parameter for one purpose, one after the other, none of them 0 or ``taken``.

    Each is HMAC-SHA256(key, who and counter), reduced to what the declaration allows: no draw depends on
    another student's.
    """
    low = int(max(parameter.low, 1))
    allowed = [c for c in parameter.choices if c] or range(low, int(min(parameter.high, low + SPAN)) + 1)
    for counter in range(DRAWS):
        digest = hmac.new(key, json.dumps([*who, counter]).encode(), sha256).digest()
        value = allowed[int.from_bytes(digest, "big") % len(allowed)]
        if value not in taken:
            yield value
