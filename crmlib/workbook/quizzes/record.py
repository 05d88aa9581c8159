"""What a reader missed comes back: one local file, boxes after Leitner, no clock.

A question answered right moves up a box and rests twice as many reviews; one answered wrong falls back
to the first box. (Leitner 1972, "So lernt man lernen".)
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from crmlib.workbook.alone import alone
from crmlib.workbook.outcome import Refused

FORMAT = 1
BOXES = 6
LONGEST_REST = 2 ** (BOXES - 1)
PATH_VARIABLE = "CRMLIB_QUIZ_RECORD"
T = TypeVar("T")


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
        """The record in the file; an empty one where there is none, `Refused` where it is no record.

        Single entries that do not fit together are mended: nothing that was missed is forgotten.
        """
        path = Path(path or default_path())
        if not path.exists():
            return cls(path, 0, {}, {})
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            format_, review, boxes, due = (given[name] for name in ("format", "review", "boxes", "due"))
            if {type(format_), type(review)} != {int} or {type(boxes), type(due)} != {dict} or format_ < 1:
                raise ValueError
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused("quiz.record_damaged", path=path) from error
        if format_ > FORMAT:
            raise Refused("quiz.record_newer", path=path)
        return cls(path, max(review, 0), *_mended(boxes, due, max(review, 0)))

    def missed(self) -> list[str]:
        """The questions that come back in the next review, those in the lowest boxes first."""
        due = [name for name, review in self.due.items() if review <= self.review]
        return sorted(due, key=lambda name: (self.boxes[name], name))

    def begin(self) -> tuple[list[str], int]:
        """Begin the next review: what comes back in it, and its number."""
        missed = self.missed()
        self.review += 1
        return missed, self.review

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


def change(path: Path | None, function: Callable[[Record], T]) -> T:
    """What ``function`` returns on the record, read and written while no other notebook does."""
    path = Path(path or default_path())
    with alone(path):
        record = Record.read(path)
        made = function(record)
        record.write()
    return made


def _mended(boxes: dict, due: dict, review: int) -> tuple[dict[str, int], dict[str, int]]:
    """Boxes and dates that fit together; what has lost one of the two was missed, and comes back now."""
    names = [*boxes, *(name for name in due if name not in boxes)]
    found = {name: (boxes.get(name), due.get(name)) for name in names}
    boxes = {name: min(max(box, 1), BOXES) if type(box) is int else 1 for name, (box, _) in found.items()}
    due = {
        name: min(at, review + LONGEST_REST) if type(at) is int else review for name, (_, at) in found.items()
    }
    return boxes, due
