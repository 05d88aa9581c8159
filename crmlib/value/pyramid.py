"""The customer pyramid: tiers by rank, and who moves between them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.complaints.survey import share_interval
from crmlib.value.checks import need, numbers, numeric

# Only the top 1 % stands in the sources, and the top 20 % in the rule of 20/80; the rest is halved
# by assumption.
TIERS = {"VIP": 0.01, "main": 0.19, "ordinary": 0.40, "small": 0.40}
GONE, NEW = "gone", "new"


def customer_tiers(money: pd.Series, *, tiers: Mapping[str, float] = TIERS) -> pd.Series:
    """The tier of each customer: the first ``tiers`` share by ``money``, the next, and so on.

    A cut after share p of n customers lies after the ceil(p n)-th, so that a top 1 % of 5,000
    are 50 and of 30 are 1. Customers who tie across a cut all fall into the lower tier: equal money,
    equal tier, and no tier down to a cut is larger than its share. An ordered categorical, top first.

    >>> money = pd.Series([90.0, 10.0, 10.0, 50.0], index=list("abcd"))
    >>> customer_tiers(money, tiers={"top": 0.25, "mid": 0.5, "rest": 0.25}).tolist()
    ['top', 'rest', 'rest', 'mid']
    """
    values = numbers(money, name="money")
    shares = _shares(tiers)
    # The rank of the last of all with equal money, so that a tie falls.
    rank = pd.Series(-values).rank(method="max").to_numpy()
    cuts = np.ceil(np.round(np.cumsum(shares) * len(values), 9))
    place = np.minimum(np.searchsorted(cuts, rank), len(tiers) - 1)
    return pd.Series(
        pd.Categorical.from_codes(place, list(tiers), ordered=True), index=pd.Series(money).index
    )


def _shares(tiers):
    shares = np.array(list(tiers.values()), dtype=float)
    if len(tiers) < 2 or not (shares > 0).all() or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"tiers: {dict(tiers)!r}; two or more positive shares of customers that add to 1")
    return shares


def pyramid(table: pd.DataFrame, *, tier: str = "tier", sums: tuple[str, ...] = ("money",)) -> pd.DataFrame:
    """One row a tier: customers, their share of all, and for each of ``sums`` the sum and its share.

    A share of a sum that is not positive in all is missing.

    >>> table = pd.DataFrame({"tier": ["top", "rest", "rest"], "money": [80.0, 15.0, 5.0]})
    >>> pyramid(table)["money_share"].to_dict()
    {'rest': 0.2, 'top': 0.8}
    """
    need(table, tier)
    table = numeric(table, *sums)
    grouped = table.groupby(tier, observed=False)
    result = pd.DataFrame({"customers": grouped.size()})
    result["customer_share"] = result["customers"] / len(table)
    for column in sums:
        result[column] = grouped[column].sum()
        total = result[column].sum()
        result[f"{column}_share"] = result[column] / total if total > 0 else np.nan
    return result


def tier_migration(before: pd.Series, after: pd.Series, *, confidence: float = 0.95) -> pd.DataFrame:
    """Where the customers of each tier are a period later, as shares with score intervals.

    Customers are matched by index. Who is only in ``after`` comes from "new", who is only in
    ``before`` goes to "gone". Columns before, after, count, base (of the tier before), share,
    lower, upper; a row for each pair of tiers. The interval holds for customers who move
    independently; it does not know that some movement is chance alone: compare two halves of
    one period first.

    >>> before = pd.Series(["top", "low", "low"], index=[1, 2, 3])
    >>> moved = tier_migration(before, pd.Series(["top", "top"], index=[1, 2]))
    >>> moved.set_index(["before", "after"]).loc[("low", "top"), "share"]
    np.float64(0.5)
    """
    names = _names(before, after)
    for side, tiers in (("before", before), ("after", after)):
        if not tiers.index.is_unique:
            twice = tiers.index[tiers.index.duplicated()].tolist()[0]
            raise ValueError(f"{side}: customer {twice!r} stands twice")
    both = pd.DataFrame({"before": before.astype(object), "after": after.astype(object)})
    both = both.fillna({"before": NEW, "after": GONE})
    counts = pd.crosstab(both["before"], both["after"])
    counts = counts.reindex(index=[*names, NEW], columns=[*names, GONE], fill_value=0)
    counts = counts.rename_axis(index="before", columns="after")
    long = counts.stack().rename("count").reset_index()
    long["base"] = counts.sum(axis=1).loc[long["before"]].to_numpy()
    long = long[long["base"] > 0].reset_index(drop=True)
    long["share"] = long["count"] / long["base"]
    long["lower"], long["upper"] = share_interval(long["count"], long["base"], confidence=confidence)
    return long


def _names(before, after):
    """The tiers in the order of the categories, else as they come."""
    if before.empty or after.empty:
        raise ValueError("before, after: a period without customers")
    names = []
    for tiers in (before, after):
        if tiers.isna().any():
            raise ValueError(f"tiers: {int(tiers.isna().sum())} customers are in none")
        if tiers.isin([GONE, NEW]).any():
            raise ValueError(f"tiers: {GONE!r} and {NEW!r} are names for those who are in no tier")
        own = tiers.cat.categories if isinstance(tiers.dtype, pd.CategoricalDtype) else tiers.unique()
        names += [name for name in own if name not in names]
    return names
