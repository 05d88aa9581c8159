"""Association rules: worked toys, published values, the definition, mlxtend, and what was removed."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import oracles
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules as mlxtend_rules
from published import JSS_2005, MLXTEND_DOCUMENTED

from crmlib.baskets import (
    association_rules,
    encode,
    frequent_itemsets,
    prune_redundant,
    significant,
    why_fewer,
)
from crmlib.baskets.measures import MEASURES
from crmlib.datasets import load_complete_journey_extract, with_category


def mined(baskets, **options):
    rows = [(number, item) for number, basket in enumerate(baskets) for item in basket]
    table = encode(pd.DataFrame(rows, columns=["basket_id", "item"]))
    return frequent_itemsets(table, **(options or {"min_count": 1}))


def itemsets(counts, n_baskets):
    """Itemsets written as {"ab": 3}."""
    frame = pd.DataFrame({"itemsets": [frozenset(one) for one in counts], "count": counts.values()})
    frame.attrs["n_baskets"] = n_baskets
    return frame


def by_rule(rules):
    keys = zip(rules["antecedents"], rules["consequents"], strict=True)
    return dict(zip(keys, rules.to_dict("records"), strict=True))


def pick(rules, a, c):
    return by_rule(rules)[frozenset(a), frozenset(c)]


# Published values


def test_jss_2005_five_baskets():
    rules = association_rules(mined(JSS_2005))
    rule = pick(rules, ["milk", "bread"], ["butter"])
    assert rule["confidence"] == 0.5
    assert rule["lift"] == pytest.approx(0.8333, abs=5e-5)
    assert (rule["count"], rule["antecedent_count"], rule["n_baskets"]) == (1, 2, 5)


def test_mlxtend_documented_example():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.6)
    rules = association_rules(found, min_confidence=0.7)
    assert len(rules) == 12
    rule = pick(rules, ["Onion"], ["Eggs"])
    assert rule["conviction"] == math.inf
    shown = [rule[name] for name in ("confidence", "lift", "leverage", "zhangs_metric", "jaccard")]
    assert shown == pytest.approx([1, 1.25, 0.12, 0.5, 0.75], rel=1e-12)
    rule = pick(rules, ["Eggs"], ["Onion"])
    shown = [rule[name] for name in ("confidence", "conviction", "zhangs_metric")]
    assert shown == pytest.approx([0.75, 1.6, 1.0], rel=1e-12)


# Worked by hand


def test_four_counts_give_every_measure():
    # 10 baskets: 4 with a, 5 with b, 3 with both; so 1 with a only, 2 with b only, 4 with neither.
    rules = association_rules(itemsets({"a": 4, "b": 5, "ab": 3}, 10))
    expected = {
        "antecedent support": 4 / 10,
        "consequent support": 5 / 10,
        "support": 3 / 10,
        "confidence": 3 / 4,
        "lift": (3 / 10) / (4 / 10 * 5 / 10),
        "leverage": 3 / 10 - 4 / 10 * 5 / 10,
        "conviction": (1 - 5 / 10) / (1 - 3 / 4),
        "zhangs_metric": 0.1 / 0.18,
        "jaccard": 3 / 6,
        "kulczynski": (3 / 4 + 3 / 5) / 2,
        "imbalance_ratio": 1 / 6,
        "odds_ratio": (3 * 4) / (1 * 2),
    }
    assert set(expected) == set(MEASURES)
    rule = pick(rules, "a", "b")
    for name, value in expected.items():
        assert rule[name] == pytest.approx(value, rel=1e-12), name


def test_measures_at_the_edge_have_a_stated_value():
    # Every basket holds a and b: nothing left over anywhere.
    rule = pick(association_rules(itemsets({"a": 5, "b": 5, "ab": 5}, 5)), "a", "b")
    assert (rule["lift"], rule["leverage"], rule["zhangs_metric"]) == (1, 0, 0)
    assert rule["conviction"] == math.inf
    assert math.isnan(rule["odds_ratio"])
    # a and b always come together, and some baskets hold neither.
    rule = pick(association_rules(itemsets({"a": 2, "b": 2, "ab": 2}, 5)), "a", "b")
    assert (rule["odds_ratio"], rule["zhangs_metric"]) == (math.inf, 1)
    # a in every basket: it tells nothing of b.
    rule = pick(association_rules(itemsets({"a": 5, "b": 2, "ab": 2}, 5)), "a", "b")
    assert (rule["lift"], rule["zhangs_metric"], rule["conviction"]) == (1, 0, 1)
    assert math.isnan(rule["odds_ratio"])


def test_an_undefined_measure_reaches_no_threshold_and_an_infinite_one_each():
    found = itemsets({"a": 5, "b": 5, "ab": 5}, 5)
    assert len(association_rules(found, min_conviction=1000)) == 2


# Thresholds


@pytest.mark.parametrize(
    ("threshold", "both", "left"), [(0.7, 7, 10), (0.1, 1, 10), (0.6, 3, 5), (0.29, 29, 100)]
)
def test_a_rule_on_the_threshold_is_kept(threshold, both, left):
    found = itemsets({"a": left, "b": left, "ab": both}, 1000)
    assert len(association_rules(found, min_confidence=threshold)) == 2
    above = association_rules(found, min_confidence=float(np.nextafter(threshold, 1)))
    assert above.empty, "the next float prints as another number: the rule is below it"


def test_a_lift_on_the_threshold_is_kept_though_its_float_lies_below():
    # In shares 0.11 / (0.2 * 0.5) is 1.0999999999999999 in floats, 1.1 by arithmetic.
    found = itemsets({"a": 20, "b": 50, "ab": 11}, 100)
    assert 0.11 / (0.2 * 0.5) < 1.1
    assert len(association_rules(found, min_lift=1.1)) == 2
    assert association_rules(found, min_lift=Fraction(11, 10) + Fraction(1, 10**30)).empty


def test_a_threshold_is_read_as_printed_whatever_its_type():
    found = itemsets({"a": 10, "b": 10, "ab": 1}, 1000)
    for one in (0.1, np.float64(0.1), np.float32(0.1), Decimal("0.1"), Fraction(1, 10)):
        assert len(association_rules(found, min_confidence=one)) == 2


def test_a_rule_that_mlxtend_loses_on_the_threshold_is_kept():
    found = itemsets({"a": 4, "b": 8, "ab": 3}, 10)
    found.insert(0, "support", found["count"] / 10)
    assert mlxtend_rules(found, metric="confidence", min_threshold=0.75).empty
    assert len(association_rules(found, min_confidence=0.75)) == 1


def test_counts_near_the_largest_allowed_stay_exact():
    n = 2_000_000_000
    found = itemsets({"a": n - 1, "b": n - 1, "ab": n - 2}, n)
    rule = pick(association_rules(found), "a", "b")
    assert rule["leverage"] == pytest.approx(-1 / n**2, rel=1e-12)
    assert association_rules(found, min_leverage=0).empty
    assert association_rules(found, min_lift=1).empty
    with pytest.raises(ValueError, match="n_baskets"):
        association_rules(found, n_baskets=n + 1)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("min_confidence", 1.5),
        ("min_confidence", -0.1),
        ("min_confidence", float("nan")),
        ("min_confidence", "0.5"),
        ("min_confidence", True),
        ("min_lift", float("inf")),
        ("min_support", 2),
        ("min_count", -1),
        ("max_antecedent", 0),
        ("max_antecedent", 1.5),
        ("n_baskets", 0),
        ("n_baskets", 2.5),
    ],
)
def test_a_senseless_option_is_named_with_its_value(option, value):
    with pytest.raises(ValueError, match=option):
        association_rules(itemsets({"a": 2, "b": 2, "ab": 1}, 4), **{option: value})


# Itemsets that rules cannot be made of


def test_a_missing_subset_is_named():
    with pytest.raises(ValueError, match=r"\{'a', 'b'\} is missing"):
        association_rules(itemsets({"a": 3, "b": 3, "c": 3, "ac": 2, "bc": 2, "abc": 1}, 9))
    with pytest.raises(ValueError, match=r"\{'a'\} is missing"):
        association_rules(itemsets({"b": 3, "ab": 2}, 9))


@pytest.mark.parametrize("options", [{"kind": "closed"}, {"kind": "maximal"}, {"min_length": 2}])
def test_closed_maximal_and_length_limited_itemsets_are_refused(options):
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4, **options)
    with pytest.raises(ValueError, match="every frequent itemset"):
        association_rules(found)


@pytest.mark.parametrize(
    ("counts", "n_baskets", "message"),
    [
        ({"a": 1, "b": 3, "ab": 2}, 9, "contradicts"),
        ({"a": 5, "b": 5, "ab": 0}, 9, "contradicts"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts, n_baskets, message):
    with pytest.raises(ValueError, match=message):
        association_rules(itemsets(counts, n_baskets))


def test_strange_itemsets_are_refused():
    good = itemsets({"a": 2, "b": 2, "ab": 1}, 4)
    with pytest.raises(ValueError, match="stands twice"):
        association_rules(pd.concat([good, good]), n_baskets=4)
    with pytest.raises(ValueError, match="column 'count'"):
        association_rules(good.drop(columns="count"))
    with pytest.raises(ValueError, match="holds 'a'"):
        association_rules(good.assign(itemsets=["a", "b", "ab"]))
    with pytest.raises(ValueError, match="frozenset"):
        association_rules(good.assign(itemsets=[frozenset(), *good["itemsets"][1:]]))
    with pytest.raises(ValueError, match="float64"):
        association_rules(good.assign(count=[2.0, 2.0, 1.5]))
    good.attrs.clear()
    with pytest.raises(ValueError, match="n_baskets"):
        association_rules(good)
    assert len(association_rules(good, n_baskets=4)) == 2


def test_no_itemsets_and_single_items_make_no_rules():
    for counts in ({}, {"a": 3, "b": 2}):
        rules = association_rules(itemsets(counts, 9).astype({"count": int}))
        assert rules.empty
        assert {"antecedents", "confidence", "count", *MEASURES} <= set(rules.columns)
        assert why_fewer(rules)["kept"].tolist() == [0]


def test_labels_may_be_numbers_tuples_or_mixed():
    for a, b in ((1, 2), (("x", 1), ("x", 2)), (1, "one"), (frozenset([1]), 2.5)):
        frame = pd.DataFrame({"count": [2, 2, 1]})
        frame["itemsets"] = [frozenset([a]), frozenset([b]), frozenset([a, b])]
        assert len(association_rules(frame, n_baskets=4)) == 2


def test_the_itemsets_are_left_as_they_were_and_their_order_does_not_matter():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    before = found.copy(deep=True)
    rules = association_rules(found)
    pd.testing.assert_frame_equal(found, before)
    shuffled = found.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(association_rules(shuffled), rules)


# Constraints and the account of what was removed


def test_constraints_say_what_may_stand_where():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    rules = association_rules(found, antecedents=["Eggs", "Onion"], consequents=["Yogurt", "Onion"])
    assert len(rules)
    assert set().union(*rules["antecedents"]) <= {"Eggs", "Onion"}
    assert set().union(*rules["consequents"]) <= {"Yogurt", "Onion"}
    everything = by_rule(association_rules(found))
    allowed = [(a, c) for a, c in everything if a <= {"Eggs", "Onion"} and c <= {"Yogurt", "Onion"}]
    assert set(by_rule(rules)) == set(allowed)
    rules = association_rules(found, max_antecedent=1, max_consequent=2)
    lengths = {(len(a), len(c)) for a, c in by_rule(rules)}
    assert lengths == {(1, 1), (1, 2)}
    with pytest.raises(ValueError, match=r"consequents.*'Beer'"):
        association_rules(found, consequents=["Beer"])


def test_a_single_word_is_one_item_not_its_letters():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    rules = association_rules(found, consequents="Eggs")
    assert set(rules["consequents"]) == {frozenset({"Eggs"})}


def test_what_each_step_removed_adds_up():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    rules = association_rules(
        found,
        max_antecedent=3,
        consequents=["Eggs", "Onion", "Kidney Beans"],
        min_confidence=0.7,
        min_lift=1.01,
    )
    pruned = prune_redundant(rules, found)
    account = why_fewer(pruned.head(2))
    assert account["step"].tolist() == [
        "candidates",
        "max_antecedent",
        "consequents",
        "min_confidence",
        "min_lift",
        "redundant",
        "by hand",
    ]
    assert account["kept"].iloc[0] == sum(2**n - 2 for n in found["length"])
    assert (account["before"] - account["removed"] == account["kept"]).all()
    assert account["before"].iloc[1:].tolist() == account["kept"].iloc[:-1].tolist()
    assert account["kept"].iloc[-1] == 2
    assert (account["removed"].iloc[1:] > 0).all(), "a toy in which every step has something to do"
    assert account["reason"].str.len().min() > 10
    assert account["limit"].iloc[3] == 0.7


def test_each_number_of_the_account_is_what_leaving_the_step_out_gives():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    account = why_fewer(association_rules(found, min_confidence=0.7, min_lift=1.01)).set_index("step")
    assert account.loc["min_confidence", "kept"] == len(association_rules(found, min_confidence=0.7))
    assert account.loc["candidates", "kept"] == len(association_rules(found))


def test_the_account_names_the_significance_step_and_survives_sorting():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    rules = association_rules(found).sort_values("lift")
    rules["p_value"] = np.linspace(0, 1, len(rules))
    account = why_fewer(significant(rules, method="bonferroni", alpha=0.05))
    assert account["step"].tolist() == ["candidates", "significance"]
    assert account["kept"].iloc[1] == 1


def test_rules_without_a_history_or_with_more_rows_than_it_are_refused():
    with pytest.raises(ValueError, match="steps"):
        why_fewer(pd.DataFrame({"a": [1]}))
    rules = association_rules(itemsets({"a": 2, "b": 2, "ab": 1}, 4))
    twice = rules.loc[[0, 0, 1, 1]]
    with pytest.raises(ValueError, match="4 rows"):
        why_fewer(twice)


# Redundancy


def test_improvement_by_hand():
    # conf(ab -> c) = 3/4. Shorter: a -> c 4/6, b -> c 5/8, nothing -> c 10/20. Best 4/6.
    counts = {"a": 6, "b": 8, "c": 10, "ab": 4, "ac": 4, "bc": 5, "abc": 3}
    found = itemsets(counts, 20)
    pruned = prune_redundant(association_rules(found), found)
    assert pick(pruned, "ab", "c")["improvement"] == pytest.approx(3 / 4 - 4 / 6, rel=1e-12)
    assert pick(pruned, "a", "c")["improvement"] == pytest.approx(4 / 6 - 10 / 20, rel=1e-12)


def test_a_longer_rule_of_the_same_confidence_is_dropped_and_one_on_the_threshold_kept():
    counts = {"a": 10, "b": 10, "c": 10, "ab": 5, "ac": 6, "bc": 6, "abc": 3}
    found = itemsets(counts, 100)
    pruned = by_rule(prune_redundant(association_rules(found), found))
    assert (frozenset("ab"), frozenset("c")) not in pruned, "3/5 is no more than 6/10"
    # conf(a -> c) - share of c = 0.6 - 0.1; in floats 0.6 - 0.1 is 0.5 and 0.7 - 0.6 is not 0.1.
    assert (frozenset("a"), frozenset("c")) in by_rule(
        prune_redundant(association_rules(found), found, min_improvement=0.5)
    )
    found = itemsets({"a": 10, "c": 60, "ac": 7}, 100)
    assert 7 / 10 - 60 / 100 < 0.1
    kept = prune_redundant(association_rules(found), found, min_improvement=0.1)
    assert (frozenset("a"), frozenset("c")) in by_rule(kept)


def test_a_filter_before_pruning_changes_no_improvement():
    found = mined(MLXTEND_DOCUMENTED, min_support=0.4)
    full = by_rule(prune_redundant(association_rules(found), found))
    few = by_rule(prune_redundant(association_rules(found, min_confidence=0.8), found))
    assert few
    for key, rule in few.items():
        assert rule["improvement"] == full[key]["improvement"]


def test_pruning_nothing_and_rules_from_elsewhere():
    found = itemsets({"a": 2, "b": 2, "ab": 1}, 4)
    none = association_rules(found, min_lift=9)
    assert prune_redundant(none, found)["improvement"].tolist() == []
    with pytest.raises(ValueError, match="'b'"):
        prune_redundant(association_rules(found), itemsets({"a": 2, "c": 2, "ac": 1}, 4))
    with pytest.raises(ValueError, match="min_improvement"):
        prune_redundant(none, found, min_improvement=-1)


# Against the definition


baskets_strategy = st.lists(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=5), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=60)
@given(baskets_strategy, st.integers(1, 4))
def test_all_rules_and_measures_are_those_of_the_definition(baskets, min_count):
    found = mined(baskets, min_count=min_count)
    rules = by_rule(association_rules(found))
    expected = oracles.rules(baskets, found["itemsets"])
    assert set(rules) == set(expected)
    for key, measures in expected.items():
        for name, value in measures.items():
            assert rules[key][name] == pytest.approx(float(value), rel=1e-12, nan_ok=True), name


@settings(deadline=None, max_examples=60)
@given(baskets_strategy, st.sampled_from(["confidence", "lift", "leverage", "conviction"]), st.data())
def test_a_threshold_keeps_just_the_rules_that_reach_it(baskets, name, data):
    found = mined(baskets, min_count=1)
    expected = oracles.rules(baskets, found["itemsets"])
    values = sorted({v[name] for v in expected.values() if v[name] != math.inf})
    threshold = data.draw(st.sampled_from(values)) if values else Fraction(1)
    kept = association_rules(found, **{f"min_{name}": threshold})
    assert set(by_rule(kept)) == {key for key, v in expected.items() if v[name] >= threshold}


@settings(deadline=None, max_examples=40)
@given(baskets_strategy, st.sampled_from([0, 0.1, 0.25, 0.5]))
def test_improvement_is_that_of_the_definition(baskets, least):
    found = mined(baskets, min_count=1)
    rules = association_rules(found)
    pruned = by_rule(prune_redundant(rules, found, min_improvement=least))
    expected = {key: oracles.improvement(baskets, *key) for key in by_rule(rules)}
    bound = Fraction(str(least))
    assert set(pruned) == {key for key, value in expected.items() if value > 0 and value >= bound}
    for key, rule in pruned.items():
        assert rule["improvement"] == pytest.approx(float(expected[key]), rel=1e-12)


def test_agrees_with_mlxtend_on_the_extract():
    lines = with_category(load_complete_journey_extract()).astype({"product_category": str})
    found = frequent_itemsets(encode(lines, item="product_category"), min_support=0.04)
    theirs = mlxtend_rules(found, metric="confidence", min_threshold=0.3333)
    ours = association_rules(found, min_confidence=0.3333)
    assert len(ours) == len(theirs) > 100
    mine, other = by_rule(ours), by_rule(theirs)
    assert set(mine) == set(other)
    shared = [name for name in MEASURES if name in theirs.columns]
    assert len(shared) == 10
    for key, rule in mine.items():
        for name in shared:
            assert rule[name] == pytest.approx(other[key][name], rel=1e-9), name


def test_blocks_do_not_show(monkeypatch):
    found = mined(MLXTEND_DOCUMENTED, min_support=0.2)
    whole = association_rules(found, min_confidence=0.6)
    monkeypatch.setattr("crmlib.baskets.rules.BLOCK", 64)
    parts = association_rules(found, min_confidence=0.6)
    pd.testing.assert_frame_equal(whole, parts)
    assert whole.attrs == parts.attrs


def test_a_negative_count_is_refused():
    itemsets = pd.DataFrame({"itemsets": [frozenset("a"), frozenset("b"), frozenset("ab")], "count": -1})
    with pytest.raises(ValueError, match="'count' holds -1"):
        association_rules(itemsets, n_baskets=3)
