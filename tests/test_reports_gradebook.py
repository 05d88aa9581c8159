"""Gradebook and the tables of learning platforms: totals, names, and what a spreadsheet would execute."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest
from roundmaker import class_of, named, pseudonym, question, random_round, result, write_round

from crmlib.workbook.outcome import Refused
from crmlib.workbook.reports import graded, lms
from crmlib.workbook.reports.gradebook import gradebook
from crmlib.workbook.reports.marks import accounts, shown, strangers
from crmlib.workbook.rounds.hand_marks import HandMark
from crmlib.workbook.rounds.policy import Late

NAMES = ("n_beer", "support", "lift", "memo")


def results_of(tmp_path, *outcomes, **options):
    made = [
        result(n, [question(name, word) for name, word in zip(NAMES, words, strict=True)])
        for n, words in enumerate(outcomes)
    ]
    return graded.read(write_round(tmp_path / "results", made, **options))


def rows(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


RIGHT = ("correct", "correct", "partial", "hand")


def test_a_row_of_the_gradebook_by_hand(tmp_path):
    results = results_of(tmp_path, RIGHT)
    hand = {pseudonym(0): {"memo": HandMark(3, "Good."), "support": HandMark(1, "Appeal.")}}
    one = accounts(results, class_of(1), hand=hand, late=lambda who, raw: Late(raw - 1, "A day late."))
    (row,) = rows(gradebook(results, one))
    # 1 of 1, by hand 1 of 2, half of 3, by hand 3 of 4; a point off.
    assert [row[name] for name in NAMES] == ["1", "1", "1.5", "3"]
    assert (row["Raw total"], row["Possible"], row["Late penalty"], row["Final total"]) == (
        "6.5",
        "10",
        "1",
        "5.5",
    )
    assert (row["Student ID"], row["Student"], row["Status"]) == ("1000", "Student 0", "final")
    assert row["Note"] == "A day late. Marked by hand in place of the machine: support."


def test_a_memo_without_marks_leaves_the_total_pending(tmp_path):
    results = results_of(tmp_path, RIGHT)
    late = []
    (row,) = rows(gradebook(results, accounts(results, class_of(1), late=lambda *given: late.append(given))))
    assert (row["Final total"], row["memo"], row["Raw total"]) == ("pending", "", "4.5")
    assert "memo" in row["Note"]
    assert late == []  # nothing is taken off a total that is not known


def test_a_fault_of_the_grader_costs_nothing_until_a_person_decides(tmp_path):
    results = results_of(tmp_path, ("correct", "grader fault", "correct", "void"))
    (row,) = rows(gradebook(results, accounts(results, class_of(1))))
    assert (row["Final total"], row["support"]) == ("pending", "")
    hand = {pseudonym(0): {"support": HandMark(2), "memo": HandMark(4)}}
    (row,) = rows(gradebook(results, accounts(results, class_of(1), hand=hand)))
    # A void question is out of the total for everybody, whatever a person gave for it.
    assert (row["Final total"], row["Possible"], row["memo"]) == ("6", "6", "")


def test_students_without_a_result_say_why(tmp_path):
    files = [
        {"file": "a.ipynb", "student": pseudonym(1), "verdict": "unreadable"},
        {"file": "b.ipynb", "student": pseudonym(2), "verdict": "double"},
        {"file": "c.ipynb", "student": pseudonym(2), "verdict": "unreadable"},
        {"file": "d.ipynb", "student": None, "verdict": "not a sheet"},
    ]
    results = results_of(tmp_path, RIGHT, files=files)
    found = rows(gradebook(results, accounts(results, class_of(4))))
    words = ["pending", "file cannot be read", "several files, none chosen", "nothing handed in"]
    assert [row["Status"] for row in found] == words
    assert {row["Final total"] for row in found[1:]} == {""}
    zero = rows(gradebook(results, accounts(results, class_of(4), absent=0.0)))
    assert [row["Final total"] for row in zero] == ["pending", "", "", "0"]
    assert zero[3]["Note"] == "Nothing handed in counts as 0."


def test_an_old_result_beside_files_that_were_not_taken_is_told(tmp_path):
    files = [
        {"file": "", "student": pseudonym(0), "verdict": "double"},
        {"file": "", "student": pseudonym(0), "verdict": "double"},
        {"file": "", "student": pseudonym(1), "verdict": "missing"},
        {"file": "", "student": pseudonym(2), "verdict": "double"},
    ]
    results = results_of(tmp_path, *[("correct", "correct", "partial", "void")] * 3, files=files)
    # One has now two files, one's was put away, one's copy lies beside the file that was taken.
    found = accounts(replace(results, files=results.files[2:]), class_of(3))
    assert [one.kept for one in found] == ["double", "", ""]
    notes = [row["Note"] for row in rows(gradebook(results, found))]
    assert notes[0].endswith("As graded before from an earlier file; now: several files, none chosen.")
    assert not [note for note in notes[1:] if "before" in note]
    assert [one.final for one in found] == [4.5, 4.5, 4.5]


def test_a_result_of_nobody_on_the_roster_is_told(tmp_path):
    results = results_of(tmp_path, RIGHT, RIGHT)
    assert strangers(results, class_of(1)) == [pseudonym(1)]


EVIL = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u202e=1+1",
    "\uff1d1+1",
    "\x1b[31m=x",
]


@pytest.mark.parametrize("evil", EVIL)
def test_no_cell_of_the_gradebook_is_a_formula(tmp_path, evil):
    results = results_of(tmp_path, RIGHT)
    who = {pseudonym(0): named(0, name=evil, id=evil)}
    hand = {pseudonym(0): {"memo": HandMark(1)}}
    late = lambda *given: Late(1, evil)  # noqa: E731
    text = gradebook(results, accounts(results, who, hand=hand, late=late))
    for cell in next(iter(csv.reader(io.StringIO(text.split("\n", 1)[1])))):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", " "))
        assert all(letter.isprintable() for letter in cell)
    assert text.count("\n") == 2


def test_names_that_are_awkward_survive(tmp_path):
    results = results_of(tmp_path, RIGHT)
    for name in ('O"Neill, Ann', "王小明", "Ünal;Ö", "d'Arc", "אבג"):
        text = gradebook(results, accounts(results, {pseudonym(0): named(0, name=name)}))
        assert rows(text)[0]["Student"] == name
        assert text.encode().startswith(b"\xef\xbb\xbf")


def test_the_same_results_give_the_same_bytes(tmp_path):
    one = graded.read(random_round(tmp_path / "one", 30))
    two = graded.read(random_round(tmp_path / "two", 30))
    assert gradebook(one, accounts(one, class_of(30))) == gradebook(two, accounts(two, class_of(30)))


def test_points_are_written_as_people_write_them():
    assert [shown(p) for p in (0.1 + 0.2, 2.675, 1e-12, 100.0)] == ["0.3", "2.68", "0", "100"]


CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Other (1),Toy case (77),Current Score\r\n"
    "    Points Possible,,,,,5.00,10.00,(read only)\r\n"
    '"Zero, Student",9001,1000,s0@example.edu,"A ""x""",4.50,,88\r\n'
    "One,9002,,S1@example.edu,A,,\r\n"
    '"Two, 二",1002,,,A,,EX,\r\n'
    "Nobody,9009,,,A,1,2,3\r\n"
    "Three,9003,1003,,A,,7,\r\n"
    '"Student, Test",9999,,,A,,,'
)


def finals(tmp_path, count=5):
    results = results_of(tmp_path, *[RIGHT] * count)
    hand = {pseudonym(n): {"memo": HandMark(n)} for n in range(count) if n != 3}
    return accounts(results, class_of(count), hand=hand)


def test_canvas_gets_its_own_file_back_with_one_column_filled(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_bytes(CANVAS.encode())
    filled = lms.canvas(path, finals(tmp_path), column="Toy case (77)")
    wanted = CANVAS.replace("4.50,,88", "4.50,4.5,88").replace("edu,A,,\r\n", "edu,A,,5.5\r\n")
    assert filled.content.decode() == wanted
    notes = " ".join(filled.notes)
    assert "2 not on the roster, left as they were: Nobody, Student, Test" in notes
    assert "1 of the roster not found in it: 1004" in notes
    assert "1 excused there, left so: 1002" in notes
    assert "1 without a final total yet, left as they were: 1003" in notes
    assert lms.canvas(path, finals(tmp_path), title="Toy case").content == filled.content


def test_canvas_that_does_not_fit_is_refused_with_what_is_there(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_bytes(CANVAS.encode())
    with pytest.raises(Refused, match=r"--canvas-column.*Other \(1\), Toy case \(77\)"):
        lms.canvas(path, finals(tmp_path), column="Toy")
    path.write_text("Name,Points\nx,1\n")
    with pytest.raises(Refused, match="column Student is missing"):
        lms.canvas(path, finals(tmp_path), column="Toy")


def test_a_maximum_that_differs_is_told(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_bytes(CANVAS.replace("10.00", "20.00").encode())
    assert any(
        "maximum is 20.00, the sheet's 10" in n
        for n in lms.canvas(path, finals(tmp_path), title="Toy case").notes
    )


def test_a_row_that_two_students_fit_is_left_alone(tmp_path):
    made = finals(tmp_path, 2)
    path = tmp_path / "canvas.csv"
    path.write_text("Student,ID,SIS Login ID,Toy case (1)\nBoth,1000,s1@example.edu,\n")
    filled = lms.canvas(path, made, title="Toy case")
    # The id is the roster's own and wins over an address.
    assert filled.content.endswith(b"Both,1000,s1@example.edu,4.5\n")
    path.write_text("Student,ID,SIS Login ID,Toy case (1)\nBoth,1000,1001,\n")
    assert lms.canvas(path, made, title="Toy case").content == path.read_bytes()


MOODLE = (
    'Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Feedback comments"\n'
    '"Participant 501","Student_Zero /../x",1000,s0@example.edu,"Submitted for grading",,10.00,Yes,'
    '"Friday, 1 May",""\n'
    "Participant 502,王小明,,S1@EXAMPLE.EDU,-,-,10.00,Yes,-,\n"
    "Participant 503,Nobody,,,-,3.00,10.00,Yes,-,\n"
)


def test_moodle_gets_its_worksheet_back(tmp_path):
    path = tmp_path / "moodle.csv"
    path.write_text(MOODLE, encoding="utf-8")
    filled = lms.moodle(path, finals(tmp_path, 2))
    wanted = MOODLE.replace('grading",,10', 'grading",4.5,10').replace(
        "-,-,10.00,Yes,-,\nParticipant 503", "-,5.5,10.00,Yes,-,\nParticipant 503"
    )
    assert filled.content.decode() == wanted
    assert [note.split(": ")[1] for note in filled.notes] == ["1 not on the roster, left as they were"]


def test_moodle_finds_the_feedback_by_the_folder_names(tmp_path):
    path = tmp_path / "moodle.csv"
    path.write_text(MOODLE, encoding="utf-8")
    made = finals(tmp_path, 2)
    pages = {pseudonym(n): f"page {n}" for n in range(2)}
    content = lms.moodle_feedback(path, made, pages)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.namelist() == [
            "Student Zero x_501_assignsubmission_file_/1000.html",
            "王小明_502_assignsubmission_file_/1001.html",
        ]
        assert packed.read(packed.namelist()[1]) == b"page 1"
    assert content == lms.moodle_feedback(path, made, pages)
    # How Moodle takes the name apart: at underscores, the second part the participant.
    assert [name.split("/")[0].split("_", 4)[1:4] for name in packed.namelist()] == [
        ["501", "assignsubmission", "file"],
        ["502", "assignsubmission", "file"],
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_files_come_back_in_their_own_encoding(tmp_path, encoding, separator, mark):
    mark = "\ufeff" if "16" in encoding else "" if encoding == "gb18030" else mark
    path = tmp_path / "canvas.csv"
    text = mark + f"Student,ID,Toy case (1)\n{'王' * 20},1000,\n".replace(",", separator)
    path.write_bytes(text.encode(encoding))
    content = lms.canvas(path, finals(tmp_path, 1), title="Toy case").content
    assert content == text.replace(f"1000{separator}", f"1000{separator}4.5").encode(encoding)


def test_cells_with_quotes_separators_and_line_ends_stay_as_they_are(tmp_path):
    path = tmp_path / "canvas.csv"
    text = 'Student,ID,"Toy case (1)"\r\n"A ""x"", y\r\nz",1000,""\r\n\r\n"odd"q,1001,\r\nshort,7\r\n'
    path.write_bytes(text.encode())
    content = lms.canvas(path, finals(tmp_path, 1), title="Toy case").content
    assert content.decode() == text.replace('1000,""', '1000,"4.5"')


BROKEN = [
    ("s-aaaaaaaaaa.json", "{", "cannot be read"),
    ("s-aaaaaaaaaa.json", "[" * 100_000, "cannot be read"),
    ("s-aaaaaaaaaa.json", "{}", "no file of results"),
    ("intake.json", '{"a": 1}', "no file of results"),
    ("round.json", "[]", "no file of results"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BROKEN)
def test_a_damaged_file_is_named(tmp_path, name, content, reason):
    folder = random_round(tmp_path / "results", 1)
    (folder / name).write_text(content)
    with pytest.raises(Refused, match=rf"{name}.*{reason}"):
        graded.read(folder)


def test_a_result_of_another_format_says_how_to_have_it_anew(tmp_path):
    old = result(0, [question("lift", "correct")], format=1)
    with pytest.raises(Refused, match=r"s-a.*format 1, now 2.*grade.*--regrade --apply"):
        graded.read(write_round(tmp_path / "results", [old]))


@pytest.mark.parametrize("own", ["17", {"value": 17, "json": "17"}, {"value": "17", "json": 17}])
def test_an_answer_at_own_data_that_is_none_is_no_result(tmp_path, own):
    made = result(0, [question("lift", "correct", own=own)])
    with pytest.raises(Refused, match="no file of results"):
        graded.read(write_round(tmp_path / "results", [made]))


def test_an_outcome_that_nobody_knows_is_no_result(tmp_path):
    with pytest.raises(Refused, match="no file of results"):
        results_of(tmp_path, ("correct", "splendid", "correct", "hand"))


def test_a_folder_without_results_and_one_of_two_cases_are_refused(tmp_path):
    with pytest.raises(Refused, match="no such folder"):
        graded.read(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="holds no results"):
        graded.read(tmp_path / "empty")
    one, two = result(0, [question("lift", "correct")]), result(1, [question("support", "correct")])
    with pytest.raises(Refused, match=r"s-aaaaaaaaaa and s-aaaaaaaaab"):
        graded.read(write_round(tmp_path / "mixed", [one, two]))
