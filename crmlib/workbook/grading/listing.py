"""The end of a grading as it is printed: who is not graded, by their own id, in lines that fit a terminal."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import TextIO
from unicodedata import east_asian_width

from crmlib.catalogue import say
from crmlib.workbook.outcome import one_line
from crmlib.workbook.rounds import roster
from crmlib.workbook.rounds.intake import File

LONGEST_LINE = 600
PSEUDONYM = re.compile("s-[a-z2-7]{10}")
NARROWEST = 40
INDENT = " " * 6
# Stands for the second column of a letter that takes two; no line that is printed holds it.
SECOND = "\0"


def not_graded(files: list[File], names: Path) -> Iterator[str]:
    """A line for each file that is not graded and each student without one; ``names`` if it is there."""
    known = roster.names(names) if names.exists() else {}
    for file in files:
        if file.verdict != "accepted":
            values = {"student": _by_id(file.student or "-", known), "reason": _by_id(file.reason, known)}
            values["verdict"] = file.verdict
            told = say("grade.not_accepted", file=file.name or "-", **values)
            yield "  " + one_line(told, LONGEST_LINE).rstrip(" :")


def _by_id(text: str, known: dict[str, roster.Named]) -> str:
    """The text with the student's own id before each pseudonym."""
    return PSEUDONYM.sub(lambda one: f"{known[one[0]].id}, {one[0]}" if one[0] in known else one[0], text)


def fitted(line: str, stream: TextIO) -> str:
    """The line as it is for a file or a pipe, where it is searched; on a terminal wrapped and set in."""
    if not stream.isatty():
        return line
    width = max(NARROWEST, shutil.get_terminal_size().columns)
    wide = "".join(one + SECOND if east_asian_width(one) in "WF" else one for one in line)
    indent = INDENT if line.startswith(" ") else ""
    return fill(wide, width, subsequent_indent=indent, break_on_hyphens=False).replace(SECOND, "")
