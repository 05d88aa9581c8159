"""The life of the simulated beauty club: who joins, who comes for what, how they like it, who leaves."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from crmlib.simulate.club_menu import FAMILIES, GROUP_SIZE, NEW, NEW_FROM_WEEK, SERVICES, TYPES, YEAR

RATING_CUTS = (-1.6, -0.7, 0.3, 1.3)
CURVE = student(4)
SPREAD = 0.8
WAIT_LOSS = 0.05
ANSWERED = 0.4
MORE = 1.5  # visits drawn per visit made at the usual price, so that a lower price has some to add


def members(n, weeks, seed):
    """One row a member, in order of joining; every draw has its own stream, so that more weeks only add."""
    founders = n // 3
    total = founders + -(-(n - founders) * weeks // 104)
    joined = np.zeros(total, dtype=int)
    joined[founders:] = 1 + np.arange(total - founders) * 104 // max(n - founders, 1)
    draws = [np.random.default_rng([seed, 1, k]) for k in range(8)]
    kind = draws[0].choice(len(TYPES), size=total, p=TYPES["share"])
    family = draws[3].choice(list(FAMILIES), size=total, p=list(FAMILIES.values()))
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
    """What somebody comes for: by appeal within the family, a new service only if they join late."""
    anchor = np.empty(len(family), dtype=int)
    for name in np.unique(family):
        for late in (False, True):
            rows = (family == name) & ((joined >= NEW_FROM_WEEK) == late)
            open_ = SERVICES[(SERVICES["family"] == name) & (late | ~SERVICES["service"].isin(NEW))]
            steps = np.cumsum(open_["appeal"]) / open_["appeal"].sum()
            anchor[rows] = open_.index.to_numpy()[np.searchsorted(steps, draw[rows])]
    return anchor


def all_weeks(people, menu, weeks, plan, rules, seed):
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
    active = week >= plan.from_week
    who = np.repeat(np.arange(len(people)), _how_often(people, week, rng))
    row = people.iloc[who]
    service = _chosen(row, week, rng)
    kept = rng.random(len(who)) < _kept(row, service, menu, plan, active)
    tell = plan.tell if active else rules.tell
    told = rng.random(len(who)) < _told(row, menu, service, tell, rules.hidden)
    wait = rng.exponential(8 if week >= NEW_FROM_WEEK else 4, len(who)) * (plan.wait_factor if active else 1)
    share = _discount(row, service, week, rng)
    price = menu["price"].to_numpy(float)[service] * (_factors(menu, plan)[service] if active else 1)
    paid = (price * (1 - share)).round(2)
    latent = _latent(row, menu, service, told, wait, share, rules)
    rows = {"who": who, "service": service, "kept": kept, "told": told.astype(int), "wait": wait}
    rows |= {"paid": paid, "discount": price - paid, "level": latent - rules.told_gain * told}
    return pd.DataFrame(rows | _felt(latent, rng) | _stretch(row, rng))


def _felt(latent, rng):
    """How the visit was liked, and the rating of the few who give one."""
    felt = latent + SPREAD * CURVE.ppf(rng.random(len(latent)))
    rating = 1 + np.searchsorted(RATING_CUTS, felt)
    return {"latent": felt, "rating": np.where(rng.random(len(latent)) < ANSWERED, rating, np.nan)}


def _stretch(row, rng):
    """Minutes used over minutes booked."""
    overrun = TYPES["overrun"].to_numpy()[row["kind"]]
    return {"stretch": overrun * np.exp(rng.normal(0, 0.1, len(row)))}


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


def _discount(row, service, week, rng):
    """Share of the price let off: by kind of customer, more for the new, none in one visit of four."""
    new = SERVICES["service"].isin(NEW).to_numpy()[service]
    usual = TYPES["discount"].to_numpy()[row["kind"]] + 0.03 * (row["source"] == 2).to_numpy()
    first_year = 0.12 * (new & (week < NEW_FROM_WEEK + YEAR))
    share = np.clip(usual + first_year + rng.normal(0, 0.04, len(row)), 0, 0.65)
    return np.where(rng.random(len(row)) < 0.25, 0, share)


def _latent(row, menu, service, told, wait, share, rules):
    liking = menu["quality"].to_numpy()[service] + rules.told_gain * told - WAIT_LOSS * wait
    person = 0.15 * row["age"].to_numpy() + 0.7 * rules.hidden * row["goodwill"].to_numpy()
    return liking + 0.5 * share + person
