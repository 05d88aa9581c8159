"""What a reader missed comes back: one local file, boxes after Leitner, no clock.

A question answered right moves up a box and rests twice as many reviews; one answered wrong falls back
to the first box. (Leitner 1972, "So lernt man lernen".)
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crmlib.workbook.outcome import Refused

FORMAT = 1
BOXES = 6
PATH_VARIABLE = "CRMLIB_QUIZ_RECORD"


def default_path() -> Path:
    """The file named by ``CRMLIB_QUIZ_RECORD``, or one in the reader's home."""
    given = os.environ.get(PATH_VARIABLE)
    return Path(given) if given else Path.home() / ".crmlib-quiz.json"


@dataclass
class Record:
    """The reader's record: ``boxes`` says where a question stands, ``due`` at which review it comes back."""

    path: Path
    review: int = 0
    boxes: dict[str, int] | None = None
    due: dict[str, int] | None = None

    @classmethod
    def read(cls, path: Path | None = None) -> "Record":
        """The record in the file; an empty one where there is none, `Refused` where it is damaged."""
        path = Path(path or default_path())
        if not path.exists():
            return cls(path, 0, {}, {})
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            boxes, due = _whole(given["boxes"]), _whole(given["due"])
            if given["format"] != FORMAT or type(given["review"]) is not int:
                raise ValueError
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused("quiz.record_damaged", path=path) from error
        return cls(path, given["review"], boxes, due)

    def missed(self) -> list[str]:
        """The questions that come back in the next review, those in the lowest boxes first."""
        due = [name for name, review in self.due.items() if review <= self.review]
        return sorted(due, key=lambda name: (self.boxes[name], name))

    def answer(self, name: str, right: bool) -> None:
        """Note one answer; a question never missed is not taken in."""
        if right and name not in self.boxes:
            return
        box = min(self.boxes.get(name, 1) + 1, BOXES) if right else 1
        self.boxes[name] = box
        self.due[name] = self.review + (2 ** (box - 1) if right else 0)

    def write(self) -> None:
        """Write the file whole, or leave the old one."""
        content = {"format": FORMAT, "review": self.review, "boxes": self.boxes, "due": self.due}
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        beside.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        beside.replace(self.path)


def change(path: Path | None, function: Callable[[Record], None]) -> None:
    """Read the record, change it, write it: another notebook may have written in between."""
    record = Record.read(path)
    function(record)
    record.write()


def _whole(given: dict) -> dict[str, int]:
    if any(type(value) is not int for value in given.values()):
        raise ValueError
    return dict(given)
