"""A clerk who believes what a file says: how papers and parcels are read where nobody suspects them."""

import json
import os
import stat
import zipfile
from pathlib import Path

import nbformat

from crmlib.workbook import learner
from crmlib.workbook.payload import Sheet, unpack


def cells(data: bytes) -> list[dict]:
    return json.loads(data)["cells"]


def walked(data: bytes) -> list[str]:
    """The sources as the usual reader gives them; it raises for what is no notebook, and the batch ends."""
    return [cell.source for cell in nbformat.reads(data.decode(), 4).cells]


def by_id(data: bytes, cell_id: str) -> str:
    """The source of the first cell with this id."""
    return next(cell for cell in cells(data) if cell["id"] == cell_id)["source"]


def misplaced(data: bytes, honest: bytes, name: str) -> bool:
    """Whether another text stands where the answer stood in the sheet that was handed out."""
    place = next(i for i, cell in enumerate(cells(honest)) if cell["id"] == f"{name}-answer")
    given = cells(data)
    return place >= len(given) or given[place]["source"] != cells(honest)[place]["source"]


def asked(data: bytes) -> list[str]:
    """The questions that the file's own checks name."""
    return learner.arguments(script(data), "check")


def script(data: bytes) -> str:
    """All cells of code as one program."""
    return "\n".join(cell["source"] for cell in cells(data) if cell["cell_type"] == "code")


def ran(data: bytes) -> dict:
    """The names after the program ran, whoever the file is of."""
    names = dict.fromkeys(("open_sheet", "check", "progress"), lambda *_: None)
    code = [
        line for line in script(data).splitlines() if not line.startswith(("from crmlib", "import crmlib"))
    ]
    exec("\n".join(code), names)
    return names


def first_counts(data: bytes) -> dict:
    """The object as a reader takes it who keeps the first of two equal keys."""
    return json.loads(data, object_pairs_hook=lambda pairs: dict(reversed(pairs)))


def sheet(data: bytes) -> Sheet:
    """What the file says of itself."""
    (text,) = learner.arguments(script(data), "open_sheet")
    return unpack(text)


def told(descriptor: int) -> dict:
    """The first message that stands in the file of this descriptor: four bytes of length, then JSON."""
    size = int.from_bytes(os.pread(descriptor, 4, 0), "big")
    return json.loads(os.pread(descriptor, size, 4))


def word(descriptor: int) -> bytes:
    """The one word that is said by the file of this descriptor, for whoever asks first; empty for others."""
    os.pwrite(descriptor, b".", 0)
    return os.read(descriptor, 1)


def row(name: str) -> str:
    """A student's line in the gradebook."""
    return f"{name},12\n"


def page(name: str) -> str:
    """A student's page of feedback."""
    return f"<h1>{name}</h1>\n"


def taken(folder: str) -> dict[str, bytes]:
    """Every file of the folder, by its name."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def unpacked(archive: str) -> dict[str, bytes]:
    """Every entry of the zip, written under its name beside it and read again; links are made links."""
    inside, found = Path(archive).with_name("unpacked"), {}
    inside.mkdir()
    with zipfile.ZipFile(archive) as given:
        for info in given.infolist():
            path, data = inside / info.filename, given.read(info)
            if stat.S_ISLNK(info.external_attr >> 16):
                path.symlink_to(data.decode())
            else:
                path.write_bytes(data)
            found[info.filename] = path.read_bytes()
    return found
