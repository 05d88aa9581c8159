"""One submission run at one set of parameters: again without a block that hangs, dies or takes all memory.

What comes back is untrusted text, kept as JSON values; it is read as answers only where it is marked.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from crmlib.workbook.outcome import one_line

REPLAYS = 4
AGAIN_ALONE = ("timeout", "memory")
# Where an object lies in memory is another place in every zygote, and Python tells it in many texts.
ADDRESS = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)

# An attempt that was never made.
NEVER = {
    "left": [],
    "stop": None,
    "finished": False,
    "answers": {},
    "errors": {},
    "rebound": [],
    "ended": None,
}
# (cells) -> the sandbox's `Ran`
Run = Callable[[list], object]


class Spent(Exception):  # noqa: N818 (no defect: the file has had its time)
    """No run may begin any more; the text says what is used up."""


@dataclass
class Played:
    """The attempts in order, of which the last counts, and what each cell showed last."""

    attempts: list[dict]
    cells: dict = field(default_factory=dict)


def play(run: Run, cells: list, questions: dict[int, str], *, without=()) -> Played:
    """Run the cells; each attempt leaves out what stopped the ones before.

    ``without`` are questions left out from the start. Where no further run was begun although one stopped,
    the last attempt says how it ``ended``. ``run`` may raise `Spent`.
    """
    left, played = sorted(without), Played([])
    try:
        for _ in range(REPLAYS + 1):
            ran = run([(n, source) for n, source in cells if n not in left and questions.get(n) not in left])
            played.attempts.append(_attempt(ran, questions, left))
            played.cells |= ran.cells
            stop = played.attempts[-1]["stop"]
            if stop is None or stop["leaves"] is None:
                return played
            left = sorted([*left, stop["leaves"]], key=str)
        played.attempts[-1]["ended"] = {"by": "replays", "reason": stop["reason"]}
    except Spent as spent:
        played.attempts = played.attempts or [NEVER | {"left": left}]
        played.attempts[-1]["ended"] = {"by": "time", "reason": str(spent)}
    return played


def once(run: Run, cells: list, questions: dict[int, str], *, without: list) -> dict:
    """One attempt that is made only once; ``run`` may raise `Spent`."""
    try:
        ran = run([(n, source) for n, source in cells if questions.get(n) not in without])
    except Spent as spent:
        return NEVER | {"left": without, "ended": {"by": "time", "reason": str(spent)}}
    return _attempt(ran, questions, without)


def _attempt(ran, questions, left) -> dict:
    errors = {str(n): cell.error for n, cell in sorted(ran.cells.items()) if cell.error}
    return {
        "left": left,
        "stop": ran.stop and _stop(ran.stop, questions),
        "finished": bool(ran.finished),
        "answers": {name: _said(said) for name, said in sorted(ran.answers.items())},
        "errors": {n: one_line(without_addresses(error)) for n, error in errors.items()},
        "rebound": sorted(ran.rebound),
        "ended": None,
    }


def without_addresses(text: str) -> str:
    """The text with each place in memory left open: so it is the same in every run."""
    return ADDRESS.sub("0x...", text)


def _said(said) -> dict:
    unfit = said.unfit and json.loads(without_addresses(json.dumps(said.unfit)))
    return {"json": said.json, "unfit": unfit, "cell": said.cell}


def tells_an_address(attempt: dict) -> bool:
    """Whether an answer seems to hold the place of an object in memory."""
    return any(ADDRESS.search(said["json"] or "") for said in attempt["answers"].values())


def _stop(stop, questions) -> dict:
    """A stop, and what a replay leaves out: a question's block, or one cell before the first question."""
    leaves = (questions.get(stop.cell) or stop.cell) if stop.cell else None
    return {"cell": stop.cell, "word": stop.word, "reason": one_line(stop.reason), "leaves": leaves}


def doubtful(attempts: list[dict]) -> bool:
    """Whether a stop may be due to what else ran at the time."""
    stopped = any(one["stop"] and one["stop"]["word"] in AGAIN_ALONE for one in attempts)
    return stopped or is_spent(attempts[-1:])


def is_spent(attempts: list[dict]) -> bool:
    """Whether the attempts came to their end because the file had used up its time."""
    return any(one["ended"] and one["ended"]["by"] == "time" for one in attempts)


def stops(attempts: list[dict]) -> dict[str, dict]:
    """What stopped each question; "" what stopped the set-up, or everything."""
    found = {}
    for one in attempts:
        if one["stop"]:
            leaves = one["stop"]["leaves"]
            found.setdefault(leaves if isinstance(leaves, str) else "", one["stop"])
    return found
