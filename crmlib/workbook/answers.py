"""Answers as plain values: what an exercise asks for, and when two scalars are the same.

A plain answer is a number, a text, true/false, a list of those (also for a set), or, for a table, a
dict of its columns in the order declared. `plain` reads a learner's object as one.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields

SCALARS = ("number", "text", "true/false", "choice")
TYPES = (*SCALARS, "list", "set", "table", "memo")


class Unfit(Exception):  # noqa: N818 (a verdict on an answer, not a fault)
    """An object that is no answer of the type asked for: ``kind`` of trouble, and where."""

    def __init__(self, kind: str, where: tuple = (), **values):
        super().__init__(kind)
        self.kind, self.where, self.values = kind, where, values


@dataclass(frozen=True)
class Spec:
    """What is asked for: a type with its tolerance, range, elements or columns."""

    type: str
    abs: float = 0.0
    low: float | None = None
    high: float | None = None
    case: str = "any"
    options: tuple[str, ...] = ()
    of: "Spec | None" = None
    key: tuple[str, ...] = ()
    columns: dict[str, "Spec"] = field(default_factory=dict)
    order: str = "any"
    extra: str = "part"
    lines: int = 0

    def to_dict(self) -> dict:
        """The spec as JSON values, defaults left out; `from_dict` reads it."""
        plainly = asdict(self) | {"of": self.of and self.of.to_dict()}
        plainly["columns"] = [[name, spec.to_dict()] for name, spec in self.columns.items()]
        return {f.name: plainly[f.name] for f in fields(self) if plainly[f.name] not in (f.default, [], ())}

    @classmethod
    def from_dict(cls, given: dict) -> "Spec":
        """The spec that `to_dict` wrote."""
        given = dict(given)
        for name in ("options", "key"):
            given[name] = tuple(given.get(name, ()))
        of, columns = given.pop("of", None), given.pop("columns", [])
        made = {name: cls.from_dict(spec) for name, spec in columns}
        return cls(**given, of=of and cls.from_dict(of), columns=made)

    @property
    def values(self) -> tuple[str, ...]:
        """The columns of a table that are no key."""
        return tuple(name for name in self.columns if name not in self.key)


def normal(text: str) -> str:
    """The text as compared: one form of each character, no case, single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def canonical(value, spec: Spec) -> str:
    """The value of a scalar as one text: equal exactly when the values are the same answer."""
    if spec.type == "set":
        return "\x1e".join(sorted(canonical(item, spec.of) for item in value))
    if spec.type == "number":
        whole = type(value) is int or value.is_integer()
        return f"{int(value):x}" if whole else value.hex()
    if spec.type == "true/false":
        return str(value)
    return value if spec.case == "exact" else normal(value)


def leaves(value, spec: Spec) -> Iterator[tuple[tuple, Spec, object]]:
    """The scalars of a plain answer: where each stands, what it is asked to be, its value."""
    if spec.type == "table":
        for name, column in value.items():
            for row, one in enumerate(column, 1):
                for _, part, leaf in leaves(one, spec.columns[name]):
                    yield ("cell", name, row), part, leaf
    elif spec.type in ("list", "set"):
        for i, one in enumerate(value, 1):
            yield ("item", i), spec.of, one
    else:
        yield (), spec, value


def out_of_range(value, spec: Spec) -> tuple[tuple, Spec, object] | None:
    """The first scalar of a plain answer that is outside its declared range."""
    if spec.type == "table":
        value = {name: column for name, column in value.items() if _has_range(spec.columns[name])}
    for where, part, leaf in leaves(value, spec):
        if _has_range(part) and not _inside(leaf, part):
            return where, part, leaf
    return None


def _has_range(spec) -> bool:
    return spec.low is not None or spec.high is not None


def _inside(number, spec) -> bool:
    return (spec.low is None or number >= spec.low) and (spec.high is None or number <= spec.high)


def restore(value, spec: Spec):
    """The object that a follower's solution works on: a data frame for a table, a set for a set."""
    if spec.type == "set":
        return set(value)
    if spec.type != "table":
        return value
    import pandas as pd

    sets = [name for name, column in spec.columns.items() if column.type == "set"]
    return pd.DataFrame({n: list(map(frozenset, c)) if n in sets else c for n, c in value.items()})
