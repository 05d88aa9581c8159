"""Digests of a column of numbers, all rows at once: a table of 10,000 rows is checked at a glance.

The same grid as in `digests`; in the place of a hash function stands a 64-bit mixture of the row's
own (hashed) name, the column and the grid point. It deters a glance, not a search: neither does.
"""

from base64 import b64decode, b64encode

from crmlib.workbook.answers import Spec

STEPS = 10
PERIOD = 2 * STEPS
# A point is taken that is no more than a tolerance and half a step away, since the answer was
# rounded to the grid. One farther from the nearest candidate may belong to the next one too.
OTHER = PERIOD - (STEPS + 0.5 + 1e-6)
# Beyond, neighbouring floats are farther apart than grid points.
FARTHEST = 2.0**52
# The constants of splitmix64 (Steele, Lea and Flood 2014).
ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def seal(values: list, rows: list[bytes], number: int, spec: Spec) -> dict[str, str]:
    """The phases and the digests of a column: ``rows`` are the rows' names, eight bytes each."""
    import numpy as np

    x = _grid(np, values, spec)
    if not np.isfinite(x).all():
        raise ValueError(f"number: {max(values, key=abs)} cannot be sealed with tolerance {spec.abs}")
    k, phase = np.divmod(np.rint(x).astype(np.int64), _period(spec))
    digests = _mixed(np, rows, number, k)
    masked = (phase + _mask(np, digests)) % PERIOD
    return {"phases": _text(masked.astype("u1")), "digests": _text(digests.astype("<u8"))}


def wrong(values: list, rows: list[bytes], at: list[int], number: int, spec: Spec, sealed: dict) -> list[int]:
    """The positions of the values that are not those sealed ``at`` these places, within tolerance."""
    import numpy as np

    digests = np.frombuffer(b64decode(sealed["digests"]), "<u8")[at].astype(np.uint64)
    phase = (np.frombuffer(b64decode(sealed["phases"]), "u1")[at] - _mask(np, digests)) % PERIOD
    x = _grid(np, values, spec)
    finite, period = np.isfinite(x), _period(spec)
    x = np.where(finite, x, 0.0) - phase
    k = np.floor_divide(x + period // 2, period)
    beyond = x - period * k
    right = _mixed(np, rows, number, k) == digests
    if spec.abs:
        right |= (np.abs(beyond) > OTHER) & (_mixed(np, rows, number, k + np.sign(beyond)) == digests)
    return np.flatnonzero(~(right & finite)).tolist()


def _period(spec) -> int:
    """Grid points to one digest; a whole number is a point by itself."""
    return PERIOD if spec.abs else 1


def _grid(np, values, spec):
    """The values in tenths of the tolerance, or whole numbers themselves; NaN for what is off the grid."""
    numbers = np.array(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        x = numbers / spec.abs * STEPS if spec.abs else np.where(numbers == np.rint(numbers), numbers, np.nan)
        return np.where(np.abs(x) < FARTHEST, x, np.nan)


def _mixed(np, rows, number, k):
    """A 64-bit mixture of row, column and grid point."""
    first, second, third = (np.uint64(odd) for odd in ODD)
    x = np.frombuffer(b"".join(rows), "<u8") ^ (k.astype(np.int64).astype(np.uint64) * first)
    x = x + np.full(len(x), number + 1, np.uint64) * first
    x = (x ^ (x >> np.uint64(30))) * second
    x = (x ^ (x >> np.uint64(27))) * third
    return x ^ (x >> np.uint64(31))


def _mask(np, digests):
    return (digests % np.uint64(PERIOD)).astype(np.int64)


def _text(array) -> str:
    return b64encode(array.tobytes()).decode()
