"""A dealer in electronic goods whose truth is known: who waits, who leaves, who comes back."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crmlib.simulate.world import World, positive, positive_integers

QUARTER_WEEKS = 13
YEAR_WEEKS = 52
FAST_HOURS = 4.0
MARGIN_MEDIAN, MARGIN_SPREAD = 4000.0, 1.1
WORST = 10.0


class Dealer(NamedTuple):
    """Customers of a dealer, their service tickets of one quarter, and the truth behind them."""

    customers: pd.DataFrame
    tickets: pd.DataFrame
    truth: pd.DataFrame


def electronics_dealer(
    n: int = 2000, *, trial: bool = False, effect: float = 1.0, hidden: float = 0.0, seed: int
) -> Dealer:
    """Business customers, how long they waited for service in a quarter, and who left afterwards.

    With z the standardised log of the yearly margin and u, p, g standard normal, customer i waits

        w_i = 12 exp(.15 z + .75 u + .5 hidden g) hours

    on average, has a patience of a_i = 24 exp(-.6 z + .3 p) hours, and leaves at the weekly rate

        h_i = .004 exp(.15 z + .9 hidden g) (1 + effect min(10, max(0, w_i / a_i - 1))).

    So big customers wait a little longer, are less patient, and leave more readily; with
    ``hidden`` rivals woo some customers, who put harder questions and leave whatever the wait.
    Customers are followed for 26 to 104 weeks. In a ``trial`` a fair coin gives half of them the
    ``fast`` lane from the first week on (4 exp(.3 u') hours, u' standard normal) and all are
    followed for a year.

    ``customers``: customer_id, margin (yuan a year before service), fast (0 or 1), weeks (followed)
    and left (1 if the customer left after so many weeks, 0 if still there). ``tickets`` of the
    quarter before: ticket_id, customer_id, week (1 to 13), wait_hours, minutes of work; each
    customer has at least one, and w_i is the mean wait. ``truth``: customer_id, patience_hours,
    weeks_now and weeks_fast, the weeks that the customer is expected to stay of 52.

    >>> dealer = electronics_dealer(2, seed=1)
    >>> (dealer.truth["weeks_fast"] <= 52).all(), dealer.tickets["customer_id"].unique().tolist()
    (np.True_, [1, 2])
    """
    positive_integers(n=n)
    positive(**{"effect + 1": effect + 1, "hidden + 1": hidden + 1})
    rng = np.random.default_rng([seed, int(trial)])
    z, u, p, g, u_fast = rng.normal(size=(5, n))
    tickets = _tickets(rng, z, 12 * np.exp(0.15 * z + 0.75 * u + 0.5 * hidden * g))
    patience = 24 * np.exp(-0.6 * z + 0.3 * p)
    waits = [tickets.groupby("customer_id")["wait_hours"].mean(), FAST_HOURS * np.exp(0.3 * u_fast)]
    calm = 0.004 * np.exp(0.15 * z + 0.9 * hidden * g)
    rates = [calm * (1 + effect * np.clip(np.asarray(wait) / patience - 1, 0, WORST)) for wait in waits]
    fast = rng.integers(2, size=n) if trial else np.zeros(n, dtype=int)
    stay = rng.exponential(1 / np.where(fast, rates[1], rates[0]))
    followed = np.full(n, float(YEAR_WEEKS)) if trial else rng.integers(26, 105, size=n)
    known = {"customer_id": np.arange(1, n + 1)}
    seen = {
        "margin": (MARGIN_MEDIAN * np.exp(MARGIN_SPREAD * z)).round(2),
        "fast": fast,
        # Rounded up, so that nobody leaves after nought weeks.
        "weeks": np.minimum(np.ceil(10 * stay) / 10, followed),
        "left": (stay <= followed).astype(int),
    }
    weeks_now, weeks_fast = (-np.expm1(-YEAR_WEEKS * rate) / rate for rate in rates)
    truth = {"patience_hours": patience, "weeks_now": weeks_now, "weeks_fast": weeks_fast}
    return Dealer(pd.DataFrame(known | seen), tickets, pd.DataFrame(known | truth))


def _tickets(rng, z, mean_wait):
    """Tickets of a quarter: more from big customers, and from some far more than their margin explains."""
    demand = rng.gamma(1.0, size=len(z))
    counts = 1 + rng.poisson(2.5 * np.exp(0.35 * z) * demand)
    owner = np.repeat(np.arange(len(z)), counts)
    size = len(owner)
    waits = mean_wait[owner] * np.exp(rng.normal(-0.125, 0.5, size))
    return pd.DataFrame(
        {
            "ticket_id": np.arange(1, size + 1),
            "customer_id": owner + 1,
            "week": rng.integers(1, QUARTER_WEEKS + 1, size),
            "wait_hours": np.maximum(waits.round(1), 0.1),
            "minutes": np.maximum(rng.lognormal(np.log(45), 0.6, size).round(), 5).astype(int),
        }
    )


REASONS = {
    # reason: share of those who left, P(returns) without and with a personal plan
    "slow service": (0.40, 0.06, 0.30),
    "price": (0.30, 0.08, 0.13),
    "closed or moved": (0.30, 0.02, 0.02),
}
MOST_EFFECT = 3.9  # beyond it a chance would exceed 1


def lost_customers(n: int = 1200, *, offer_effect: float = 1.0, seed: int) -> World:
    """Customers who left, why they say they did, and who came back; a coin decided who got an offer.

    The offer is a purchase plan of their own with a guaranteed answer. It adds ``offer_effect``
    times the difference in `REASONS` to the chance of coming back within a year, whatever the
    customer brings. Some come back without.

    ``lines``: customer_id, contribution (yuan a year after service), reason, offer (0 or 1), returned
    (0 or 1). ``truth``: customer_id, back_alone, back_offer (probabilities).

    >>> lost_customers(3, offer_effect=0, seed=1).truth.eval("back_offer - back_alone").tolist()
    [0.0, 0.0, 0.0]
    """
    positive_integers(n=n)
    share, alone, added = np.array([(s, a, b - a) for s, a, b in REASONS.values()]).T
    if not 0 <= offer_effect <= MOST_EFFECT:
        raise ValueError(f"offer_effect: {offer_effect!r} must lie between 0 and {MOST_EFFECT}")
    rng = np.random.default_rng(seed)
    reason = rng.choice(len(REASONS), size=n, p=share)
    offer = rng.integers(2, size=n)
    chance = alone[reason], (alone + offer_effect * added)[reason]
    lines = pd.DataFrame(
        {
            "customer_id": np.arange(1, n + 1),
            "contribution": (MARGIN_MEDIAN * np.exp(MARGIN_SPREAD * rng.normal(size=n))).round(2),
            "reason": np.array(list(REASONS))[reason],
            "offer": offer,
            "returned": (rng.random(n) < np.where(offer, chance[1], chance[0])).astype(int),
        }
    )
    truth = {"customer_id": lines["customer_id"], "back_alone": chance[0], "back_offer": chance[1]}
    return World(lines, pd.DataFrame(truth))
