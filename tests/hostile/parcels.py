"""Tricks with how a file is handed in: links, pipes, names, somebody else's sheet, entries of a zip."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from hostile.attack import INTAKE, Attack

UNREADABLE = "unreadable"
TERMINAL = "x\x1b]0;owned\x07\x1b[2J\r.ipynb"


@dataclass(frozen=True)
class Parcel:
    """An attacker's honest sheet and where to put it: ``neighbour`` is what the neighbour handed in."""

    folder: Path
    archive: zipfile.ZipFile | None
    file: str
    data: bytes
    neighbour: Path
    outside: Path


def _link_to_the_neighbour(parcel):
    (parcel.folder / parcel.file).symlink_to(parcel.neighbour)


def _link_outside(parcel):
    (parcel.folder / parcel.file).symlink_to(parcel.outside / "secret.txt")


def _pipe(parcel):
    os.mkfifo(parcel.folder / parcel.file)


def _the_neighbours(parcel):
    (parcel.folder / parcel.file).write_bytes(parcel.neighbour.read_bytes() + b"\n")


def _terminal(parcel):
    (parcel.folder / TERMINAL).write_bytes(parcel.data)


def _climbing(parcel):
    parcel.archive.writestr("../climbed.ipynb", parcel.data)


def _link_in_the_zip(parcel):
    info = zipfile.ZipInfo(f"link-{parcel.file}")
    info.external_attr = 0o120777 << 16
    parcel.archive.writestr(info, str(parcel.outside / "secret.txt"))


def _bomb(parcel):
    parcel.archive.writestr(f"bomb-{parcel.file}", bytes(100 * 2**20))


def parcel(name, put, naive, verdict=UNREADABLE, shown="{file}", **how):
    """``naive`` sees the folder or the zip as ``PLACE``, the attacker's file as ``FILE``."""
    return Attack(name, INTAKE, verdict=verdict, put=put, naive=naive, shown=shown, **how)


IN_A_FOLDER = (
    parcel(
        "a link to the neighbour's file",
        _link_to_the_neighbour,
        "len(set(clerk.taken(PLACE).values())) == 1 < len(clerk.taken(PLACE))",
    ),
    parcel("a link to a file outside", _link_outside, "b'KEY' in clerk.taken(PLACE)[FILE]"),
    parcel("a pipe that nobody writes to", _pipe, "clerk.taken(PLACE) and hangs"),
    parcel(
        "the neighbour's sheet as one's own",
        _the_neighbours,
        "clerk.ran(clerk.taken(PLACE)[FILE])['first'] == KEY['first']",
        "swapped",
    ),
    parcel(
        "terminal codes in a file's name",
        _terminal,
        "any('\\x1b' in f'grading {name}' for name in clerk.taken(PLACE))",
        "accepted",
    ),
)
IN_A_ZIP = (
    parcel(
        "an entry that climbs out of its zip",
        _climbing,
        "clerk.unpacked(PLACE) and _left(__import__('pathlib').Path(PLACE).parent / 'climbed.ipynb')",
        shown="../climbed.ipynb",
        packed=True,
    ),
    parcel(
        "a link in a zip",
        _link_in_the_zip,
        "b'KEY' in clerk.unpacked(PLACE)['link-' + FILE]",
        shown="link-{file}",
        packed=True,
    ),
    parcel(
        "a bomb in a zip",
        _bomb,
        "len(clerk.unpacked(PLACE)['bomb-' + FILE]) > 200 * __import__('os').path.getsize(PLACE)",
        shown="bomb-{file}",
        packed=True,
    ),
)
PARCELS = (*IN_A_FOLDER, *IN_A_ZIP)
