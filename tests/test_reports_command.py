"""The command `report` on a folder of results: what it writes, refuses, and says."""

import csv
import errno
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from roundmaker import class_of, named, pseudonym, question, random_round, result, write_round
from toycase import make_toy, toy

from crmlib import cli
from crmlib.workbook import author
from crmlib.workbook.outcome import CODES, Refused
from crmlib.workbook.reports import write as room
from crmlib.workbook.reports.write import Wanted
from crmlib.workbook.rounds import roster

POLICY = """\
deadline: 2026-03-01T23:59:00+08:00
late_penalty: 2 points per day
missing: 0
extensions:
  '1001': 2026-03-09T23:59:00+08:00
"""


@pytest.fixture
def quick(monkeypatch):
    """Without the class report, which starts a kernel."""
    monkeypatch.setattr(room, "_class_report", lambda wanted, accounts: None)


def desk(tmp_path, count=3, **options):
    """An instructor's folder: results of all but the last student, roster and names."""
    names = class_of(count)
    results = [
        result(n, [question("n_beer", "correct"), question("lift", "wrong"), question("memo", "hand")])
        for n in range(count - 1)
    ]
    accepted = [
        {"file": f"{n}.ipynb", "student": pseudonym(n), "verdict": "accepted", "late": False, "sha256": ""}
        | {"submitted": "2026-03-03T09:00:00+08:00"}
        for n in range(count - 1)
    ]
    folder = write_round(tmp_path / "results", results, **options)
    (folder / "intake.json").write_text(str(accepted).replace("'", '"').replace("False", "false"))
    return wanted_of(tmp_path, names)


def wanted_of(tmp_path, names) -> Wanted:
    roster.write_names(names, tmp_path / "names.csv")
    with (tmp_path / "roster.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "name", "email"))
        writer.writerows((one.id, one.name, one.email) for one in names.values())
    return Wanted(
        toy(), tmp_path / "results", tmp_path / "roster.csv", tmp_path / "names.csv", tmp_path / "report"
    )


def gradebook_of(wanted):
    with (wanted.out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["Student ID"]: row for row in csv.DictReader(file)}


def test_policy_and_hand_marks_are_applied(tmp_path, quick):
    wanted = desk(tmp_path)
    policy, marks = tmp_path / "policy.yaml", tmp_path / "marks.csv"
    policy.write_text(POLICY)
    rows = "1000,memo,3,Fine.,\n1001,memo,2,,\n1001,lift,1.5,Appeal.,yes\n"
    marks.write_text("student,question,points,comment,override\n" + rows)
    made = room.write(replace(wanted, policy=policy, hand_marks=marks))
    rows = gradebook_of(wanted)
    # 1 + 3, two days begun: 4 off, nothing left; an extension; nothing handed in counts as 0.
    assert [(r["Raw total"], r["Late penalty"], r["Final total"]) for r in rows.values()] == [
        ("4", "4", "0"),
        ("4.5", "0", "4.5"),
        ("", "", "0"),
    ]
    page = (wanted.out / "feedback" / "1000.html").read_text()
    assert "Handed in 2 days late: 4 points off." in page
    assert "Fine." in page
    assert sorted(path.name for path in (wanted.out / "feedback").iterdir()) == ["1000.html", "1001.html"]
    assert [one.status for one in made.accounts] == ["final", "final", "missing"]


def test_the_same_results_give_the_same_bytes_and_hand_marks_change_one_page(tmp_path, quick):
    wanted = desk(tmp_path, 4)
    first = bytes_of(wanted)
    assert bytes_of(wanted) == first
    (tmp_path / "marks.csv").write_text("student,question,points\n1001,memo,2\n")
    changed = bytes_of(replace(wanted, hand_marks=tmp_path / "marks.csv"))
    assert {name for name in first if first[name] != changed[name]} == {"gradebook.csv", "1001.html"}


def bytes_of(wanted):
    room.write(wanted)
    return {path.name: path.read_bytes() for path in wanted.out.rglob("*") if path.is_file()}


def test_only_the_owner_reads_what_names_a_student(tmp_path, quick):
    wanted = desk(tmp_path)
    room.write(wanted)
    assert {path.stat().st_mode & 0o077 for path in wanted.out.rglob("*") if path.is_file()} == {0}


def test_whom_only_one_list_knows_is_told(tmp_path, quick):
    wanted = desk(tmp_path)
    names = class_of(3)
    names.pop(pseudonym(0))
    newcomer = named(9, name="New")
    wanted_of(tmp_path, names | {pseudonym(9): newcomer})
    roster.write_names(names, tmp_path / "names.csv")
    made = room.write(wanted)
    assert made.notes[1:] == [
        "1 on the roster without a sheet: 1009",
        f"1 with results but not on the roster: {pseudonym(0)}",
    ]
    assert gradebook_of(wanted)["1009"]["Status"] == "nothing handed in"


def test_whose_earlier_result_stands_beside_undecided_files_is_told(tmp_path, quick):
    wanted = desk(tmp_path)
    intake = wanted.results / "intake.json"
    taken, other = json.loads(intake.read_text())
    intake.write_text(json.dumps([taken | {"verdict": "double"}] * 2 + [other]))
    note = room.write(wanted).notes[-1]
    assert note.startswith("1 as graded before")
    assert note.endswith(": 1000")
    assert "several files, none chosen" in gradebook_of(wanted)["1000"]["Note"]


def test_a_deadline_without_times_is_told_on_the_screen(tmp_path, quick):
    wanted = desk(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)
    late = replace(wanted, policy=tmp_path / "policy.yaml")
    assert not [note for note in room.write(late).notes if "deadline" in note]
    intake = wanted.results / "intake.json"
    first, other = json.loads(intake.read_text())
    intake.write_text(json.dumps([first | {"submitted": None}, other]))
    (note,) = [note for note in room.write(late).notes if "deadline" in note]
    assert "of 1 of 2 results" in note
    assert "Put submitted.csv beside the folder of submissions and run `crmlib grade` again" in note
    assert not [note for note in room.write(wanted).notes if "deadline" in note]


def test_pages_of_an_earlier_report_are_told_and_kept(tmp_path, quick):
    wanted = desk(tmp_path)
    old = wanted.out / "feedback" / "777.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    made = room.write(wanted)
    assert any("777.html" in note for note in made.notes)
    assert old.read_text() == "old"


def test_the_platforms_get_their_files(tmp_path, quick):
    wanted = desk(tmp_path)
    canvas, moodle = tmp_path / "c.csv", tmp_path / "m.csv"
    canvas.write_text("Student,ID,SIS User ID,toy (5)\n    Points Possible,,,8\nA,1,1000,\n")
    moodle.write_text("Identifier,Full name,ID number,Grade\nParticipant 7,A B,1001,\n")
    marks = tmp_path / "marks.csv"
    marks.write_text("student,question,points\n1000,memo,3\n1001,memo,2\n")
    made = room.write(replace(wanted, canvas=canvas, moodle=moodle, hand_marks=marks))
    assert (wanted.out / "canvas.csv").read_text().endswith("A,1,1000,4\n")
    assert (wanted.out / "moodle.csv").read_text().endswith("A B,1001,3\n")
    with zipfile.ZipFile(wanted.out / "moodle-feedback.zip") as packed:
        assert packed.namelist() == ["A B_7_assignsubmission_file_/1001.html"]
    assert any("2 of the roster not found" in note for note in made.notes)


def test_what_does_not_fit_together_is_refused_before_anything_is_written(tmp_path, quick):
    wanted = desk(tmp_path)
    canvas = tmp_path / "c.csv"
    canvas.write_text("Student,ID,Other (5)\nA,1,\n")
    other = make_toy(tmp_path / "other").parent
    refusals = {
        "--canvas-column": replace(wanted, canvas=canvas, out=tmp_path / "a"),
        "of the case toy, not of other": replace(wanted, exercises=author.read(author.find(str(other)))),
        "name another folder": replace(wanted, out=wanted.results),
        "written by `crmlib assign`": replace(wanted, names=tmp_path / "none.csv"),
    }
    for reason, one in refusals.items():
        with pytest.raises(Refused, match=reason):
            room.write(one)
    assert not wanted.out.exists()
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_place_that_cannot_be_written_is_refused_by_name(tmp_path, quick, monkeypatch, error):
    wanted = desk(tmp_path)

    def refuse(self, *given, **options):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(Refused, match=rf"^{wanted.out} cannot be written \({os.strerror(error)}\)$"):
        room.write(wanted)


def test_exercises_that_changed_since_are_told(tmp_path, quick):
    made = room.write(desk(tmp_path))
    assert "changed since these results were made (abc, now" in made.notes[0]


def test_the_command_end_to_end(tmp_path, capsys):
    random_round(tmp_path / "results", 12)
    wanted_of(tmp_path, class_of(13))
    (tmp_path / "sheets").mkdir()
    (tmp_path / "names.csv").rename(tmp_path / "sheets" / "names.csv")
    words = ["report", str(toy().path), str(tmp_path / "results"), "--out", str(tmp_path / "out")]
    words += ["--roster", str(tmp_path / "roster.csv"), "--manifest", str(tmp_path / "sheets/manifest.json")]
    assert cli.main(words) == CODES["success"]
    assert "13 students: 0 final, 12 pending, 1 without a result." in capsys.readouterr().out
    assert cli.main([*words[:2], str(tmp_path / "nowhere"), *words[3:]]) == CODES["refused"]
    assert "there is no such folder" in capsys.readouterr().err
    trace = tmp_path / "out" / "trace"
    page, notebook = (trace / f"class_report.{kind}" for kind in ("html", "ipynb"))
    page, notebook = page.read_text(encoding="utf-8"), notebook.read_text(encoding="utf-8")
    assert "Cronbach&#39;s alpha is" in page or "Cronbach's alpha is" in page
    assert page.count("<img alt=") == 2
    assert "classroom.read" in notebook
    assert "classroom.read" not in page
    assert "Student 1" not in page + notebook
