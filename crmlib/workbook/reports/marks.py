"""From results to totals: machine marks, hand marks in their place, void questions out, lateness off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from crmlib.workbook.reports.graded import FAULT, HAND, VOID, Round
from crmlib.workbook.rounds.hand_marks import HandMark, Marks
from crmlib.workbook.rounds.policy import Late
from crmlib.workbook.rounds.roster import Named

FINAL, PENDING, MISSING = "final", "pending", "missing"
MEMO = "memo"
# The words of `intake` that explain why a student has no result, the most telling first.
ABSENT = ("swapped", "double", "unreadable", "another case", "not a sheet", "unmatched", MISSING)


@dataclass(frozen=True)
class Mark:
    """A student's points for one question; None while a person has to mark it."""

    name: str
    title: str
    type: str
    possible: float
    outcome: str
    points: float | None
    comment: str = ""
    by_hand: bool = False


@dataclass(frozen=True)
class Account:
    """One student of the roster: marks, raw total, final total (None: pending or missing), and why.

    ``kept`` says of a result made from an earlier file why none of the files there now was taken.
    """

    who: Named
    status: str
    marks: tuple[Mark, ...] = ()
    final: float | None = None
    reason: str = ""
    kept: str = ""

    @property
    def raw(self) -> float | None:
        """The sum of the points there are; None without a result."""
        return rounded(sum(mark.points or 0 for mark in self.marks)) if self.marks else None

    @property
    def possible(self) -> float:
        return rounded(sum(mark.possible for mark in self.marks if mark.outcome != VOID))

    @property
    def penalty(self) -> float | None:
        """The points that lateness cost."""
        return None if self.final is None or self.raw is None else rounded(self.raw - self.final)


def accounts(
    results: Round,
    names: dict[str, Named],
    *,
    hand: Marks | None = None,
    late: Callable[[Named, float], Late] | None = None,
    absent: float | None = None,
) -> list[Account]:
    """An account for each student of ``names``, in their order.

    ``hand`` holds hand marks by pseudonym and question; ``late(who, raw)`` says what is left of a raw
    total; ``absent`` is the final total of who handed in nothing. What was handed in and could not be
    graded is for a person to settle.
    """
    words, made = verdicts(results), []
    taken = accepted(results)
    for pseudonym, who in names.items():
        if pseudonym not in results.students:
            word = words.get(pseudonym, MISSING)
            made.append(Account(who, word, final=absent if word == MISSING else None))
            continue
        marks = tuple(_marks(results.students[pseudonym]["questions"], (hand or {}).get(pseudonym, {})))
        kept = "" if pseudonym in taken else words.get(pseudonym, MISSING)
        account = _account(who, marks, late)
        # A file that was put away is no doubt about which one counts.
        made.append(account if kept in ("", MISSING) else replace(account, kept=kept))
    return made


def accepted(results: Round) -> dict[str, dict]:
    """The file that was taken of each student."""
    return {one["student"]: one for one in results.files if one["verdict"] == "accepted"}


def verdicts(results: Round) -> dict[str, str]:
    """Why files of a student were not taken, the most telling reason of each student."""
    found = {}
    for word in reversed(ABSENT):
        found |= {
            one["student"]: word for one in results.files if one["verdict"] == word and one.get("student")
        }
    return found


def _marks(questions: list[dict], hand: dict[str, HandMark]) -> Iterator[Mark]:
    for one in questions:
        name, outcome = one["name"], one["outcome"]
        known = {"possible": one["points"]} | {key: one[key] for key in ("name", "title", "type", "outcome")}
        given = hand.get(name)
        if given is not None and outcome != VOID:
            yield Mark(**known, points=given.points, comment=given.comment, by_hand=True)
        else:
            open_ = outcome in (VOID, FAULT, HAND)
            yield Mark(**known, points=None if open_ else one["raw"])


def _account(who: Named, marks: tuple[Mark, ...], late) -> Account:
    account = Account(who, FINAL, marks)
    if any(mark.points is None and mark.outcome != VOID for mark in marks):
        return Account(who, PENDING, marks)
    left = late(who, account.raw) if late else Late(account.raw)
    return Account(who, FINAL, marks, rounded(left.final), left.reason)


def strangers(results: Round, names: dict[str, Named]) -> list[str]:
    """The pseudonyms with a result that no student of the roster has."""
    return [pseudonym for pseudonym in results.students if pseudonym not in names]


def rounded(points: float) -> float:
    """The points at two digits, the same number however they were summed."""
    return round(float(points) + 1e-9, 2)


def shown(points: float | None) -> str:
    """The points as written everywhere; empty for none.

    >>> shown(2.0), shown(1.25), shown(None)
    ('2', '1.25', '')
    """
    return "" if points is None else f"{rounded(points):g}"


def stem(who: Named) -> str:
    """The name of the files made for a student: that of the sheet, else the pseudonym."""
    return Path(who.file).stem or who.pseudonym
