"""Customers who left: what an offer to come back changes, and whose margin is worth one."""

import numpy as np
import pandas as pd

from crmlib.complaints.differences import share_difference
from crmlib.value.checks import need, setting


def offer_uplift(
    lost: pd.DataFrame,
    *,
    by: str,
    treatment: str = "offer",
    outcome: str = "returned",
    cost: float,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How much more often lost customers return with an offer, by group, and the value that repays it.

    Parameters
    ----------
    lost : DataFrame
        One row a lost customer: ``by`` (such as the reason for leaving), ``treatment`` (0 or 1, given by
        a coin) and ``outcome`` (0 or 1).
    cost : float
        Money that one offer costs, accepted or not.

    Returns
    -------
    DataFrame
        Index ``by``; columns ``customers``, ``alone`` and ``with_offer`` (shares that returned), ``uplift``
        (their difference), its interval ``lower, upper`` (Newcombe 1998) and ``break_even``:
        cost / uplift, the value of a returned customer from which on an offer pays; infinite where
        the uplift is not positive.

    >>> rows = [("price", x, y) for x in (0, 1) for y in [1] * (1 + x) + [0] * (3 - x)]
    >>> toy = pd.DataFrame(rows, columns=["reason", "offer", "returned"])
    >>> offer_uplift(toy, by="reason", cost=50)[["uplift", "break_even"]].to_numpy().tolist()
    [[0.25, 200.0]]
    """
    need(lost, by, treatment, outcome)
    setting(cost=cost)
    for name in (treatment, outcome):
        wrong = lost.loc[~lost[name].isin([0, 1]), name]
        if len(wrong):
            raise ValueError(f"column {name!r}: {wrong.tolist()[0]!r}, wanted 0 or 1")
    lost = lost.assign(**{name: lost[name].astype(int) for name in (treatment, outcome)})
    groups = lost.groupby(by, observed=True, sort=True)
    how = {"treatment": treatment, "outcome": outcome, "cost": cost, "confidence": confidence}
    return pd.DataFrame({name: _uplift(part, name, **how) for name, part in groups}).T.rename_axis(by)


def _uplift(part, name, treatment, outcome, cost, confidence):
    try:
        found = share_difference(
            part, given=treatment, group=1, other=0, outcome=outcome, confidence=confidence
        )
    except ValueError as error:
        raise ValueError(f"{name!r}: {error}") from None
    shares = part.groupby(treatment)[outcome].mean()
    uplift = found["estimate"]
    break_even = cost / uplift if uplift > 0 else np.inf
    return {
        "customers": len(part),
        "alone": shares[0],
        "with_offer": shares[1],
        "uplift": uplift,
        "lower": found["lower"],
        "upper": found["upper"],
        "break_even": break_even,
    }
