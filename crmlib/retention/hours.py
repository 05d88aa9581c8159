"""Few hours of service, many customers: who gets them, and what one more hour would be worth."""

import numpy as np
import pandas as pd

from crmlib.value.checks import numeric, present, setting


def allocate_hours(
    customers: pd.DataFrame, *, gain: str, hours: str, budget: float, hour_cost: float = 0.0
) -> pd.DataFrame:
    """Give the hours where each brings most, until they are gone or no longer pay.

    Parameters
    ----------
    customers : DataFrame
        One row a customer: ``gain`` in money if the customer is served, ``hours`` it takes (> 0).
    budget : float
        Hours there are.
    hour_cost : float
        Money an hour costs; a customer whose gain per hour does not exceed it is not served.

    Returns
    -------
    DataFrame
        Index of ``customers``; columns ``per_hour`` (gain / hours), ``share`` and ``chosen``. ``share``
        solves the linear programme: maximise the sum of share (gain - hours hour_cost), shares
        between 0 and 1, hours within the budget; at most one lies strictly between (Dantzig 1957).
        ``chosen`` are those with share 1: of all choices without parts, the best is better by
        less than the net gain of that one customer.

    >>> three = pd.DataFrame({"gain": [90, 60, 10], "hours": [30, 10, 10]})
    >>> allocate_hours(three, gain="gain", hours="hours", budget=25)["share"].tolist()
    [0.5, 1.0, 0.0]
    """
    setting(budget=budget, hour_cost=hour_cost)
    present(customers, gain, hours)
    if len(customers):  # nobody to serve is no mistake
        customers = numeric(numeric(customers, gain), hours, above=0)
    need = customers[hours].to_numpy(float)
    per_hour = customers[gain].to_numpy(float) / need
    order = np.argsort(-per_hour, kind="stable")
    wanted = np.where(per_hour > hour_cost, need, 0.0)[order]
    before = np.append(0.0, wanted.cumsum()[:-1])
    share = np.empty(len(need))
    share[order] = np.clip((budget - before) / need[order], 0, 1) * (wanted > 0)
    table = {"per_hour": per_hour, "share": share, "chosen": share == 1}
    return pd.DataFrame(table, index=customers.index)


def hour_worth(
    customers: pd.DataFrame, *, gain: str, hours: str, budget: float, hour_cost: float = 0.0
) -> float:
    """What one hour more would bring, its cost taken off: the programme of `allocate_hours` solved again.

    Between 0 and the gain per hour of the first customer who was left out.

    >>> three = pd.DataFrame({"gain": [90, 60, 10], "hours": [30, 10, 10]})
    >>> hour_worth(three, gain="gain", hours="hours", budget=25)
    3.0
    """
    rest = {"gain": gain, "hours": hours, "hour_cost": hour_cost}
    totals = []
    for there in (budget, budget + 1):
        share = allocate_hours(customers, budget=there, **rest)["share"]
        totals.append((share * (customers[gain] - hour_cost * customers[hours])).sum())
    return float(totals[1] - totals[0])
