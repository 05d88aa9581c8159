"""An instructor's whole round from the commands alone: sheets, submissions, grades, gradebook and pages."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from class_of_sixty import AUTHOR, Course, Flaw, fill_class, in_step, toys, walmart
from hostile.corpus import CORPUS
from hostile.pages import acts, controls, formulas, leaked

from crmlib.workbook import notebooks
from crmlib.workbook.rounds import roster
from crmlib.workbook.rounds.roster import NAMES

PEOPLE = ("Li, Anna", "O'Neil Ann", "李小龍", "=1+1", "Zoë", "van der Berg, Jo", "<script>alert(1)</script>")
KEY = b"the course key of this test and of no class\n"
# What corpus attacks on the last number of the sheet come to.
ATTACKS = {
    "always equal": "wrong",
    "an integer of 5,000 digits": "wrong",
    "os._exit": "died",
    "sys.exit": "error",
    "not a number": "wrong",
}
# What ends a run, floods it, reaches out of it, or is no answer: with these a class of sixty is under siege.
MORE = {
    "patched isinstance": "died",
    "walk up the frames": "wrong",
    "forged messages on every descriptor": "died",
    "duplicate keys and bare NaN in the answer's JSON": "died",
    "a float that is always near": "wrong",
    "kill of its own process": "died",
    "a read of address zero": "died",
    "every descriptor closed": "died",
    "the standard streams closed": "wrong",
    "a flood of output": "died",
    "a flood of pictures": "died",
    "a flood of files": "died",
    "the environment of the grader": "error",
    "a mount of its own": "error",
    "a signal to the parent": "error",
    "a message without a connection": "error",
}


@dataclass
class Play:
    """A round's folder and course, and the commands as an instructor types them."""

    folder: Path
    course: Course
    size: int

    def command(self, *words) -> str:
        command = [sys.executable, "-m", "crmlib.cli", *map(str, words)]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=1800)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    @property
    def case(self) -> Path:
        return self.course.exercises.path

    @property
    def ids(self) -> list[str]:
        return [f"id-{n:03}" for n in range(self.size)]

    def assign(self) -> None:
        (self.folder / "course.key").write_bytes(KEY)
        (self.folder / "course.key").chmod(0o600)
        with (self.folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "name"])
            writer.writerows((one, f"{PEOPLE[n % len(PEOPLE)]} {n}") for n, one in enumerate(self.ids))
        key_file = ("--course-key-file", "course.key")
        self.command("assign", self.case, "--roster", "roster.csv", "--out", "sheets", *key_file)

    @property
    def files(self) -> dict[str, roster.Named]:
        """Pseudonym, name and file of each student, by id."""
        return {one.id: one for one in roster.names(self.folder / "sheets" / NAMES).values()}

    def hand_in(self, notebooks_by_id: dict) -> None:
        (self.folder / "submissions").mkdir()
        for one, notebook in notebooks_by_id.items():
            notebooks.write(notebook, self.folder / "submissions" / self.files[one].file)

    def grade_and_report(self) -> str:
        said = self.command("grade", self.case, "submissions", "--out", "results", "--workers", "2")
        report = ("report", self.case, "results", "--roster", "roster.csv", "--out", "report")
        return said + self.command(*report)

    def outcomes(self, one: str) -> dict[str, str]:
        result = json.loads((self.folder / "results" / f"{self.files[one].pseudonym}.json").read_bytes())
        return {question["name"]: question["outcome"] for question in result["questions"]}

    def kept(self) -> dict[str, bytes]:
        """The bytes of marks, gradebook and feedback; times and executed notebooks lie in `trace`."""
        found = {}
        for top in ("results", "report"):
            for path in sorted((self.folder / top).rglob("*")):
                name = str(path.relative_to(self.folder))
                if path.is_file() and "trace" not in path.parts and not name.startswith(IN_TRACE):
                    found[name] = path.read_bytes()
        return found


IN_TRACE = ("report/class_report", "results/lock")


def played(folder: Path, course: Course, size: int, attacks=tuple(ATTACKS)) -> tuple[Play, list, dict]:
    """A round: members of the class, attackers, one whose file is damaged, one who hands in nothing."""
    play = Play(folder, course, size)
    play.assign()
    sheets = {one: notebooks.read(folder / "sheets" / play.files[one].file) for one in play.ids}
    members_ids, attackers = play.ids[: -len(attacks) - 2], play.ids[-len(attacks) - 2 : -2]
    members = fill_class(course, [sheets[one] for one in members_ids])
    handed = {one: member.notebook for one, member in zip(members_ids, members, strict=True)}
    for one, name in zip(attackers, attacks, strict=True):
        handed[one] = attacked(course, sheets[one], name)
    play.hand_in(handed)
    damaged = play.folder / "submissions" / play.files[play.ids[-2]].file
    damaged.write_bytes(notebooks.dumps(sheets[play.ids[-2]]).encode()[:-300])
    return play, members, dict(zip(attackers, attacks, strict=True))


def target(course: Course) -> str:
    """The last number: nothing follows it."""
    return [e.name for e in course.exercises.exercises if e.spec.type == "number"][-1]


def attacked(course, sheet, name):
    from class_of_sixty import fill

    question = target(course)
    code = f"{CORPUS[name].program('first')}\n{question} = first".replace("{", "{{").replace("}", "}}")
    return fill(course, sheet, AUTHOR, Flaw({question: code})).notebook


def hold(play: Play, members, attackers) -> None:
    """Every outcome as expected; in the gradebook a row for everybody, on the pages no key."""
    assert controls(play.grade_and_report()) == []
    assert in_step(members, lambda n: play.outcomes(play.ids[n])) == []
    for one, name in attackers.items():
        found = play.outcomes(one)
        assert found.pop(target(play.course)) == (ATTACKS | MORE)[name], name
        assert set(found.values()) == {"correct", "hand"}, name
    gradebook = (play.folder / "report" / "gradebook.csv").read_text(encoding="utf-8-sig")
    assert [row["Student ID"] for row in csv.DictReader(gradebook.splitlines())] == play.ids
    assert controls(gradebook) == formulas(gradebook) == []
    hold_pages(play)
    intake = json.loads((play.folder / "results" / "intake.json").read_bytes())
    verdicts = {file["student"]: file["verdict"] for file in intake}
    assert verdicts[play.files[play.ids[-2]].pseudonym] == "unreadable"
    assert verdicts[play.files[play.ids[-1]].pseudonym] == "missing"


def hold_pages(play: Play) -> None:
    """A page for everybody with a result, in which nothing acts and no answer stands that they lack."""
    key = json.loads((play.folder / "results" / "key.json").read_bytes())["unseen"]
    for one in play.ids[:-2]:
        path = play.folder / "report" / "feedback" / Path(play.files[one].file).with_suffix(".html")
        page = path.read_text(encoding="utf-8")
        assert acts(page) == [], one
        assert leaked(page, key, play.outcomes(one)) == [], one


def test_a_round_on_the_toy_case_twice_with_the_same_bytes(tmp_path):
    rounds = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        play, members, attackers = played(tmp_path / name, toys(), 24)
        hold(play, members, attackers)
        rounds.append(play.kept())
    first, second = rounds
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert len([name for name in first if name.endswith(".html")]) >= 22


@pytest.mark.full
def test_a_round_of_sixty_on_the_walmart_case(tmp_path):
    play, members, attackers = played(tmp_path, walmart(), 60 + len(MORE), (*ATTACKS, *MORE))
    hold(play, members, attackers)
    assert without_the_attackers(play, attackers) == []
    first = play.kept()
    (tmp_path / "results").rename(tmp_path / "before")
    (tmp_path / "report").rename(tmp_path / "report-before")
    hold(play, members, attackers)
    assert play.kept() == first


def test_marks_and_names_are_for_their_owner_only(tmp_path):
    before = os.umask(0o022)
    try:
        play = Play(tmp_path, toys(), 2)
        play.assign()
        (tmp_path / "results").mkdir()  # as an instructor may have made it
        play.hand_in({one: notebooks.read(tmp_path / "sheets" / play.files[one].file) for one in play.ids})
        play.grade_and_report()
    finally:
        os.umask(before)
    found = [path for top in ("results", "report") for path in [tmp_path / top, *(tmp_path / top).rglob("*")]]
    found += [tmp_path / "sheets" / name for name in ("names.csv", "manifest.json")]
    modes = {path: path.stat().st_mode & 0o777 for path in found}
    closed = {path: 0o700 if path.is_dir() else 0o600 for path in found}
    assert {path: oct(mode) for path, mode in modes.items() if mode != closed[path]} == {}
    names = {path.name for path in found}
    assert names >= {"round.json", "runs.json", "unseen.ipynb", "times.json", "lock", "class_report.html"}
    sheet = tmp_path / "sheets" / play.files["id-000"].file
    assert sheet.stat().st_mode & 0o777 == 0o644  # to be handed out


def without_the_attackers(play: Play, attackers) -> list[str]:
    """The neighbours, some of the class, whose result has other bytes where nobody attacks."""
    neighbours = [play.files[one] for one in play.ids[: -len(attackers) - 2 : 8]]
    (play.folder / "peace").mkdir()
    for one in neighbours:
        shutil.copy(play.folder / "submissions" / one.file, play.folder / "peace")
    play.command("grade", play.case, "peace", "--out", "apart", "--workers", "2")
    places = play.folder / "apart", play.folder / "results"
    results = [{(at / f"{one.pseudonym}.json").read_bytes() for at in places} for one in neighbours]
    return [one.id for one, both in zip(neighbours, results, strict=True) if len(both) > 1]


def test_the_styles_of_a_class_differ():
    for course in (toys(), walmart()):
        texts = {name: {line for _, code in cells for line in code.splitlines() if len(line) > 20}
                 for name, cells in course.styles.items()}  # fmt: skip
        for name, lines in texts.items():
            others = set().union(*(text for other, text in texts.items() if other != name))
            assert len(lines - others) >= 0.8 * len(lines), name
