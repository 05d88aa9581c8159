"""The instructor's guide: every command line of it is run as it stands there, one after the other."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from class_of_sixty import AUTHOR, Flaw, fill, walmart

from crmlib.cli import _parser
from crmlib.workbook import notebooks
from crmlib.workbook.quizzes.bank import SHIPPED
from crmlib.workbook.reports.graded import OUTCOMES
from crmlib.workbook.rounds import roster

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
PROGRAM = """\
#!/bin/sh
PYTHONPATH={root} exec {python} -m crmlib.cli "$@"
"""
ROSTER = "id,name\n20260017,Li Anna\n20260018,Bob Smith\n20260019,Zoë\n"
SUBMITTED = "id,submitted\n20260017,2026-03-07 10:00\n20260018,2026-03-03 10:00\n"
CANVAS = (
    "Student,ID,SIS User ID,Homework 3 (77)\n    Points Possible,,,36\nLi,1,20260017,\nSmith,2,20260018,\n"
)
MOODLE = "Identifier,Full name,ID number,Grade\nParticipant 7,Bob Smith,20260018,\n"


def blocks() -> list[str]:
    """The indented parts of the guide, in order, each as one text."""
    found = re.findall(r"^(?: {4}.*\n)+", GUIDE, re.MULTILINE)
    return [re.sub("^ {4}", "", block, flags=re.MULTILINE) for block in found]


def is_file(block: str) -> str:
    """The file that the block shows, empty where it is a command."""
    first = block.split()[0]
    return "marks.csv" if first.startswith("student,") else "policy.yaml" if first == "timezone:" else ""


class Desk:
    """An instructor's folder: what the guide takes for granted, and the commands."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "casestudies").symlink_to(ROOT / "casestudies")
        bin_ = folder / ".venv" / "bin"
        bin_.mkdir(parents=True)
        (bin_ / "activate").write_text(f'PATH="{bin_}:$PATH"\n', encoding="utf-8")
        (bin_ / "crmlib").write_text(PROGRAM.format(root=ROOT, python=sys.executable), encoding="utf-8")
        (bin_ / "crmlib").chmod(0o755)
        files = {"roster.csv": ROSTER, "submitted.csv": SUBMITTED, "canvas.csv": CANVAS, "moodle.csv": MOODLE}
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        shutil.copytree(SHIPPED, folder / "private-bank")

    def run(self, block: str) -> str:
        script = block if block.startswith(". ") else f". .venv/bin/activate\n{block}"
        command = ["sh", "-e", "-c", script]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=900, env=HOME)
        assert ran.returncode == 0, f"{block}\n{ran.stdout}{ran.stderr}"
        return ran.stdout + ran.stderr

    def work(self) -> None:
        """Two students solve their sheets, one of them not wholly; the third hands in nothing."""
        files = {one.id: one.file for one in roster.names(self.folder / "sheets" / "names.csv").values()}
        (self.folder / "submissions").mkdir()
        for one, flaw in (("20260018", Flaw({"lift": 0})), ("20260017", Flaw())):
            sheet = notebooks.read(self.folder / "sheets" / files[one])
            path = self.folder / "submissions" / files[one]
            notebooks.write(fill(walmart(), sheet, AUTHOR, flaw).notebook, path)
        shutil.copy(path, self.folder / "sheet.ipynb")

    def rows(self) -> list[dict]:
        text = (self.folder / "report" / "gradebook.csv").read_text(encoding="utf-8-sig")
        return list(csv.DictReader(text.splitlines()))


HOME = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.mark.full
def test_every_command_of_the_guide_runs_as_it_stands_there(tmp_path):
    desk, said = Desk(tmp_path), {}
    for block in blocks():
        if is_file(block):
            (tmp_path / is_file(block)).write_text(block, encoding="utf-8")
        elif not block.startswith("make "):  # that one has a test of its own
            said[block] = desk.run(block)
            if "--new-course-key" in block:
                desk.work()
    assert len(said) == len([block for block in blocks() if "crmlib " in block]) >= 11
    told = "".join(said.values())
    assert "removed: 0 gain, 2 lose" in told
    assert "Everything runs." in told
    marks = {row["Student ID"]: row for row in desk.rows()}
    assert [marks[one]["Status"] for one in marks] == ["final", "pending", "nothing handed in"]
    assert (marks["20260017"]["memo"], marks["20260018"]["lift"]) == ("3", "2")
    assert {row["removed"] for row in marks.values()} == {""}
    # All of 36 points but two of the memo; what was handed in on the 7th had an extension.
    assert "20260017,34\n" in (tmp_path / "report" / "canvas.csv").read_text(encoding="utf-8")
    assert (tmp_path / "report" / "moodle-feedback.zip").stat().st_size > 1000
    assert (tmp_path / "quiz" / "bank").is_dir()


def test_the_blocks_of_the_guide_are_known():
    """A block that is neither a file nor a command would be left out unseen."""
    starts = {block.split()[0] for block in blocks() if not is_file(block)}
    assert starts == {".", "crmlib", "make"}
    assert {is_file(block) for block in blocks()} == {"", "marks.csv", "policy.yaml"}
    targets = re.findall(r"^make (\w+)", "\n".join(blocks()), re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [one for one in ["run", *targets] if f"\n{one}:" not in makefile] == []


def test_the_guide_names_options_and_outcomes_that_there_are():
    commands = next(one for one in _parser()._actions if one.choices and one.dest != "help").choices
    known = {option for parser in commands.values() for option in parser._option_string_actions}
    assert set(re.findall(r"--[a-z][a-z-]+", GUIDE)) - known == set()
    table = GUIDE.split("## What the outcomes mean")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][1:]
    assert sorted(word for row in rows for word in row.split(", ")) == sorted(OUTCOMES)
