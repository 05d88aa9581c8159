"""Stores against baskets: counts that rise with size, rates that do not."""

import numpy as np
import pandas as pd
import pytest

from crmlib.baskets import basket_attribute, encode, store_correlations, store_counts
from crmlib.simulate import legend_world

LINES = pd.DataFrame(
    {
        "basket_id": [1, 1, 2, 3, 4, 5],
        "item": ["ale", "tea", "tea", "ale", "jam", "ale"],
        "store": ["N", "N", "N", "S", "S", "T"],
    }
)


def counted(**options):
    baskets = encode(LINES)
    return store_counts(
        baskets, basket_attribute(LINES, baskets, "store"), left="ale", right="tea", **options
    )


def test_counts_and_rates_of_each_store_by_hand():
    table = counted()
    assert table.loc["N"].tolist() == [2, 1, 2, 1, 0.5, 1.0]
    assert table.loc["S"].tolist() == [2, 1, 0, 0, 0.5, 0.0]
    assert counted(min_baskets=2).index.tolist() == ["N", "S"]


def world_correlations(seed, **options):
    world = legend_world(60, seed=seed, **options)
    baskets = encode(world.lines)
    stores = basket_attribute(world.lines, baskets, "store_id")
    found = store_correlations(
        baskets,
        stores,
        left="diapers",
        right="beer",
        households=baskets.basket_ids.to_numpy(),
        n_resamples=50,
    )
    return found, store_counts(baskets, stores, left="diapers", right="beer"), world.truth


def test_stores_agree_on_counts_where_baskets_repel():
    found, table, truth = world_correlations(4, odds_ratio=0.5)
    assert found.loc["counts", "estimate"] > 0.8
    assert abs(found.loc["rates", "estimate"]) < 0.35
    assert truth["odds_ratio"].item() == 0.5
    assert found.loc["counts", "estimate"] == pytest.approx(table["left"].corr(table["right"]))
    assert found.loc["rates", "estimate"] == pytest.approx(table["left_rate"].corr(table["right_rate"]))


def test_the_interval_for_rates_holds_the_truth_in_most_worlds():
    held = 0
    for seed in range(40):
        found, _, _ = world_correlations(seed, odds_ratio=1.0)
        held += found.loc["rates", "lower"] <= 0 <= found.loc["rates", "upper"]
    assert held >= 34  # 38 expected at 95 %; under 34 has a chance below 2 %


def test_correlations_of_complete_journey_in_reference_values():
    from crmlib.datasets import load_complete_journey

    lines = load_complete_journey(
        columns=["basket_id", "household_id", "store_id", "product_category"], drop_uncategorised=True
    )
    baskets = encode(lines, item="product_category")
    found = store_correlations(
        baskets,
        basket_attribute(lines, baskets, "store_id"),
        left="DIAPERS & DISPOSABLES",
        right="BEERS/ALES",
        households=basket_attribute(lines, baskets, "household_id"),
        min_baskets=200,
        n_resamples=200,
    )
    assert found["estimate"].round(2).tolist() == [0.47, 0.07]
    assert found.loc["counts", "lower"] > 0 > found.loc["rates", "lower"]


def test_too_few_stores_are_refused():
    baskets = encode(LINES)
    with pytest.raises(ValueError, match="min_baskets=3"):
        store_correlations(
            baskets,
            basket_attribute(LINES, baskets, "store"),
            left="ale",
            right="tea",
            households=np.arange(5),
            min_baskets=3,
        )


def test_an_unknown_item_is_named():
    baskets = encode(LINES)
    with pytest.raises(ValueError, match="gin"):
        store_counts(baskets, basket_attribute(LINES, baskets, "store"), left="gin", right="tea")


def test_stores_in_row_order_count_like_stores_by_basket():
    stores = ["N", "N", "S", "S", "T"]  # baskets 1 to 5: an array's places are not their names
    table = store_counts(encode(LINES), np.array(stores), left="ale", right="tea")
    pd.testing.assert_frame_equal(table, counted())


@pytest.mark.parametrize(
    ("index", "word"),
    [([1, 2, 3, 4, 9], "stores: basket 5 has none"), ([1, 1, 2, 3, 4], "basket 1 stands twice")],
)
def test_a_basket_has_one_store(index, word):
    with pytest.raises(ValueError, match=word):
        store_counts(encode(LINES), pd.Series(list("NNSST"), index=index), left="ale", right="tea")


def test_a_confidence_is_a_share():
    with pytest.raises(ValueError, match="confidence=95"):
        store_correlations(
            encode(LINES), list("NNSST"), left="ale", right="tea", households=range(5), confidence=95
        )
