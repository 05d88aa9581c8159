"""What another key would change: who gains and who loses, question by question, before it is written."""

from collections.abc import Iterator
from dataclasses import dataclass

from crmlib.catalogue import say, say_count

SHOWN = 20


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
    """The changes as lines: a head for each question, a line for each student, the totals."""
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
        yield from map(_line, of[:SHOWN])
        if len(of) > SHOWN:
            yield say_count("grade.regrade.more", len(of) - SHOWN)
    yield say("grade.regrade.total", **_totals(before, after))


def _line(change: Change) -> str:
    points = f"{change.gain:+g}" if change.gain else "0"
    values = {"student": change.student, "was": change.was[0], "now": change.now[0], "points": points}
    return say("grade.regrade.line", **values)


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
