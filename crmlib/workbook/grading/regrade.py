"""What another key would change: who gains and who loses, question by question, before it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

from crmlib.catalogue import say

WIDTH = 100


@dataclass(frozen=True)
class Change:
    """One student's mark for one question, before and after; points are None while a person decides."""

    question: str
    student: str
    was: tuple[str, float | None]
    now: tuple[str, float | None]

    @property
    def gain(self) -> float:
        return round((self.now[1] or 0) - (self.was[1] or 0), 2)


def changes(before: dict[str, dict], after: dict[str, dict]) -> list[Change]:
    """The marks that differ, by question in the sheet's order, then by student."""
    found, order = [], {}
    for student in sorted(after):
        old, new = _marks(before.get(student)), _marks(after[student])
        order |= {name: len(order) for name in new if name not in order}
        for name in {**new, **old}:
            was, now = old.get(name, ("-", 0.0)), new.get(name, ("-", 0.0))
            if was != now:
                found.append(Change(name, student, was, now))
    return sorted(found, key=lambda one: (order.get(one.question, len(order)), one.student))


def _marks(result: dict | None) -> dict[str, tuple]:
    questions = result["questions"] if result else []
    return {question["name"]: (question["outcome"], question["raw"]) for question in questions}


def report(found: list[Change], before: dict[str, dict], after: dict[str, dict]) -> Iterator[str]:
    """The changes as lines: for each question a head and who gains or loses what, then the totals."""
    if not found:
        yield say("grade.regrade.same")
        return
    for name in dict.fromkeys(change.question for change in found):
        of = [change for change in found if change.question == name]
        counts = {
            "gain": sum(change.gain > 0 for change in of),
            "lose": sum(change.gain < 0 for change in of),
            "same": sum(change.gain == 0 for change in of),
        }
        yield say("grade.regrade.question", name=name, **counts)
        yield from _lines(of)
    yield say("grade.regrade.total", **_totals(before, after))


def _lines(of: list[Change]) -> Iterator[str]:
    """Everybody by name, those together to whom the same happens, the largest gain first."""
    alike = {}
    for change in sorted(of, key=lambda one: (-one.gain, one.was, one.now, one.student)):
        alike.setdefault((change.gain, change.was[0], change.now[0]), []).append(change.student)
    for (gain, was, now), students in alike.items():
        points = f"{gain:+g}" if gain else "0"
        line = say("grade.regrade.line", was=was, now=now, points=points, students=", ".join(students))
        yield fill(line, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _totals(before, after) -> dict[str, str]:
    """The class's sum of points, and of what can be had, before and after."""
    kept = {student: before[student] for student in after if student in before}
    return {
        "was": f"{_sum(kept):g}",
        "was_of": f"{sum(one['points'] for one in kept.values()):g}",
        "now": f"{_sum(after):g}",
        "now_of": f"{sum(one['points'] for one in after.values()):g}",
    }


def _sum(results) -> float:
    return round(sum(q["raw"] or 0 for one in results.values() for q in one["questions"]), 2)
