"""A plain answer held against a reference: right, partly (which part), or wrong.

The reference is the answer itself where it may be known (`Answer`, for authors and grading) or
digests of it where it may not (`digests.Sealed`, in a learner's sheet): one judgement for both.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from crmlib.workbook.answers import Spec, canonical

# A sheet accepts up to 1.1 tolerances (its grid rounds); grading must never accept less.
SLACK = 1.15
SHOWN_PARTS = 5


@dataclass(frozen=True)
class Verdict:
    """How much of an answer is right: ``good`` of ``total`` parts, and which are not."""

    good: int
    total: int
    parts: tuple[tuple, ...] = ()
    missing: int = 0
    extra: int = 0
    twice: str = ""
    misordered: bool = False
    columns: tuple[str, ...] = ()
    spoilt: bool = False

    @property
    def right(self) -> bool:
        return self.good == self.total and not (self.missing or self.extra or self.twice or self.misordered)

    @property
    def share(self) -> float:
        """The share of the points; full only for an answer that is right."""
        if self.right:
            return 1.0
        if self.spoilt:
            return 0.0
        return min(self.good, self.total - 1) / self.total if self.total else 0.0


class Answer:
    """An answer that is known: the reference of authors and of grading."""

    def __init__(self, spec: Spec, value, *, slack: float = SLACK):
        self.spec, self.value, self.slack = spec, value, slack

    @property
    def size(self) -> int:
        """The number of elements, or of rows."""
        return len(self.value) if self.spec.type != "table" else len(row_keys(self.spec, self.value))

    def leaf(self, value) -> bool:
        return close(value, self.value, self.spec, self.slack)

    def item(self, i: int, value) -> bool:
        return close(value, self.value[i], self.spec.of, self.slack)

    def has(self, value) -> bool:
        return canonical(value, self.spec.of) in self._members

    @cached_property
    def _members(self) -> set[str]:
        return {canonical(one, self.spec.of) for one in self.value}

    @cached_property
    def rows(self) -> dict[str, int]:
        """The position of each row by its key."""
        return {key: i for i, key in enumerate(row_keys(self.spec, self.value))}

    def row_ids(self, keys: list[str]) -> list[str]:
        return keys

    def wrong(self, name: str, ids: list[str], values: list) -> Iterator[int]:
        """The positions of the values of a column that are wrong, rows not asked for left out."""
        expected, spec = self.value[name], self.spec.columns[name]
        for i, row in enumerate(ids):
            if row in self.rows and not close(values[i], expected[self.rows[row]], spec, self.slack):
                yield i


def close(value, expected, spec: Spec, slack: float = 1.0) -> bool:
    """Whether two scalars are the same answer: within the tolerance, or equal without one.

    >>> close(0.304, 0.3, Spec("number", abs=0.005)), close(3.0, 3, Spec("number"))
    (True, True)
    """
    if spec.type != "number" or not spec.abs:
        return canonical(value, spec) == canonical(expected, spec)
    try:
        return abs(value - expected) <= spec.abs * (slack + 1e-9)
    except OverflowError:
        return False


def row_keys(spec: Spec, table: dict[str, list]) -> list[str]:
    """The key of each row of a plain table as one text."""
    columns = [[canonical(v, spec.columns[name]) for v in table[name]] for name in spec.key]
    return ["\x1f".join(parts) for parts in zip(*columns, strict=True)]


def judge(value, spec: Spec, reference) -> Verdict:
    """The verdict on a plain ``value``: an `Answer` or digests are the ``reference``."""
    if spec.type == "list":
        return _judge_list(value, reference)
    if spec.type == "set":
        return _judge_set(value, spec, reference)
    if spec.type == "table":
        return _judge_table(value, spec, reference)
    return Verdict(int(reference.leaf(value)), 1)


def _judge_list(value, reference):
    size = min(len(value), reference.size)
    wrong = [i for i in range(size) if not reference.item(i, value[i])]
    parts = tuple(("item", i + 1) for i in wrong[:SHOWN_PARTS])
    missing, extra = reference.size - size, len(value) - size
    return Verdict(size - len(wrong), max(len(value), reference.size), parts, missing, extra)


def _judge_set(value, spec, reference):
    wrong = [one for one in value if not reference.has(one)]
    good = len(value) - len(wrong)
    parts = tuple(("member", str(one)) for one in wrong[:SHOWN_PARTS])
    spoilt = spec.extra == "none" and bool(wrong)
    total, missing = max(len(value), reference.size), reference.size - good
    return Verdict(good, total, parts, missing, len(wrong), spoilt=spoilt)


def _judge_table(value, spec, reference):
    keys = row_keys(spec, value)
    ids = reference.row_ids(keys)
    # Of a row with several wrong cells, the first column is named.
    wrong = {i: n for n in reversed(spec.values) for i in reference.wrong(n, ids, value[n])}
    unknown = [i for i, row in enumerate(ids) if row not in reference.rows]
    named = islice([*((i, "") for i in unknown), *wrong.items()], SHOWN_PARTS)
    twice = [key for key, count in Counter(keys).items() if count > 1]
    good = len({row for i, row in enumerate(ids) if i not in wrong and row in reference.rows})
    return Verdict(
        good,
        max(len(keys), reference.size),
        tuple(("row", label(spec, value, i), name) for i, name in named),
        missing=reference.size - len({row for row in ids if row in reference.rows}),
        extra=len(unknown),
        twice=label(spec, value, keys.index(twice[0])) if twice else "",
        misordered=spec.order == "rows" and not unknown and not _in_order(ids, reference),
        columns=tuple(sorted(set(wrong.values()))),
    )


def _in_order(ids, reference) -> bool:
    known = [reference.rows[row] for row in ids]
    return known == sorted(known)


def label(spec: Spec, table: dict[str, list], i: int) -> str:
    """How a person calls row ``i`` of the table: its key."""
    return " / ".join(_said(table[name][i]) for name in spec.key)


def _said(value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def same(value, spec: Spec, reference, *, columns=(), ids=None) -> bool:
    """Whether ``value`` is the reference, as a whole; of a table at least in ``columns``, if any.

    Stops at the first difference: a sheet compares with every known mistake. ``ids`` are the
    reference's `row_ids` of the value, when they are known.
    """
    if spec.type != "table":
        return judge(value, spec, reference).right
    if len(value[spec.key[0]]) != reference.size:
        return False
    ids = ids or reference.row_ids(row_keys(spec, value))
    names = columns or spec.values
    if any(True for n in names for _ in reference.wrong(n, ids[:1], value[n][:1])):
        return False
    if len(ids) != reference.size or set(ids) != set(reference.rows):
        return False
    if spec.order == "rows" and not _in_order(ids, reference):
        return False
    return not any(True for n in names for _ in reference.wrong(n, ids, value[n]))
