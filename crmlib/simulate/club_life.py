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
    # Plain arrays by name: a week is a few hundred visits, where a data frame costs more than the sums.
    traits, joined = _traits(people), people["joined_week"].to_numpy()
    offer = _offer(menu, plan)
    left, mood = np.full(len(people), np.inf), np.zeros(len(people))
    drawn = []
    for week in range(1, weeks + 1):
        rng = np.random.default_rng([seed, 3, week])
        n = np.searchsorted(joined, week, side="right")
        goes = rng.random(n)
        rows = _week({name: trait[:n] for name, trait in traits.items()}, offer, week, plan, rules, rng)
        there = (left[rows["who"]] > week) & rows.pop("kept")
        rows = {name: column[there] for name, column in rows.items()}
        count = np.bincount(rows["who"], minlength=len(people))
        mean = np.bincount(rows["who"], rows["latent"], len(people)) / np.maximum(count, 1)
        mood += np.where(count, 0.3 * (mean - mood), 0)
        hazard = traits["leaves"][:n] * np.exp(-1.2 * np.clip(mood[:n], -2, 2))
        left[:n][(goes < hazard) & np.isinf(left[:n])] = week + 1
        drawn.append({**rows, "week": np.full(there.sum(), week)})
    return pd.DataFrame({name: np.concatenate([rows[name] for rows in drawn]) for name in drawn[0]}), left


def _traits(people):
    """What is known of each member, by name: own columns and those of their kind."""
    kind = people["kind"].to_numpy()
    own = {name: people[name].to_numpy() for name in ("rate", "age", "family", "anchor", "goodwill", "stops")}
    of_kind = {name: TYPES[name].to_numpy()[kind] for name in ("discount", "overrun", "leaves", "taste")}
    group, campaign = TYPES["kind"].to_numpy()[kind] == "group", people["source"].to_numpy() == 2
    return own | of_kind | {"group": group, "campaign": campaign, "likes": _likes(own["family"], kind)}


def _likes(family, kind):
    """The place of each member in the tables of `_steps`."""
    return pd.Index(FAMILIES).get_indexer(family) * len(TYPES) + kind


def _steps(with_new):
    """Shares of the services, added up, for each family and kind: by appeal, own family times four."""
    family, taste = np.repeat(list(FAMILIES), len(TYPES)), np.tile(TYPES["taste"], len(FAMILIES))
    own = SERVICES["family"].to_numpy()[None] == family[:, None]
    weight = SERVICES["appeal"].to_numpy() * np.where(own, 4.0, 1.0)
    weight = weight * np.where(SERVICES["service"].isin(NEW), taste[:, None] * with_new, 1)
    return np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)


def _offer(menu, plan):
    """What is known of each service, by name, and the two tables of `_steps`."""
    columns = ("price", "quality", "pull", "brand_public", "elasticity")
    return {name: menu[name].to_numpy() for name in columns} | {
        "new": menu["service"].isin(NEW).to_numpy(),
        "gone": menu["service"].isin(plan.dropped).to_numpy(),
        "factor": menu["service"].map(plan.price_factor).fillna(1.0).to_numpy(float),
        "steps": (_steps(False), _steps(True)),
    }


def _week(traits, offer, week, plan, rules, rng):
    """Everything that would happen this week if nobody had left: one row a visit."""
    active = week >= plan.from_week
    who = np.repeat(np.arange(len(traits["rate"])), _how_often(traits, week, rng))
    row = {name: trait[who] for name, trait in traits.items()}
    service = _chosen(row, offer, week, rng)
    kept = rng.random(len(who)) < _kept(row, service, offer, active)
    tell = plan.tell if active else rules.tell
    told = rng.random(len(who)) < _told(row, offer, service, tell, rules.hidden)
    wait = rng.exponential(8 if week >= NEW_FROM_WEEK else 4, len(who)) * (plan.wait_factor if active else 1)
    share = _discount(row, offer["new"][service], week, rng)
    price = offer["price"].astype(float)[service] * (offer["factor"][service] if active else 1)
    paid = (price * (1 - share)).round(2)
    latent = _latent(row, offer, service, told, wait, share, rules)
    rows = {"who": who, "service": service, "kept": kept, "told": told.astype(int), "wait": wait}
    rows |= {"paid": paid, "discount": price - paid, "level": latent - rules.told_gain * told}
    return rows | _felt(latent, rng) | _stretch(row, rng)


def _felt(latent, rng):
    """How the visit was liked, and the rating of the few who give one."""
    felt = latent + SPREAD * CURVE.ppf(rng.random(len(latent)))
    rating = 1 + np.searchsorted(RATING_CUTS, felt)
    return {"latent": felt, "rating": np.where(rng.random(len(latent)) < ANSWERED, rating, np.nan)}


def _stretch(row, rng):
    """Minutes used over minutes booked."""
    return {"stretch": row["overrun"] * np.exp(rng.normal(0, 0.1, len(row["overrun"])))}


def _how_often(traits, week, rng):
    season = 1 + 0.12 * np.sin(2 * np.pi * week / YEAR)
    often = rng.poisson(traits["rate"] * season * MORE)
    return np.where(traits["group"], (often > 0) * rng.poisson(GROUP_SIZE * MORE, len(often)), often)


def _chosen(row, offer, week, rng):
    """The anchor in 55 of 100 visits, else any open service, as `_steps` says."""
    n = len(row["anchor"])
    steps = offer["steps"][int(week >= NEW_FROM_WEEK)][row["likes"]]
    other = (rng.random(n)[:, None] > steps).sum(axis=1)
    loyal = np.where(row["taste"] > 1, 0.2, 0.55)
    return np.where(rng.random(n) < loyal, row["anchor"], other)


def _kept(row, service, offer, active):
    """Chance that a visit drawn is made: one in ``MORE`` at the usual price, none to a service dropped."""
    if not active:
        return 1 / MORE
    anchor = row["anchor"]
    stays_away = offer["gone"][anchor] & (row["stops"] < offer["pull"][anchor])
    demand = offer["factor"][service] ** -offer["elasticity"][service] / MORE
    return np.where(offer["gone"][service] | stays_away, 0, np.minimum(demand, 1))


def _told(row, offer, service, tell, hidden):
    """Chance that the brand of the materials is named."""
    if tell != "staff":
        return {"coin": 0.5, "always": 1.0, "never": 0.0}[tell]
    odds = -1.2 + 2 * offer["brand_public"][service] + 0.4 * row["age"]
    return 1 / (1 + np.exp(-(odds + 1.2 * hidden * row["goodwill"])))


def _discount(row, new, week, rng):
    """Share of the price let off: by kind of customer, more for the new, none in one visit of four."""
    usual = row["discount"] + 0.03 * row["campaign"]
    first_year = 0.12 * (new & (week < NEW_FROM_WEEK + YEAR))
    share = np.clip(usual + first_year + rng.normal(0, 0.04, len(new)), 0, 0.65)
    return np.where(rng.random(len(new)) < 0.25, 0, share)


def _latent(row, offer, service, told, wait, share, rules):
    liking = offer["quality"][service] + rules.told_gain * told - WAIT_LOSS * wait
    person = 0.15 * row["age"] + 0.7 * rules.hidden * row["goodwill"]
    return liking + 0.5 * share + person
