"""Baskets and stores whose truth is known."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from crmlib.simulate.world import World, finite, positive, positive_integers


def null_baskets(
    n_baskets: int = 20_000,
    *,
    n_households: int = 400,
    item_rates: Sequence[float] | None = None,
    size_shifts: Sequence[float] = (-1.5, 1.5),
    taste_spread: float = 0.5,
    planted: Iterable[tuple[int, int, float]] = (),
    seed: int,
) -> World:
    """Baskets in which no item draws another, though big baskets and tastes make it look so.

    Basket b of household h holds item i with log-odds

        logit P(x_bi = 1) = a_i + z_b + t_hi,

    z_b one of ``size_shifts``, each as likely (a quick trip or the weekly shop), and t_hi normal
    with standard deviation ``taste_spread``, the same in all baskets of the household. Given z and
    t the items are independent. a_i makes the share of baskets with item i ``item_rates[i]``
    (60 items from 35 % to 3 % by default). Households differ in their number of baskets: shares
    from Dirichlet(1, ..., 1). ``planted`` pairs (i, j, odds ratio) have that odds ratio given z and
    t, with unchanged rates (Plackett 1965); an item can be in one such pair.

    Two far-apart ``size_shifts`` can be told from the number of other items, so that stratifying
    by that number removes the whole effect of size (Mantel-Haenszel odds ratio 1.00 at a lift of
    1.5). Many close ones cannot: with 500 normal shifts the odds ratio stays at 1.12.

    ``lines``: household_id, basket_id, item, one row for each item in a basket. Baskets that came
    out empty do not appear, as on any till roll; so the stratum of no other items lacks its fourth
    cell and must be left out. ``truth``: item_a, item_b, odds_ratio for every pair.

    >>> null_baskets(3, n_households=1, item_rates=[0.6, 0.5], seed=1).truth
        item_a   item_b  odds_ratio
    0  item 00  item 01         1.0
    """
    positive_integers(n_baskets=n_baskets, n_households=n_households)
    rates = np.geomspace(0.35, 0.03, 60) if item_rates is None else _rates(item_rates)
    shifts = finite("size_shifts", size_shifts)
    if not np.isfinite(taste_spread) or taste_spread < 0:
        raise ValueError(f"taste_spread: {taste_spread!r} is no standard deviation")
    pairs = _pairs(planted, len(rates))
    rng = np.random.default_rng(seed)

    weights = rng.dirichlet(np.ones(n_households))
    household = np.sort(rng.choice(n_households, size=n_baskets, p=weights))
    tastes = rng.normal(0, taste_spread, (n_households, len(rates)))
    log_odds = _intercepts(rates, shifts, taste_spread) + tastes[household]
    log_odds += rng.choice(shifts, size=n_baskets)[:, None]
    held = _draw(rng, expit(log_odds), pairs)
    return World(_lines(held, household), _truth(len(rates), pairs))


def legend_world(
    n_stores: int = 100,
    *,
    baskets_per_store: float = 400.0,
    traffic_spread: float = 0.8,
    diaper_rate: float = 0.05,
    beer_rate: float = 0.08,
    odds_ratio: float = 0.6,
    seed: int,
) -> World:
    """Stores whose diaper and beer counts rise together though no basket's do.

    Store s has n_s baskets, Poisson around ``baskets_per_store`` times a log-normal traffic factor
    of mean 1 and log standard deviation ``traffic_spread``. In *every* store a basket holds diapers
    and beer at the same rates and with the same ``odds_ratio``: 1 is independence, below 1 those
    who buy one buy less of the other. Busy stores sell more of both: the ecological fallacy.

    ``lines``: store_id, basket_id, item; every basket also holds "other goods", so that all count.
    ``truth``, one row: odds_ratio, lift, rate_correlation (0) and count_correlation, in the limit
    of many stores: with m, v the mean and variance of n_s, p = diaper_rate, q = beer_rate,
    c the share of baskets with both,

        (v p q + m (c - p q)) / sqrt((v p^2 + m p (1 - p)) (v q^2 + m q (1 - q))).

    >>> round(legend_world(2, seed=1).truth["lift"].item(), 2)
    0.63
    """
    positive_integers(n_stores=n_stores)
    p, q = _rates([diaper_rate, beer_rate])
    positive(baskets_per_store=baskets_per_store, odds_ratio=odds_ratio)
    if not np.isfinite(traffic_spread) or traffic_spread < 0:
        raise ValueError(f"traffic_spread: {traffic_spread!r} is no standard deviation")
    rng = np.random.default_rng(seed)

    traffic = rng.lognormal(-(traffic_spread**2) / 2, traffic_spread, n_stores)
    store = np.repeat(np.arange(n_stores), rng.poisson(baskets_per_store * traffic))
    pairs = [(0, 1, odds_ratio)]
    held = _draw(rng, np.tile([p, q], (len(store), 1)), pairs)
    both = _plackett(p, q, odds_ratio)
    truth = {
        "odds_ratio": odds_ratio,
        "lift": both / (p * q),
        "rate_correlation": 0.0,
        "count_correlation": _count_correlation(p, q, both, baskets_per_store, traffic_spread),
    }
    return World(_store_lines(held, store), pd.DataFrame([truth]))


def _count_correlation(p, q, both, mean, spread):
    variance = mean + mean**2 * np.expm1(spread**2)
    joint = variance * p * q + mean * (both - p * q)
    own = [variance * r * r + mean * r * (1 - r) for r in (p, q)]
    return float(joint / np.sqrt(own[0] * own[1]))


def _plackett(p, q, odds_ratio):
    """P(both), given the two rates and the odds ratio (Plackett 1965)."""
    k = odds_ratio - 1
    s = 1 + (p + q) * k
    # The root's conjugate: exact at odds ratio 1, where the textbook form divides 0 by 0.
    return 2 * odds_ratio * p * q / (s + np.sqrt(s * s - 4 * odds_ratio * k * p * q))


def _draw(rng, chance, pairs):
    held = rng.random(chance.shape) < chance
    for i, j, odds_ratio in pairs:
        both = _plackett(chance[:, i], chance[:, j], odds_ratio)
        alone = (chance[:, j] - both) / (1 - chance[:, i])
        given = np.where(held[:, i], both / chance[:, i], alone)
        held[:, j] = rng.random(len(held)) < given
    return held


def _intercepts(rates, shifts, spread):
    """a_i for which the mean of expit(a_i + z + t) over z and t is the rate; by bisection."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    offsets = (shifts[:, None] + spread * nodes).ravel()
    weights = np.tile(weights / weights.sum() / len(shifts), len(shifts))
    low, high = logit(rates) - offsets.max(), logit(rates) - offsets.min()
    for _ in range(60):
        middle = (low + high) / 2
        above = expit(middle[:, None] + offsets) @ weights > rates
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return middle


def _lines(held, household):
    basket, item = np.nonzero(held)
    names = _names(held.shape[1])
    return pd.DataFrame(
        {
            "household_id": household[basket] + 1,
            "basket_id": basket + 1,
            "item": pd.Categorical.from_codes(item, categories=names),
        }
    )


def _store_lines(held, store):
    held = np.column_stack([held, np.ones(len(store), dtype=bool)])
    basket, item = np.nonzero(held)
    names = ["diapers", "beer", "other goods"]
    return pd.DataFrame(
        {
            "store_id": store[basket] + 1,
            "basket_id": basket + 1,
            "item": pd.Categorical.from_codes(item, categories=names),
        }
    )


def _truth(n_items, pairs):
    first, second = np.triu_indices(n_items, k=1)
    names = np.array(_names(n_items), dtype=object)
    truth = pd.DataFrame({"item_a": names[first], "item_b": names[second], "odds_ratio": 1.0})
    for i, j, odds_ratio in pairs:
        at = (first == min(i, j)) & (second == max(i, j))
        truth.loc[at, "odds_ratio"] = odds_ratio
    return truth


def _names(n_items):
    width = max(2, len(str(n_items - 1)))
    return [f"item {number:0{width}d}" for number in range(n_items)]


def _pairs(planted, n_items):
    pairs = [(i, j, float(odds_ratio)) for i, j, odds_ratio in planted]
    members = [item for i, j, _ in pairs for item in (i, j)]
    if len(set(members)) < len(members):
        raise ValueError(f"planted: an item stands in two places of {pairs}")
    for item in members:
        if item not in range(n_items):
            raise ValueError(f"planted: there is no item {item!r}, only 0 to {n_items - 1}")
    for *_, odds_ratio in pairs:
        positive(odds_ratio=odds_ratio)
    return pairs


def _rates(values):
    rates = finite("rates", values)
    if ((rates <= 0) | (rates >= 1)).any():
        raise ValueError(f"rates: {rates.tolist()} must lie between 0 and 1, ends excluded")
    return rates
