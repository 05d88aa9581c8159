"""Intake: whose a file is stands inside it; what is doubtful is listed, nothing is guessed."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from hostile.pages import controls
from hostile.papers import resealed
from toycase import LIGHT, make_toy

from crmlib.cli import main
from crmlib.workbook import author, notebooks
from crmlib.workbook.outcome import Refused
from crmlib.workbook.rounds import roster, sources
from crmlib.workbook.rounds.assign import Round, assign
from crmlib.workbook.rounds.intake import collect
from crmlib.workbook.rounds.manifest import Manifest
from crmlib.workbook.sheet import make_sheet

KEY = b"k" * 32
PEOPLE = {
    "5001": "Li, Anna",
    "5002": "Bob Smith",
    "5003": "王小明",
    "5004-2": "Ann O'Neill",
    "5005": "Bob Smith",
}


class Class:
    """A class whose sheets were handed out; what they hand in is put together by the tests."""

    def __init__(self, folder: Path):
        self.exercises = author.read(make_toy(folder / "light", LIGHT))
        rows = [roster.Student(one, name, "", 2) for one, name in PEOPLE.items()]
        made = Round(self.exercises, KEY, folder / "sheets")
        assign(made, roster.Roster(folder, tuple(rows)))
        self.manifest, self.names = Manifest.read(made.path), roster.names(made.out / roster.NAMES)
        self.pseudonym = {one.id: one.pseudonym for one in self.names.values()}
        self.sheet = {one.id: (made.out / one.file).read_bytes() for one in self.names.values()}

    def collect(self, path, **options):
        return collect(path, self.manifest, self.names, **options)

    def verdicts(self, path, **options):
        """{file: (verdict, id)} without who is missing."""
        ids = {pseudonym: one for one, pseudonym in self.pseudonym.items()}
        files = self.collect(path, **options)
        return {
            file.name: (file.verdict, ids.get(file.student)) for file in files if file.verdict != "missing"
        }


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("class"))


def worked(data: bytes, answer: str) -> bytes:
    """The sheet with one answer filled in."""
    return data.replace(b"first = ...", f"first = {answer}".encode())


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def pack(path: Path, files: dict[str, bytes], **options) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data, **options)
    return path


def test_a_folder_is_taken_in_whatever_the_files_are_called(room, tmp_path):
    sheet = room.sheet
    folder = fill(
        tmp_path / "in",
        {
            "light-5001.ipynb": sheet["5001"],
            "my homework FINAL (2).ipynb": sheet["5002"],
            "deep/er/作业": sheet["5003"],
            "light-5004-2.ipynb": sheet["5004-2"],
            ".hidden.ipynb": sheet["5005"],
            "__MACOSX/light-5005.ipynb": sheet["5005"],
            ".ipynb_checkpoints/light-5005-checkpoint.ipynb": sheet["5005"],
        },
    )
    found = room.collect(folder)
    assert [(file.name, file.verdict) for file in found] == [
        ("deep/er/作业", "accepted"),
        ("light-5001.ipynb", "accepted"),
        ("light-5004-2.ipynb", "accepted"),
        ("my homework FINAL (2).ipynb", "accepted"),
        ("", "missing"),
    ]
    assert found[-1].student == room.pseudonym["5005"]
    for file in found[:-1]:
        assert sha256(file.read()).hexdigest() == file.sha256
    assert {file.student for file in found} == set(room.manifest.students)
    assert all(file.submitted is None for file in found)


CANVAS = {
    "lianna_5001_77001_light-5001.ipynb": "5001",
    "bobsmith_LATE_5002_77002_homework-3.ipynb": "5002",
    "王小明_91_77003_light-5003.ipynb": "5003",
    "oneillann_92_77004_light-5004-2-1.ipynb": "5004-2",
}


def test_a_zip_of_canvas(room, tmp_path):
    path = pack(tmp_path / "submissions.zip", {name: room.sheet[one] for name, one in CANVAS.items()})
    assert room.verdicts(path) == {name: ("accepted", one) for name, one in CANVAS.items()}
    assert [file.name for file in room.collect(path) if file.late] == [
        "bobsmith_LATE_5002_77002_homework-3.ipynb"
    ]


def test_a_zip_of_moodle(room, tmp_path):
    files = {
        "Anna Li_811_assignsubmission_file_/light-5001.ipynb": room.sheet["5001"],
        "Participant 5002_assignsubmission_file/x.ipynb": room.sheet["5002"],
        "王小明_813_assignsubmission_file_/answers.ipynb": room.sheet["5003"],
        "王小明_813_assignsubmission_onlinetext_/onlinetext.html": b"<p>please see the file</p>",
    }
    names = list(files)
    assert room.verdicts(pack(tmp_path / "moodle.zip", files)) == {
        names[0]: ("accepted", "5001"),
        names[1]: ("accepted", "5002"),
        names[2]: ("accepted", "5003"),
        names[3]: ("not a sheet", "5003"),
    }


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_of_a_zip_in_another_encoding_are_read(room, tmp_path, encoding):
    name = "王小明_813_assignsubmission_file_/a.ipynb"
    data = pack(tmp_path / "x.zip", {"N" * len(name.encode(encoding)): room.sheet["5001"]}).read_bytes()
    raw = name.encode(encoding)
    (tmp_path / "x.zip").write_bytes(data.replace(b"N" * len(raw), raw))
    assert room.verdicts(tmp_path / "x.zip") == {name: ("swapped", "5001")}


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("light-5002.ipynb", "5001"),
        ("LIGHT-5002 (1).ipynb", "5001"),
        ("5002.ipynb", "5001"),
        ("lianna_5001_7_light-5001.ipynb", "5002"),
        ("lianna_123_7_homework.ipynb", "5003"),
        ("annali_123_7_homework.ipynb", "5003"),
        ("x_5001_7_homework.ipynb", "5003"),
        ("Anna Li_77_assignsubmission_file_/homework.ipynb", "5003"),
        ("Li Anna_77_assignsubmission_file_/homework.ipynb", "5003"),
    ],
)
def test_a_file_under_another_students_name_is_swapped(room, tmp_path, name, whose):
    folder = fill(tmp_path / "in", {name: room.sheet[whose]})
    assert room.verdicts(folder) == {name: ("swapped", whose)}
    (file,) = (file for file in room.collect(folder) if file.name)
    assert room.pseudonym[{"5001": "5002"}.get(whose, "5001")] in file.reason
    assert not [name for name in PEOPLE.values() if name in file.reason]


def test_a_name_that_two_students_bear_tells_nothing(room, tmp_path):
    folder = fill(tmp_path / "in", {"Bob Smith_9_assignsubmission_file_/a.ipynb": room.sheet["5001"]})
    assert room.verdicts(folder) == {"Bob Smith_9_assignsubmission_file_/a.ipynb": ("accepted", "5001")}


def changed_payload(data: bytes) -> bytes:
    at = data.index(b"open_sheet(") + 60
    return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]


def test_what_is_no_sheet_of_this_class_is_listed_with_its_reason(room, tmp_path):
    study = notebooks.dumps(make_sheet(room.exercises, {"seed": 5})).encode()
    stranger = make_sheet(room.exercises, {"seed": 5}, kind="assigned", student="s-aaaaaaaaaa")
    forged = make_sheet(room.exercises, {"seed": 5}, kind="assigned", student=room.pseudonym["5001"])
    other = Class(tmp_path / "other")
    other.exercises = author.read(make_toy(tmp_path / "heavy", LIGHT))
    heavy = make_sheet(other.exercises, {"seed": 5}, kind="assigned", student=room.pseudonym["5001"])
    files = {
        "a.ipynb": (study, "unmatched", "self-study"),
        "b.ipynb": (notebooks.dumps(stranger).encode(), "unmatched", "not in the manifest"),
        "c.ipynb": (notebooks.dumps(forged).encode(), "unmatched", "not the one that this student was given"),
        "d.ipynb": (notebooks.dumps(heavy).encode(), "another case", "heavy"),
        "e.ipynb": (room.sheet["5001"][:-200], "unreadable", ""),
        "f.ipynb": (b"", "unreadable", ""),
        "g.ipynb": (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "not a sheet", ""),
        "h.pdf": (b"%PDF-1.7", "not a sheet", "it is no notebook"),
        "i.ipynb": (changed_payload(room.sheet["5001"]), "unreadable", ""),
        "light-5002.ipynb": (b"[" * 200_000, "unreadable", ""),
        "z.ipynb": (
            b"{" + b" " * sources.MOST_BYTES,
            "unreadable",
            "20 MiB, as a notebook is by its outputs only: ask for it again with these cleared",
        ),
    }
    folder = fill(tmp_path / "in", {name: data for name, (data, *_) in files.items()})
    found = {file.name: file for file in room.collect(folder) if file.name}
    assert {name: file.verdict for name, file in found.items()} == {n: v for n, (_, v, _) in files.items()}
    for name, (_, _, reason) in files.items():
        assert reason in found[name].reason
        assert found[name].reason
    # Who handed in a broken file is told of it, not called missing.
    assert found["light-5002.ipynb"].student == room.pseudonym["5002"]
    missing = {file.student for file in room.collect(folder) if file.verdict == "missing"}
    assert missing == set(room.manifest.students) - {room.pseudonym["5002"]}


def test_several_files_of_a_student_without_evidence_are_all_listed(room, tmp_path):
    first, second = room.sheet["5001"], worked(room.sheet["5001"], "2")
    folder = fill(tmp_path / "in", {"a.ipynb": first, "b.ipynb": second, "light-5001 (1).ipynb": first})
    assert set(room.verdicts(folder).values()) == {("double", "5001")}
    os.utime(folder / "a.ipynb", (1, 1))  # the clock of a file is no evidence
    assert set(room.verdicts(folder).values()) == {("double", "5001")}


def test_copies_count_once(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"], "b/a.ipynb": room.sheet["5001"]})
    assert room.verdicts(folder) == {"a.ipynb": ("accepted", "5001"), "b/a.ipynb": ("double", "5001")}


@pytest.mark.parametrize(("attempts", "counts"), [("last", "-2"), ("first", "")])
def test_attempts_that_canvas_numbered_are_told_apart(room, tmp_path, attempts, counts):
    upload = {"": 71, "-1": 40, "-2": 55}
    files = {
        f"lianna_5001_{number}_light-5001{suffix}.ipynb": worked(room.sheet["5001"], str(number))
        for suffix, number in upload.items()
    }
    found = room.verdicts(pack(tmp_path / "x.zip", files), attempts=attempts)
    assert {name: verdict for name, (verdict, _) in found.items()} == {
        f"lianna_5001_{number}_light-5001{suffix}.ipynb": "accepted" if suffix == counts else "double"
        for suffix, number in upload.items()
    }


def test_an_id_that_ends_like_an_attempt_is_none(room, tmp_path):
    files = {
        "oneillann_9_71_light-5004-2.ipynb": room.sheet["5004-2"],
        "oneillann_9_72_light-5004-2-1.ipynb": worked(room.sheet["5004-2"], "1"),
    }
    found = room.verdicts(pack(tmp_path / "x.zip", files))
    assert [verdict for verdict, _ in found.values()] == ["accepted", "double"][::-1]


def test_links_and_pipes_are_never_opened(room, tmp_path):
    secret = fill(tmp_path, {"secret.ipynb": room.sheet["5001"]}) / "secret.ipynb"
    folder = fill(tmp_path / "in", {"b.ipynb": room.sheet["5002"]})
    (folder / "a.ipynb").symlink_to(secret)
    (folder / "c").symlink_to(tmp_path)
    (folder / "d.ipynb").symlink_to(folder / "none")
    os.mkfifo(folder / "e.ipynb")
    assert room.verdicts(folder) == {
        "a.ipynb": ("unreadable", None),
        "b.ipynb": ("accepted", "5002"),
        "c": ("unreadable", None),
        "d.ipynb": ("unreadable", None),
        "e.ipynb": ("unreadable", None),
    }


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def test_tricks_of_a_zip_are_listed_and_the_rest_is_read(room, tmp_path):
    path, inner = tmp_path / "x.zip", io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("light-5001.ipynb", room.sheet["5001"])
    tricks = {
        "../out.ipynb": "leads out",
        "/etc/out.ipynb": "leads out",
        "C:\\out.ipynb": "leads out",
        "a\\..\\..\\out.ipynb": "leads out",
        "link.ipynb": "link",
        "bomb.ipynb": "many times its size",
        "huge.ipynb": "larger than 20 MiB",
        "inner.zip": "archive",
        "inner.ipynb": "archive",
        "lzma.ipynb": "packed in a way",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in list(tricks)[:4]:
            archive.writestr(name, room.sheet["5001"])
        archive.writestr(link("link.ipynb"), "/etc/passwd")
        archive.writestr("bomb.ipynb", bytes(10 * 2**20))
        archive.writestr("huge.ipynb", random.Random(1).randbytes(21 * 2**20))
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("inner.ipynb", inner.getvalue())
        archive.writestr("lzma.ipynb", room.sheet["5001"], compress_type=zipfile.ZIP_LZMA)
        archive.writestr("__MACOSX/._x.ipynb", b"")
        archive.writestr("good.ipynb", room.sheet["5002"])
    found = {file.name: file for file in room.collect(path) if file.name}
    assert found.pop("good.ipynb").verdict == "accepted"
    assert set(found) == set(tricks)
    for name, reason in tricks.items():
        assert found[name].verdict == "unreadable"
        assert reason in found[name].reason
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["x.zip"]


def test_a_locked_entry_and_one_that_is_damaged(room, tmp_path):
    path = pack(tmp_path / "x.zip", {"a.ipynb": room.sheet["5001"], "b.ipynb": room.sheet["5002"]})
    data = bytearray(path.read_bytes())
    at = data.index(b"b.ipynb")
    data[at + 300 : at + 310] = bytes(10)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    found = {file.name: file for file in room.collect(path) if file.name}
    assert "password" in found["a.ipynb"].reason
    assert "damaged" in found["b.ipynb"].reason


def test_an_entry_that_lies_about_its_size_is_not_unpacked_further(room, tmp_path):
    path = pack(tmp_path / "x.zip", {"a.ipynb": bytes(30 * 2**20)})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    assert room.verdicts(path) == {"a.ipynb": ("unreadable", None)}


def test_a_zip_that_cannot_be_opened_is_refused(room, tmp_path, monkeypatch):
    path = pack(tmp_path / "x.zip", {"a.ipynb": room.sheet["5001"]})
    for data in (path.read_bytes()[:-30], b"PK\x03\x04"):
        (tmp_path / "cut.zip").write_bytes(data)
        with pytest.raises(Refused, match="no whole zip file"):
            room.collect(tmp_path / "cut.zip")
    with pytest.raises(Refused, match="no submissions at"):
        room.collect(tmp_path / "none")
    monkeypatch.setattr(sources, "MOST_TOTAL", 100)
    with pytest.raises(Refused, match="when unpacked"):
        room.collect(path)
    monkeypatch.setattr(sources, "MOST_ENTRIES", 0)
    with pytest.raises(Refused, match="more than 0 files"):
        room.collect(tmp_path)


def test_a_single_file_and_an_empty_folder(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"]})
    assert room.verdicts(folder / "a.ipynb") == {"a.ipynb": ("accepted", "5001")}
    (tmp_path / "empty").mkdir()
    assert {file.verdict for file in room.collect(tmp_path / "empty")} == {"missing"}
    assert len(room.collect(tmp_path / "empty")) == len(PEOPLE)


def test_a_file_that_changes_after_it_was_judged_is_noticed(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"]})
    (file,) = (file for file in room.collect(folder) if file.name)
    (folder / "a.ipynb").write_bytes(room.sheet["5002"])
    with pytest.raises(Refused, match="was changed while"):
        file.read()


def test_names_obey_nothing_in_a_terminal(room, tmp_path):
    folder = fill(tmp_path / "in", {"a\x1b[2J\r.ipynb": room.sheet["5001"]})
    folder = fill(folder, {os.fsdecode(b"b\xff.ipynb"): room.sheet["5002"]})
    names = [file.name for file in room.collect(folder) if file.name]
    assert names == ["a\ufffd\ufffd.ipynb", "b\\udcff.ipynb"]


def test_times_of_handing_in_come_from_a_table_only(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"], "b.ipynb": room.sheet["5002"]})
    times = f"id,submitted\n5001,2026-03-01 23:59\n{room.pseudonym['5002']},2026-03-02T00:10:00+08:00\n"
    fill(tmp_path, {"submitted.csv": times.encode()})
    known = {file.student: file.submitted for file in room.collect(folder)}
    assert known[room.pseudonym["5001"]] == "2026-03-01 23:59"
    assert known[room.pseudonym["5002"]] == "2026-03-02T00:10:00+08:00"
    path = pack(tmp_path / "x.zip", {"a.ipynb": room.sheet["5001"]})
    assert room.collect(path)[0].submitted == "2026-03-01 23:59"


def test_times_among_the_submissions_may_be_a_students_and_do_not_count(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"], "submitted.csv": b"id,submitted\n"})
    assert room.verdicts(folder)["submitted.csv"] == ("not a sheet", None)
    assert {file.submitted for file in room.collect(folder)} == {None}


def test_a_name_of_any_length_is_looked_at_in_no_time(room, tmp_path):
    path = pack(tmp_path / "x.zip", {"1_" * 30_000 + "x.ipynb": room.sheet["5001"]})
    ((name, (verdict, _)),) = room.verdicts(path).items()
    assert (len(name), verdict) == (300, "accepted")


def test_times_that_are_none_are_refused_all_at_once(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"]})
    fill(tmp_path, {"submitted.csv": b"id,submitted\n5001,yesterday\n7,2026-03-01 23:59\n5002,2026-03-01\n"})
    with pytest.raises(Refused, match=r"row 2: yesterday is no time.*\n.*row 3: .* no student 7\n.*row 4"):
        room.collect(folder)
    fill(tmp_path, {"submitted.csv": b"id,time\n"})
    with pytest.raises(Refused, match="no column submitted"):
        room.collect(folder)


def test_the_order_of_a_folder_does_not_matter(room, tmp_path):
    names = [f"{letter}.ipynb" for letter in "cabd"]
    files = dict(zip(names, room.sheet.values(), strict=False))
    first, second = fill(tmp_path / "1", files), fill(tmp_path / "2", dict(reversed(files.items())))
    told = [[file.to_dict() for file in room.collect(folder)] for folder in (first, second)]
    assert told[0] == told[1]
    assert list(told[0][0]) == ["file", "student", "verdict", "reason", "submitted", "late", "sha256"]


def test_grading_asks_the_policy_which_attempt_counts(room, tmp_path):
    files = {
        "lianna_5001_71_light-5001.ipynb": room.sheet["5001"],
        "lianna_5001_72_light-5001-1.ipynb": worked(room.sheet["5001"], "1"),
    }
    path, sheets = pack(tmp_path / "x.zip", files), tmp_path / "sheets"
    room.manifest.write(sheets / "manifest.json")
    roster.write_names(room.names, sheets / "names.csv")
    (tmp_path / "policy.yaml").write_text("attempts: first\n", encoding="utf-8")
    words = ["grade", str(room.exercises.path.parent), str(path), "--level", "none"]
    words += ["--manifest", str(sheets / "manifest.json")]
    for option, counts in (([], 1), (["--policy", str(tmp_path / "policy.yaml")], 0)):
        out = tmp_path / f"results {counts}"
        assert main([*words, *option, "--out", str(out)]) == 0
        verdicts = [one["verdict"] for one in json.loads((out / "intake.json").read_text(encoding="utf-8"))]
        assert verdicts.index("accepted") == counts


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("\x1b]0;owned\x07\x1b[2Jx", "]0;ownedx"),
        ("a\r\n  not graded: b", "a not graded: b"),
        ("\ud83d", "-"),
        ("\u202egnp", "gnp"),
        ("y" * 10**6, "y" * 60),
    ],
)
def test_what_a_sheet_says_of_its_case_is_one_short_line(room, tmp_path, capsys, case, shown):
    forged = resealed(nbformat.reads(room.sheet["5001"].decode(), 4), case=case)
    path, sheets = fill(tmp_path / "in", {"x.ipynb": notebooks.dumps(forged).encode()}), tmp_path / "sheets"
    room.manifest.write(sheets / "manifest.json")
    assert main(graded_at_none(room, path, sheets, tmp_path / "results")) == 0
    listed = json.loads((tmp_path / "results" / "intake.json").read_text(encoding="utf-8"))
    assert listed[0]["reason"] == f"it is a sheet of the case {shown}"
    told = capsys.readouterr().out.splitlines()
    assert next(line for line in told if line.startswith("  not graded:")) == (
        f"  not graded: x.ipynb (-): another case: it is a sheet of the case {shown}"
    )


def graded_at_none(room, path, sheets, out) -> list[str]:
    """The command for submissions none of which is run."""
    words = ["grade", str(room.exercises.path.parent), str(path), "--level", "none"]
    return [*words, "--manifest", str(sheets / "manifest.json"), "--out", str(out)]


def test_who_is_not_graded_is_told_by_their_id_and_on_a_terminal_in_lines_that_fit(
    room, tmp_path, capsys, monkeypatch
):
    sheets = tmp_path / "sheets"
    files = {
        "light-5001.ipynb": b"",
        "light-5003.ipynb": room.sheet["5004-2"],
        f"{'王小明' * 20} light-5002.ipynb": b"",
        "x" * 200: b"%PDF",
    }
    path = fill(tmp_path / "in", files)
    room.manifest.write(sheets / "manifest.json")
    roster.write_names(room.names, sheets / "names.csv")
    command = graded_at_none(room, path, sheets, tmp_path / "results")
    assert main(command) == 0
    plain = capsys.readouterr().out.splitlines()
    missing = f"  not graded: - (5005, {room.pseudonym['5005']}): missing"
    assert f"its name is that of 5003, {room.pseudonym['5003']}, the sheet" in "\n".join(plain)
    own = f"  not graded: light-5001.ipynb (5001, {room.pseudonym['5001']}): unreadable: "
    assert [line.startswith(own) for line in plain].count(True) == 1
    assert missing in plain
    assert max(map(len, plain)) > 200
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(command) == 0
    fitted = capsys.readouterr().out.splitlines()
    assert max(map(columns, fitted)) in (79, 80)
    assert "".join("".join(fitted).split()) == "".join("".join(plain).split())
    heads = [line for line in fitted if line.startswith("  not graded")]
    assert len(heads) == len([line for line in plain if line.startswith("  not graded")])
    assert missing in fitted
    rest = [line for line in fitted[fitted.index(heads[0]) :] if line not in heads]
    mend = next(number for number, line in enumerate(rest) if line.startswith("Who they are"))
    assert all(line.startswith(" " * 6) for line in rest[:mend])
    assert not [line for line in rest[mend:] if line.startswith(" ")]


def columns(line: str) -> int:
    """How many columns of a terminal the line takes."""
    return sum(2 if "\u2e80" <= letter <= "\u9fff" else 1 for letter in line)


MOODLE = {
    "Anna Li_811_assignsubmission_file_/light-5001.ipynb": "5001",
    "Li Anna_811_assignsubmission_file_/light-5001.ipynb": "5001",
    "Bob Smith_812_assignsubmission_file_/light-5002.ipynb": "5002",
    "王小明_813_assignsubmission_file_/light-5001.ipynb": "5003",
    "王小明_813_assignsubmission_onlinetext_/onlinetext.html": "",
    "Bob Smith_815_assignsubmission_file_/thoughts.pdf": "",
}


def test_no_name_stands_among_the_results(room, tmp_path):
    files = {name: room.sheet.get(one, b"%PDF-1.7") for name, one in MOODLE.items()}
    path, sheets = pack(tmp_path / "moodle.zip", files), tmp_path / "sheets"
    room.manifest.write(sheets / "manifest.json")
    roster.write_names(room.names, sheets / "names.csv")
    command = [sys.executable, "-m", "crmlib.cli", *graded_at_none(room, path, sheets, tmp_path / "results")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert "not graded: Bob Smith_815_assignsubmission_file_/thoughts.pdf" in ran.stdout
    found = [file for file in (tmp_path / "results").rglob("*") if file.is_file()]
    assert len(found) > 12
    for file in found:
        text = f"{file} {file.read_text(encoding='utf-8')}"
        if file.suffix == ".json":
            text += json.dumps(json.loads(file.read_bytes()), ensure_ascii=False)
        assert [name for name in ("Anna", "Bob", "Smith", "小明") if name in text] == [], file
    listed = json.loads((tmp_path / "results" / "intake.json").read_text(encoding="utf-8"))
    assert sorted(one["verdict"] for one in listed) == [
        "accepted", "accepted", "double", "missing", "missing", "not a sheet", "not a sheet", "swapped",
    ]  # fmt: skip
    assert [one["file"] for one in listed if one["file"]] == [
        "\u2026_815_assignsubmission_file_/thoughts.pdf"
    ]


def test_a_refusal_holds_nothing_that_a_terminal_obeys(room, tmp_path):
    folder = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"]})
    fill(tmp_path, {"submitted.csv": 'id,submitted\n"\x1b]0;x\x07\u202e\n row 9: y",9\n'.encode()})
    with pytest.raises(Refused, match="row 2: there is no student") as refused:
        room.collect(folder)
    for said in (str(refused.value), str(Refused("intake.none", path="\x1b[2J\u202e"))):
        assert controls(said) == []
        assert "\u202e" not in said
    assert [line.split()[0] for line in str(refused.value).splitlines()[1:]] == ["row"]


def test_a_file_in_the_place_of_the_results_is_named(room, tmp_path, capsys):
    folder, sheets = fill(tmp_path / "in", {"a.ipynb": room.sheet["5001"]}), tmp_path / "sheets"
    room.manifest.write(sheets / "manifest.json")
    (tmp_path / "results").write_text("mine", encoding="utf-8")
    assert main(graded_at_none(room, folder, sheets, tmp_path / "results")) == 2
    assert f"{tmp_path / 'results'} is no folder" in capsys.readouterr().err
    assert (tmp_path / "results").read_text(encoding="utf-8") == "mine"
