"""Baskets of like size, and how often two itemsets meet there when nothing but size is at work.

Among baskets of one size items compete for places: a basket of two that holds beer has one place
left. The fair comparison is therefore not independence but what the sizes of the baskets and the
popularity of the items alone would make: draws of a fixed number of items with unequal chances. For
two items in shares ``p`` and ``q`` of a stratum's baskets the share of both is then close to
``p q - b_p b_q / B``, where ``B`` is the sum of the ``b`` of all items and each ``b`` solves
``b - b**2 / B = p (1 - p)``, so that the covariances of an item with all items add up to 0, as they
must where the size is fixed (Hájek 1964; Deville & Tillé 2005, Journal of Statistical Planning and
Inference 128, fixed-point approximation).

Stratifying by the number of *other* items is no way round: when sizes vary more than chance makes
them, independent items look associated (Rosenbaum 1984, Psychometrika 49), and among baskets with
no other item those with neither side are missing, since an empty basket leaves no receipt.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.baskets.encode import Baskets

# Neighbouring sizes share a stratum until it has this many baskets: fewer say little about shares.
LEAST_BASKETS = 30

KINDS = ("size", "others", "none")


@dataclass(frozen=True, eq=False)
class Strata:
    """A stratum for each basket.

    ``number`` of strata; ``of_basket``: the stratum of each basket that holds no item of a rule;
    ``of_size`` (``others`` only): the stratum for each number of other items. For ``size`` only:
    ``room``, items x strata, is ``b / p`` (near 1 for a rare item: it takes a whole place); ``places``
    is ``B``, and ``largest`` the largest basket of each stratum.
    """

    number: int
    of_basket: np.ndarray
    of_size: np.ndarray | None = None
    room: np.ndarray | None = None
    places: np.ndarray | None = None
    largest: np.ndarray | None = None

    def competition(self, a, c, left, right) -> np.ndarray:
        """Expected share of baskets with both sides, over ``a * c``: rules x strata, 1 for no competition.

        ``a`` and ``c``: shares of baskets with the left and the right side; ``left`` and ``right``: item
        codes of each rule. For sets the sides take their places one item after the other: exact where all
        items are equally rare, else a little high, most where the rule fills the basket.
        """
        if self.room is None:
            return np.ones_like(a)
        factor = np.array([self._factor(*sides) for sides in zip(left, right, strict=True)])
        # Both sides are at least as common together as their shares force them to be.
        forced = np.divide(a + c - 1, a * c, out=np.zeros_like(a), where=a * c > 0)
        return np.clip(factor, np.maximum(forced, 0), 1)

    def _factor(self, left, right):
        u, v = self.room[left], self.room[right]
        factor = _places_left(u, v, self.places)
        if len(left) > 1 or len(right) > 1:
            factor = np.sqrt(factor * _places_left(v, u, self.places))
        return np.where(self.largest < len(left) + len(right), 0, factor)


def strata_of(baskets: Baskets, strata) -> Strata:
    """Strata by basket size (``"size"``), by number of other items (``"others"``), none, or as given.

    ``strata`` may also be one label a basket: a Series indexed by basket, or an array in row order.
    """
    if not isinstance(strata, str):
        codes = codes_of(baskets, strata, "strata")
        return Strata(int(codes.max()) + 1, codes)
    if strata not in KINDS:
        raise ValueError(f"strata={strata!r}: one of {', '.join(KINDS)}, or one label a basket")
    if strata == "none":
        return Strata(1, np.zeros(baskets.n_baskets, dtype=np.int64))
    of_size = _merged_sizes(baskets.sizes)
    return (_by_size if strata == "size" else _by_others)(baskets, of_size)


def codes_of(baskets: Baskets, labels, name: str) -> np.ndarray:
    """0, 1, 2 … for the label of each basket; ``ValueError`` where there is none.

    >>> from crmlib.baskets.encode import encode
    >>> two = encode(pd.DataFrame({"basket_id": [7, 8], "item": ["milk", "milk"]}))
    >>> codes_of(two, pd.Series(["b", "a"], index=[8, 7]), "households").tolist()
    [0, 1]
    """
    codes, _ = pd.factorize(labels_of(baskets, labels, name).array)
    return codes.astype(np.int64)


def labels_of(baskets: Baskets, labels, name: str) -> pd.Series:
    """The label of each basket in row order: a Series goes by its index, anything else by position."""
    if isinstance(labels, pd.Series) and not labels.index.equals(baskets.basket_ids):
        if not labels.index.is_unique:
            twice = labels.index[labels.index.duplicated()].tolist()[0]
            raise ValueError(f"{name}: basket {twice!r} stands twice")
        labels = labels.reindex(baskets.basket_ids)
    labels = pd.Series(pd.Series(labels).array)
    if len(labels) != baskets.n_baskets:
        raise ValueError(f"{name}: {len(labels):,} labels for {baskets.n_baskets:,} baskets")
    if labels.isna().any():
        without = baskets.basket_ids[labels.isna().to_numpy()].tolist()[0]
        raise ValueError(f"{name}: basket {without!r} has none")
    return labels


def _merged_sizes(sizes):
    """Stratum by basket size: neighbours together until there are enough baskets."""
    counts = np.bincount(sizes)
    of_size = np.zeros(len(counts), dtype=np.int64)
    stratum = inside = 0
    for size in range(1, len(counts)):
        of_size[size] = stratum
        inside += counts[size]
        if inside >= LEAST_BASKETS and counts[size + 1 :].sum() >= LEAST_BASKETS:
            stratum, inside = stratum + 1, 0
    return of_size


def _by_size(baskets, of_size):
    of_basket = of_size[baskets.sizes]
    number = int(of_size.max()) + 1
    totals = np.bincount(of_basket, minlength=number)[:, None]
    row_stratum = np.repeat(of_basket, baskets.sizes)
    cells = row_stratum * baskets.n_items + baskets.matrix.indices
    held = np.bincount(cells, minlength=number * baskets.n_items).reshape(number, baskets.n_items)
    shares = held / totals
    largest = np.zeros(number, dtype=np.int64)
    np.maximum.at(largest, of_size, np.arange(len(of_size)))
    b = _shares_of_zero_sum(shares * (1 - shares))
    room = np.divide(b, shares, out=np.ones_like(b), where=shares > 0)
    return Strata(
        number, of_basket, room=room.T.copy(), places=b.sum(axis=1) + (b.sum(axis=1) == 0), largest=largest
    )


def _shares_of_zero_sum(variances, n_steps=50):
    """The ``b`` with ``b - b**2 / sum(b) = variances`` in each row, from below."""
    b = variances.copy()
    for _ in range(n_steps):
        total = b.sum(axis=1, keepdims=True)
        b = variances + np.divide(b**2, total, out=np.zeros_like(b), where=total > 0)
    return b


def _by_others(baskets, of_size):
    number = int(of_size.max()) + 1
    of_size = of_size.copy()
    of_size[0] = number
    return Strata(number, of_size[baskets.sizes], of_size=of_size)


def _places_left(first, second, places):
    """How often ``second`` (items x strata) still finds its places when ``first`` has taken its own."""
    free = places - (np.cumsum(second, axis=0) - second)
    taken = np.divide(first.sum(axis=0) * second, free, out=np.ones_like(free), where=free > 0)
    return np.maximum(1 - taken, 0).prod(axis=0)
