"""What was handed in, entry by entry: a folder, one file, or a zip of a learning platform.

Nothing is unpacked to disk and nothing is followed: a link, a path that leads elsewhere, a bomb or a
locked entry becomes an entry that says why it is not read. The clock of a file is no evidence: a copy has
the time of copying, and the zips of Canvas and Moodle that of the download.
"""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from crmlib.workbook.grading.submission import MOST_BYTES
from crmlib.workbook.outcome import CONTROL, Refused

MOST_ENTRIES = 20_000
MOST_TOTAL = 8 * 2**30
LONGEST_NAME = 300
# What repeats more than this when unpacked, and is larger, is no notebook.
RATIO, RATIO_BYTES = 200, 5 * 2**20
SKIPPED = {"__MACOSX", "Thumbs.db", "desktop.ini"}
ELSEWHERE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
BREAK = re.compile("[\t\n\u2028\u2029]")
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError)
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Entry:
    """A file as it was handed in: ``trouble`` is the key of a sentence that says why it is not read."""

    name: str
    trouble: str = ""
    _bytes: Callable[[], bytes] = field(default=bytes, compare=False)

    def read(self) -> bytes:
        """The bytes; `Unreadable` where they cannot be had."""
        try:
            data = self._bytes()
        except BROKEN as error:
            raise Unreadable("intake.broken") from error
        if len(data) > MOST_BYTES:
            raise Unreadable("intake.big")
        if data.startswith(ZIP):
            raise Unreadable("intake.nested")
        return data


class Unreadable(Exception):  # noqa: N818 (becomes a verdict)
    """The key of the sentence that says why an entry is not read."""


def entries(path: Path) -> list[Entry]:
    """The entries of a folder, a zip or a file, in the order of their names."""
    path = Path(path)
    if not path.exists():
        raise Refused("intake.none", path=path)
    try:
        found = _of_folder(path) if path.is_dir() else _of_file(path)
    except OSError as error:
        raise Refused("intake.folder", path=path, reason=error.strerror) from error
    if len(found) > MOST_ENTRIES:
        raise Refused("intake.many", path=path, most=MOST_ENTRIES)
    return sorted(found, key=lambda entry: entry.name)


def _of_folder(folder: Path) -> list[Entry]:
    found = []
    for root, folders, files in os.walk(folder):
        linked = [name for name in folders if Path(root, name).is_symlink()]
        folders[:] = [name for name in folders if not _skipped(name) and name not in linked]
        for name in [*linked, *files]:
            path = Path(root, name)
            if not _skipped(name):
                shown = path.relative_to(folder).as_posix()
                found.append(Entry(_shown(shown), _trouble_of(path), partial(_read, path)))
        if len(found) > MOST_ENTRIES:
            break
    return found


def _skipped(name: str) -> bool:
    """Whether it is what systems and editors leave behind."""
    return (name.startswith(".") and name != "..") or name in SKIPPED


def _shown(name: str) -> str:
    """The name on one line, without what a terminal or a page would obey."""
    text = name[:LONGEST_NAME].encode("utf-8", "backslashreplace").decode()
    return BREAK.sub("\ufffd", CONTROL.sub("\ufffd", text))


def _trouble_of(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "intake.link"
    return "" if stat.S_ISREG(mode) else "intake.special"


def _read(path: Path) -> bytes:
    # Neither a link nor a pipe that took the file's place meanwhile is opened.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        return file.read(MOST_BYTES + 1)


def _of_file(path: Path) -> list[Entry]:
    with path.open("rb") as file:
        if not file.read(4).startswith(ZIP):
            return [Entry(_shown(path.name), "", partial(_read, path))]
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except BROKEN as error:
        raise Refused("intake.zip", path=path) from error
    if sum(min(info.file_size, MOST_BYTES) for info in infos) > MOST_TOTAL:
        raise Refused("intake.total", path=path, gib=MOST_TOTAL // 2**30)
    return list(_of_zip(path, infos))


def _of_zip(path: Path, infos: list[zipfile.ZipInfo]) -> Iterator[Entry]:
    for info in infos:
        name = _name(info)
        if not info.is_dir() and not any(map(_skipped, PurePosixPath(name).parts)):
            yield Entry(_shown(name), _trouble_in(info, name), partial(_unpack, path, info))


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name; without the mark for UTF-8 it is tried, and what Chinese systems write."""
    if info.flag_bits & 0x800:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def _trouble_in(info: zipfile.ZipInfo, name: str) -> str:
    """Why an entry of a zip is not unpacked."""
    if ELSEWHERE.search(name):
        return "intake.elsewhere"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "intake.link" if kind == stat.S_IFLNK else "intake.special"
    if info.flag_bits & 0x1:
        return "intake.locked"
    # Other methods may ask for gigabytes of memory to unpack a few bytes.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "intake.method"
    if info.file_size > MOST_BYTES:
        return "intake.big"
    return "intake.bomb" if info.file_size > max(RATIO_BYTES, RATIO * info.compress_size) else ""


def _unpack(path: Path, info: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(path) as archive, archive.open(info) as file:
        return file.read(MOST_BYTES + 1)
