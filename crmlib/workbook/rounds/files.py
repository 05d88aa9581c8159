"""Files of a round: written whole or not at all, private ones for their owner only, names without tricks."""

import os
import re
import unicodedata
from pathlib import Path

from crmlib.workbook import folders
from crmlib.workbook.outcome import Refused

LONGEST_SLUG = 28
HALF_WRITTEN = "trace/half-written"  # stands in a folder of results while they are being written


def write(text: str, path: Path, *, private: bool = False) -> None:
    """Write the text whole or not at all; a private file is for its owner only, from the first byte on.

    What an interrupted writing leaves is written over by the next of the same file.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        folders.make(path.parent)
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise Refused("assign.unwritable", path=path, reason=error.strerror) from error


def read_bytes(path: Path, most: int) -> bytes:
    """The bytes of a plain file; `Refused` when it is none or holds more than ``most``."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Refused("assign.unreadable", path=path, reason=error.strerror) from error
    if len(content) > most:
        raise Refused("assign.too_big", path=path, mib=most // 2**20)
    return content


def slug(text: str) -> str:
    """The text as part of a file's name on every system: letters, digits, ``-``; empty when none is left.

    >>> slug("../../Ä b"), slug("王 小明")
    ('a-b', '王-小明')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", plain).lower())
    return "-".join(words)[:LONGEST_SLUG].strip("-")
