"""Measures of a rule A -> C as ratios of whole numbers, so that thresholds can be compared exactly.

A rule has four counts of baskets: ``both`` (A and C), ``left`` (A), ``right`` (C), ``total``.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import NamedTuple

import numpy as np

# A numerator is at most 2 * total**2; beyond this it would not fit into 64 bits.
MOST_BASKETS = 2_000_000_000


class Counts(NamedTuple):
    """Counts of baskets for rules A -> C, each an int64 array (``total`` a number)."""

    both: np.ndarray
    left: np.ndarray
    right: np.ndarray
    total: int

    @property
    def left_only(self):
        return self.left - self.both

    @property
    def right_only(self):
        return self.right - self.both

    @property
    def neither(self):
        return self.total - self.left - self.right + self.both

    @property
    def surplus(self):
        """``total**2`` times the leverage: over 0 when A and C meet more often than by chance."""
        return self.total * self.both - self.left * self.right

    def take(self, chosen) -> "Counts":
        return Counts(self.both[chosen], self.left[chosen], self.right[chosen], self.total)


class Measure(NamedTuple):
    """A ratio of whole numbers, and its value where both are 0."""

    ratio: Callable
    undefined: float = np.nan


# Formulas: Tan, Kumar & Srivastava 2004 (table 5); Zhang: Yan, Zhang & Zhang 2009; the imbalance
# ratio: Wu, Chen & Han 2010. Over 0 / 0 conviction stays infinite at confidence 1 and Zhang says
# "no association", as users of mlxtend expect.
MEASURES = {
    "antecedent support": Measure(lambda n: (n.left, n.total)),
    "consequent support": Measure(lambda n: (n.right, n.total)),
    "support": Measure(lambda n: (n.both, n.total)),
    "confidence": Measure(lambda n: (n.both, n.left)),
    "lift": Measure(lambda n: (n.total * n.both, n.left * n.right)),
    "leverage": Measure(lambda n: (n.surplus, n.total**2)),
    "conviction": Measure(lambda n: (n.left * (n.total - n.right), n.total * n.left_only), undefined=np.inf),
    "zhangs_metric": Measure(
        lambda n: (n.surplus, np.maximum(n.both * (n.total - n.left), n.left * n.right_only)),
        undefined=0.0,
    ),
    "jaccard": Measure(lambda n: (n.both, n.left + n.right - n.both)),
    "kulczynski": Measure(lambda n: (n.both * (n.left + n.right), 2 * n.left * n.right)),
    "imbalance_ratio": Measure(
        lambda n: (np.abs(n.left - n.right), n.left + n.right - n.both), undefined=0.0
    ),
    "odds_ratio": Measure(lambda n: (n.both * n.neither, n.left_only * n.right_only)),
}


def measure(name: str, counts: Counts) -> np.ndarray:
    """The measure ``name`` of each rule.

    Infinite where the denominator alone is 0. Where both are 0, ``odds_ratio`` is NaN,
    ``zhangs_metric`` 0 and ``conviction`` infinite.

    >>> measure("lift", Counts(np.array([1]), np.array([2]), np.array([3]), 5)).round(4).tolist()
    [0.8333]
    """
    top, bottom = np.broadcast_arrays(*MEASURES[name].ratio(counts))
    value = np.full(top.shape, np.inf)
    np.divide(top, bottom, out=value, where=bottom != 0)
    value[(top == 0) & (bottom == 0)] = MEASURES[name].undefined
    return value


def reaches(name: str, counts: Counts, threshold: Fraction) -> np.ndarray:
    """Whether the measure is at least ``threshold``, exactly; NaN never is.

    >>> reaches("confidence", Counts(np.array([7]), np.array([10]), np.array([9]), 10), Fraction(7, 10))
    array([ True])
    """
    return ratio_reaches(*MEASURES[name].ratio(counts), measure(name, counts), threshold)


def ratio_reaches(top, bottom, value, threshold: Fraction) -> np.ndarray:
    """Whether ``top / bottom`` (whole numbers, ``value`` as floats) is at least ``threshold``, exactly.

    Floats decide where they cannot be wrong; those within a billionth of the threshold are compared
    as whole numbers of any length.
    """
    decided = value >= float(threshold)
    near = np.flatnonzero(np.isclose(value, float(threshold), rtol=1e-9, atol=0))
    top, bottom = (np.broadcast_to(part, value.shape)[near].astype(object) for part in (top, bottom))
    decided[near] = top * threshold.denominator >= threshold.numerator * bottom
    return decided


def exact_threshold(name: str, value, *, low=None, high=None) -> Fraction:
    """``value`` as the decimal number that it prints as; ``ValueError`` if it is none or out of range.

    >>> exact_threshold("min_confidence", 0.1)
    Fraction(1, 10)
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        raise ValueError(f"{name}={value!r}: a number is wanted")
    if not isinstance(value, Rational) and not np.isfinite(float(value)):
        raise ValueError(f"{name}={value!r}: a finite number is wanted")
    # str, not repr: NumPy's repr of a float names its type.
    fraction = Fraction(value) if isinstance(value, Rational) else Fraction(str(value))
    if (low is not None and fraction < low) or (high is not None and fraction > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name}={value!r}: {bounds}")
    return fraction
