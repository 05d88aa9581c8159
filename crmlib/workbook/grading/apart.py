"""A process that only reads: it parses what was handed in, so that no file can hurt who holds the key.

No code of a submission runs in it; but a text can be made such that parsing it takes all memory, all
time, or the process itself.
"""

import sys
from base64 import b64decode, b64encode
from dataclasses import asdict
from hashlib import sha256

from crmlib.workbook import learner
from crmlib.workbook.grading import blocks, helper, submission
from crmlib.workbook.grading.submission import MOST_BYTES, Cell, Submission

SECONDS = 60


class Apart:
    """A context in which files are read by another process; one call at a time."""

    def __init__(self, *, seconds: float = SECONDS):
        self._helper = helper.Helper("crmlib.workbook.grading.apart", seconds=seconds)

    def __enter__(self) -> "Apart":
        return self

    def __exit__(self, *_) -> None:
        self._helper.close()

    def read(self, data: bytes) -> Submission:
        """The submission that the bytes spell; ``trouble`` also where reading them fails or lasts."""
        given = len(data) <= MOST_BYTES and self._helper.call("read", b64encode(data).decode())
        if not given:
            trouble = "grade.file.big" if len(data) > MOST_BYTES else "grade.file.reader"
            return Submission(sha256(data).hexdigest(), trouble)
        return Submission.from_dict(given)

    def plan(self, given: Submission, titles: dict, unseen: dict, own: dict) -> dict | None:
        """What is to run (`plan`); None where it cannot be told."""
        return self._helper.call("plan", [asdict(cell) for cell in given.cells], titles, unseen, own)


def plan(cells: list[dict], titles: dict, unseen: dict, own: dict) -> dict:
    """What is to run: the code at both sets of parameters, and which question each cell belongs to."""
    every = tuple(Cell(**cell) for cell in cells)
    code = [cell for cell in every if cell.kind == "code"]
    of = blocks.blocks(every, titles)
    at_unseen, again = blocks.with_parameters(code, unseen, own)
    at_own, _ = blocks.with_parameters(code, own, own)
    return {
        "unseen": [[cell.number, cell.source] for cell in at_unseen],
        "own": [[cell.number, cell.source] for cell in at_own],
        "questions": [[number, name] for number, name in of.items()],
        "checks": blocks.checks(every, titles),
        "again": again,
        "reads": {name: learner.reads([c for c in code if of[c.number] == name], titles) for name in titles},
        "entropy": any(blocks.ENTROPY.search(cell.source) for cell in code),
    }


def read(data: str) -> dict:
    """The submission that the bytes, in base 64, spell."""
    return submission.read(b64decode(data)).to_dict()


if __name__ == "__main__":
    helper.serve(sys.argv[1], {"read": read, "plan": plan})
