"""One row a customer: what service costs, what is left of the margin, how long answers took."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.value.checks import need, numeric, setting, share
from crmlib.value.pyramid import customer_tiers

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
        Share of customers called key: those who contribute most, cut as `customer_tiers` does.
    bands : mapping
        Name of each band of waiting and the hours up to which it reaches, in rising order; the last
        reaches as far as anybody waits.

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
    setting(hour_cost=hour_cost)
    setting(ticket_weeks=ticket_weeks, above=0)
    share(key_share=key_share)
    customers, tickets = _checked(customers, tickets)
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
    tiers = {"key": key_share, "ordinary": 1 - key_share}
    table["tier"] = customer_tiers(table["contribution"], tiers=tiers).astype(object)
    return table.assign(band=_bands(table["wait_hours"], bands))


def _bands(waits, bands):
    limits = np.array([0.0, *bands.values()])
    if not (np.diff(limits) > 0).all():
        raise ValueError(f"bands: {dict(bands)!r} must rise from over 0")
    if waits.max() > limits[-1]:
        raise ValueError(
            f"bands: none holds a wait of {waits.max():g} hours; the last ends at {limits[-1]:g}"
        )
    return pd.cut(waits, limits, labels=list(bands), include_lowest=True)


def _checked(customers, tickets):
    """Both tables with numbers in their columns, and every ticket of a customer there is, once."""
    need(customers, "customer_id")
    need(tickets, "customer_id")
    customers = numeric(customers, "margin")
    tickets = numeric(tickets, "wait_hours", "minutes", least=0)
    who = customers["customer_id"]
    if who.duplicated().any():
        raise ValueError(f"column 'customer_id': {who[who.duplicated()].tolist()[0]!r} stands twice")
    unknown = tickets.loc[~tickets["customer_id"].isin(who), "customer_id"]
    if len(unknown):
        raise ValueError(f"column 'customer_id': a ticket of {unknown.tolist()[0]!r}, who is no customer")
    return customers, tickets
