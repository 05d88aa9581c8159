"""Naive versions, written straight from the definitions, to hold the fast ones against."""

from fractions import Fraction
from itertools import chain, combinations
from math import comb, inf, nan

import numpy as np


def proper_subsets(itemset):
    """All non-empty proper subsets."""
    items = sorted(itemset)
    parts = (combinations(items, length) for length in range(1, len(items)))
    return [frozenset(part) for part in chain.from_iterable(parts)]


def count(baskets, itemset):
    """How many baskets hold every item."""
    return sum(set(itemset) <= set(basket) for basket in baskets)


def rule_measures(baskets, a, c):
    """The measures of a -> c as exact fractions, infinity or NaN, from the definitions in shares."""
    n = Fraction(len(baskets))
    p_a, p_c, p_ac = (count(baskets, s) / n for s in (a, c, a | c))
    rest = 1 - p_a - p_c + p_ac
    zhang_bottom = max(p_ac * (1 - p_a), p_a * (p_c - p_ac))
    odds_bottom = (p_a - p_ac) * (p_c - p_ac)
    odds_top = p_ac * rest
    return {
        "antecedent support": p_a,
        "consequent support": p_c,
        "support": p_ac,
        "confidence": p_ac / p_a,
        "lift": p_ac / (p_a * p_c),
        "leverage": p_ac - p_a * p_c,
        "conviction": (1 - p_c) / (1 - p_ac / p_a) if p_ac < p_a else inf,
        "zhangs_metric": (p_ac - p_a * p_c) / zhang_bottom if zhang_bottom else Fraction(0),
        "jaccard": p_ac / (p_a + p_c - p_ac),
        "kulczynski": (p_ac / p_a + p_ac / p_c) / 2,
        "imbalance_ratio": abs(p_a - p_c) / (p_a + p_c - p_ac),
        "odds_ratio": odds_top / odds_bottom if odds_bottom else inf if odds_top else nan,
    }


def rules(baskets, itemsets):
    """Every rule that the itemsets make: {(antecedent, consequent): measures}."""
    return {
        (a, itemset - a): rule_measures(baskets, a, itemset - a)
        for itemset in itemsets
        for a in proper_subsets(itemset)
    }


def improvement(baskets, a, c):
    """Confidence of a -> c minus the best among all smaller antecedents, the empty one included."""
    shorter = [frozenset(), *proper_subsets(a)]
    best = max(Fraction(count(baskets, b | c), count(baskets, b)) for b in shorter)
    return Fraction(count(baskets, a | c), count(baskets, a)) - best


def fisher(both, left, right, total):
    """P(at least ``both``) by counting the ways, in whole numbers."""
    ways = sum(comb(left, k) * comb(total - left, right - k) for k in range(both, min(left, right) + 1))
    return float(Fraction(ways, comb(total, right)))


def size_tables(baskets, a, c, stratum):
    """2 x 2 tables [[both, left only], [right only, neither]], one for each label of ``stratum``."""
    tables = {}
    for basket, label in zip(baskets, stratum, strict=True):
        table = tables.setdefault(label, np.zeros((2, 2)))
        table[int(not a <= set(basket)), int(not c <= set(basket))] += 1
    return [tables[label] for label in sorted(tables)]


def mantel_haenszel(tables):
    """Odds ratio and expected number with both, over 2 x 2 tables."""
    r = sum(t[0, 0] * t[1, 1] / t.sum() for t in tables)
    s = sum(t[0, 1] * t[1, 0] / t.sum() for t in tables)
    expected = sum(t[0].sum() * t[:, 0].sum() / t.sum() for t in tables)
    return r / s, expected


def others(basket, a, c):
    """Items of the basket that are not in the rule."""
    return len(set(basket) - a - c)


def household_score(baskets, a, c, stratum, household):
    """The sum of (x - mean)(y - mean) by stratum, and its household-robust variance."""
    x = np.array([a <= set(basket) for basket in baskets], dtype=float)
    y = np.array([c <= set(basket) for basket in baskets], dtype=float)
    stratum, household = np.asarray(stratum), np.asarray(household)
    product = np.zeros(len(baskets))
    for label in set(stratum):
        here = stratum == label
        product[here] = (x[here] - x[here].mean()) * (y[here] - y[here].mean())
    parts = [product[household == one].sum() for one in set(household)]
    return product.sum(), float(np.square(parts).sum())


def log_lift_se(baskets, a, c, household):
    """Household-jackknife standard error of the log lift: leave one household out at a time."""
    household = np.asarray(household)
    held = {s: np.array([s <= set(basket) for basket in baskets]) for s in (a, c, a | c)}
    values = []
    for one in set(household):
        kept = household != one
        p_a, p_c, p_ac = (held[s][kept].mean() for s in (a, c, a | c))
        values.append(np.log(p_ac / p_a / p_c))
    n = len(values)
    return float(np.sqrt((n - 1) / n * np.square(values - np.mean(values)).sum()))


def benjamini_hochberg_rejected(p, alpha):
    """The step-up procedure word for word: reject the k smallest, k the last with p_(k) <= k alpha / m."""
    order = np.argsort(p)
    last = max((k for k in range(1, len(p) + 1) if p[order[k - 1]] <= k * alpha / len(p)), default=0)
    return set(order[:last].tolist())
