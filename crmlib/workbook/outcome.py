"""How a run ended: one word, the cell that it ended at, and the exit code of the word."""

import re
from dataclasses import dataclass

from crmlib.catalogue import say

# What a terminal obeys, what turns the text around it, and halves of letters, which cannot be printed.
CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]"
    r"|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

CODES = {
    "success": 0,
    "error": 1,
    "refused": 2,
    "timeout": 3,
    "memory": 4,
    "output": 5,
    "died": 6,
    "stopped early": 7,
    "unexpected results": 8,
    "interrupted": 130,
}


class Refused(Exception):  # noqa: N818 (a refusal is no defect)
    """A request that is refused before anything runs, in a sentence of the catalogue."""

    def __init__(self, key: str, **values):
        # A value may come from a file that somebody else wrote.
        super().__init__(CONTROL.sub("", say(key, **values)))


@dataclass(frozen=True)
class Outcome:
    """The word a run ended in; ``cell`` is the number of the code cell, as in ``In [cell]``."""

    word: str
    cell: int | None = None
    heading: str = ""
    reason: str = ""

    @property
    def code(self) -> int:
        return CODES[self.word]

    @property
    def ok(self) -> bool:
        return self.word == "success"

    def sentence(self) -> str:
        """The outcome as a person reads it: word, cell, heading, reason."""
        what = say("run.outcome." + self.word.replace(" ", "_"))
        return say("run.outcome", word=self.word, what=what, where=self._where(), why=self._why())

    def _where(self) -> str:
        if self.cell is None:
            return ""
        if not self.heading:
            return " " + say("run.where.cell", cell=self.cell)
        return " " + say("run.where.heading", cell=self.cell, heading=self.heading)

    def _why(self) -> str:
        return f": {self.reason}" if self.reason else ""


def one_line(text: str, most: int = 300) -> str:
    """The text on one line of at most ``most`` characters, without terminal codes.

    >>> one_line("first\\n  last")
    'first last'
    """
    return " ".join(CONTROL.sub("", text).split())[:most]
