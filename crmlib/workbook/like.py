"""Another answer put in the place of a learner's, as an object of the same type: so the code can go on."""

import sys
from numbers import Real


def put_in(names: dict, name: str, value, *, aliases: bool = False) -> None:
    """Give the name another plain answer, with ``aliases`` also what else is the same number or object."""
    before = names[name]
    also = [other for other, one in names.items() if _is_same(one, before)] if aliases else []
    for other in (name, *also):
        names[other] = like(names[other], value)


def _is_same(one, before) -> bool:
    if isinstance(before, Real):
        return isinstance(one, Real) and bool not in (type(one), type(before)) and one == before
    return one is before


def like(before, value):
    """``value``, a plain answer with the rows of ``before``, as an object like it.

    Of a table only the columns are set that ``before`` has by these names: an index stays.
    """
    kind = type(before)
    if kind in (set, frozenset, list, tuple):
        return kind(value)
    pandas = sys.modules.get("pandas")
    if pandas and isinstance(before, pandas.DataFrame):
        return before.assign(**{name: column for name, column in value.items() if name in before.columns})
    if pandas and isinstance(before, pandas.Series):
        return _series(pandas, before, value)
    if pandas and isinstance(before, pandas.Index):
        return pandas.Index(value, name=before.name)
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(before, numpy.ndarray):
        return numpy.array(value, dtype=None if value else before.dtype)
    return kind(value) if numpy and isinstance(before, numpy.generic) else value


def _series(pandas, before, value):
    if isinstance(value, dict):
        return pandas.Series(value[before.name], index=before.index, name=before.name)
    return pandas.Series(value, name=before.name, dtype=None if value else before.dtype)
