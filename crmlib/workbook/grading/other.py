"""Other answers than the one given: well apart from it, of its type and in its range.

Two of each, towards either end of what is possible, because an answer that follows may stay as it is
where what went before it moves one way only.
"""

import math

from crmlib.workbook.answers import Spec, out_of_range

LOW, HIGH = 0, 1
SIDES = LOW, HIGH


def other(value, spec: Spec, side: int):
    """Another plain answer of the type, the rows and the key of ``value``; None where there is none.

    A number goes towards the end ``side`` of its range, in a list or a table every second one towards
    the opposite end. A set loses the members at every second place, counted from ``side``.
    """
    made = _OTHERS[spec.type](value, spec, side) if spec.type in _OTHERS else None
    return None if made is None or made == value or out_of_range(made, spec) else made


def _number(number, spec, side):
    like = round if type(number) is int else float
    choices = map(like, _choices(number, spec.low, spec.high, side))
    far = [one for one in choices if abs(one - number) > 2 * spec.abs and math.isfinite(one)]
    return next((one for one in far if out_of_range(one, spec) is None), None)


def _choices(number, low, high, side) -> list:
    """Numbers towards the end asked for, the best first; where a range is open, by the number's own size."""
    if low is not None and high is not None:
        parts = (0.03, 0.21, 0.37, 0.58, 0.71, 0.96)
        return [low + part * (high - low) for part in (parts if side == LOW else reversed(parts))]
    if low is None and high is None:
        sign = 1 if number >= 0 else -1
        return [-sign * (0.61 * abs(number) + 3) if side == LOW else sign * (2 * abs(number) + 11)]
    base = high if low is None else low
    sign = 1 if low is not None else -1
    away = abs(number - base)
    return [
        base + sign * part for part in ((0.03 * away, 0.5 * away, 3) if side == LOW else (2 * away + 11,))
    ]


def _truth(value, spec, side):
    return not value


def _choice(value, spec, side):
    others = [one for one in spec.options if one != value]
    return others[-side] if others else None


def _list(items, spec, side):
    made = _turned(items, spec.of, side)
    return items[:-1] if made == items else made


def _set(items, spec, side):
    return items[side::2]


def _table(columns, spec, side):
    if not columns:
        return None
    values = {name: _turned(columns[name], spec.columns[name], side) for name in spec.values}
    return columns | values


def _turned(items: list, spec: Spec, side: int) -> list:
    """The elements, each another where there is one."""
    made = [other(one, spec, (side + i) % 2) for i, one in enumerate(items)]
    return [one if new is None else new for one, new in zip(items, made, strict=True)]


_OTHERS = {
    "number": _number,
    "true/false": _truth,
    "choice": _choice,
    "list": _list,
    "set": _set,
    "table": _table,
}
