"""Correcting p-values for the number of rules that could have been found, seen or not."""

from math import comb

import numpy as np
import pandas as pd

from crmlib.baskets.encode import Baskets, whole_number
from crmlib.baskets.steps import with_step

METHODS = ("bonferroni", "holm", "bh")


def family_size(baskets, *, min_count: int, max_length: int = 2, directed: bool = False) -> int:
    """How many rules items in at least ``min_count`` baskets can make, whether or not seen.

    Parameters
    ----------
    baskets : Baskets, or the baskets of each item (as ``Baskets.item_counts``)
    min_count : int
        Fewest baskets of an item. Only this *marginal* count may choose the family: a family chosen by
        what occurs together has already looked at the answer.
    max_length : int
        Most items in a rule, both sides together.
    directed : bool
        False: A -> C and C -> A are one test, as they are for the odds ratio and for Fisher.

    Returns
    -------
    int
        With ``k`` items: sum over lengths ``L`` of ``C(k, L) (2**(L - 1) - 1)``: choose the items, then
        split them into two sides; twice that when directed.

    >>> family_size([9, 8, 7, 1], min_count=5), family_size([9, 8, 7, 1], min_count=5, max_length=3)
    (3, 6)
    """
    whole_number("min_count", min_count, 1)
    whole_number("max_length", max_length, 2)
    counts = np.asarray(baskets.item_counts if isinstance(baskets, Baskets) else baskets)
    k = int((counts >= min_count).sum())
    splits = sum(comb(k, n) * (2 ** (n - 1) - 1) for n in range(2, min(max_length, k) + 1))
    return splits * 2 if directed else splits


def adjust(p_values, *, method: str = "bh", family_size: int | None = None):
    """Adjusted p-values: reject those at most alpha, and the promise of the method holds at alpha.

    Parameters
    ----------
    p_values : array or Series
        One for each rule seen, from 0 to 1.
    method : {"bonferroni", "holm", "bh"}
        Bonferroni and Holm (1979): chance of any false rule at most alpha. Benjamini & Hochberg (1995):
        share of false among the rules kept at most alpha on average.
    family_size : int, optional
        Number of tests made, from `family_size`; those not among ``p_values`` count as p = 1. Default:
        as many as there are p-values.

    Returns
    -------
    array or Series
        Like ``p_values``.

    Raises
    ------
    ValueError
        For a p-value that is missing or out of range, or a family smaller than the p-values.

    >>> adjust([0.01, 0.02, 0.9], method="holm").round(2).tolist()
    [0.03, 0.04, 0.9]
    >>> adjust([0.01], method="bonferroni", family_size=10).tolist()
    [0.1]
    """
    p = np.asarray(p_values, dtype=float)
    _check_p(p)
    size = len(p) if family_size is None else whole_number("family_size", family_size, len(p))
    if method not in METHODS:
        raise ValueError(f"method={method!r}: one of {', '.join(METHODS)}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = _step(p[order], method, float(size))
    if isinstance(p_values, pd.Series):
        return pd.Series(adjusted, index=p_values.index, name="p_adjusted")
    return adjusted


def significant(
    rules: pd.DataFrame,
    *,
    alpha: float = 0.05,
    method: str = "bh",
    family_size: int | None = None,
    column: str = "p_value",
) -> pd.DataFrame:
    """The rules that stay significant at ``alpha`` after `adjust`, with the column ``p_adjusted``.

    >>> rules = pd.DataFrame({"p_value": [0.001, 0.04]})
    >>> rules.attrs["steps"] = (("candidates", None, 0, 2),)
    >>> significant(rules, method="bonferroni", family_size=10)
       p_value  p_adjusted
    0    0.001        0.01
    """
    if column not in rules.columns:
        raise ValueError(f"no column {column!r}; there are {list(rules.columns)}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha={alpha!r}: between 0 and 1")
    tested = rules.assign(p_adjusted=adjust(rules[column], method=method, family_size=family_size))
    return with_step(tested[tested["p_adjusted"] <= alpha], rules, "significance", alpha)


def _step(p, method, size):
    """Adjusted values for ascending ``p``."""
    rank = np.arange(1, len(p) + 1)
    if method == "bonferroni":
        return np.minimum(p * size, 1)
    if method == "holm":
        return np.minimum(np.maximum.accumulate(p * (size - rank + 1)), 1)
    return np.minimum(np.minimum.accumulate((p * size / rank)[::-1])[::-1], 1)


def _check_p(p):
    if p.ndim != 1:
        raise ValueError(f"p_values: one row of numbers is wanted, not {p.ndim} dimensions")
    wrong = ~((p >= 0) & (p <= 1))
    if wrong.any():
        raise ValueError(f"p_values holds {p[wrong][0]}: numbers from 0 to 1 are wanted")
