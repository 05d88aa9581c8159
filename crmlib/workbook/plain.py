"""A learner's object read as a plain answer, or what is wrong with it first.

Only exact builtin, NumPy and pandas types are looked into, so that no code of an answer runs.
"""

import json
import math
import sys

from crmlib.workbook.answers import Spec, Unfit, canonical, normal

MOST_ITEMS = 200_000
MOST_TEXT = 100_000
MOST_BITS = 1000
MOST_JSON = 20_000_000

# A class can make `cls.__name__` run its own code; the slot of `type` cannot be overridden.
_name_of = type.__dict__["__name__"].__get__


def type_name(value) -> str:
    """The name of the value's type, whatever the type does to hide it."""
    return str(_name_of(type(value)))


def plain(value, spec: Spec):
    """``value`` as exact builtins, or `Unfit` saying what is wrong first: missing, type, shape.

    >>> plain((1, 2.5), Spec("list", of=Spec("number", abs=0.1)))
    [1, 2.5]
    """
    if value is ... or value is None:
        raise Unfit("missing")
    return _READERS[spec.type](value, spec)


def from_json(text: str, spec: Spec):
    """The plain answer that a line of JSON from an untrusted process spells, or `Unfit`.

    Bare NaN, a key that stands twice, endless brackets or digits are no answer.
    """
    if len(text) > MOST_JSON:
        raise Unfit("long", most=MOST_JSON)
    if text.count("[") + text.count("{") > 2 * MOST_ITEMS:  # they would take far more memory than the text
        raise Unfit("size", most=MOST_ITEMS)
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError):
        raise Unfit("unreadable", given="JSON", reason="JSON") from None
    return plain(value, spec)


def _once_each(pairs) -> dict:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


def _number(value, spec):
    if type(value) in _numpy("integer", "floating"):
        value = int(value) if type(value) in _numpy("integer") else float(value)
    if type(value) not in (int, float):
        raise Unfit("type", given=type_name(value))
    if type(value) is int and value.bit_length() > MOST_BITS:
        raise Unfit("huge")
    if type(value) is float and not math.isfinite(value):
        raise Unfit("not_finite")
    return value


def _text(value, spec):
    if type(value) is not str and type(value) not in _numpy("str_"):
        raise Unfit("type", given=type_name(value))
    if len(value) > MOST_TEXT:
        raise Unfit("long", most=MOST_TEXT)
    return str(value)


def _memo(value, spec):
    if not (text := _text(value, spec).strip()):
        raise Unfit("missing")
    return text


def _truth(value, spec):
    if type(value) is not bool and type(value) not in _numpy("bool_"):
        raise Unfit("type", given=type_name(value))
    return bool(value)


def _choice(value, spec):
    chosen = normal(_text(value, spec))
    for option in spec.options:
        if normal(option) == chosen:
            return option
    raise Unfit("option", options=", ".join(spec.options))


def _list(value, spec):
    return [_within(("item", i), item, spec.of) for i, item in enumerate(_items(value), 1)]


def _set(value, spec):
    items = list(value) if type(value) in (set, frozenset) else _items(value)
    if len(items) > MOST_ITEMS:
        raise Unfit("size", most=MOST_ITEMS)
    found = {canonical(item, spec.of): item for item in (_within((), one, spec.of) for one in items)}
    return [found[key] for key in sorted(found)]


def _within(where, value, spec):
    try:
        return plain(value, spec)
    except Unfit as unfit:
        kind = "gap" if unfit.kind == "missing" else unfit.kind
        raise Unfit(kind, (*where, *unfit.where), **unfit.values) from None


def _items(value) -> list:
    """The elements of a list, a tuple, a one-dimensional array or a column."""
    if type(value) in _pandas("Series", "Index") or (
        type(value) in _numpy_types("ndarray") and value.ndim == 1
    ):
        if len(value) > MOST_ITEMS:
            raise Unfit("size", most=MOST_ITEMS)
        value = value.tolist()
    if type(value) not in (list, tuple):
        raise Unfit("type", given=type_name(value))
    if len(value) > MOST_ITEMS:
        raise Unfit("size", most=MOST_ITEMS)
    return list(value)


def _table(value, spec):
    given = _columns(value, spec)
    missing = [name for name in spec.columns if name not in given]
    extra = [name for name in given if name not in spec.columns]
    if missing or extra:
        raise Unfit("columns", missing=missing, extra=extra)
    if len({len(column) for column in given.values()}) > 1:
        raise Unfit("lengths")
    return {name: _column(name, given[name], spec.columns[name]) for name in spec.columns}


def _column(name, values, spec):
    kinds = set(map(type, values))
    if kinds == {str} and spec.type == "text" and max(map(len, values)) <= MOST_TEXT:
        return values
    if kinds == {float} and spec.type == "number" and all(map(math.isfinite, values)):
        return values
    if kinds == {int} and spec.type == "number" and max(map(abs, values)) < 2**MOST_BITS:
        return values
    gaps, read, found = (type(None), *_pandas("NAT", "NA")), _READERS[spec.type], []
    for row, value in enumerate(values, 1):
        try:
            if type(value) in gaps:
                raise Unfit("gap")
            found.append(read(value, spec))
        except Unfit as unfit:
            kind = "gap" if unfit.kind == "not_finite" and value != value else unfit.kind
            raise Unfit(kind, ("cell", name, row), **unfit.values) from None
    return found


def _columns(value, spec) -> dict[str, list]:
    """The columns of a data frame, of a named column whose index is the key, or of a dict."""
    if type(value) in _pandas("Series") and value.name is not None and None not in value.index.names:
        value = value.reset_index()
    if type(value) in _pandas("DataFrame"):
        return _frame_columns(value, spec)
    if type(value) is not dict:
        raise Unfit("type", given=type_name(value))
    if any(type(name) is not str for name in value):
        raise Unfit("labels")
    return {name: _within(("column", name), column, _ANY) for name, column in value.items()}


def _frame_columns(frame, spec) -> dict[str, list]:
    index = [name for name in frame.index.names if type(name) is str and name in spec.key]
    labels = list(frame.columns)
    if any(type(label) is not str for label in labels) or len(set(labels)) < len(labels):
        raise Unfit("labels")
    if len(frame) > MOST_ITEMS:
        raise Unfit("size", most=MOST_ITEMS)
    levels = {name: frame.index.get_level_values(name).tolist() for name in index if name not in labels}
    return levels | {label: frame.iloc[:, i].tolist() for i, label in enumerate(labels)}


def _numpy_types(*names) -> tuple[type, ...]:
    module = sys.modules.get("numpy")
    return tuple(getattr(module, name) for name in names) if module else ()


def _numpy(*names) -> frozenset[type]:
    """NumPy's own scalar types below the abstract ones ``names``: exact types, not subclasses."""
    module = sys.modules.get("numpy")
    if module is None:
        return frozenset()
    if names not in _NUMPY:
        kinds, found = _numpy_types(*names), set(module.sctypeDict.values())
        _NUMPY[names] = frozenset(t for t in found - {module.timedelta64} if issubclass(t, kinds))
    return _NUMPY[names]


def _pandas(*names) -> tuple[type, ...]:
    """The exact pandas types; NA and NAT stand for the types of the missing values."""
    module = sys.modules.get("pandas")
    if module is None:
        return ()
    special = {"NA": lambda: type(module.NA), "NAT": lambda: type(module.NaT)}
    if "Index" in names:
        names = (*names, "RangeIndex", "CategoricalIndex")
    return tuple(special[n]() if n in special else getattr(module, n) for n in names)


def _anything(value, spec):
    return value


_NUMPY: dict[tuple, frozenset] = {}
_READERS = {
    "number": _number,
    "text": _text,
    "true/false": _truth,
    "choice": _choice,
    "list": _list,
    "set": _set,
    "table": _table,
    "memo": _memo,
    "anything": _anything,
}
_ANY = Spec("list", of=Spec("anything"))
