"""Association rules from frequent itemsets, with thresholds compared as whole numbers."""

import numpy as np
import pandas as pd

from crmlib.baskets.lattice import Lattice, total_baskets
from crmlib.baskets.measures import MEASURES, Counts, exact_threshold, measure, reaches
from crmlib.baskets.steps import Funnel

# Candidate rules judged at once: many enough for NumPy, few enough to stay within tens of megabytes.
BLOCK = 1 << 19


def association_rules(
    itemsets: pd.DataFrame,
    *,
    min_count: int | None = None,
    min_support: float | None = None,
    min_confidence: float | None = None,
    min_lift: float | None = None,
    min_leverage: float | None = None,
    min_conviction: float | None = None,
    antecedents=None,
    consequents=None,
    max_antecedent: int | None = None,
    max_consequent: int | None = None,
    n_baskets: int | None = None,
) -> pd.DataFrame:
    """All rules A -> C within ``itemsets`` that reach every threshold given.

    Parameters
    ----------
    itemsets : DataFrame
        All frequent itemsets, from `frequent_itemsets`: columns ``itemsets`` and ``count``.
    min_count, min_support, min_confidence, min_lift, min_leverage, min_conviction : number
        Smallest value kept, read as the decimal number that it prints as. A rule exactly on a
        threshold is kept.
    antecedents, consequents : list of items
        Items allowed on the left, on the right; no others may stand there.
    max_antecedent, max_consequent : int
        Most items on the left, on the right.
    n_baskets : int
        Number of baskets, if ``itemsets.attrs["n_baskets"]`` is lost.

    Returns
    -------
    DataFrame
        One row a rule, by falling confidence, then falling count: ``antecedents`` and ``consequents``
        (frozensets), the measures of `crmlib.baskets.measures.MEASURES`, and the counts of baskets
        ``antecedent_count``, ``consequent_count``, ``count``, ``n_baskets``. `why_fewer` says what each
        option removed.

    Raises
    ------
    ValueError
        When a subset of an itemset is not among ``itemsets`` (closed, maximal or filtered sets), an
        item constraint names an item that no itemset holds, or a threshold is out of range.

    Examples
    --------
    >>> sets = [frozenset(s) for s in ("m", "b", "mb")]
    >>> found = pd.DataFrame({"itemsets": sets, "count": [4, 3, 3]})
    >>> rules = association_rules(found, n_baskets=5, min_confidence=0.8)
    >>> rules[["antecedents", "consequents", "confidence", "lift"]].values.tolist()
    [[frozenset({'b'}), frozenset({'m'}), 1.0, 1.25]]
    """
    thresholds = _thresholds(
        {
            "min_count": min_count,
            "min_support": min_support,
            "min_confidence": min_confidence,
            "min_lift": min_lift,
            "min_leverage": min_leverage,
            "min_conviction": min_conviction,
        }
    )
    total = total_baskets(itemsets, n_baskets)
    lattice = Lattice(itemsets)
    limits = _limits(lattice, max_antecedent, max_consequent, antecedents, consequents)
    funnel = Funnel()
    blocks = [
        _judge(candidates, lattice, total, limits, thresholds, funnel) for candidates in _candidates(lattice)
    ]
    rules = _as_frame(blocks, lattice, total)
    rules.attrs["steps"] = funnel.steps()
    return rules


def _candidates(lattice):
    """Every split of every itemset into (both, left, right), as arrays of itemset numbers."""
    for first, rows in lattice.levels[1:]:
        length = rows.shape[1]
        masks = np.arange(1, (1 << length) - 1)
        block = max(1, BLOCK >> length)
        for start in range(0, len(rows), block):
            part = rows[start : start + block]
            numbers = lattice.subsets(part)
            both = np.broadcast_to(first + start + np.arange(len(part)), (len(masks), len(part)))
            yield both.ravel(), numbers[masks].ravel(), numbers[masks[::-1]].ravel()


def _judge(candidates, lattice, total, limits, thresholds, funnel):
    both, left, right = candidates
    funnel.start(len(both))
    for step, limit, allowed_left, allowed_right in limits:
        both, left, right = funnel.keep(
            step, limit, allowed_left[left] & allowed_right[right], both, left, right
        )
    for step, limit in thresholds.items():
        counts = _counts(lattice, total, both, left, right)
        enough = _reaches(step, counts, limit)
        both, left, right = funnel.keep(step, limit, enough, both, left, right)
    return both, left, right


def _reaches(step, counts, limit):
    if step == "min_count":
        return counts.both >= limit
    return reaches(step.removeprefix("min_"), counts, limit)


def _counts(lattice, total, both, left, right):
    counts = Counts(lattice.counts[both], lattice.counts[left], lattice.counts[right], total)
    impossible = (counts.left_only < 0) | (counts.right_only < 0) | (counts.neither < 0)
    if impossible.any():
        rule = impossible.argmax()
        raise ValueError(
            f"column 'count': {set(lattice.sets[both[rule]])} in {counts.both[rule]:,} of {total:,} baskets "
            f"contradicts {set(lattice.sets[left[rule]])} in {counts.left[rule]:,} and "
            f"{set(lattice.sets[right[rule]])} in {counts.right[rule]:,}"
        )
    return counts


def _as_frame(blocks, lattice, total):
    both, left, right = (
        np.concatenate([block[part] for block in blocks] or [np.empty(0, np.int64)]) for part in range(3)
    )
    counts = _counts(lattice, total, both, left, right)
    order = _order(counts, left, right)
    left, right, counts = left[order], right[order], counts.take(order)
    frame = pd.DataFrame({"antecedents": lattice.sets[left], "consequents": lattice.sets[right]})
    frame = frame.astype(object)
    for name in MEASURES:
        frame[name] = measure(name, counts)
    frame["antecedent_count"] = counts.left
    frame["consequent_count"] = counts.right
    frame["count"] = counts.both
    frame["n_baskets"] = np.full(len(frame), total, dtype=np.int64)
    frame.attrs["n_baskets"] = total
    return frame


def _order(counts, left, right):
    return np.lexsort([right, left, -counts.both, -measure("confidence", counts)])


def _thresholds(options):
    ranges = {"min_support": (0, 1), "min_confidence": (0, 1), "min_leverage": (None, None)}
    thresholds = {}
    for name, value in options.items():
        if value is not None:
            low, high = ranges.get(name, (0, None))
            thresholds[name] = exact_threshold(name, value, low=low, high=high)
    return thresholds


def _limits(lattice, max_antecedent, max_consequent, antecedents, consequents):
    """For each option given: its name and value, and which itemsets it allows left and right."""
    anything = np.ones(len(lattice.sets), dtype=bool)
    limits = []
    for name, most in (("max_antecedent", max_antecedent), ("max_consequent", max_consequent)):
        if most is not None:
            limits.append((name, most, lattice.lengths <= _at_least_one(name, most), anything))
    for name, items in (("antecedents", antecedents), ("consequents", consequents)):
        if items is not None:
            allowed, items = _made_of(lattice, name, items), _listed(items)
            limits.append((name, items, allowed, anything))
    # An option about the right-hand side is the same test on the other side of the rule.
    return [
        (name, value, *(sides if name.endswith(("antecedent", "antecedents")) else sides[::-1]))
        for name, value, *sides in limits
    ]


def _at_least_one(name, most):
    if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 1:
        raise ValueError(f"{name}={most!r}: a whole number of items, at least 1")
    return most


def _listed(items):
    return (items,) if isinstance(items, str) else tuple(items)


def _made_of(lattice, name, items):
    codes = {label: code for code, label in enumerate(lattice.labels)}
    allowed = np.zeros(len(codes), dtype=bool)
    for item in _listed(items):
        if item not in codes:
            raise ValueError(f"{name}: no frequent itemset holds {item!r}")
        allowed[codes[item]] = True
    return np.concatenate([np.empty(0, bool), *(allowed[rows].all(axis=1) for _, rows in lattice.levels)])
