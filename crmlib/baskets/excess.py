"""How many more baskets hold a pair than sizes and popularity make: the part of a rule that can earn."""

import numpy as np
import pandas as pd

from crmlib.baskets.encode import Baskets
from crmlib.baskets.members import Members
from crmlib.baskets.strata import codes_of, strata_of


def excess_baskets(
    rules: pd.DataFrame, baskets: Baskets, *, households, draws: np.ndarray | None = None
) -> pd.DataFrame:
    """Baskets with both sides of a rule, less those that sizes and popularity alone would make.

    Parameters
    ----------
    rules : DataFrame
        Columns ``antecedents`` and ``consequents``.
    baskets : Baskets
        Where to count; the rules may have been chosen elsewhere.
    households : Series or array
        The household of each basket.
    draws : array, draws x households, optional
        How often each household counts in each bootstrap draw (`household_draws`, in the order in
        which households first appear). None: once.

    Returns
    -------
    DataFrame
        One row per draw, one column per rule (the rule's index), in baskets.

    Notes
    -----
    ``sum over strata of n11 - n p q f``: n baskets of a stratum of like size, shares p and q with the
    left and the right side, and f the competition for places (`crmlib.baskets.strata`), which is taken
    from the whole data in each draw.

    Examples
    --------
    >>> from crmlib.baskets.encode import encode
    >>> lines = pd.DataFrame({"basket_id": [1, 1, 2, 2, 3, 3, 4, 4], "item": list("abab" "cdcd")})
    >>> rule = pd.DataFrame({"antecedents": [frozenset("a")], "consequents": [frozenset("b")]})
    >>> float(excess_baskets(rule, encode(lines), households=[1, 2, 3, 4]).loc[0, 0].round(2))
    1.33
    """
    count = _Counter(baskets, households, draws)
    columns = {label: count.excess(*sides) for label, sides in _sides(rules)}
    return pd.DataFrame(columns, columns=rules.index)


def _sides(rules):
    for column in ("antecedents", "consequents"):
        if column not in rules.columns:
            raise ValueError(f"no column {column!r}; there are {list(rules.columns)}")
    return zip(rules.index, zip(rules["antecedents"], rules["consequents"], strict=True), strict=True)


class _Counter:
    """Baskets counted by stratum, once for each draw of households."""

    def __init__(self, baskets, households, draws):
        self.members = Members(baskets)
        self.strata = strata_of(baskets, "size")
        self.household = codes_of(baskets, households, "households")
        n_households = self.household.max() + 1
        self.draws = np.ones((1, n_households)) if draws is None else np.asarray(draws, dtype=float)
        if self.draws.ndim != 2 or self.draws.shape[1] != n_households:
            raise ValueError(f"draws: {self.draws.shape} is not draws x {n_households:,} households")
        everything = np.arange(baskets.n_baskets)
        self.n = self.counts(everything)
        self.in_data = np.bincount(self.strata.of_basket, minlength=self.strata.number)

    def counts(self, rows):
        """Baskets of ``rows`` in each draw and stratum."""
        return self.draws @ self._by_household(rows)

    def _by_household(self, rows):
        n_households = self.draws.shape[1]
        cells = self.household[rows] * self.strata.number + self.strata.of_basket[rows]
        table = np.bincount(cells, minlength=n_households * self.strata.number)
        return table.reshape(n_households, self.strata.number).astype(float)

    def excess(self, left, right):
        rows_left, rows_right = self.members.of_set(left), self.members.of_set(right)
        both = self.counts(np.intersect1d(rows_left, rows_right, assume_unique=True))
        product = self.counts(rows_left) * self.counts(rows_right) * self._competition(left, right)
        expected = np.divide(product, self.n, out=np.zeros_like(self.n), where=self.n > 0)
        return (both - expected).sum(axis=1)

    def _competition(self, left, right):
        sides = [self.members.codes(left)], [self.members.codes(right)]
        shares = [self._share(side) for side in (left, right)]
        return self.strata.competition(*shares, *sides)[0]

    def _share(self, itemset):
        strata = self.strata.of_basket[self.members.of_set(itemset)]
        held = np.bincount(strata, minlength=self.strata.number)
        return (held / np.maximum(self.in_data, 1))[None, :]
