"""Weeks that customers would stay longer if they were served as the best served of their group are."""

import numpy as np
import pandas as pd

from crmlib.retention.stay import z_value
from crmlib.value.checks import need, numeric, present


def weeks_gained(kept: pd.DataFrame, *, to: str, band: str, confidence: float = 0.95) -> pd.DataFrame:
    """Weeks gained if customers of each band stayed as those of band ``to`` do, group by group.

    ``kept`` as `crmlib.retention.weeks_kept` returns it with ``by`` a list that holds ``band``; the
    other columns of ``by`` are the groups within which like is compared with like. Adds ``gain``,
    ``gain_lower`` and ``gain_upper``: weeks of band ``to`` in the same group less one's own, the
    interval from the two standard errors. An effect only if nothing unrecorded moves both band and
    leaving.

    >>> kept = {"band": ["fast", "slow"], "customers": 9, "weeks": [48.0, 40.0], "se": [3.0, 4.0]}
    >>> kept = pd.DataFrame(kept)
    >>> weeks_gained(kept, to="fast", band="band")[["gain", "gain_lower"]].round(2).to_numpy().tolist()
    [[0.0, 0.0], [8.0, -1.8]]
    """
    table = _beside(kept, to, band)
    own = table[band] == to
    gain = table["weeks_to"] - table["weeks"]
    reach = z_value(confidence) * np.hypot(table["se"], table["se_to"]).where(~own, 0.0)
    gains = {"gain": gain, "gain_lower": gain - reach, "gain_upper": gain + reach}
    return table.drop(columns=["weeks_to", "se_to"]).assign(**gains)


def average_gain(kept: pd.DataFrame, *, to: str, band: str, confidence: float = 0.95) -> pd.DataFrame:
    """Weeks gained on average in each group if all its customers were served as band ``to`` is.

    ``kept`` as for `weeks_gained`. Columns: the groups, ``customers``, ``estimate``, ``lower``,
    ``upper``. With p_b the share of band b among the group's customers (taken as given) and w_b its weeks,

        estimate = w_to - sum of p_b w_b,  se^2 = (1 - p_to)^2 se_to^2 + sum over b != to of p_b^2 se_b^2.

    Standardisation: each band is weighted as it occurs.

    >>> kept = {"band": ["fast", "slow"], "customers": [1, 3], "weeks": [48.0, 40.0], "se": [3.0, 4.0]}
    >>> kept = pd.DataFrame(kept)
    >>> average_gain(kept, to="fast", band="band")[["customers", "estimate"]].to_numpy().tolist()
    [[4.0, 6.0]]
    """
    table = _beside(kept, to, band)
    groups = _groups(kept, band)
    total = table.groupby(groups)["customers"].transform("sum") if groups else table["customers"].sum()
    share = table["customers"] / total
    own = table[band] == to
    weight = np.where(own, 1 - share, share)
    parts = {
        "customers": table["customers"],
        "estimate": share * (table["weeks_to"] - table["weeks"]),
        "variance": (weight * table["se"]) ** 2,
    }
    sums = pd.DataFrame(parts).assign(**{name: table[name] for name in groups})
    sums = sums.groupby(groups).sum().reset_index() if groups else sums.sum().to_frame().T
    reach = z_value(confidence) * np.sqrt(sums.pop("variance"))
    return sums.assign(lower=sums["estimate"] - reach, upper=sums["estimate"] + reach)


def _groups(kept, band):
    need(kept, band)
    present(kept, "customers")
    return [name for name in kept.columns[: kept.columns.get_loc("customers")] if name != band]


def _beside(kept, to, band):
    """Each row with the weeks and the standard error of band ``to`` in its group beside it."""
    groups = _groups(kept, band)
    kept = numeric(kept, "customers", "weeks", "se", least=0)
    if to not in set(kept[band]):
        raise ValueError(f"to={to!r}: column {band!r} holds {list(kept[band].unique())}")
    best = kept.loc[kept[band] == to, [*groups, "weeks", "se"]]
    if not groups:
        return kept.assign(weeks_to=best["weeks"].iloc[0], se_to=best["se"].iloc[0])
    table = kept.merge(best, on=groups, how="left", suffixes=("", "_to"), validate="many_to_one")
    alone = table[table["weeks_to"].isna()]
    if len(alone):
        raise ValueError(f"{alone.iloc[0][groups].to_dict()}: nobody of band {to!r} to compare with")
    return table
