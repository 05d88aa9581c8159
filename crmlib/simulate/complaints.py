"""Complaints whose truth is known: a survey, the records of a service desk, a trial, weekly counts."""

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from crmlib.simulate.world import World, positive, positive_integers, shares

HANDLING = ("satisfied", "not satisfied")
PURCHASE = ("more", "same", "less", "none")
TOLD_MEDIAN = {"satisfied": 5.0, "not satisfied": 10.0}
TOLD_SPREAD = 0.9
# The tails of a t-distribution with 4 degrees of freedom: near the logistic curve, and not it.
CURVE = student(4)


def complaint_survey(
    n: int = 1500,
    *,
    satisfied_share: float = 0.6,
    told_satisfied: float = 5.0,
    less_satisfied: float = 0.04,
    seed: int,
) -> World:
    """Answers of people who complained, drawn from one reconstruction of the 1981 survey.

    A share ``satisfied_share`` was completely satisfied with the reply. Of these 10 % buy more
    and ``less_satisfied`` buy less; of the others 45 % buy less and a third nothing. The number of
    people told is a rounded log-normal with median ``told_satisfied`` or 10 and log standard
    deviation 0.9. The survey of 1981 gives neither the satisfied share nor ``less_satisfied`` nor
    these medians.

    ``lines``: respondent_id, handling, purchase, told. ``truth``: handling, purchase, share
    (of the group), group_share, told_20 (share of the group telling 20 or more).

    >>> complaint_survey(3, seed=1).truth["group_share"].tolist()[::4]
    [0.6, 0.4]
    """
    positive_integers(n=n)
    shares(satisfied_share=satisfied_share, **{"less_satisfied + .1": less_satisfied + 0.1})
    positive(told_satisfied=told_satisfied)
    bought = {
        "satisfied": (0.10, 0.90 - less_satisfied, less_satisfied, 0.0),
        "not satisfied": (0.0, 0.55 - 1 / 3, 0.45, 1 / 3),
    }
    rng = np.random.default_rng(seed)
    median = TOLD_MEDIAN | {"satisfied": told_satisfied}
    handling = np.where(rng.random(n) < satisfied_share, *HANDLING)
    steps = np.cumsum([bought[group] for group in handling], axis=1)
    purchase = (rng.random(n)[:, None] >= steps[:, :-1]).sum(axis=1)
    told = np.exp(rng.normal(np.log([median[group] for group in handling]), TOLD_SPREAD)).round()
    lines = pd.DataFrame(
        {
            "respondent_id": np.arange(1, n + 1),
            "handling": handling,
            "purchase": np.array(PURCHASE)[purchase],
            "told": told.astype(int),
        }
    )
    return World(lines, _survey_truth(satisfied_share, median, bought))


def _survey_truth(satisfied_share, median, bought):
    rows = [
        (group, purchase, share, part, norm.sf((np.log(19.5) - np.log(median[group])) / TOLD_SPREAD))
        for group, part in zip(HANDLING, (satisfied_share, 1 - satisfied_share), strict=True)
        for purchase, share in zip(PURCHASE, bought[group], strict=True)
    ]
    return pd.DataFrame(rows, columns=["handling", "purchase", "share", "group_share", "told_20"])


def complaint_records(
    n: int = 6000,
    *,
    trial: bool = False,
    effect: float = 0.8,
    hidden: float = 0.0,
    curve: float = 0.0,
    seed: int,
) -> World:
    """Complaints answered by a letter or a remedy, and who stayed a customer.

    Staff give the remedy more often where the problem is severe; in a ``trial`` a fair coin
    decides. A customer stays with probability F(u), F the t-distribution with 4 degrees of
    freedom and

        u = .25 - .65 (severity - 2) - .15 d + .2 v + .9 hidden g + curve (d^2 - 1)
            + effect (.3 + .35 (severity - 1)) remedy,

    d and v the standardised logs of delay and margin, g a standard normal goodwill that nobody
    records. Staff give the remedy with log-odds -.1 + .8 (severity - 2) + hidden g
    + 1.2 curve (d^2 - 1): with ``hidden`` an unrecorded cause, with ``curve`` a recorded one in a
    shape that no straight line follows.

    ``lines``: complaint_id, severity (1 to 3), delay_days, margin (dollars a year), remedy, stayed
    (0 or 1), told (people). ``truth``: complaint_id, stay_letter, stay_remedy (probabilities).

    >>> world = complaint_records(4, seed=1)
    >>> (world.truth["stay_remedy"] > world.truth["stay_letter"]).all()
    np.True_
    """
    positive_integers(n=n)
    positive(**{"effect + 1": effect + 1, "hidden + 1": hidden + 1, "curve + 1": curve + 1})
    rng = np.random.default_rng([seed, int(trial)])
    severity = rng.choice([1, 2, 3], size=n, p=[0.5, 0.3, 0.2])
    d, v, goodwill = rng.normal(size=(3, n))
    bend = curve * (d**2 - 1)
    log_odds = -0.1 + 0.8 * (severity - 2) + hidden * goodwill + 1.2 * bend
    chance = np.full(n, 0.5) if trial else 1 / (1 + np.exp(-log_odds))
    remedy = (rng.random(n) < chance).astype(int)
    u = 0.25 - 0.65 * (severity - 2) - 0.15 * d + 0.2 * v + 0.9 * hidden * goodwill + bend
    stay = CURVE.cdf([u, u + effect * (0.3 + 0.35 * (severity - 1))])
    stayed = (rng.random(n) < np.where(remedy, stay[1], stay[0])).astype(int)
    told = np.exp(rng.normal(np.log(np.where(stayed, 5.0, 10.0)), TOLD_SPREAD)).round().astype(int)
    lines = pd.DataFrame(
        {
            "complaint_id": np.arange(1, n + 1),
            "severity": severity,
            "delay_days": (6 * np.exp(0.6 * d)).round(1),
            "margin": (40 * np.exp(0.8 * v)).round(2),
            "remedy": remedy,
            "stayed": stayed,
            "told": told,
        }
    )
    truth = {"complaint_id": lines["complaint_id"], "stay_letter": stay[0], "stay_remedy": stay[1]}
    return World(lines, pd.DataFrame(truth))


RECOVERY = {
    # group: share of respondents, mean satisfaction (1 to 7, before rounding), P(buys again)
    "no problem": (0.6, 5.4, 0.80),
    "resolved": (0.2, 5.7, 0.78),
    "unresolved": (0.2, 3.2, 0.50),
}


def recovery_survey(n: int = 3000, *, seed: int) -> World:
    """Customers without a problem, with a resolved and with an unresolved one.

    Satisfaction is a rounded normal, standard deviation 1.2, clipped to 1 to 7. In this world the
    recovery paradox holds for satisfaction and not for buying again.

    ``lines``: group, satisfaction, buys_again (0 or 1). ``truth``: group, mean, buys_again.

    >>> recovery_survey(5, seed=1).truth["buys_again"].tolist()
    [0.8, 0.78, 0.5]
    """
    positive_integers(n=n)
    rng = np.random.default_rng(seed)
    group = rng.choice(len(RECOVERY), size=n, p=[row[0] for row in RECOVERY.values()])
    mean, again = np.array([row[1:] for row in RECOVERY.values()]).T
    satisfaction = np.clip(rng.normal(mean[group], 1.2).round(), 1, 7).astype(int)
    lines = pd.DataFrame(
        {
            "group": np.array(list(RECOVERY))[group],
            "satisfaction": satisfaction,
            "buys_again": (rng.random(n) < again[group]).astype(int),
        }
    )
    return World(lines, pd.DataFrame({"group": list(RECOVERY), "mean": mean, "buys_again": again}))


def weekly_complaints(
    weeks: int = 52, *, rate: float = 0.004, spread: float = 0.0, jump: float = 1.0, seed: int
) -> World:
    """Complaints and orders week by week; in the last three weeks the rate is ``jump`` times as high.

    Orders are Poisson around 10,000. The rate of a week is gamma distributed around ``rate`` with
    relative standard deviation ``spread``; 0 leaves it the same each week.

    ``lines``: week, orders, complaints. ``truth``: week, rate.

    >>> weekly_complaints(4, jump=2, seed=1).truth["rate"].tolist()
    [0.004, 0.008, 0.008, 0.008]
    """
    positive_integers(weeks=weeks)
    positive(rate=rate, jump=jump, **{"spread + 1": spread + 1})
    rng = np.random.default_rng(seed)
    orders = rng.poisson(10_000, weeks)
    rates = np.where(np.arange(weeks) >= weeks - 3, rate * jump, rate)
    if spread:
        rates = rates * rng.gamma(1 / spread**2, spread**2, weeks)
    lines = pd.DataFrame(
        {
            "week": np.arange(1, weeks + 1),
            "orders": orders,
            "complaints": rng.binomial(orders, np.clip(rates, 0, 1)),
        }
    )
    return World(lines, pd.DataFrame({"week": lines["week"], "rate": rates}))
