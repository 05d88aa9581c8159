"""Files that were handed in: whatever stands in them is read, or said to be unreadable; none raises."""

import json
import os
import random
import signal
import threading

import nbformat
import pytest
from gradedclass import manifest, pseudonym, solved

from crmlib.catalogue import say
from crmlib.workbook import notebooks
from crmlib.workbook.grading import apart, submission
from crmlib.workbook.grading.apart import Apart


def sheet() -> dict:
    return json.loads(notebooks.dumps(solved(0)))


def as_bytes(content) -> bytes:
    return json.dumps(content).encode()


def old_format(notebook: dict) -> dict:
    """The notebook in format 3, as an old program saves it."""
    return nbformat.convert(nbformat.reads(json.dumps(notebook), as_version=4), 3)


def damaged_cells(notebook: dict) -> dict:
    """Cells that are none, fields of other types and no metadata: what is left is the sheet's."""
    kept = [{"cell_type": c["cell_type"], "source": c["source"]} for c in notebook["cells"]]
    strange = [
        None,
        3,
        [],
        {},
        {"cell_type": 5, "source": {"a": 1}},
        {"cell_type": "code", "source": [1, None]},
    ]
    return {"cells": [*strange, *kept]}


FINE = {
    "as it was saved": lambda: as_bytes(sheet()),
    "with a byte order mark": lambda: b"\xef\xbb\xbf" + as_bytes(sheet()),
    "in UTF-16": lambda: json.dumps(sheet(), ensure_ascii=False).encode("utf-16"),
    "with Windows line ends": lambda: json.dumps(sheet(), indent=1).replace("\n", "\r\n").encode(),
    "with Windows line ends in the cells": lambda: as_bytes(sheet()).replace(b"\\n", b"\\r\\n"),
    "in format 3": lambda: as_bytes(old_format(sheet())),
    "without metadata, with cells that are none": lambda: as_bytes(damaged_cells(sheet())),
    "with every id the same": lambda: as_bytes(
        sheet() | {"cells": [cell | {"id": "x"} for cell in sheet()["cells"]]}
    ),
    "with the sheet's cell twice": lambda: as_bytes(sheet() | {"cells": sheet()["cells"] * 2}),
    "with a key that stands twice": lambda: b'{"cells": [], ' + as_bytes(sheet())[1:],
    "with a lone surrogate": lambda: as_bytes(sheet()).replace(b"# Toy case", b"# \\ud800 Toy case"),
}


@pytest.mark.parametrize("how", FINE)
def test_what_editors_and_old_programs_do_to_a_file_does_no_harm(how):
    given = submission.read(FINE[how]())
    assert (given.trouble, given.student, given.case) == ("", pseudonym(0), "case")
    assert given.digest == manifest().students[given.student]["sheet"]
    assert any("sum(baskets)" in cell.source for cell in given.code)
    assert "\r" not in "".join(cell.source for cell in given.cells)


def of_two_students() -> dict:
    other = json.loads(notebooks.dumps(solved(1)))
    return sheet() | {"cells": sheet()["cells"] + other["cells"]}


def without(text: str) -> dict:
    return sheet() | {"cells": [c for c in sheet()["cells"] if text not in "".join(c["source"])]}


def garbled() -> bytes:
    text = as_bytes(sheet())
    at = text.index(b"open_sheet(") + 60
    return text[:at] + b"AAAA" + text[at + 4 :]


WRONG = {
    "grade.file.empty": lambda: b"\n \0",
    "grade.file.json": lambda: as_bytes(sheet())[:2000],
    "grade.file.notebook": lambda: b'["no", "notebook"]',
    "grade.file.cells": lambda: as_bytes({"cells": [{}] * 2001}),
    "grade.file.source": lambda: as_bytes({"cells": [{"cell_type": "code", "source": "#" * 1_000_001}]}),
    "grade.file.big": lambda: b" " * (20 * 2**20 + 1),
    "grade.file.no_sheet": lambda: as_bytes(without("open_sheet(")),
    "grade.file.several": lambda: as_bytes(of_two_students()),
    "grade.file.damaged": garbled,
}


@pytest.mark.parametrize("key", WRONG)
def test_what_cannot_be_read_is_said_in_plain_words(key):
    assert submission.read(WRONG[key]()).trouble == key
    assert say(key).endswith(".")


@pytest.mark.parametrize("key", ["grade.file.big", "intake.big"])
def test_the_bound_that_is_told_is_the_one_that_holds(key):
    assert f"larger than {submission.MOST_BYTES // 2**20} MiB" in say(key)


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04", b"\x89PNG\r\n", b"null", b"1e999", b"\xff\xfe\x00", b'{"cells": {"a": 1}}', b"NaN"],
)
def test_what_is_no_notebook_at_all_is_refused(data):
    assert submission.read(data).trouble in ("grade.file.json", "grade.file.notebook")


def test_200_000_brackets_are_no_notebook():
    assert submission.read(b"[" * 200_000 + b"]" * 200_000).trouble == "grade.file.json"


def payload_of(**fields) -> bytes:
    """A sheet whose payload was packed again with other fields: right by its own check, but made up."""
    import zlib
    from base64 import b64encode
    from hashlib import blake2b

    body = json.dumps({"format": 1} | fields).encode()
    packed = b64encode(zlib.compress(blake2b(body, digest_size=8).digest() + body)).decode()
    return as_bytes({"cells": [{"cell_type": "code", "source": f'open_sheet("{packed}")'}]})


@pytest.mark.parametrize("fields", [{}, {"exercises": 3}, {"exercises": [{"name": []}]}, {"case": "x" * 100}])
def test_a_payload_made_up_by_hand_is_damaged(fields):
    assert submission.read(payload_of(**fields)).trouble == "grade.file.damaged"


def test_whatever_stands_in_the_cells_is_read_and_planned():
    draw = random.Random(5)
    scraps = [
        "(",
        "[" * 300,
        "%%time\n",
        "!ls",
        "?",
        "\0",
        "\ud83d",
        "lambda: ",
        '"',
        "seed = ",
        "\t",
        "é",
        "async ",
    ]
    titles = {"n_beer": "Baskets", "support": "Support"}
    for _ in range(60):
        notebook = sheet()
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            if "open_sheet(" not in text and draw.random() < 0.5:
                at = draw.randrange(len(text) + 1)
                cell["source"] = text[:at] + draw.choice(scraps) + text[at + draw.randrange(9) :]
        given = submission.read(as_bytes(notebook))
        assert not given.trouble
        plan = apart.plan([vars(cell) for cell in given.cells], titles, {"seed": 1}, {"seed": 2})
        assert len(plan["unseen"]) == len(given.code)
        json.dumps(plan).encode()


def test_a_text_that_kills_or_stalls_its_reader_costs_that_file_only():
    deep = as_bytes({"cells": [{"cell_type": "code", "source": "-" * 100_000 + "1"}]})
    good = as_bytes(sheet())
    with Apart(seconds=20) as reader:
        assert reader.read(deep).trouble
        assert reader.read(good).student == pseudonym(0)
        reader._helper.seconds = 0.5
        os.kill(reader._helper.process.pid, signal.SIGSTOP)
        assert reader.read(good).trouble == "grade.file.reader"
        reader._helper.seconds = 20
        assert reader.read(good) == submission.read(good)
        reader._helper.process.kill()
        assert reader.read(good).trouble == "grade.file.reader"
        assert not reader.read(good).trouble


def test_a_reader_that_is_closed_while_a_thread_waits_for_it_ends_once_and_for_good(monkeypatch):
    good, asked, found = as_bytes(sheet()), threading.Event(), []
    with Apart() as reader:
        assert not reader.read(good).trouble
        held, connection, kill = reader._helper.process, reader._helper.connection, os.killpg
        os.kill(held.pid, signal.SIGSTOP)
        poll = connection.poll
        connection.poll = lambda seconds: asked.set() or poll(seconds)
        thread = threading.Thread(target=lambda: found.append(reader.read(good).trouble))
        thread.start()
        assert asked.wait(20)

        def kill_and_let_the_thread_end_it_too(*which):
            monkeypatch.undo()
            kill(*which)
            thread.join(20)

        monkeypatch.setattr(os, "killpg", kill_and_let_the_thread_end_it_too)
    assert found == ["grade.file.reader"]
    assert held.poll() is not None
    assert reader.read(good).trouble == "grade.file.reader"
    assert reader._helper.process is None
