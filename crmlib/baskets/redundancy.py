"""Rules that say no more than a shorter rule."""

import numpy as np
import pandas as pd

from crmlib.baskets.lattice import Lattice, total_baskets
from crmlib.baskets.measures import exact_threshold, ratio_reaches
from crmlib.baskets.steps import with_step


def prune_redundant(
    rules: pd.DataFrame, itemsets: pd.DataFrame, *, min_improvement: float = 0
) -> pd.DataFrame:
    """The rules that are surer than every shorter rule with the same right-hand side.

    Parameters
    ----------
    rules : DataFrame
        From `association_rules`, filtered or not.
    itemsets : DataFrame
        The itemsets that they came from: the shorter rules are looked up there, so that it does not
        matter which of them ``rules`` still holds.
    min_improvement : float
        Smallest improvement kept, compared exactly. Improvement is the confidence of A -> C minus the
        highest confidence of any B -> C with B a proper subset of A, the empty set included, whose
        confidence is the share of C in all baskets (Bayardo, Agrawal & Gunopulos 1999). A rule
        with no improvement is dropped at any threshold.

    Returns
    -------
    DataFrame
        The rules kept, in the same order, with the column ``improvement``.

    Raises
    ------
    ValueError
        When a rule's items are not among ``itemsets``, or the threshold is no share.

    Examples
    --------
    >>> from crmlib.baskets.rules import association_rules
    >>> sets = [frozenset(one) for one in ("a", "b", "c", "ab", "ac", "bc", "abc")]
    >>> found = pd.DataFrame({"itemsets": sets, "count": [4, 4, 4, 3, 3, 3, 2]})
    >>> rules = association_rules(found, n_baskets=6, min_confidence=0.6)
    >>> len(rules), len(prune_redundant(rules, found))
    (9, 6)
    >>> prune_redundant(rules, found)["improvement"].round(3).unique().tolist()  # 3/4 - 4/6
    [0.083]
    """
    least = exact_threshold("min_improvement", min_improvement, low=0, high=1)
    top, bottom = _improvements(rules, itemsets)
    improvement = top / bottom
    kept = (top > 0) & ratio_reaches(top, bottom, improvement, least)
    return with_step(rules.assign(improvement=improvement)[kept], rules, "redundant", min_improvement)


def _improvements(rules, itemsets):
    """Numerator and denominator of the improvement of each rule."""
    if not len(rules):
        return np.empty(0, np.int64), np.ones(0, np.int64)
    lattice = Lattice(itemsets)
    total = total_baskets(itemsets, int(rules["n_baskets"].iloc[0]))
    top, bottom = np.empty(len(rules), np.int64), np.empty(len(rules), np.int64)
    shape = rules["antecedents"].map(len) * 1000 + rules["consequents"].map(len)
    for _, places in pd.Series(np.arange(len(rules))).groupby(shape.to_numpy()):
        places = places.to_numpy()
        left = lattice.rows(rules["antecedents"].to_numpy()[places])
        right = lattice.rows(rules["consequents"].to_numpy()[places])
        both, whole = _confidence(lattice, left, right, total)
        best_both, best_whole = _best_shorter(lattice, left, right, total)
        # Each product is under 2e9 squared, so it fits.
        top[places] = both * best_whole - best_both * whole
        bottom[places] = whole * best_whole
    return top, bottom


def _best_shorter(lattice, left, right, total):
    """The highest confidence among the rules with fewer items on the left, as two counts."""
    best_both, best_whole = _confidence(lattice, left[:, :0], right, total)
    for mask in range(1, (1 << left.shape[1]) - 1):
        part = left[:, [column for column in range(left.shape[1]) if mask >> column & 1]]
        both, whole = _confidence(lattice, part, right, total)
        better = both * best_whole > best_both * whole
        best_both, best_whole = np.where(better, both, best_both), np.where(better, whole, best_whole)
    return best_both, best_whole


def _confidence(lattice, left, right, total):
    """Baskets with both sides and baskets with the left side (all, if it is empty)."""
    both = lattice.counts[lattice.find(np.sort(np.hstack([left, right]), axis=1))]
    if not left.shape[1]:
        return both, np.full(len(right), total)
    return both, lattice.counts[lattice.find(left)]
