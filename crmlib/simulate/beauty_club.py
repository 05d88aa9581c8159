"""A beauty club whose truth is known: turnover rises, profit does not."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crmlib.simulate.club_life import RATING_CUTS, SPREAD, WAIT_LOSS, all_weeks, members
from crmlib.simulate.club_menu import ELASTICITY, NEW, NEW_FROM_WEEK, POOLS, SERVICES, SPARE, TYPES, YEAR
from crmlib.simulate.world import positive, positive_integers

AGES = ("under 30", "30 to 44", "45 and over")
SOURCES = ("friend", "street", "campaign")
TOLD_GAIN = 0.45
TELL = ("staff", "coin", "always", "never")


class Plan(NamedTuple):
    """What the club does otherwise from ``from_week`` on."""

    from_week: int = 105
    dropped: tuple[str, ...] = ()
    price_factor: dict[str, float] = {}  # noqa: RUF012
    tell: str = "staff"
    wait_factor: float = 1.0


class ClubTruth(NamedTuple):
    """What nobody in the club knows."""

    customers: pd.DataFrame
    services: pd.DataFrame
    effects: pd.Series


class BeautyClub(NamedTuple):
    """The records of a simulated club and the truth behind them."""

    customers: pd.DataFrame
    visits: pd.DataFrame
    services: pd.DataFrame
    costs: pd.DataFrame
    periods: pd.DataFrame
    truth: ClubTruth


def beauty_club(
    n_customers: int = 1500,
    *,
    weeks: int = 104,
    plan: Plan | None = None,
    tell: str = "staff",
    hidden: float = 0.0,
    told_gain: float = TOLD_GAIN,
    new_cost: float = 1.0,
    seed: int,
) -> BeautyClub:
    """Two years of a club with twelve services, three of them new in week 53.

    A third of ``n_customers`` are members before week 1, the rest join at an even pace until week
    104 (and on at that pace if ``weeks`` is more). Money in yuan, time in minutes and weeks.
    The same seed gives the same people and, up to ``plan.from_week``, the same visits whatever
    the plan and the number of weeks.

    ``customers``: customer_id, joined_week (0: before the records), left_week (missing: still a
    member), age_band, source. ``visits``: visit_id, customer_id, week, service, paid, discount
    (list price = paid + discount), minutes (of the room), staff_minutes, room_kind, staff_kind,
    materials_cost, equipment_cost, brand_told (0 or 1: was the brand of the materials named),
    wait_minutes, satisfaction (1 to 5 or missing). ``services``: service, family, introduced_week,
    price, minutes, room_kind, staff_kind, staff_minutes, materials_cost, equipment_cost_per_use,
    brand_public. ``costs``: period, resource (rent, staff, equipment, admin), kind (of room, of
    staff, the service, all), driver (room_minutes, staff_minutes, uses, visits), units (rooms,
    people, machines), capacity_per_week (in units of the driver), amount_per_week. ``periods``:
    period, first_week, last_week. From the third year on capacity stays as it was in the second.

    ``truth``: customers (customer_id, kind, anchor, rate, goodwill), services (service, pull: share
    of its own customers who stay away if it goes; elasticity), effects (told: gain in mean
    satisfaction; wait: loss a minute, both on the scale from 1 to 5).

    A visit's latent satisfaction is quality + ``told_gain`` told - .05 wait + .5 discount share
    + .15 age + .7 hidden g + t-distributed noise, cut into five; a member leaves the sooner the
    lower the mean of it was lately. Staff name the brand with log-odds -1.2 + 2 brand_public
    + .4 age + 1.2 hidden g, g a goodwill nobody records.

    >>> club = beauty_club(50, seed=1)
    >>> club.periods["last_week"].tolist(), len(club.services)
    ([52, 104], 12)
    """
    positive_integers(n_customers=n_customers, weeks=weeks)
    positive(new_cost=new_cost, **{"hidden + 1": hidden + 1, "told_gain + 1": told_gain + 1})
    plan = plan or Plan(from_week=weeks + 1)
    _check(plan, tell)
    menu = _menu(new_cost)
    people = members(n_customers, weeks, seed)
    drawn, left = all_weeks(people, menu, weeks, plan, _Rules(tell, hidden, told_gain), seed)
    visits = _visits(drawn, menu)
    periods = _periods(weeks)
    costs = _costs(visits, periods, new_cost)
    truth = ClubTruth(_known_people(people), _known_services(menu), _effects(drawn, told_gain))
    return BeautyClub(_customers(people, left), visits, _price_list(menu), costs, periods, truth)


class _Rules(NamedTuple):
    tell: str
    hidden: float
    told_gain: float


def _check(plan, tell):
    known = set(SERVICES["service"])
    for name in (*plan.dropped, *plan.price_factor):
        if name not in known:
            raise ValueError(f"service {name!r}: there is none of that name, only {sorted(known)}")
    for value in (tell, plan.tell):
        if value not in TELL:
            raise ValueError(f"tell: {value!r} is none of {', '.join(TELL)}")
    positive(wait_factor=plan.wait_factor, **{f"price_factor {k}": v for k, v in plan.price_factor.items()})


def _menu(new_cost):
    menu = SERVICES.copy()
    new = menu["service"].isin(NEW)
    menu["introduced_week"] = np.where(new, NEW_FROM_WEEK, 0)
    menu["elasticity"] = menu["family"].map(ELASTICITY)
    per_use = menu["equipment_cost_per_use"].astype(float)
    menu["equipment_cost_per_use"] = per_use.where(~new, per_use * new_cost)
    return menu


def _visits(drawn, menu):
    row = menu.iloc[drawn["service"]].reset_index(drop=True)
    return pd.DataFrame(
        {
            "visit_id": np.arange(1, len(drawn) + 1),
            "customer_id": drawn["who"] + 1,
            "week": drawn["week"],
            "service": row["service"],
            "paid": drawn["paid"],
            "discount": drawn["discount"].round(2),
            "minutes": (row["minutes"] * drawn["stretch"]).round(0).astype(int),
            "staff_minutes": (row["staff_minutes"] * drawn["stretch"]).round(0).astype(int),
            "room_kind": row["room_kind"],
            "staff_kind": row["staff_kind"],
            "materials_cost": row["materials_cost"].astype(float),
            "equipment_cost": row["equipment_cost_per_use"],
            "brand_told": drawn["told"],
            "wait_minutes": drawn["wait"].round(1),
            "satisfaction": drawn["rating"],
        }
    )


def _periods(weeks):
    first = np.arange(1, weeks + 1, YEAR)
    last = np.minimum(first + YEAR - 1, weeks)
    return pd.DataFrame({"period": np.arange(1, len(first) + 1), "first_week": first, "last_week": last})


def _costs(visits, periods, new_cost):
    """Whole rooms, people and machines for the demand of the year, with some to spare."""
    rows = []
    for period, first, last in periods.itertuples(index=False):
        if period <= 2:
            part = visits[visits["week"].between(first, last)]
            year = [_pool(pool, part, last - first + 1, new_cost) for pool in POOLS.itertuples()]
        rows += [{"period": period, **pool} for pool in year if pool["units"]]
    return pd.DataFrame(rows)


def _pool(pool, visits, weeks, new_cost):
    needed = {
        "room_minutes": visits.loc[visits["room_kind"] == pool.kind, "minutes"].sum(),
        "staff_minutes": visits.loc[visits["staff_kind"] == pool.kind, "staff_minutes"].sum(),
        "uses": (visits["service"] == pool.kind).sum(),
        "visits": len(visits),
    }[pool.driver] / weeks
    units = int(np.ceil(SPARE * needed / pool.unit_capacity))
    capacity = units * pool.unit_capacity
    rate = pool.rate * (new_cost if pool.driver == "uses" else 1)
    return {
        "resource": pool.resource,
        "kind": pool.kind,
        "driver": pool.driver,
        "units": units,
        "capacity_per_week": capacity,
        "amount_per_week": round(capacity * rate, 2),
    }


def _customers(people, left):
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"],
            "joined_week": people["joined_week"],
            "left_week": pd.array(np.where(np.isinf(left), np.nan, left), dtype="Int64"),
            "age_band": np.array(AGES)[people["age"]],
            "source": np.array(SOURCES)[people["source"]],
        }
    )


def _price_list(menu):
    columns = ["service", "family", "introduced_week", "price", "minutes", "room_kind", "staff_kind"]
    return menu[[*columns, "staff_minutes", "materials_cost", "equipment_cost_per_use", "brand_public"]]


def _known_people(people):
    kind, anchor = TYPES["kind"].to_numpy()[people["kind"]], SERVICES["service"].to_numpy()[people["anchor"]]
    return people[["customer_id"]].assign(
        kind=kind, anchor=anchor, rate=people["rate"], goodwill=people["goodwill"]
    )


def _known_services(menu):
    return menu[["service", "pull", "elasticity"]]


def _effects(drawn, told_gain):
    """Differences of mean satisfaction over the visits made, everything else as it was."""
    level = drawn["level"].to_numpy()
    told = _mean_rating(level + told_gain) - _mean_rating(level)
    waited = _mean_rating(drawn["level"] + told_gain * drawn["told"])
    wait = _mean_rating(drawn["level"] + told_gain * drawn["told"] - WAIT_LOSS) - waited
    return pd.Series({"told": told, "wait": wait})


def _mean_rating(level):
    above = [_share_above((cut - np.asarray(level)) / SPREAD).mean() for cut in RATING_CUTS]
    return float(1 + np.sum(above))


def _share_above(x):
    """What `CURVE` leaves above ``x``: closed for four degrees of freedom, and ten times as fast."""
    return 0.5 - x * (6 + x**2) / (2 * (4 + x**2) ** 1.5)
