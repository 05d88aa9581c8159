"""The simulated worlds hold what they say: rates, odds ratios, and what fools the naive."""

import time

import numpy as np
import pandas as pd
import pytest

from crmlib.simulate import legend_world, null_baskets


def _held(lines, rows="basket_id"):
    """Baskets x items, true where held; baskets that came out empty stay all false."""
    held = np.zeros((lines[rows].max(), len(lines["item"].cat.categories)), dtype=bool)
    held[lines[rows] - 1, lines["item"].cat.codes] = True
    return held


def _odds_ratio(a, b, strata):
    """Mantel-Haenszel, written out: sum of ad/n over sum of bc/n."""
    table = pd.DataFrame({"s": strata, "cell": 2 * a + b}).value_counts().unstack(fill_value=0)
    n = table.sum(axis=1)
    return (table[3] * table[0] / n).sum() / (table[1] * table[2] / n).sum()


def _stratified(held, i, j):
    others = held.sum(axis=1) - held[:, i] - held[:, j]
    seen = others > 0
    return _odds_ratio(held[seen, i], held[seen, j], others[seen])


def _lift(held, i, j):
    return (held[:, i] & held[:, j]).mean() / held[:, i].mean() / held[:, j].mean()


@pytest.fixture(scope="module")
def null_world():
    return null_baskets(60_000, n_households=3_000, seed=11)


def test_items_come_at_their_rates(null_world):
    held = _held(null_world.lines)
    rates = np.geomspace(0.35, 0.03, 60)
    # Tastes are shared by a household: the error is larger than that of single baskets.
    assert np.abs(held.mean(axis=0) / rates - 1).max() < 0.12
    assert held.mean() == pytest.approx(rates.mean(), rel=0.02)


def test_lift_is_fooled_by_size_and_the_stratified_odds_ratio_is_not(null_world):
    held = _held(null_world.lines)
    pairs = [(i, i + 30) for i in range(30)]
    lifts = [_lift(held, i, j) for i, j in pairs]
    ratios = [_stratified(held, i, j) for i, j in pairs]
    assert min(lifts) > 1.3
    assert np.exp(np.mean(np.log(ratios))) == pytest.approx(1, abs=0.03)


def test_many_close_sizes_leave_an_effect_that_strata_do_not_remove():
    shifts = np.random.default_rng(0).normal(size=500)
    held = _held(null_baskets(60_000, n_households=3_000, size_shifts=shifts, seed=2).lines)
    ratios = [_stratified(held, i, i + 30) for i in range(30)]
    assert 1.07 < np.exp(np.mean(np.log(ratios))) < 1.17


def test_with_one_size_and_no_taste_items_are_independent():
    world = null_baskets(60_000, size_shifts=[0.0], taste_spread=0.0, item_rates=[0.6, 0.3, 0.2], seed=5)
    held = _held(world.lines)
    assert np.abs([_lift(held, i, j) - 1 for i, j in ((0, 1), (0, 2), (1, 2))]).max() < 0.03


def test_baskets_of_a_household_are_not_independent(null_world):
    lines = null_world.lines
    household = lines.groupby("basket_id")["household_id"].first()
    assert (lines.groupby("basket_id")["household_id"].nunique() == 1).all()
    first = _held(lines)[household.index - 1, 0]
    by_household = pd.Series(first - first.mean(), index=household.to_numpy()).groupby(level=0)
    clustered = (by_household.sum() ** 2).sum() / len(first)
    assert clustered > 1.2 * first.var()


def test_a_planted_pair_has_its_odds_ratio_and_keeps_its_rates():
    planted = [(0, 1, 3.0), (3, 2, 0.4)]
    world = null_baskets(
        80_000,
        item_rates=[0.3, 0.2, 0.25, 0.4, 0.5],
        size_shifts=[0.0],
        taste_spread=0.0,
        planted=planted,
        seed=4,
    )
    held = _held(world.lines)
    assert held.mean(axis=0) == pytest.approx([0.3, 0.2, 0.25, 0.4, 0.5], rel=0.03)
    everyone = np.zeros(len(held))
    for i, j, odds_ratio in planted:
        assert _odds_ratio(held[:, i], held[:, j], everyone) == pytest.approx(odds_ratio, rel=0.06)
    assert _lift(held, 0, 4) == pytest.approx(1, abs=0.02)


def test_the_truth_names_every_pair_once():
    truth = null_baskets(10, item_rates=[0.5] * 4, planted=[(2, 0, 2.5)], seed=0).truth
    assert len(truth) == 6
    planted = truth[truth["odds_ratio"] != 1]
    assert planted.to_dict("records") == [{"item_a": "item 00", "item_b": "item 02", "odds_ratio": 2.5}]


def test_planting_a_pair_with_odds_ratio_1_changes_nothing_about_the_rates():
    held = _held(null_baskets(20_000, planted=[(0, 1, 1.0)], seed=1).lines)
    assert held[:, :2].mean(axis=0) == pytest.approx(np.geomspace(0.35, 0.03, 60)[:2], rel=0.12)


def test_the_same_seed_gives_the_same_world_and_another_does_not():
    one, again, other = (null_baskets(500, seed=seed).lines for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)


def test_a_usual_world_takes_well_under_a_second():
    start = time.process_time()
    null_baskets(seed=0)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"n_baskets": 0}, "n_baskets"),
        ({"n_baskets": 10.0}, "n_baskets"),
        ({"n_households": -1}, "n_households"),
        ({"item_rates": [0.5, 1.0]}, "rates"),
        ({"item_rates": [0.5, float("nan")]}, "rates"),
        ({"item_rates": []}, "rates"),
        ({"size_shifts": []}, "size_shifts"),
        ({"taste_spread": -0.1}, "taste_spread"),
        ({"planted": [(0, 60, 2.0)]}, "60"),
        ({"planted": [(0, 0, 2.0)]}, "planted"),
        ({"planted": [(0, 1, 2.0), (1, 2, 2.0)]}, "planted"),
        ({"planted": [(0, 1, 0.0)]}, "odds_ratio"),
        ({"planted": [(0, 1, float("inf"))]}, "odds_ratio"),
    ],
)
def test_null_baskets_refuses_what_makes_no_sense(options, named):
    with pytest.raises(ValueError, match=named):
        null_baskets(**{"n_baskets": 10, "seed": 0} | options)


def test_rates_near_their_ends_are_met():
    lines = null_baskets(20_000, item_rates=[0.999, 0.001], taste_spread=0.0, seed=0).lines
    assert _held(lines).mean(axis=0) == pytest.approx([0.999, 0.001], abs=0.001)


@pytest.fixture(scope="module")
def legend():
    return legend_world(300, seed=3)


def _per_store(lines):
    held = _held(lines)
    store = lines.groupby("basket_id")["store_id"].first().to_numpy()
    return held, store, pd.DataFrame(held[:, :2]).groupby(store)


def test_in_the_legend_stores_agree_and_baskets_do_not(legend):
    held, store, by_store = _per_store(legend.lines)
    counts, rates = by_store.sum(), by_store.mean()[by_store.size() >= 200]
    truth = legend.truth.iloc[0]
    assert counts.corr().iloc[0, 1] == pytest.approx(truth["count_correlation"], abs=0.04)
    assert truth["count_correlation"] > 0.85
    assert abs(rates.corr().iloc[0, 1]) < 0.2
    assert _odds_ratio(held[:, 0], held[:, 1], store) == pytest.approx(0.6, rel=0.1)
    assert _lift(held, 0, 1) == pytest.approx(truth["lift"], rel=0.08)


def test_without_differences_in_traffic_counts_do_not_agree():
    world = legend_world(2_000, traffic_spread=0.0, odds_ratio=1.0, seed=1)
    counts = _per_store(world.lines)[2].sum()
    truth = world.truth.iloc[0]
    assert truth["lift"] == pytest.approx(1)
    # What is left are the baskets that hold both: sqrt(p q) with Poisson traffic.
    assert truth["count_correlation"] == pytest.approx((0.05 * 0.08) ** 0.5)
    assert counts.corr().iloc[0, 1] == pytest.approx(truth["count_correlation"], abs=0.07)


def test_every_basket_of_the_legend_counts(legend):
    assert _held(legend.lines)[:, 2].all()


@pytest.mark.parametrize(
    "options",
    [{"n_stores": 0}, {"odds_ratio": -1}, {"beer_rate": 0}, {"baskets_per_store": float("nan")}],
)
def test_legend_world_refuses_what_makes_no_sense(options):
    with pytest.raises(ValueError, match=r"n_stores|odds_ratio|rates|baskets_per_store"):
        legend_world(**{"seed": 0} | options)
