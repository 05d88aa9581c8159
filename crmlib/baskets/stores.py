"""Two goods by store: stores that sell much of both need not sell them to the same baskets."""

import numpy as np
import pandas as pd

from crmlib.baskets.draws import household_draws
from crmlib.baskets.encode import Baskets
from crmlib.baskets.members import Members
from crmlib.baskets.strata import codes_of, labels_of


def store_counts(baskets: Baskets, stores: pd.Series, *, left, right, min_baskets: int = 1) -> pd.DataFrame:
    """Baskets of each store: all, with each of two items, with both, and the shares of all.

    Parameters
    ----------
    baskets : Baskets
    stores : Series or array
        The store of each basket: a Series indexed by basket, or an array in row order.
    left, right : labels
        The two items.
    min_baskets : int
        Leave out stores with fewer baskets.

    Returns
    -------
    DataFrame
        Index: store; columns ``baskets, left, right, both`` (counts) and ``left_rate, right_rate``.

    >>> from crmlib.baskets.encode import encode
    >>> lines = pd.DataFrame({"basket_id": [1, 1, 2, 3], "item": ["ale", "tea", "tea", "ale"]})
    >>> where = pd.Series(["N", "N", "S"], index=[1, 2, 3])
    >>> store_counts(encode(lines), where, left="ale", right="tea")[["left", "right", "both"]].values.tolist()
    [[1, 2, 1], [1, 0, 0]]
    """
    members = Members(baskets)
    holds = {
        "left": members.of_set([left]),
        "right": members.of_set([right]),
        "both": members.of_set([left, right]),
    }
    store = labels_of(baskets, stores, "stores")
    table = pd.DataFrame({"baskets": store.value_counts()})
    for name, rows in holds.items():
        table[name] = store.iloc[rows].value_counts().reindex(table.index, fill_value=0)
    table = table[table["baskets"] >= min_baskets].sort_index().rename_axis("store")
    return table.assign(
        left_rate=table["left"] / table["baskets"], right_rate=table["right"] / table["baskets"]
    )


def store_correlations(
    baskets: Baskets,
    stores: pd.Series,
    *,
    left,
    right,
    households,
    min_baskets: int = 1,
    n_resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Correlation over stores of two items' basket counts, and of their shares, with intervals.

    Counts rise with the size of a store for any two goods; shares do not. The intervals draw whole
    households with replacement, since a household shops in few stores.

    Returns
    -------
    DataFrame
        Rows ``counts`` and ``rates``; columns ``estimate, lower, upper`` (Pearson correlations). Raises
        ``ValueError`` with fewer than three stores of ``min_baskets``.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r}: between 0 and 1")
    table = store_counts(baskets, stores, left=left, right=right, min_baskets=min_baskets)
    if len(table) < 3:
        raise ValueError(f"min_baskets={min_baskets!r}: {len(table)} stores are too few to correlate")
    counts = _by_household(baskets, stores, table.index, [left], [right], households)
    draws = household_draws(counts[0].shape[0], n_resamples=n_resamples, seed=seed)
    once = _correlations(*(part.sum(axis=0, keepdims=True) for part in counts))
    drawn = _correlations(*(draws @ part for part in counts))
    tail = (1 - confidence) / 2
    lower, upper = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    return pd.DataFrame({"estimate": once[0], "lower": lower, "upper": upper}, index=["counts", "rates"])


def _by_household(baskets, stores, kept, left, right, households):
    """Baskets of each household in each kept store: all, with left, with right; households x stores."""
    household = codes_of(baskets, households, "households")
    store = kept.get_indexer(labels_of(baskets, stores, "stores"))
    members, shape = Members(baskets), (int(household.max()) + 1, len(kept))

    def count(rows):
        rows = rows[store[rows] >= 0]
        cells = household[rows] * shape[1] + store[rows]
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(float)

    return count(np.arange(baskets.n_baskets)), count(members.of_set(left)), count(members.of_set(right))


def _correlations(all_baskets, left, right):
    """Correlation over stores of counts and of rates: draws x 2. A store without baskets has no rate."""
    there = all_baskets > 0
    rates = [np.divide(part, all_baskets, out=np.zeros_like(part), where=there) for part in (left, right)]
    everywhere = np.ones_like(there)
    return np.column_stack([_pearson(left, right, everywhere), _pearson(*rates, there)])


def _pearson(x, y, weight):
    """Row by row, over the columns where ``weight`` is true; NaN where one side does not vary."""
    n = weight.sum(axis=1, keepdims=True)
    dx = np.where(weight, x - (x * weight).sum(axis=1, keepdims=True) / n, 0)
    dy = np.where(weight, y - (y * weight).sum(axis=1, keepdims=True) / n, 0)
    spread = np.sqrt((dx**2).sum(axis=1) * (dy**2).sum(axis=1))
    return np.divide((dx * dy).sum(axis=1), spread, out=np.full(len(x), np.nan), where=spread > 0)
