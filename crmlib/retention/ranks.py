"""Do groups of customers leave at the same rate? The log-rank test, within strata where needed."""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from crmlib.retention.stay import check_customers


def log_rank(
    customers: pd.DataFrame,
    *,
    by: str,
    duration: str = "weeks",
    event: str = "left",
    strata: str | None = None,
) -> dict[str, float]:
    """Whether the groups ``by`` leave at one rate: statistic, degrees of freedom, p-value.

    At each time at which d of n customers at risk leave, group g with n_g at risk is expected to
    lose d n_g / n of them. With U the sums of observed less expected over all times, and V their
    hypergeometric covariance, U' V^-1 U is chi-square distributed with one degree of freedom less
    than there are groups. With ``strata`` the sums are taken within each stratum: like with like.
    Source: Mantel 1966; Peto and Peto 1972.

    >>> toy = pd.DataFrame({"weeks": [1, 2, 3, 4], "left": [1, 1, 1, 0], "band": list("aabb")})
    >>> round(log_rank(toy, by="band")["statistic"], 3)
    2.882
    """
    check_customers(customers, duration, event, [by, strata] if strata else by)
    names = np.sort(customers[by].astype(str).unique())
    if len(names) < 2:
        raise ValueError(f"column {by!r}: all customers are {names[0]!r}, wanted two groups or more")
    parts = [part for _, part in customers.groupby(strata, observed=True)] if strata else [customers]
    sums = [_excess(part[duration], part[event], part[by].astype(str), names) for part in parts]
    excess, spread = (sum(values)[..., 1:] for values in zip(*sums, strict=True))
    statistic = float(excess @ np.linalg.pinv(spread[1:], hermitian=True) @ excess)
    freedom = len(names) - 1
    return {"statistic": statistic, "freedom": freedom, "p_value": float(chi2.sf(statistic, freedom))}


def _excess(weeks, left, group, names):
    """Observed less expected leavers of each group, and the covariance of that."""
    member = group.to_numpy()[:, None] == names
    weeks, left = weeks.to_numpy(float), left.to_numpy(int)
    excess, spread = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for time in np.unique(weeks[left == 1]):
        at_risk = member[weeks >= time].sum(axis=0)
        gone = member[(weeks == time) & (left == 1)].sum(axis=0)
        n, d = at_risk.sum(), gone.sum()
        share = at_risk / n
        excess += gone - d * share
        if n > 1:
            spread += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    return excess, spread
