"""Frequent itemsets: hand-worked toys, published values, a brute-force oracle, public libraries."""

import itertools
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import JSS_2005, MLXTEND_DOCUMENTED

from crmlib.baskets import count_threshold, encode, encode_wide, frequent_itemsets, itemsets
from crmlib.baskets.projection import Bits, Lists


def lines_of(baskets):
    rows = [(number, item) for number, basket in enumerate(baskets) for item in basket]
    return pd.DataFrame(rows, columns=["basket_id", "item"])


def as_dict(found):
    return dict(zip(found["itemsets"], found["count"], strict=True))


def brute_force(baskets, min_count, max_length=None):
    """Count every subset of the items that are sold: the definition, word for word."""
    items = sorted(set().union(*baskets))
    counts = {}
    for length in range(1, (max_length or len(items)) + 1):
        for candidate in itertools.combinations(items, length):
            count = sum(set(candidate) <= set(basket) for basket in baskets)
            if count >= min_count:
                counts[frozenset(candidate)] = count
    return counts


def test_jss_2005_supermarket_of_five_baskets():
    found = frequent_itemsets(encode(lines_of(JSS_2005)), min_support=0.4).set_index("itemsets")
    assert found.loc[[frozenset({"milk", "bread"})], "support"].item() == 0.4
    assert frozenset({"milk", "bread", "butter"}) not in found.index


def test_mlxtend_documented_example_has_eleven_itemsets():
    found = frequent_itemsets(encode(lines_of(MLXTEND_DOCUMENTED)), min_support=0.6)
    assert len(found) == 11
    assert as_dict(found)[frozenset({"Kidney Beans", "Onion", "Eggs"})] == 3
    assert found["length"].tolist() == sorted(found["length"])
    assert found.attrs["n_baskets"] == 5


baskets_strategy = st.lists(st.sets(st.sampled_from("abcdefg"), min_size=1), min_size=1, max_size=25)


@settings(max_examples=150, deadline=None)
@given(baskets_strategy, st.integers(1, 6), st.sampled_from([1, 3, 40, 1 << 19]))
def test_agrees_with_counting_every_subset(baskets, min_count, family_cells):
    # A small family size makes the toy go through the projections that large data need.
    usual, itemsets.FAMILY_CELLS = itemsets.FAMILY_CELLS, family_cells
    try:
        found = frequent_itemsets(encode(lines_of(baskets)), min_count=min_count)
    finally:
        itemsets.FAMILY_CELLS = usual
    assert as_dict(found) == brute_force(baskets, min_count)
    assert len(found) == found["itemsets"].nunique()


@settings(max_examples=60, deadline=None)
@given(baskets_strategy, st.integers(1, 4), st.integers(1, 4))
def test_closed_and_maximal_follow_their_definitions_also_with_a_length_limit(baskets, min_count, longest):
    encoded, every = encode(lines_of(baskets)), brute_force(baskets, min_count)
    closed = {s: c for s, c in every.items() if not any(s < t and c == d for t, d in every.items())}
    maximal = {s: c for s, c in every.items() if not any(s < t for t in every)}
    for kind, expected in {"closed": closed, "maximal": maximal}.items():
        found = frequent_itemsets(encoded, min_count=min_count, kind=kind)
        assert as_dict(found) == expected
        short = frequent_itemsets(encoded, min_count=min_count, kind=kind, max_length=longest)
        assert as_dict(short) == {s: c for s, c in expected.items() if len(s) <= longest}


@settings(max_examples=60, deadline=None)
@given(baskets_strategy, st.integers(1, 4))
def test_closed_sets_recover_every_count_and_maximal_sets_every_itemset(baskets, min_count):
    encoded = encode(lines_of(baskets))
    every = as_dict(frequent_itemsets(encoded, min_count=min_count))
    closed = as_dict(frequent_itemsets(encoded, min_count=min_count, kind="closed"))
    maximal = as_dict(frequent_itemsets(encoded, min_count=min_count, kind="maximal"))
    assert {s: max(c for t, c in closed.items() if s <= t) for s in every} == every
    subsets = {
        frozenset(c) for t in maximal for n in range(1, len(t) + 1) for c in itertools.combinations(t, n)
    }
    assert subsets == set(every)


@settings(max_examples=60, deadline=None)
@given(baskets_strategy)
def test_a_larger_set_is_never_more_frequent(baskets):
    found = as_dict(frequent_itemsets(encode(lines_of(baskets)), min_count=1))
    for itemset, count in found.items():
        for item in itemset:
            if len(itemset) > 1:
                assert found[itemset - {item}] >= count


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_length_limits_cut_and_change_nothing_else(length):
    rng = np.random.default_rng(5)
    baskets = [set(rng.choice(list("abcdefgh"), size=rng.integers(1, 7))) for _ in range(60)]
    every = as_dict(frequent_itemsets(encode(lines_of(baskets)), min_count=3))
    upto = frequent_itemsets(encode(lines_of(baskets)), min_count=3, max_length=length)
    assert as_dict(upto) == {s: c for s, c in every.items() if len(s) <= length}
    only = frequent_itemsets(encode(lines_of(baskets)), min_count=3, min_length=length, max_length=length)
    assert as_dict(only) == {s: c for s, c in every.items() if len(s) == length}


def test_pairs_among_thousands_of_items_are_counted_as_the_definition_says():
    rng = np.random.default_rng(11)
    lines = pd.DataFrame({"basket_id": rng.integers(0, 900, 9000), "item": rng.integers(0, 2000, 9000)})
    lines = lines.drop_duplicates()
    pairs = lines.merge(lines, on="basket_id").query("item_x < item_y").value_counts(["item_x", "item_y"])
    expected = {frozenset(pair): count for pair, count in pairs[pairs >= 2].items()}
    found = frequent_itemsets(encode(lines), min_count=2, min_length=2, max_length=2)
    assert lines["item"].nunique() > 1500
    assert as_dict(found) == expected


@settings(max_examples=60, deadline=None)
@given(baskets_strategy, st.integers(1, 3))
def test_bits_and_lists_give_the_same_counts_and_projections(baskets, cut):
    matrix = encode(lines_of(baskets)).matrix
    bits, lists = Bits(matrix), Lists(matrix)
    for item in range(matrix.shape[1] - 1):
        assert bits.counts_with(item).tolist() == lists.counts_with(item).tolist()
        later = np.arange(item + 1, matrix.shape[1])[::cut]
        assert bits.project(item, later).tolist() == lists.project(item, later).tolist()


def test_thousands_of_items_need_no_table_of_all_pairs():
    rng = np.random.default_rng(8)
    n_items = 12_000
    lines = pd.DataFrame(
        {"basket_id": np.arange(4 * n_items) // 4, "item": rng.permutation(4 * n_items) % n_items}
    )
    tracemalloc.start()
    found = frequent_itemsets(encode(lines), min_count=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found["length"] == 1).sum() == n_items
    assert peak < 300 * 2**20  # a table of all pairs alone would be 1.1 GiB


def test_only_chosen_items_are_looked_at():
    found = frequent_itemsets(encode(lines_of(JSS_2005)), min_count=1, items=["milk", "butter"])
    assert set().union(*found["itemsets"]) == {"milk", "butter"}
    assert as_dict(found)[frozenset({"milk", "butter"})] == 1


# --- thresholds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_baskets", "min_support", "count"),
    [(100, 0.07, 7), (10, 0.7, 7), (3, 1 / 3, 1), (155_659, 0.01, 1557), (29, 0.1, 3), (1000, 1, 1000)],
)
def test_a_threshold_is_the_decimal_it_prints_as(n_baskets, min_support, count):
    assert count_threshold(n_baskets, min_support=min_support) == count


def test_an_itemset_exactly_on_the_threshold_is_kept():
    baskets = [["a", "b"]] * 7 + [["c"]] * 93
    found = frequent_itemsets(encode(lines_of(baskets)), min_support=0.07)
    assert as_dict(found)[frozenset("ab")] == 7
    assert as_dict(frequent_itemsets(encode(lines_of(baskets)), min_support=0.0700001)) == {
        frozenset("c"): 93
    }


@pytest.mark.parametrize("support", [0, -0.1, 1.0001, 5, float("nan"), True])
def test_a_support_out_of_range_is_refused_with_its_value(support):
    with pytest.raises(ValueError, match="min_support"):
        frequent_itemsets(encode(lines_of(JSS_2005)), min_support=support)


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_a_count_out_of_range_is_refused(count):
    with pytest.raises(ValueError, match="min_count"):
        frequent_itemsets(encode(lines_of(JSS_2005)), min_count=count)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"min_count": 1, "min_support": 0.1}, "one of the two"),
        ({}, "one of the two"),
        ({"min_count": 1, "kind": "close"}, "kind='close'"),
        ({"min_count": 1, "min_length": 0}, "min_length=0"),
        ({"min_count": 1, "min_length": 3, "max_length": 2}, "max_length=2"),
        ({"min_count": 1, "items": ["mlik"]}, "mlik"),
        ({"min_count": 1, "max_itemsets": 3}, "more than 3 itemsets"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name(options, word):
    with pytest.raises(ValueError, match=word):
        frequent_itemsets(encode(lines_of(JSS_2005)), **options)


def test_no_frequent_itemset_is_an_empty_table_with_the_same_columns():
    none = frequent_itemsets(encode(lines_of([["a"], ["b"]])), min_count=2)
    some = frequent_itemsets(encode(lines_of([["a"], ["b"]])), min_count=1)
    assert len(none) == 0
    assert list(none.columns) == list(some.columns)


def test_an_explosion_of_itemsets_ends_in_an_error_not_in_memory():
    crowded = encode(lines_of([range(40)] * 3))
    with pytest.raises(ValueError, match="raise min_support"):
        frequent_itemsets(crowded, min_count=2, max_itemsets=100_000)


# --- defects seen in public libraries -----------------------------------------------------------


def test_an_item_repeated_256_times_in_a_basket_is_still_there():
    lines = lines_of([["a"] * 256 + ["b"], ["a", "b"]])
    assert as_dict(frequent_itemsets(encode(lines), min_count=2))[frozenset("ab")] == 2


def test_an_item_in_every_basket_keeps_its_own_itemset():
    found = as_dict(frequent_itemsets(encode(lines_of([["bag", "a"], ["bag"], ["bag", "b"]])), min_count=1))
    assert found[frozenset({"bag"})] == 3


def test_a_long_basket_is_one_basket_wherever_its_lines_stand():
    many = pd.DataFrame({"basket_id": np.arange(300_000) % 150_000, "item": ["a", "b"] * 150_000})
    many["item"] = np.where(np.arange(300_000) < 150_000, "a", "b")
    assert as_dict(frequent_itemsets(encode(many), min_count=150_000))[frozenset("ab")] == 150_000


def test_the_order_of_lines_changes_nothing():
    rng = np.random.default_rng(2)
    lines = lines_of([set(rng.choice(list("abcdef"), size=4)) for _ in range(50)])
    shuffled = lines.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        frequent_itemsets(encode(lines), min_count=2), frequent_itemsets(encode(shuffled), min_count=2)
    )


# --- real data -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def category_lines():
    from crmlib.datasets import load_complete_journey

    lines = load_complete_journey()[["basket_id", "product_category"]].dropna()
    return lines.rename(columns={"product_category": "item"})


def test_complete_journey_published_counts_of_frequent_closed_and_maximal_sets(category_lines):
    baskets = encode(category_lines)
    assert (baskets.n_baskets, baskets.n_items) == (155_659, 302)
    assert baskets.sizes.mean() == pytest.approx(6.916, abs=5e-4)
    sizes = {
        support: [len(frequent_itemsets(baskets, min_support=support, kind=kind)) for kind in itemsets.KINDS]
        for support in (0.05, 0.02)
    }
    assert sizes == {0.05: [62, 62, 47], 0.02: [501, 501, 329]}


def test_agrees_with_mlxtend_and_efficient_apriori_on_real_baskets(category_lines):
    from efficient_apriori import itemsets_from_transactions
    from mlxtend.frequent_patterns import fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    wanted = category_lines["basket_id"].drop_duplicates().iloc[:6000]
    lines = category_lines[category_lines["basket_id"].isin(wanted)].astype({"item": "str"})
    transactions = lines.groupby("basket_id")["item"].apply(lambda items: tuple(sorted(set(items)))).tolist()
    ours = as_dict(frequent_itemsets(encode(lines), min_count=60))
    by_size, _ = itemsets_from_transactions(transactions, min_support=59.5 / len(transactions))
    theirs = {frozenset(items): count for level in by_size.values() for items, count in level.items()}
    assert ours == theirs
    encoder = TransactionEncoder()
    table = pd.DataFrame(encoder.fit(transactions).transform(transactions), columns=encoder.columns_)
    grown = fpgrowth(table, min_support=59.5 / len(transactions), use_colnames=True)
    grown["count"] = (grown["support"] * len(transactions)).round().astype(int)
    assert as_dict(grown) == ours
    assert as_dict(frequent_itemsets(encode_wide(table), min_count=60)) == ours
    assert max(map(len, ours)) >= 4


@pytest.mark.parametrize("wrong", [float("inf"), float("nan"), 1.5, "2", True])
@pytest.mark.parametrize("name", ["min_count", "min_length", "max_length", "max_itemsets"])
def test_what_is_no_whole_number_is_refused_by_name(name, wrong):
    baskets = encode(pd.DataFrame({"basket_id": [1, 1, 2], "item": ["a", "b", "a"]}))
    with pytest.raises(ValueError, match=f"{name}=.*whole number"):
        frequent_itemsets(baskets, **{"min_count": 1, name: wrong})


def test_a_share_in_words_is_refused():
    with pytest.raises(ValueError, match=r"min_support='0\.5'"):
        count_threshold(10, min_support="0.5")
