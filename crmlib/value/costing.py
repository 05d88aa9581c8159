"""Activity-based costing with time drivers: what each visit uses, and what nobody uses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.value.checks import need, numbers, numeric
from crmlib.value.places import places

# driver: (column that measures the use, or None for one a visit; column that names the kind used,
# or None where there is one kind)
DRIVERS = {
    "room_minutes": ("minutes", "room_kind"),
    "staff_minutes": ("staff_minutes", "staff_kind"),
    "uses": (None, "service"),
    "visits": (None, None),
}
# Drivers that not every visit uses: a service without a machine costs no machine.
PARTIAL = ("uses",)
DIRECT = ("materials_cost", "equipment_cost")


def driver_rates(costs: pd.DataFrame) -> pd.DataFrame:
    """``costs`` with the rate of each pool: amount_per_week / capacity_per_week.

    By the capacity there is, not by that in use: what is not used must not be charged to those who
    come. Source: Kaplan and Anderson 2004.

    >>> pool = {"resource": ["staff"], "capacity_per_week": [700_000.0], "amount_per_week": [560_000.0]}
    >>> float(driver_rates(pd.DataFrame(pool))["rate"].iloc[0])
    0.8
    """
    need(costs, "resource")
    costs = numeric(numeric(costs, "capacity_per_week", above=0), "amount_per_week", least=0)
    return costs.assign(rate=costs["amount_per_week"] / costs["capacity_per_week"])


def with_period(visits: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """``visits`` with the period that their week lies in.

    >>> periods = pd.DataFrame({"period": [1, 2], "first_week": [1, 53], "last_week": [52, 104]})
    >>> with_period(pd.DataFrame({"week": [52, 53]}), periods)["period"].tolist()
    [1, 2]
    """
    visits = numeric(visits, "week")
    need(periods, "period")
    ordered = numeric(periods, "first_week", "last_week").sort_values("first_week")
    if (ordered["first_week"].to_numpy()[1:] <= ordered["last_week"].to_numpy()[:-1]).any():
        raise ValueError("column 'last_week': a period ends after the next has begun")
    week = visits["week"].to_numpy()
    place = np.searchsorted(ordered["first_week"].to_numpy(), week, side="right") - 1
    outside = (place < 0) | (week > ordered["last_week"].to_numpy()[place])
    if outside.any():
        raise ValueError(f"column 'week': {week[outside][0]} lies in no period")
    return visits.assign(period=ordered["period"].to_numpy()[place])


def visit_profit(
    visits: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    money: str = "paid",
    direct: tuple[str, ...] = DIRECT,
    drivers: Mapping[str, tuple] = DRIVERS,
    partial: tuple[str, ...] = PARTIAL,
) -> pd.DataFrame:
    """``visits`` with a column for the cost of each resource, their sum ``cost``, and ``profit``.

    ``costs`` has one row a pool: resource, kind, driver, capacity_per_week, amount_per_week, and
    period if ``visits`` has one. A pool charges its rate (`driver_rates`) for each unit of its
    ``driver`` that a visit uses: ``drivers`` maps it to the column of the units (None: one a visit)
    and the column of the kind (None: all are one kind). ``direct`` columns are costs of the visit
    itself. A kind without a pool is an error, except for the drivers in ``partial``.

    >>> costs = pd.DataFrame({"resource": ["rent"], "kind": ["gym"], "driver": ["room_minutes"],
    ...     "capacity_per_week": [1000.0], "amount_per_week": [500.0]})
    >>> visits = pd.DataFrame({"paid": [60.0], "minutes": [75], "room_kind": ["gym"]})
    >>> visit_profit(visits, costs, direct=())["profit"].tolist()
    [22.5]
    """
    rates = driver_rates(costs)
    need(rates, "kind", "driver")
    visits = numeric(visits, money, *direct)
    charged = {name: np.zeros(len(visits)) for name in rates["resource"].unique()}
    for (resource, driver), pools in rates.groupby(["resource", "driver"], sort=False):
        charged[resource] += _units(visits, driver, drivers) * _rates(
            visits, pools, drivers[driver][1], missing_is_free=driver in partial
        )
    cost = sum(charged.values()) + visits[list(direct)].sum(axis=1).to_numpy()
    return visits.assign(**charged, cost=cost, profit=visits[money] - cost)


def _units(visits, driver, drivers):
    """How many units of the driver each visit uses."""
    if driver not in drivers:
        raise ValueError(f"column 'driver': {driver!r} is none of {', '.join(drivers)}")
    measured, kind = drivers[driver]
    need(visits, *[column for column in (measured, kind) if column])
    if measured is None:
        return np.ones(len(visits))
    return numbers(visits[measured], name=f"column {measured!r}", least=0)


def _rates(visits, pools, kind, *, missing_is_free):
    """The rate of the pool that each visit draws on."""
    by = {name: column for name, column in (("period", "period"), ("kind", kind)) if column and name in pools}
    driver = pools["driver"].iloc[0]
    if pools.duplicated(list(by)).any() if by else len(pools) > 1:
        raise ValueError(f"costs: two pools of {driver!r} for the same {', '.join(by) or 'visit'}")
    if not by:
        return float(pools["rate"].iloc[0])
    need(visits, *by.values())
    coded = {name: pd.factorize(visits[column]) for name, column in by.items()}
    keys = pd.MultiIndex.from_product([values for _, values in coded.values()], names=list(by))
    # One rate for each combination that occurs: few, however many visits there are.
    known = pools.set_index(list(by))["rate"].rename_axis(list(by))
    known.index = pd.MultiIndex.from_arrays([known.index.get_level_values(name) for name in by])
    table = known.reindex(keys).to_numpy().reshape([len(values) for _, values in coded.values()])
    rates = table[tuple(codes for codes, _ in coded.values())]
    missing = np.isnan(rates)
    if missing.any() and not missing_is_free:
        value = visits.loc[missing, list(by.values())].iloc[0].to_dict()
        raise ValueError(f"costs: no pool of {driver!r} for {value}")
    return np.where(missing, 0.0, rates)


def unused_capacity(
    visits: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    weeks: float | Mapping[int, float],
    drivers: Mapping[str, tuple] = DRIVERS,
) -> pd.DataFrame:
    """``costs`` with capacity, used, used_share, amount, charged and unused over the ``weeks``.

    ``weeks`` is the length of the time that ``visits`` cover, by period if ``costs`` has periods.
    ``charged`` + ``unused`` = ``amount`` = amount_per_week x weeks, exactly what the books say;
    ``unused`` is negative where more was used than there is.

    >>> costs = pd.DataFrame({"resource": ["rent"], "kind": ["gym"], "driver": ["room_minutes"],
    ...     "capacity_per_week": [1000.0], "amount_per_week": [500.0]})
    >>> visits = pd.DataFrame({"minutes": [75, 125], "room_kind": ["gym", "gym"]})
    >>> unused_capacity(visits, costs, weeks=1)["unused"].tolist()
    [400.0]
    """
    table = driver_rates(costs)
    length = _length(table, weeks)
    used = [_used(visits, pool, drivers) for pool in table.to_dict("records")]
    table = table.assign(capacity=table["capacity_per_week"] * length, used=used)
    table["used_share"] = table["used"] / table["capacity"]
    table["amount"] = table["amount_per_week"] * length
    table["charged"] = table["used"] * table["rate"]
    return table.assign(unused=table["amount"] - table["charged"])


def _length(table, weeks):
    """Weeks that the visits cover: one number, or for each pool that of its period."""
    if not isinstance(weeks, Mapping):
        numbers([weeks], name="weeks", above=0)
        return float(weeks)
    need(table, "period")
    missing = set(table["period"]) - set(weeks)
    if missing:
        raise ValueError(f"weeks: none for period {sorted(missing)[0]!r}")
    numbers(list(weeks.values()), name="weeks", above=0)
    return table["period"].map(weeks)


def _used(visits, pool, drivers):
    units = _units(visits, pool["driver"], drivers)
    kind = drivers[pool["driver"]][1]
    rows = np.ones(len(visits), dtype=bool)
    if kind:
        rows &= (visits[kind] == pool["kind"]).to_numpy()
    if "period" in pool:
        rows &= (visits["period"] == pool["period"]).to_numpy()
    return float(units[rows].sum())


def profit_by(visits: pd.DataFrame, key: str, *, money: str = "paid") -> pd.DataFrame:
    """Profit added up by customer or service: columns visits, ``money``, cost, profit, margin.

    ``visits`` as `visit_profit` returns them; ``margin`` is profit / money, missing where nothing
    was paid.

    >>> visits = pd.DataFrame({"who": [1, 1, 2], "paid": [50.0, 50.0, 40.0], "cost": [30.0, 90.0, 10.0]})
    >>> profit_by(visits.assign(profit=visits["paid"] - visits["cost"]), "who")["profit"].tolist()
    [-20.0, 30.0]
    """
    need(visits, key)
    visits = numeric(visits, money, "cost", "profit")
    at, ids = places(visits[key])
    sums = {name: np.bincount(at, visits[name], len(ids)) for name in (money, "cost", "profit")}
    table = pd.DataFrame(
        {"visits": np.bincount(at, minlength=len(ids)), **sums}, index=pd.Index(ids, name=key)
    )
    table = table[table["visits"] > 0]
    return table.assign(margin=table["profit"] / table[money].where(table[money] != 0))
