"""Frequent itemsets, exactly: depth-first search on ever smaller sets of baskets.

The search (Eclat, Zaki 2000, with projected data) puts the rarest item first and goes
``{a}``, ``{a, b}``, ``{a, b, c}`` … For a set it keeps only the baskets that hold it and only the
later items that are still frequent beside it: a small table ``D`` of zeros and ones, items x
baskets. The matrix product ``D D'`` then counts *all* pairs of those items at once. When little
is left the search stops cutting and counts whole families: rows of ``Q`` are the sets, and
``Q D'`` counts each set with each item. A set whose count is too low is never extended, because
no superset can have a higher count.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crmlib.baskets.encode import Baskets, first_value, whole_number
from crmlib.baskets.projection import project, projection

# Cells of a family counted in one product: enough to make the call worthwhile, small enough for cache.
FAMILY_CELLS = 1 << 19

KINDS = ("all", "closed", "maximal")


def frequent_itemsets(
    baskets: Baskets,
    *,
    min_support: float | None = None,
    min_count: int | None = None,
    kind: str = "all",
    min_length: int = 1,
    max_length: int | None = None,
    items=None,
    max_itemsets: int = 10_000_000,
) -> pd.DataFrame:
    """All itemsets that at least ``min_support`` of the baskets hold.

    Parameters
    ----------
    baskets : Baskets
        From `encode`.
    min_support : float, over 0 to 1
        Smallest share of baskets. Read as the decimal number it prints as and compared exactly:
        an itemset in just this share of the baskets is kept.
    min_count : int
        The same as a number of baskets; give one of the two.
    kind : {"all", "closed", "maximal"}
        Closed: no larger itemset has the same count. Maximal: no larger itemset is frequent.
    min_length, max_length : int
        Fewest and most items in a set. They choose what is returned; what is closed or maximal
        does not depend on them.
    items : list of labels
        Look at these items only, as if nothing else were sold.
    max_itemsets : int
        Stop with an error when there are more: the next step would be to run out of memory.

    Returns
    -------
    DataFrame
        ``support``, ``itemsets`` (frozenset), ``count`` (int), ``length`` (int); shortest first, then
        most frequent first. ``attrs["n_baskets"]`` is the number of baskets.

    Raises
    ------
    ValueError
        For a threshold out of range, an unknown item or kind, or too many itemsets.

    Examples
    --------
    >>> from crmlib.baskets import encode
    >>> lines = pd.DataFrame({"basket_id": [1, 1, 2, 2, 3], "item": ["milk", "bread"] * 2 + ["milk"]})
    >>> found = frequent_itemsets(encode(lines), min_support=0.6)
    >>> [(sorted(items), count) for items, count in zip(found["itemsets"], found["count"])]
    [(['milk'], 3), (['bread'], 2), (['bread', 'milk'], 2)]
    """
    threshold = count_threshold(baskets.n_baskets, min_support=min_support, min_count=min_count)
    _check_choices(kind, min_length, max_length, max_itemsets)
    # Whether a set at the length limit is closed or maximal shows only one item further on.
    depth = int(max_length) + (kind != "all") if max_length else baskets.n_items
    columns = _chosen_columns(baskets, items)
    found = _mine(baskets, columns, threshold, depth, max_itemsets)
    levels = found.levels()
    if kind != "all":
        levels = _without_equal_supersets(levels, kind)
    wanted = range(int(min_length), int(max_length or len(levels)) + 1)
    return _as_frame(levels, wanted, baskets)


def count_threshold(n_baskets: int, *, min_support=None, min_count=None) -> int:
    """The smallest count that reaches the threshold, by exact arithmetic: ceil(min_support * n).

    >>> count_threshold(10, min_support=0.7)  # in floats, 0.7 * 10 rounded up is 7 by luck
    7
    >>> count_threshold(100, min_support=0.07)  # in floats 0.07 * 100 = 7.000000000000001, so 8
    7
    """
    if (min_support is None) == (min_count is None):
        raise ValueError("give min_support or min_count, one of the two")
    if min_count is not None:
        return whole_number("min_count", min_count, 1)
    if isinstance(min_support, bool | str | np.bool_) or not 0 < min_support <= 1:
        raise ValueError(
            f"min_support={min_support!r}: a share of baskets, over 0 and at most 1 "
            "(for a number of baskets use min_count)"
        )
    share = Fraction(repr(float(min_support)))
    return -(-share.numerator * n_baskets // share.denominator)


class _Found:
    """The itemsets found so far, as a tree: each is its parent's set and one item more."""

    def __init__(self, order, counts, limit):
        self.order = order
        self.limit = limit
        self.size = 0
        self.parts = []
        self.add(np.full(len(order), -1), np.arange(len(order)), counts, length=1)

    def add(self, parents, items, counts, length):
        """Store itemsets (arrays of parent's number, item, count) and return their numbers."""
        first, self.size = self.size, self.size + len(items)
        if self.size > self.limit:
            raise ValueError(
                f"more than {self.limit:,} itemsets: raise min_support, set max_length or max_itemsets"
            )
        self.parts.append((parents, items, counts, np.full(len(items), length)))
        return np.arange(first, self.size)

    def levels(self):
        """One pair (item columns, ascending in each row; counts) for each length, shortest first."""
        parents, items, counts, lengths = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        place = np.empty(self.size, dtype=np.int64)
        levels = []
        for length in range(1, lengths.max(initial=0) + 1):
            here = np.flatnonzero(lengths == length)
            place[here] = np.arange(len(here))
            sets = self.order[items[here]][:, None]
            if length > 1:
                sets = np.hstack([levels[-1][0][place[parents[here]]], sets])
            levels.append((sets, counts[here].astype(np.int64)))
        return [(np.sort(sets, axis=1), counts) for sets, counts in levels]


def _mine(baskets, columns, min_count, depth, limit):
    counts = baskets.item_counts.to_numpy()
    frequent = columns[counts[columns] >= min_count]
    order = frequent[np.argsort(counts[frequent], kind="stable")]
    found = _Found(order, counts[order], limit)
    if depth > 1 and len(order) > 1:
        search = _Search(found, min_count, depth, np.float32 if baskets.n_baskets < 1 << 24 else np.float64)
        # The products are small: a second BLAS thread gains nothing, and where other processes keep
        # the cores busy the threads wait for each other many times longer than they compute.
        with threadpool_limits(limits=1, user_api="blas"):
            search.run(baskets.matrix, order)
    return found


class _Search:
    """One run of the search: what it looks for and what it has found."""

    def __init__(self, found, min_count, depth, number):
        self.found = found
        self.min_count = min_count
        self.depth = depth
        # Products of zeros and ones are whole numbers: exact in float32 below 2**24 baskets.
        self.number = number

    def run(self, matrix, order):
        baskets = projection(matrix[:, order])
        everything = np.arange(len(order))
        # Row by row, for the counts of all pairs of tens of thousands of items would not fit.
        counts = map(baskets.counts_with, everything[:-1])
        self.extend(everything, everything, self.frequent_pairs(counts), baskets.project, length=2)

    def frequent_pairs(self, counts):
        """(first, second, count) of the frequent pairs; ``counts``: of each item with those after it."""
        seconds, kept = [], []
        for item, row in enumerate(counts):
            places = np.flatnonzero(row >= self.min_count)
            seconds.append(places + item + 1)
            kept.append(row[places])
        first = np.repeat(np.arange(len(seconds)), [len(places) for places in seconds])
        return first, np.concatenate(seconds), np.concatenate(kept)

    def extend(self, numbers, items, pairs, cut, length):
        """Store the frequent ``pairs`` of ``items`` (sets of ``length``) and search below each first item."""
        first, second, counts = pairs
        children = self.found.add(numbers[first], items[second], counts, length)
        if length == self.depth:
            return
        bounds = np.searchsorted(first, np.arange(len(items) + 1)).tolist()
        for a, (start, stop) in enumerate(pairwise(bounds)):
            if stop - start > 1:
                later = second[start:stop]
                self.search(children[start:stop], items[later], cut(a, later), length + 1)

    def search(self, numbers, items, table, length):
        """Search among ``items``, of which ``table`` (items x baskets, 0/1) says who holds them."""
        dense = table.astype(self.number)
        counts = dense @ dense.T
        n_pairs = (np.count_nonzero(counts >= self.min_count) - len(items)) // 2
        if n_pairs * table.shape[1] <= FAMILY_CELLS:
            alone = np.arange(len(items))
            self.count_families(numbers, dense, alone, counts, dense, items, length)
        elif n_pairs:
            first, second = np.nonzero(np.triu(counts >= self.min_count, 1))
            pairs = first, second, counts[first, second]
            self.extend(numbers, items, pairs, lambda a, later: project(table, a, later), length)

    def count_families(self, numbers, sets, last, counts, dense, items, length):
        """Store each of ``sets`` with each later item, level by level, all counts of a level at once.

        ``sets`` (sets x baskets, 0/1) says which baskets hold a set, ``last`` which of the ``items``
        it ends with, ``counts`` (sets x items) how many of its baskets hold the item too.
        """
        frequent = (counts >= self.min_count) & (np.arange(len(items)) > last[:, None])
        which, added = np.nonzero(frequent)
        if not len(which):
            return
        children = self.found.add(numbers[which], items[added], counts[which, added], length)
        if length == self.depth:
            return
        # An item can be added only if it is frequent beside the parent too, so a parent's last child ends.
        extendable = np.flatnonzero(which[1:] == which[:-1])
        block = max(1, FAMILY_CELLS // dense.shape[1])
        for start in range(0, len(extendable), block):
            part = extendable[start : start + block]
            larger = sets[which[part]] * dense[added[part]]
            self.count_families(
                children[part], larger, added[part], larger @ dense.T, dense, items, length + 1
            )


def _without_equal_supersets(levels, kind):
    """Levels without the sets that a superset of the same count (closed) or any superset covers."""
    kept = []
    for (sets, counts), (larger, larger_counts) in pairwise([*levels, (np.empty((0, 0), int), None)]):
        covered = np.zeros(len(sets), dtype=bool)
        index = {row: place for place, row in enumerate(map(bytes, sets))}
        for left_out in range(larger.shape[1] if len(larger) else 0):
            subsets = np.delete(larger, left_out, axis=1)
            places = np.fromiter((index[row] for row in map(bytes, subsets)), int, len(subsets))
            covering = slice(None) if kind == "maximal" else counts[places] == larger_counts
            covered[places[covering]] = True
        kept.append((sets[~covered], counts[~covered]))
    return kept


def _as_frame(levels, wanted, baskets):
    labels = baskets.items.to_numpy(dtype=object)
    itemsets, counts, lengths = [], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for length, (sets, count) in enumerate(levels, start=1):
        if length in wanted:
            order = np.lexsort([*sets.T[::-1], -count])
            itemsets += map(frozenset, labels[sets[order]].tolist())
            counts.append(count[order])
            lengths.append(np.full(len(count), length))
    frame = pd.DataFrame({"count": np.concatenate(counts), "length": np.concatenate(lengths)})
    frame.insert(0, "support", frame["count"] / baskets.n_baskets)
    frame.insert(1, "itemsets", pd.Series(itemsets, dtype=object))
    frame.attrs["n_baskets"] = baskets.n_baskets
    return frame


def _chosen_columns(baskets, items):
    if items is None:
        return np.arange(baskets.n_items)
    items = pd.Index([items] if isinstance(items, str) else items).unique()
    places = baskets.items.get_indexer(items)
    if (places < 0).any():
        raise ValueError(f"items: no basket holds {first_value(items[places < 0])!r}")
    return np.sort(places)


def _check_choices(kind, min_length, max_length, max_itemsets):
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r}: one of {', '.join(KINDS)}")
    whole_number("min_length", min_length, 1)
    if max_length is not None and whole_number("max_length", max_length, 1) < min_length:
        raise ValueError(f"max_length={max_length!r}: at least min_length={min_length!r}")
    whole_number("max_itemsets", max_itemsets, 1)
