"""One row a customer: what service costs, what is left of the margin, how long answers took."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

WEEKS_A_YEAR = 52
BANDS = {"same day": 8.0, "next day": 24.0, "later": np.inf}


def customer_ledger(
    customers: pd.DataFrame,
    tickets: pd.DataFrame,
    *,
    hour_cost: float,
    key_share: float = 0.2,
    ticket_weeks: int = 13,
    bands: Mapping[str, float] = BANDS,
) -> pd.DataFrame:
    """Margin less the cost of service of each customer, the tier that follows, and the wait.

    Parameters
    ----------
    customers : DataFrame
        One row a customer: ``customer_id``, ``margin`` (money a year before service).
    tickets : DataFrame
        Those of the last ``ticket_weeks`` weeks: ``customer_id``, ``wait_hours``, ``minutes`` of work.
    hour_cost : float
        Money an hour of service costs.
    key_share : float
        Share of customers called key: those who contribute most.
    bands : mapping
        Name of each band of waiting and the hours up to which it reaches, in rising order.

    Returns
    -------
    DataFrame
        ``customers`` with ``tickets`` and ``service_hours`` (both a year), ``wait_hours`` (mean),
        ``contribution`` = margin - service_hours hour_cost (a year), ``tier`` (key or ordinary) and
        ``band``. A customer without a ticket did not wait for anything and has no band: an error.

    >>> customers = pd.DataFrame({"customer_id": [1, 2], "margin": [900.0, 500.0]})
    >>> rows = {"customer_id": [1, 1, 2], "wait_hours": [5, 9, 30], "minutes": [60, 90, 30]}
    >>> found = customer_ledger(customers, pd.DataFrame(rows), hour_cost=40, key_share=0.5)
    >>> found[["service_hours", "contribution", "tier", "band"]].to_numpy().tolist()
    [[10.0, 500.0, 'key', 'same day'], [2.0, 420.0, 'ordinary', 'later']]
    """
    _check(customers, tickets, hour_cost, key_share)
    a_year = WEEKS_A_YEAR / ticket_weeks
    each = tickets.groupby("customer_id").agg(
        tickets=("minutes", "size"), minutes=("minutes", "sum"), wait_hours=("wait_hours", "mean")
    )
    table = customers.merge(each, on="customer_id", how="left", validate="one_to_one")
    if table["wait_hours"].isna().any():
        without = table.loc[table["wait_hours"].isna(), "customer_id"].tolist()[0]
        raise ValueError(f"column 'customer_id': {without!r} has no ticket, so no band; leave it out")
    table["tickets"] *= a_year
    table["service_hours"] = table.pop("minutes") / 60 * a_year
    table["contribution"] = table["margin"] - table["service_hours"] * hour_cost
    place = table["contribution"].rank(ascending=False, method="first")
    table["tier"] = np.where(place <= max(1, round(key_share * len(table))), "key", "ordinary")
    limits = [0.0, *bands.values()]
    return table.assign(band=pd.cut(table["wait_hours"], limits, labels=list(bands), include_lowest=True))


def _check(customers, tickets, hour_cost, key_share):
    for table, names in (
        (customers, ("customer_id", "margin")),
        (tickets, ("customer_id", "wait_hours", "minutes")),
    ):
        for name in names:
            if name not in table:
                raise ValueError(f"column {name!r} is missing; there are {list(table)}")
            if table[name].isna().any():
                raise ValueError(f"column {name!r}: a value is missing")
    if customers["customer_id"].duplicated().any():
        twice = customers.loc[customers["customer_id"].duplicated(), "customer_id"].tolist()[0]
        raise ValueError(f"column 'customer_id': {twice!r} stands twice")
    for name in ("wait_hours", "minutes"):
        if (tickets[name] < 0).any():
            raise ValueError(f"column {name!r}: {tickets[name].min()} is negative")
    if not 0 <= hour_cost < np.inf:
        raise ValueError(f"hour_cost={hour_cost!r}: must be a number from 0 on")
    if not 0 < key_share < 1:
        raise ValueError(f"key_share={key_share!r}: between 0 and 1")
