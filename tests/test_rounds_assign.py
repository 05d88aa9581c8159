"""Assigning: the same bytes for the same input, nobody's sheet changed by another's, nothing lost."""

import json
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from itertools import islice

import pytest
from toycase import LIGHT, make_toy

from crmlib.cli import main
from crmlib.workbook import author, learner, notebooks
from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import pack
from crmlib.workbook.rounds import assign as assigning
from crmlib.workbook.rounds import course_key, manifest, roster
from crmlib.workbook.rounds.assign import Round, assign
from crmlib.workbook.rounds.intake import collect
from crmlib.workbook.rounds.manifest import Manifest

KEY = b"a course key of thirty-two bytes"
IDS = ("1001", "Anna", "anna", "../x", "王小明", "a,b")


@pytest.fixture(scope="module")
def exercises(tmp_path_factory):
    return author.read(make_toy(tmp_path_factory.mktemp("case") / "light", LIGHT))


@pytest.fixture
def room(tmp_path, exercises):
    return Round(exercises, KEY, tmp_path / "sheets")


def students(*ids):
    rows = [roster.Student(one, f"Name of {one}", "", row) for row, one in enumerate(ids, 2)]
    return roster.Roster("roster.csv", tuple(rows))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory, exercises):
    """A round that was assigned once; tests work on copies."""
    made = Round(exercises, KEY, tmp_path_factory.mktemp("round") / "sheets")
    assign(made, students(*IDS))
    return made


@pytest.fixture
def copy(handed_out, tmp_path):
    shutil.copytree(handed_out.out, tmp_path / "sheets")
    return Round(handed_out.exercises, KEY, tmp_path / "sheets")


def test_each_student_gets_a_sheet_of_their_own_with_a_safe_name(handed_out, exercises):
    known = Manifest.read(handed_out.path)
    people = roster.names(handed_out.out / roster.NAMES)
    assert [one.id for one in people.values()] == list(IDS)
    files = {one.file.casefold() for one in people.values()}
    assert files | {"manifest.json", "names.csv"} == {name.casefold() for name in contents(handed_out.out)}
    assert people[roster.pseudonym(KEY, "light", "1001")].file == "light-1001.ipynb"
    for pseudonym, one in people.items():
        sheet = learner.read(handed_out.out / one.file).sheet
        assert (sheet.student, sheet.kind, sheet.case) == (pseudonym, "assigned", "light")
        assert sheet.parameters == known.students[pseudonym]["parameters"]
        assert manifest.digest(pack(sheet)) == known.students[pseudonym]["sheet"]
    assert len({json.dumps(s["parameters"]) for s in known.students.values()}) == len(IDS)


def test_the_class_is_graded_at_parameters_that_are_nobodys(handed_out, exercises):
    known = Manifest.read(handed_out.path)
    sheets = [learner.read(handed_out.out / one.file).sheet for one in _names(handed_out).values()]
    seen = {sheet.parameters["seed"] for sheet in sheets} | {sheet.practice["seed"] for sheet in sheets}
    assert known.unseen["seed"] not in seen | {exercises.parameters["seed"].default}
    text = "".join(notebooks.dumps(notebooks.read(p)) for p in handed_out.out.glob("*.ipynb"))
    assert str(known.unseen["seed"]) not in text


def test_who_left_the_class_keeps_a_sheet_and_is_not_waited_for(copy, tmp_path):
    before = contents(copy.out)
    done = assign(copy, students(*IDS[2:]))
    assert (done.written, sorted(done.left)) == ((), sorted(IDS[:2]))
    after = contents(copy.out)
    assert {name for name in before if before[name] != after[name]} == {roster.NAMES}

    def missing() -> set[str]:
        (tmp_path / "in").mkdir(exist_ok=True)
        names = _names(copy)
        return {names[one.student].id for one in collect(tmp_path / "in", Manifest.read(copy.path), names)}

    assert missing() == set(IDS[2:])
    assert assign(copy, students(*IDS[1:]), only=IDS[1]).left == ()
    assert missing() == set(IDS[1:])
    shutil.copy(copy.out / copy.person(students(IDS[0]).students[0]).file, tmp_path / "in")
    accepted = {one.verdict for one in collect(tmp_path / "in", Manifest.read(copy.path), _names(copy))}
    assert accepted == {"accepted", "missing"}  # a sheet that comes in all the same is graded
    assert assign(copy, students(*IDS)).left == ()
    (tmp_path / "in" / "light-1001.ipynb").unlink()
    assert missing() == set(IDS)


def test_the_command_tells_who_left(copy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "course.key").write_bytes(KEY)
    (tmp_path / "course.key").chmod(0o600)
    (tmp_path / "roster.csv").write_text("id,name\n1001,One\nanna,Two\n", encoding="utf-8")
    words = ["assign", str(copy.exercises.path.parent), "--roster", "roster.csv", "--out", "sheets"]
    assert main([*words, "--course-key-file", "course.key"]) == 0
    said = capsys.readouterr().out
    assert "4 students of earlier rosters are not on this one" in said
    assert "no longer waited for: Anna, ../x, 王小明, a,b" in said


def test_the_seeds_of_sheets_that_are_out_never_move(handed_out, exercises):
    # A sheet that was lost comes back with the same data after any change of the library.
    seed, choice = exercises.parameters["seed"], replace(exercises.parameters["seed"], choices=(0, 3, 5, 7))
    drawn = {
        ("light", "student", "1001"): [82118, 3101, 53155, 42819],
        ("light", "student", "王小明"): [92496, 65225, 26835, 92624],
        ("light", "unseen"): [88634, 51641, 30109, 14076],
    }
    for who, expected in drawn.items():
        assert list(islice(course_key.draws(KEY, [*who], seed, taken=set()), 4)) == expected
        assert next(course_key.draws(KEY, [*who], seed, taken={expected[0]})) == expected[1]
    assert list(islice(course_key.draws(KEY, ["light", "unseen"], choice, taken={3}), 4)) == [5, 5, 7, 5]
    assert course_key.fingerprint(KEY) == "bd5f492d3a32"
    known = Manifest.read(handed_out.path)
    assert known.unseen == {"seed": 88634, "share": 0.5}
    given = {one.id: known.students[pseudonym] for pseudonym, one in _names(handed_out).items()}
    assert list(given) == list(IDS)
    assert [one["parameters"]["seed"] for one in given.values()] == [82118, 38130, 57645, 26368, 92496, 62537]


def _names(made):
    return roster.names(made.out / roster.NAMES)


def test_no_name_stands_outside_the_names(handed_out):
    for name, content in contents(handed_out.out).items():
        assert (b"Name of" in content) == (name == roster.NAMES)
    text = handed_out.path.read_text(encoding="utf-8")
    assert not [one for one in IDS if f'"{one}"' in text]


def test_what_is_private_is_for_its_owner_only_and_says_so(handed_out):
    for name in ("manifest.json", "names.csv"):
        assert stat.S_IMODE((handed_out.out / name).stat().st_mode) == 0o600
    first = handed_out.path.read_text(encoding="utf-8").splitlines()[1]
    assert first.startswith(' "private": "For the instructor only')


def test_the_same_input_gives_the_same_bytes_in_any_order_of_batches(handed_out, room, monkeypatch):
    monkeypatch.setattr(assigning, "BATCH", 2)
    assign(room, students(*IDS))
    assert contents(room.out) == contents(handed_out.out)


def test_a_second_run_makes_and_changes_nothing(copy, monkeypatch):
    before = contents(copy.out)
    times = {path: path.stat().st_mtime_ns for path in copy.out.glob("*.ipynb")}
    monkeypatch.setattr(assigning, "try_keys", None)
    done = assign(copy, students(*IDS))
    assert (len(done.written), len(done.kept)) == (0, len(IDS))
    assert contents(copy.out) == before
    assert {path: path.stat().st_mtime_ns for path in copy.out.glob("*.ipynb")} == times


def test_a_student_more_or_less_or_elsewhere_changes_nobody_elses_sheet(copy, handed_out):
    before = contents(copy.out)
    done = assign(copy, students("new", *IDS[:0:-1]))
    assert [student.id for student in done.written] == ["new"]
    after = contents(copy.out)
    assert {name: after[name] for name in before if name.endswith(".ipynb")} == {
        name: content for name, content in before.items() if name.endswith(".ipynb")
    }
    assert Manifest.read(copy.path).students.items() >= Manifest.read(handed_out.path).students.items()
    assert {one.id for one in _names(copy).values()} == {"new", *IDS}


def test_only_one_student_is_made_and_the_rest_can_follow(room, handed_out):
    done = assign(room, students(*IDS), only="anna")
    assert [student.id for student in done.written] == ["anna"]
    whole = contents(handed_out.out)
    assert {name: c for name, c in contents(room.out).items() if name.endswith(".ipynb")} == {
        "light-anna.ipynb": whole["light-anna.ipynb"]
    }
    assign(room, students(*IDS))
    made = contents(room.out)
    assert made.pop("names.csv") != b""
    assert made == {name: c for name, c in whole.items() if name != "names.csv"}
    with pytest.raises(Refused, match="no student bob"):
        assign(room, students(*IDS), only="bob")


def test_a_lost_sheet_comes_back_as_it_was(copy, handed_out):
    (copy.out / "light-1001.ipynb").unlink()
    assert [student.id for student in assign(copy, students(*IDS), only="1001").written] == ["1001"]
    assert contents(copy.out) == contents(handed_out.out)


def test_a_sheet_that_somebody_worked_in_is_not_written_over(copy, handed_out):
    worked = copy.out / "light-1001.ipynb"
    worked.write_text("answers", encoding="utf-8")
    before = contents(copy.out)
    with pytest.raises(Refused, match=r"somebody's work: light-1001\.ipynb\. Move"):
        assign(copy, students("new", *IDS))
    assert contents(copy.out) == before
    assign(copy, students(*IDS), only="anna")
    assert contents(copy.out) == before
    assign(copy, students(*IDS), force=True)
    assert contents(copy.out) == contents(handed_out.out)


def test_a_file_that_is_nobodys_is_not_written_over(room):
    room.out.mkdir()
    (room.out / "light-1001.ipynb").symlink_to(room.out / "elsewhere")
    with pytest.raises(Refused, match=r"light-1001\.ipynb"):
        assign(room, students("1001"))
    assert not room.path.exists()


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("after", range(0, 20, 3))
def test_an_interrupted_run_goes_on_where_it_was(room, handed_out, monkeypatch, after):
    monkeypatch.setattr(assigning, "BATCH", 2)
    left = [after]
    replace = type(room.out).replace

    def replaces(path, target):
        if left[0] == 0:
            raise _Killed
        left[0] -= 1
        return replace(path, target)

    monkeypatch.setattr(type(room.out), "replace", replaces)
    try:
        assign(room, students(*IDS))
        assert after >= 10
    except _Killed:
        pass
    monkeypatch.setattr(type(room.out), "replace", replace)
    assign(room, students(*IDS))
    assert contents(room.out) == contents(handed_out.out)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": b"another key of thirty-two bytes.."}, "another course key"),
        ({"language": "zh"}, "language en, not zh"),
    ],
)
def test_another_round_never_goes_into_the_same_folder(copy, change, reason):
    before = contents(copy.out)
    other = Round(**vars(copy) | change)
    with pytest.raises(Refused, match=reason):
        assign(other, students(*IDS))
    assert contents(copy.out) == before


def test_changed_exercises_are_not_mixed_with_the_old_ones(copy, tmp_path):
    cells = [cell.replace("In how many", "In which number of") for cell in LIGHT]
    changed = Round(author.read(make_toy(tmp_path / "light", cells)), KEY, copy.out)
    for only in (None, "new"):
        with pytest.raises(Refused, match="exercises were changed"):
            assign(changed, students("new", *IDS), only=only)
    with pytest.raises(Refused, match="exercises were changed"):
        assign(changed, students("new", *IDS), only="new", force=True)
    assert len(assign(changed, students(*IDS), force=True).written) == len(IDS)
    assert Manifest.read(copy.path).version == changed.exercises.version


TRAP = [
    "md:### Trap {#trap points=1}",
    "code:# solution: number\ntrap = 5 * (seed % 4)",
    "code:# mistake: Not here.\ntrap = 0",
]


def test_a_seed_at_which_the_exercises_are_ill_posed_is_passed_over(tmp_path):
    trapped = author.read(make_toy(tmp_path / "light", [*LIGHT[:6], *TRAP]))
    ids = [str(i) for i in range(16)]
    made = Round(trapped, KEY, tmp_path / "out")
    assign(made, students(*ids))
    known = Manifest.read(made.path)
    parameter = trapped.parameters["seed"]
    passed = 0
    for one in ids:
        draws = course_key.draws(KEY, ["light", "student", one], parameter, taken=set())
        own = known.students[roster.pseudonym(KEY, "light", one)]["parameters"]["seed"]
        assert own == next(seed for seed in draws if seed % 4)
        first = next(course_key.draws(KEY, ["light", "student", one], parameter, taken=set()))
        passed += first != own
    assert passed > 0
    assert known.unseen["seed"] % 4


def test_exercises_that_are_never_well_posed_are_refused(tmp_path):
    never = [cell.replace("trap = 5 * (seed % 4)", "trap = 0 * seed") for cell in TRAP]
    hopeless = author.read(make_toy(tmp_path / "light", [*LIGHT[:6], *never]))
    with pytest.raises(Refused, match="none of 40 seeds"):
        assign(Round(hopeless, KEY, tmp_path / "out"), students("1"))
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_draws_are_spread_over_what_is_declared_and_avoid_what_is_taken(exercises):
    parameter = exercises.parameters["seed"]
    first = [next(course_key.draws(KEY, [str(i)], parameter, taken=set())) for i in range(400)]
    assert len(set(first)) > 395
    assert 0 not in first
    assert 40_000 < sum(first) / 400 < 60_000
    again = [next(course_key.draws(KEY, [str(i)], parameter, taken={first[i]})) for i in range(400)]
    assert all(a != b for a, b in zip(first, again, strict=True))
    few = type(parameter)("seed", 1, "none", "0, 1, 2", "few", choices=(0, 1, 2))
    assert set(course_key.draws(KEY, ["x"], few, taken=set())) == {1, 2}
    assert list(course_key.draws(KEY, ["x"], few, taken={1, 2})) == []


def test_a_manifest_comes_back_as_it_went_in_canonical_bytes(handed_out, tmp_path):
    known = Manifest.read(handed_out.path)
    turned = Manifest(**vars(known) | {"students": dict(reversed(known.students.items()))})
    turned.write(tmp_path / "manifest.json")
    assert (tmp_path / "manifest.json").read_bytes() == handed_out.path.read_bytes()
    assert turned.sha256 == sha256(handed_out.path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "read as JSON"),
        ("[" * 100_000, "read as JSON"),
        ("[]", "format is not 1"),
        ('{"format": 2}', "format is not 1"),
        ('{"format": 1}', "case is missing"),
        (b"\xff\xfe", "read as JSON"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path, text, reason):
    path = tmp_path / "manifest.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refused, match=reason):
        Manifest.read(path)


@pytest.mark.parametrize("broken", [{"../x": {}}, {"s-aaaaaaaaaa": {}}, {"s-aaaaaaaaaa": None}])
def test_a_manifest_whose_students_are_none_is_refused(handed_out, tmp_path, broken):
    given = json.loads(handed_out.path.read_text(encoding="utf-8")) | {"students": broken}
    (tmp_path / "manifest.json").write_text(json.dumps(given), encoding="utf-8")
    with pytest.raises(Refused, match="is missing or of another type"):
        Manifest.read(tmp_path / "manifest.json")


def test_the_command_from_nothing_to_sheets_and_back(tmp_path, exercises, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text("id,name\n1,Anna\n2,Bob\n", encoding="utf-8")
    words = ["assign", str(exercises.path.parent), "--roster", "roster.csv", "--out", "sheets"]
    words += ["--course-key-file", "course.key"]
    assert main(words) == 2
    assert "--new-course-key" in capsys.readouterr().err
    assert main([*words, "--new-course-key"]) == 0
    assert "2 sheets written to sheets" in capsys.readouterr().out
    assert main([*words, "--only", "2"]) == 0
    assert "1 sheet was in its place already" in capsys.readouterr().out
    assert main([*words, "--only", "3"]) == 2
    assert "no student 3" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, exercises):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(Refused, match=f"{tmp_path / 'file'} is no folder"):
        assign(Round(exercises, KEY, tmp_path / "file" / "sheets"), students("1"))


@pytest.mark.full
def test_a_command_killed_again_and_again_ends_with_the_same_bytes(tmp_path, exercises):
    course_key.new(tmp_path / "course.key")
    rows = "".join(f"{i},Student {i}\n" for i in range(60))
    (tmp_path / "roster.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
    words = ["assign", str(exercises.path.parent), "--roster", f"{tmp_path}/roster.csv"]
    words += ["--course-key-file", f"{tmp_path}/course.key", "--out"]
    killed = 0
    for sheets in (0, 7, 31, 50):
        command = [sys.executable, "-m", "crmlib.cli", *words, f"{tmp_path}/killed"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and len(list(tmp_path.glob("killed/*.ipynb"))) <= sheets:
                time.sleep(0.001)
            process.kill()
            killed += process.wait() == -signal.SIGKILL
    assert killed >= 3
    for folder in ("killed", "whole"):
        assert main([*words, f"{tmp_path}/{folder}"]) == 0
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
