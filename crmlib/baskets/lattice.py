"""Frequent itemsets as numbers: every subset of an itemset found by arithmetic, not by hashing sets."""

from itertools import chain

import numpy as np
import pandas as pd

from crmlib.baskets.measures import MOST_BASKETS


class Lattice:
    """All frequent itemsets, numbered by length and then by their items in label order.

    Attributes
    ----------
    labels : list
        Items in code order (ascending labels).
    levels : list of (int, ndarray)
        For each length the number of the first set and the item codes, sets x length.
    counts, lengths : ndarray of int64
        Baskets and items of each set, by number.
    sets : ndarray of frozenset
        The itemsets, by number.
    """

    def __init__(self, itemsets: pd.DataFrame):
        sets = _checked_sets(itemsets)
        lengths = np.fromiter(map(len, sets), np.int64, len(sets))
        codes, self.labels = _codes(sets)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        counts = itemsets["count"].to_numpy(dtype=np.int64)
        self.levels, self._keys, order = [], [], []
        first = 0
        for length in range(1, lengths.max(initial=0) + 1):
            here = np.flatnonzero(lengths == length)
            rows = np.sort(codes[starts[here][:, None] + np.arange(length)], axis=1)
            sequence = np.lexsort(rows.T[::-1])
            self.levels.append((first, rows[sequence]))
            order.append(here[sequence])
            self._keys.append(self._keys_of(rows[sequence]))
            first += len(here)
        order = np.concatenate(order) if order else np.empty(0, np.int64)
        self.counts, self.lengths, self.sets = counts[order], lengths[order], sets[order]

    def rows(self, sets) -> np.ndarray:
        """Item codes, ascending, of sets of one length: sets x length; ``ValueError`` for an unknown item."""
        code = {label: place for place, label in enumerate(self.labels)}
        unknown = next((item for one in sets for item in one if item not in code), None)
        if unknown is not None:
            raise ValueError(f"rules: no itemset holds {unknown!r}; were they mined from other data?")
        return np.array([sorted(map(code.__getitem__, one)) for one in sets], dtype=np.int64)

    def _keys_of(self, rows):
        parents = self.find(rows[:, :-1]) if rows.shape[1] > 1 else np.zeros(len(rows), np.int64)
        keys = self._key(parents, rows[:, -1])
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        if len(twice):
            raise ValueError(f"column 'itemsets': {self._named(rows[twice[0]])} stands twice")
        return keys

    def _key(self, parents, codes):
        return parents * len(self.labels) + codes

    def find(self, rows: np.ndarray) -> np.ndarray:
        """Numbers of the itemsets with these item codes, ascending in each row (sets x length).

        Raises ``ValueError`` naming the first that is not there.
        """
        numbers = np.zeros(len(rows), dtype=np.int64)
        for length in range(rows.shape[1]):
            numbers = self._child(numbers, rows[:, length], length, rows)
        return numbers

    def subsets(self, rows: np.ndarray) -> np.ndarray:
        """Numbers of all subsets of each itemset: 2**length x sets.

        Bit ``j`` of the row number says that item ``j`` is in; row 0, the empty set, is -1.
        """
        length = rows.shape[1]
        numbers = np.full((1 << length, len(rows)), -1, dtype=np.int64)
        for mask in range(1, 1 << length):
            last = mask.bit_length() - 1
            parents = numbers[mask ^ (1 << last)] if mask.bit_count() > 1 else 0
            members = [j for j in range(length) if mask >> j & 1]
            numbers[mask] = self._child(parents, rows[:, last], len(members) - 1, rows, members=members)
        return numbers

    def _child(self, parents, codes, depth, rows, members=None):
        first = self.levels[depth][0] if depth < len(self.levels) else 0
        keys = self._keys[depth] if depth < len(self._keys) else np.empty(0, np.int64)
        wanted = self._key(parents, codes)
        places = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        missing = np.flatnonzero(keys[places] != wanted) if len(keys) else np.arange(len(rows))
        if len(missing):
            row = rows[missing[0]]
            subset = row[: depth + 1] if members is None else row[members]
            raise ValueError(
                f"column 'itemsets': {self._named(subset)} is missing but a larger set holds it; rules "
                "need every frequent itemset (kind='all', no min_length, no rows taken out)"
            )
        return first + places

    def _named(self, codes):
        return "{" + ", ".join(repr(self.labels[code]) for code in codes) + "}"


def total_baskets(itemsets: pd.DataFrame, n_baskets) -> int:
    """The number of baskets: ``n_baskets``, or what the itemsets' ``attrs`` say."""
    total = itemsets.attrs.get("n_baskets") if n_baskets is None else n_baskets
    if total is None:
        raise ValueError("n_baskets: attrs['n_baskets'] of the itemsets is lost, give n_baskets=")
    if isinstance(total, bool) or int(total) != total or not 0 < total <= MOST_BASKETS:
        raise ValueError(f"n_baskets={total!r}: a whole number from 1 to {MOST_BASKETS:,}")
    return int(total)


def _checked_sets(itemsets):
    for column in ("itemsets", "count"):
        if column not in itemsets.columns:
            raise ValueError(f"no column {column!r}; there are {list(itemsets.columns)}")
    for one in itemsets["itemsets"]:
        if not isinstance(one, frozenset | set) or not one:
            raise ValueError(f"column 'itemsets' holds {one!r}: a set of at least one item is wanted")
    if not pd.api.types.is_integer_dtype(itemsets["count"].dtype):
        raise ValueError(f"column 'count' holds {itemsets['count'].dtype}: whole numbers are wanted")
    if (itemsets["count"] < 0).any():
        raise ValueError(
            f"column 'count' holds {itemsets['count'].min()}: no fewer than 0 baskets hold a set"
        )
    return np.fromiter(map(frozenset, itemsets["itemsets"]), dtype=object, count=len(itemsets))


def _codes(sets):
    flat = np.fromiter(chain.from_iterable(sets), dtype=object)
    codes, labels = pd.factorize(flat, use_na_sentinel=False)
    labels = list(labels)
    order = np.array(sorted(range(len(labels)), key=_sort_keys(labels)), dtype=np.int64)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels))
    return rank[codes], [labels[place] for place in order]


def _sort_keys(labels):
    try:
        sorted(labels)
    except TypeError:
        return lambda place: (type(labels[place]).__name__, str(labels[place]))
    return labels.__getitem__
