"""Baskets cut down to those that hold an item: as bits, or as lists of items where bits would cost more."""

from itertools import pairwise

import numpy as np


def projection(matrix):
    """`Bits` or `Lists` of a 0/1 matrix, baskets x items: whichever counts pairs with less work.

    Counting bits costs items**2 / 2 words whatever the baskets hold, lists only what they hold:
    hundreds of items are the one's case, tens of thousands the other's.
    """
    n_baskets, n_items = matrix.shape
    work_on_bits = n_items**2 / 2 * n_baskets / 64
    work_on_lists = np.square(np.diff(matrix.indptr), dtype=float).sum()
    return (Bits if work_on_bits <= 4 * work_on_lists else Lists)(matrix)


class Bits:
    """Eight baskets a byte, an item a row."""

    def __init__(self, matrix):
        n_baskets, self.n_items = matrix.shape
        by_item = matrix.tocsc()
        self.bits = np.zeros((self.n_items, 8 * -(-n_baskets // 64)), dtype=np.uint8)
        for item, (start, stop) in enumerate(pairwise(by_item.indptr)):
            present = np.zeros(n_baskets, dtype=bool)
            present[by_item.indices[start:stop]] = True
            self.bits[item, : -(-n_baskets // 8)] = np.packbits(present)

    def counts_with(self, item):
        """Baskets that hold ``item`` and each item after it."""
        words = self.bits.view(np.uint64)
        return np.bitwise_count(words[item] & words[item + 1 :]).sum(axis=1)

    def project(self, item, later):
        """Who holds the items ``later``, among the baskets with ``item``: items x baskets, 0/1."""
        touched = np.flatnonzero(self.bits[item] != 0)
        holds = np.flatnonzero(np.unpackbits(self.bits[item, touched]).view(bool))
        return np.unpackbits(self.bits[later].take(touched, axis=1), axis=1).take(holds, axis=1)


class Lists:
    """The items of each basket, and the baskets of each item."""

    def __init__(self, matrix):
        self.n_items = matrix.shape[1]
        self.matrix = matrix.tocsr()
        self.by_item = matrix.tocsc()

    def _baskets_with(self, item):
        return self.matrix[self.by_item.indices[slice(*self.by_item.indptr[item : item + 2])]]

    def counts_with(self, item):
        """Baskets that hold ``item`` and each item after it."""
        return np.bincount(self._baskets_with(item).indices, minlength=self.n_items)[item + 1 :]

    def project(self, item, later):
        """Who holds the items ``later``, among the baskets with ``item``: items x baskets, 0/1."""
        return self._baskets_with(item)[:, later].toarray().T


def project(table, item, later):
    """The same from a table that is cut down already."""
    return table[later].take(np.flatnonzero(table[item].view(bool)), axis=1)
