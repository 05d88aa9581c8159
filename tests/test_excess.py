"""Excess baskets of a pair: against the table of stratified odds ratios, by hand, and in draws."""

import numpy as np
import pandas as pd
import pytest

from crmlib.baskets import (
    basket_attribute,
    encode,
    excess_baskets,
    household_draws,
    stratified_odds_ratio,
)
from crmlib.simulate import null_baskets


def pair(left, right):
    return pd.DataFrame({"antecedents": [frozenset([left])], "consequents": [frozenset([right])]})


@pytest.fixture(scope="module")
def world():
    lines = null_baskets(4000, n_households=80, seed=3, planted=[(0, 1, 3.0)]).lines
    baskets = encode(lines)
    return baskets, basket_attribute(lines, baskets, "household_id")


def all_pairs(baskets, n=6):
    items = baskets.items[:n]
    return pd.concat([pair(a, b) for a in items for b in items if a < b], ignore_index=True)


def test_excess_is_observed_less_expected_of_the_stratified_odds_ratio(world):
    baskets, households = world
    rules = all_pairs(baskets)
    judged = stratified_odds_ratio(rules, baskets)
    once = excess_baskets(rules, baskets, households=households)
    np.testing.assert_allclose(once.loc[0], judged["observed"] - judged["expected"], rtol=1e-9)


def test_each_draw_counts_a_household_as_often_as_it_was_drawn(world):
    baskets, households = world
    rules = all_pairs(baskets, 3)
    draws = household_draws(households.nunique(), n_resamples=2, seed=1)
    both_times = excess_baskets(rules, baskets, households=households, draws=draws)
    doubled = excess_baskets(rules, baskets, households=households, draws=2 * draws)
    # Twice every household is twice the excess: shares stay, counts double.
    np.testing.assert_allclose(doubled, 2 * both_times, rtol=1e-9)
    ones = excess_baskets(rules, baskets, households=households, draws=np.ones_like(draws))
    once = excess_baskets(rules, baskets, households=households)
    np.testing.assert_allclose(ones, np.vstack([once, once]))
    assert not np.allclose(both_times.loc[0], both_times.loc[1])


def test_the_spread_over_draws_is_that_of_worlds(world):
    """The bootstrap's standard deviation against that over independent worlds."""
    truth = []
    for seed in range(60):
        lines = null_baskets(3000, n_households=60, seed=seed).lines
        baskets = encode(lines)
        rules = pair(baskets.items[0], baskets.items[1])
        households = basket_attribute(lines, baskets, "household_id")
        truth.append(excess_baskets(rules, baskets, households=households).loc[0, 0])
    draws = household_draws(households.nunique(), n_resamples=400, seed=0)
    drawn = excess_baskets(rules, baskets, households=households, draws=draws)[0]
    assert 0.5 < drawn.std() / np.std(truth) < 2
    assert abs(np.mean(truth)) < 3 * np.std(truth) / np.sqrt(len(truth)) + 1


def test_draws_of_another_number_of_households_are_refused(world):
    baskets, households = world
    n = households.nunique()
    with pytest.raises(ValueError, match=f"{n} households"):
        excess_baskets(all_pairs(baskets, 2), baskets, households=households, draws=np.ones((3, n + 1)))


def test_missing_columns_and_unknown_items_are_named(world):
    baskets, households = world
    with pytest.raises(ValueError, match="consequents"):
        excess_baskets(pd.DataFrame({"antecedents": []}), baskets, households=households)
    with pytest.raises(ValueError, match="gin"):
        excess_baskets(pair("gin", baskets.items[0]), baskets, households=households)


@pytest.mark.parametrize(
    ("n", "resamples"), [(0, 10), (1, 10), (5, 1), (5, float("inf")), (5, 2.5), (True, 10)]
)
def test_household_draws_refuse_what_is_no_number_of_draws(n, resamples):
    with pytest.raises(ValueError, match="whole number"):
        household_draws(n, n_resamples=resamples, seed=0)


def test_household_draws_are_as_many_households_as_there_are():
    draws = household_draws(50, n_resamples=300, seed=2)
    assert (draws.sum(axis=1) == 50).all()
    assert draws.var() == pytest.approx(1 - 1 / 50, abs=0.05)
