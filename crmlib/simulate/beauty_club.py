"""A beauty club whose truth is known: turnover rises, profit does not."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student

from crmlib.simulate.club_menu import (
    ELASTICITY,
    GROUP_SIZE,
    NEW,
    NEW_FROM_WEEK,
    POOLS,
    SERVICES,
    SPARE,
    TYPES,
    YEAR,
)
from crmlib.simulate.world import positive, positive_integers

AGES = ("under 30", "30 to 44", "45 and over")
SOURCES = ("friend", "street", "campaign")
RATING_CUTS = (-1.6, -0.7, 0.3, 1.3)
CURVE = student(4)
TOLD_GAIN = 0.45
WAIT_LOSS = 0.05
ANSWERED = 0.4
TELL = ("staff", "coin", "always", "never")
MORE = 1.5  # visits drawn per visit made at the usual price, so that a lower price has some to add


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

    Two in five of ``n_customers`` are members before week 1, the rest join at an even pace until week
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
    people = _people(n_customers, weeks, seed)
    drawn, left = _all_weeks(people, menu, weeks, plan, _Rules(tell, hidden, told_gain), seed)
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


def _people(n, weeks, seed):
    """One row a member, in order of joining: each draw has a stream of its own, so that more weeks only add."""
    founders = 2 * n // 5
    total = founders + -(-(n - founders) * weeks // 104)
    joined = np.zeros(total, dtype=int)
    joined[founders:] = 1 + np.arange(total - founders) * 104 // max(n - founders, 1)
    draws = [np.random.default_rng([seed, 1, k]) for k in range(8)]
    kind = draws[0].choice(len(TYPES), size=total, p=TYPES["share"])
    family = draws[3].choice(
        ["slimming", "beauty", "fitness", "therapy"], size=total, p=[0.3, 0.25, 0.3, 0.15]
    )
    people = pd.DataFrame({"customer_id": np.arange(1, total + 1), "joined_week": joined})
    people["kind"] = kind
    people["rate"] = TYPES["rate"].to_numpy()[kind] * draws[1].gamma(3, 1 / 3, total)
    people["age"] = draws[2].choice(3, size=total, p=[0.3, 0.4, 0.3])
    people["family"] = family
    people["anchor"] = _anchors(family, joined, draws[4].random(total))
    late = np.minimum(joined / 104, 1)
    people["source"] = np.where(
        draws[5].random(total) < 0.15 + 0.35 * late, 2, draws[7].integers(0, 2, total)
    )
    people["goodwill"] = draws[6].normal(size=total)
    people["stops"] = np.random.default_rng([seed, 2]).random(total)
    return people.iloc[: np.searchsorted(joined, weeks, side="right")]


def _anchors(family, joined, draw):
    """The service that somebody comes for, by its appeal within the family; later joiners also for a new one."""
    anchor = np.empty(len(family), dtype=int)
    for name in np.unique(family):
        for late in (False, True):
            rows = (family == name) & ((joined >= NEW_FROM_WEEK) == late)
            open_ = SERVICES[(SERVICES["family"] == name) & (late | ~SERVICES["service"].isin(NEW))]
            steps = np.cumsum(open_["appeal"]) / open_["appeal"].sum()
            anchor[rows] = open_.index.to_numpy()[np.searchsorted(steps, draw[rows])]
    return anchor


def _all_weeks(people, menu, weeks, plan, rules, seed):
    """Week after week: who comes for what, how they like it, who leaves. Draws do not depend on the plan."""
    joined = people["joined_week"].to_numpy()
    left, mood = np.full(len(people), np.inf), np.zeros(len(people))
    leaves = TYPES["leaves"].to_numpy()[people["kind"]]
    drawn = []
    for week in range(1, weeks + 1):
        rng = np.random.default_rng([seed, 3, week])
        n = np.searchsorted(joined, week, side="right")
        goes = rng.random(n)
        rows = _week(people.iloc[:n], menu, week, plan, rules, rng)
        rows = rows[(left[rows["who"]] > week) & rows["kept"]]
        count = np.bincount(rows["who"], minlength=len(people))
        mean = np.bincount(rows["who"], rows["latent"], len(people)) / np.maximum(count, 1)
        mood += np.where(count, 0.3 * (mean - mood), 0)
        hazard = leaves[:n] * np.exp(-1.2 * np.clip(mood[:n], -2, 2))
        left[:n][(goes < hazard) & np.isinf(left[:n])] = week + 1
        drawn.append(rows.assign(week=week))
    return pd.concat(drawn, ignore_index=True), left


def _week(people, menu, week, plan, rules, rng):
    """Everything that would happen this week if nobody had left: one row a visit."""
    late = week >= NEW_FROM_WEEK
    active = week >= plan.from_week
    who = np.repeat(np.arange(len(people)), _how_often(people, week, rng))
    row = people.iloc[who]
    service = _chosen(row, week, rng)
    draws = {name: rng.random(len(who)) for name in ("kept", "told", "stay", "switch", "answer", "rating")}
    kept = draws["kept"] < _kept(row, service, menu, plan, active)
    told = draws["told"] < _told(row, menu, service, plan.tell if active else rules.tell, rules.hidden)
    wait = rng.exponential(1, len(who)) * (4 + 4 * late) * (plan.wait_factor if active else 1)
    share = np.clip(_discount(row, service, week) + rng.normal(0, 0.04, len(who)), 0, 0.6)
    share = np.where(rng.random(len(who)) < 0.25, 0, share) * (share > 0)
    price = menu["price"].to_numpy(float)[service] * (_factors(menu, plan)[service] if active else 1)
    latent = _latent(row, menu, service, told, wait, share, rules)
    noisy = latent + CURVE.ppf(draws["rating"]) * 0.8
    stretch = TYPES["overrun"].to_numpy()[row["kind"]] * np.exp(rng.normal(0, 0.1, len(who)))
    return pd.DataFrame(
        {
            "who": who,
            "service": service,
            "kept": kept,
            "told": told.astype(int),
            "wait": wait,
            "paid": (price * (1 - share)).round(2),
            "discount": price - (price * (1 - share)).round(2),
            "stretch": stretch,
            "latent": noisy,
            "level": latent - rules.told_gain * told,
            "rating": np.where(draws["answer"] < ANSWERED, 1 + np.searchsorted(RATING_CUTS, noisy), np.nan),
        }
    )


def _how_often(people, week, rng):
    season = 1 + 0.12 * np.sin(2 * np.pi * week / YEAR)
    often = rng.poisson(people["rate"] * season * MORE)
    group = TYPES["kind"].to_numpy()[people["kind"]] == "group"
    return np.where(group, (often > 0) * rng.poisson(GROUP_SIZE * MORE, len(people)), often)


def _chosen(row, week, rng):
    """The anchor in 55 of 100 visits, else any open service by appeal, own family four times as likely."""
    own = SERVICES["family"].to_numpy()[None] == row["family"].to_numpy()[:, None]
    new = SERVICES["service"].isin(NEW).to_numpy()
    weight = SERVICES["appeal"].to_numpy() * np.where(own, 4.0, 1.0)
    weight = weight * np.where(
        new, TYPES["taste"].to_numpy()[row["kind"]][:, None] * (week >= NEW_FROM_WEEK), 1
    )
    steps = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    other = (rng.random(len(row))[:, None] > steps).sum(axis=1)
    loyal = np.where(TYPES["taste"].to_numpy()[row["kind"]] > 1, 0.2, 0.55)
    return np.where(rng.random(len(row)) < loyal, row["anchor"], other)


def _factors(menu, plan):
    return menu["service"].map(plan.price_factor).fillna(1.0).to_numpy(float)


def _kept(row, service, menu, plan, active):
    """Chance that a visit drawn is made: one in ``MORE`` at the usual price, none to a service dropped."""
    if not active:
        return np.full(len(row), 1 / MORE)
    gone = menu["service"].isin(plan.dropped).to_numpy()
    stays_away = gone[row["anchor"]] & (row["stops"] < menu["pull"].to_numpy()[row["anchor"]]).to_numpy()
    demand = _factors(menu, plan)[service] ** -menu["elasticity"].to_numpy()[service] / MORE
    return np.where(gone[service] | stays_away, 0, np.minimum(demand, 1))


def _told(row, menu, service, tell, hidden):
    """Chance that the brand of the materials is named."""
    if tell != "staff":
        return np.full(len(row), {"coin": 0.5, "always": 1.0, "never": 0.0}[tell])
    odds = -1.2 + 2 * menu["brand_public"].to_numpy()[service] + 0.4 * row["age"].to_numpy()
    return 1 / (1 + np.exp(-(odds + 1.2 * hidden * row["goodwill"].to_numpy())))


def _discount(row, service, week):
    new = SERVICES["service"].isin(NEW).to_numpy()[service]
    usual = TYPES["discount"].to_numpy()[row["kind"]] + 0.03 * (row["source"] == 2)
    return usual + 0.12 * (new & (week < NEW_FROM_WEEK + YEAR))


def _latent(row, menu, service, told, wait, share, rules):
    liking = menu["quality"].to_numpy()[service] + rules.told_gain * told - WAIT_LOSS * wait
    person = 0.15 * row["age"].to_numpy() + 0.7 * rules.hidden * row["goodwill"].to_numpy()
    return liking + 0.5 * share + person


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
    above = [CURVE.sf((cut - np.asarray(level)) / 0.8).mean() for cut in RATING_CUTS]
    return float(1 + np.sum(above))
