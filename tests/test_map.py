"""README and CONTRIBUTING say what is there: paths, make targets, commands, the picture."""

import re
from pathlib import Path

import pytest
from readme_picture import PICTURE, picture

from crmlib import cli

ROOT = Path(__file__).parents[1]
ROOMS = ("notebooks", "casestudies", "crmlib", "data", "tests", "benchmarks")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*/README.md"), *ROOT.glob("benchmarks/*.md")])


def paths_in(text):
    """Links, and names in backquotes that look like paths of this repository."""
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    quoted = re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*|[\w-]+\.(?:toml|yml|lock))`", text)
    return linked, quoted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page):
    linked, quoted = paths_in(page.read_text(encoding="utf-8"))
    missing = [path for path in linked if not (page.parent / path).exists()]
    missing += [p for p in quoted if not any((base / p).exists() for base in (ROOT, page.parent))]
    assert missing == []


def test_a_path_that_is_not_there_would_be_found():
    assert paths_in("see [x](nowhere.md) and `crmlib/no.py`") == (["nowhere.md"], ["crmlib/no.py"])


def test_the_map_names_every_room_of_the_library():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {
        f"crmlib/{path.name}" + "/" * path.is_dir()
        for path in (ROOT / "crmlib").iterdir()
        if not path.name.startswith("__")
    }
    assert [room for room in sorted(rooms) if f"`{room}`" not in text] == []


def test_every_case_and_lesson_is_in_the_table():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [*ROOT.glob("casestudies/*/README.md"), *ROOT.glob("notebooks/[0-9]*.ipynb")]
    assert [str(p) for p in shown if f"({p.relative_to(ROOT).as_posix()})" not in text] == []


def commands_in(text):
    return set(re.findall(r"^(?: {4}|.*`)make ([a-z-]+)", text, re.MULTILINE)), set(
        re.findall(r"(?:^ {4}|`)crmlib ([a-z]+)", text, re.MULTILINE)
    )


def test_every_command_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    (subparsers,) = cli._parser()._subparsers._group_actions
    known = set(subparsers.choices)
    for page in PAGES:
        made, called = commands_in(page.read_text(encoding="utf-8"))
        assert made <= targets, page
        assert called <= known, page


def test_the_picture_is_the_figure_of_the_executed_study():
    assert PICTURE.read_bytes() == picture(), "write it anew: python tests/readme_picture.py"


def test_a_door_plate_fits_forty_lines_and_says_all():
    for plate in ROOT.glob("casestudies/*/README.md"):
        text = plate.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 40
        for word in ("Question", "Decision", "Answer", "Data", "Methods", "Run", "What this does not show"):
            assert f"**{word}" in text, (plate, word)
