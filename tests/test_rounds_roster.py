"""Rosters: what people export is read, what is doubtful is refused with its row, and no name is lost."""

import csv
import random
import stat

import pytest

from crmlib.workbook.outcome import Refused
from crmlib.workbook.rounds import course_key, roster, tables
from crmlib.workbook.rounds.files import slug

KEY = b"k" * 32
CHINESE = "学号,姓名,邮箱\n1001,王小明,w@x.cn\n1002,李娜,\n"


@pytest.fixture
def read(tmp_path):
    """Reads a roster from text or bytes."""

    def reads(content):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "roster.csv").write_bytes(data)
        return roster.read(tmp_path / "roster.csv").students

    return reads


def people(students):
    return [(student.id, student.name, student.email) for student in students]


@pytest.mark.parametrize(
    "data",
    [
        CHINESE.encode(),
        CHINESE.encode("utf-8-sig"),
        CHINESE.encode("utf-16"),
        b"\xfe\xff" + CHINESE.encode("utf-16-be"),
        CHINESE.encode("gb18030"),
        CHINESE.replace("\n", "\r\n").encode("gb18030"),
        CHINESE.replace(",", ";").encode(),
        CHINESE.replace(",", "\t").encode("utf-16"),
        ("\n\n" + CHINESE + "\n,,\n").encode(),
    ],
)
def test_encodings_separators_and_blank_rows_do_not_matter(read, data):
    assert people(read(data)) == [("1001", "王小明", "w@x.cn"), ("1002", "李娜", "")]


def test_letters_of_western_europe_are_never_taken_for_chinese(read):
    with pytest.raises(Refused, match="CSV UTF-8"):
        read("id,name\n1,Renée\n".encode("latin-1"))
    with pytest.raises(Refused, match="CSV UTF-8"):
        read("id,name\n1,André\n".encode("latin-1"))
    assert read("id,name\n1,Renée\n")[0].name == "Renée"


def test_a_quoted_comma_stays_and_a_row_knows_its_number(read):
    (anna,) = read('id,name\n\n1,"Li, Anna"\n')
    assert (anna.name, anna.row) == ("Li, Anna", 3)


def test_an_export_of_canvas_is_a_roster(read):
    students = read(
        "Student,ID,SIS User ID,SIS Login ID,Section,Walmart (77)\n"
        ",,,,,Manual Posting\n"
        "    Points Possible,,,,,20\n"
        '"Li, Anna",5001,u1,anna,A,\n'
    )
    assert people(students) == [("5001", "Li, Anna", "")]


def test_exports_of_moodle_are_rosters(read):
    text = "First name,Surname,ID number,Email address\nAnna,Li,77,a@x\n"
    assert people(read(text)) == [("77", "Anna Li", "a@x")]
    worksheet = "Identifier,Full name,Email address,Status\nParticipant 12,Anna Li,a@x,\n"
    assert people(read(worksheet)) == [("Participant 12", "Anna Li", "a@x")]


def test_names_are_taken_as_they_are(read):
    awkward = [
        "O'Neill-Smith",
        "van der Berg, Jr.",
        "欧阳 娜娜",
        "Ünal Öz",
        "=cmd()",
        "-",
        "Null",
        "<b>x</b>",
    ]
    text = tables.text(["id", "name"], [[str(i), name] for i, name in enumerate(awkward)])
    assert [student.name for student in read(text)] == awkward


def test_ids_are_text_and_case_counts(read):
    students = read("id,name\n007,a\nAnna,b\nanna,c\n../x,d\nCON,e\nÄ b,f\n")
    assert [s.id for s in students] == ["007", "Anna", "anna", "../x", "CON", "Ä b"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Anna", "row 3: the id is missing"),
        ("2,", "row 3: the name is missing"),
        ("1,Anna", "row 3: the id 1 stands in row 2 already"),
        ("\uff11,Anna", "row 3: the id \uff11 stands in row 2 already"),
        ("9" * 101 + ",Anna", "row 3: the id has more than 100 characters"),
        ("2," + "A" * 201, "row 3: the name has more than 200 characters"),
        ("2\x1b[31m,Anna", "row 3: the id .* cannot be seen"),
        ("2\u200b,Anna", "row 3: the id .* cannot be seen"),
        ("2,An\u202ena", "row 3: the name .* cannot be seen"),
        ("2,An\x00na", "row 3: the name .* cannot be seen"),
        ("2.02E+09,Anna", r"row 3: the id 2.02E\+09 was shortened by a spreadsheet"),
        ("20260001.0,Anna", "row 3: the id 20260001.0 was made a number .* write 20260001"),
        ('"007,00",Anna', "row 3: the id 007,00 was made a number .* write 007"),
        ("2,Li, Anna", "row 3: more cells than the 2 columns"),
        ('2,"Li', "is no CSV file"),
    ],
)
def test_what_names_nobody_for_certain_is_refused_with_its_row(read, row, reason):
    with pytest.raises(Refused, match=reason):
        read(f"id,name\n1,First\n{row}\n")


@pytest.mark.parametrize("first", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n', "sep=;;\r\n", "\ufeffsep=;\n"])
def test_a_line_that_names_the_separator_is_no_row(read, first):
    (student,) = read(f"{first}id;name\n1;Li, Anna\n")
    assert (student.id, student.name, student.row) == ("1", "Li, Anna", 2)
    assert people(read("sep=|\nid|name\n1|Li; Anna\n")) == [("1", "Li; Anna", "")]


def test_an_id_with_a_point_in_it_is_an_id(read):
    ids = ["3.10", "a.0", "2026.001"]
    assert [one.id for one in read("id,name\n" + "".join(f"{one},x\n" for one in ids))] == ids


def test_every_problem_is_said_at_once(read):
    with pytest.raises(Refused) as refused:
        read("id,name\n,a\n2,\n3,c\n3,d\n")
    assert [line.strip()[:5] for line in str(refused.value).splitlines()[1:]] == ["row 2", "row 3", "row 5"]
    with pytest.raises(Refused, match="and 30 more"):
        read("id,name\n" + ",a\n" * 50)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        ("id,name\n", "names no students"),
        ("matr,name\n1,a\n", "no column id; its columns are: matr, name"),
        ("id,mail\n1,a\n", "no column name"),
        ("id,name,name\n1,a,b\n", "two columns name"),
        (b"PK\x03\x04rest", "workbook of Excel"),
        (b"\xff\xff\xff,\x81", "CSV UTF-8"),
        (b"\xff\xfe1", "CSV UTF-8"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_with_what_to_do(read, content, reason):
    with pytest.raises(Refused, match=reason):
        read(content)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Refused, match="cannot be read"):
            roster.read(path)


def test_a_student_who_is_not_there_is_answered_with_the_nearest(tmp_path, read):
    read("id,name\nanna.li,A\n")
    with pytest.raises(Refused, match=r"no student ana\.li.*anna\.li"):
        roster.read(tmp_path / "roster.csv").student("ana.li")


def test_pseudonyms_are_safe_names_that_differ_by_id_case_and_key():
    ids = ["1", "01", "Anna", "anna", "../x", "王", "a\nb"]
    made = {roster.pseudonym(KEY, "walmart", one) for one in ids}
    made |= {roster.pseudonym(KEY, "other", "1"), roster.pseudonym(b"j" * 32, "walmart", "1")}
    assert len(made) == len(ids) + 2
    assert all(len(one) == 12 and one.startswith("s-") and one.islower() for one in made)
    assert roster.pseudonym(b"x" * 32, "walmart", "1") == "s-f4u524rg7v"  # sheets that are out depend on it


def test_names_come_back_as_they_went_and_compute_nothing(tmp_path):
    draw = random.Random(3)
    letters = "=+-@'\t\r\n\",; aÄ王\u00a0<&|"
    path, known = tmp_path / "names.csv", {}
    for i in range(300):
        name = "".join(draw.choices(letters, k=draw.randint(1, 8)))
        known[f"s-{i}"] = roster.Named(f"s-{i}", f"={i}", name, "", f"{i}.ipynb")
    roster.write_names(known, path)
    assert roster.names(path) == known
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_names_that_are_not_ours_are_refused(tmp_path):
    (tmp_path / "names.csv").write_text("id,name\n1,a\n", encoding="utf-8")
    with pytest.raises(Refused, match="no column pseudonym"):
        roster.names(tmp_path / "names.csv")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/x", "etc-x"),
        ("CON", "con"),
        ("a\\b:c*?", "a-b-c"),
        ("Ä_é", "a-e"),
        ("...", ""),
        ("\x00", ""),
    ],
)
def test_no_text_escapes_from_a_files_name(text, name):
    assert slug(text) == name


def test_a_slug_never_holds_anything_but_letters_digits_and_dashes():
    draw = random.Random(1)
    for _ in range(2000):
        made = slug(
            "".join(chr(draw.choice([draw.randrange(128), draw.randrange(0xD7FF)])) for _ in range(9))
        )
        assert all(c == "-" or c.isalnum() for c in made)
        assert not made.startswith("-")


def test_a_course_key_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "new" / "course.key"
    made = course_key.new(path)
    assert course_key.read(path) == made
    assert len(bytes.fromhex(made.decode())) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert course_key.new(tmp_path / "other.key") != made
    with pytest.raises(Refused, match="exists already and is kept"):
        course_key.new(path)
    assert course_key.read(path) == made


def test_a_course_key_that_keeps_no_secret_is_refused(tmp_path):
    path = tmp_path / "course.key"
    with pytest.raises(Refused, match="--new-course-key"):
        course_key.read(path)
    path.write_text("x" * 31 + "\n\n", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(Refused, match="has 31 characters; at least 32"):
        course_key.read(path)
    path.write_text("x" * 32, encoding="utf-8")
    path.chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        course_key.read(path)
    path.chmod(0o400)
    assert course_key.read(path) == b"x" * 32
