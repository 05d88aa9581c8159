"""Files of a round: written whole or not at all, private ones for their owner only, names without tricks."""

import os
import re
import tempfile
import unicodedata
from pathlib import Path

from crmlib.workbook.outcome import Refused

LONGEST_SLUG = 40


def write(text: str, path: Path, *, private: bool = False) -> None:
    """Write the text whole or not at all; a private file is for its owner only, from the first byte on."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise Refused("assign.unwritable", path=path, reason=error.strerror) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if not private:
            Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise Refused("assign.unwritable", path=path, reason=error.strerror) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


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
