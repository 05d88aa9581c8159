"""Evidence for rules: Fisher, odds ratios by basket size, households; promises held on simulated worlds."""

from itertools import combinations

import numpy as np
import oracles
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact, norm
from statsmodels.stats.contingency_tables import StratifiedTable

from crmlib.baskets import (
    adjust,
    association_rules,
    basket_attribute,
    encode,
    encode_wide,
    family_size,
    fisher_p,
    frequent_itemsets,
    lift_interval,
    stratified_odds_ratio,
)
from crmlib.baskets.strata import strata_of
from crmlib.datasets import load_complete_journey
from crmlib.simulate import null_baskets

BEER, DIAPERS = "BEERS/ALES", "DIAPERS & DISPOSABLES"
ADDED = ["observed", "expected", "stratified_odds_ratio", "or_se", "or_lower", "or_upper", "p_value"]


def pairs(items):
    """Every pair of items as a rule, tested in one direction."""
    sides = [(frozenset([a]), frozenset([c])) for a, c in combinations(items, 2)]
    return pd.DataFrame(sides, columns=["antecedents", "consequents"])


def rule(a, c):
    return pd.DataFrame({"antecedents": [frozenset(a)], "consequents": [frozenset(c)]})


def encoded(baskets):
    rows = [(number, item) for number, basket in enumerate(baskets) for item in basket]
    return encode(pd.DataFrame(rows, columns=["basket_id", "item"]))


def drawn(weights, sizes, seed):
    """Baskets of given sizes, items drawn one after the other with unequal chances and no bonds."""
    rng = np.random.default_rng(seed)
    keys = np.log(weights) + rng.gumbel(size=(len(sizes), len(weights)))
    ranks = (-keys).argsort(axis=1).argsort(axis=1)
    held = ranks < np.asarray(sizes)[:, None]
    return encode_wide(pd.DataFrame(held, columns=[f"item {n:02d}" for n in range(len(weights))]))


# Fisher


def test_fisher_1935_lady_tasting_tea():
    lady = {"count": [4, 3], "antecedent_count": 4, "consequent_count": 4, "n_baskets": 8}
    assert fisher_p(pd.DataFrame(lady)).tolist() == pytest.approx([1 / 70, 17 / 70], rel=1e-12)


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 40), st.data())
def test_fisher_is_the_count_of_ways_and_scipys_exact_test(total, data):
    left = data.draw(st.integers(1, total))
    right = data.draw(st.integers(1, total))
    both = data.draw(st.integers(max(0, left + right - total), min(left, right)))
    table = {"count": [both], "antecedent_count": left, "consequent_count": right, "n_baskets": total}
    p = fisher_p(pd.DataFrame(table)).item()
    assert p == pytest.approx(oracles.fisher(both, left, right, total), rel=1e-9)
    cells = [[both, left - both], [right - both, total - left - right + both]]
    assert p == pytest.approx(fisher_exact(cells, alternative="greater").pvalue, rel=1e-9)


def test_fisher_stays_exact_where_p_is_tiny():
    table = {"count": [400], "antecedent_count": 800, "consequent_count": 900, "n_baskets": 5000}
    expected = oracles.fisher(400, 800, 900, 5000)
    assert 0 < expected < 1e-100
    assert fisher_p(pd.DataFrame(table)).item() == pytest.approx(expected, rel=1e-8)


def test_fisher_keeps_the_index_and_names_a_missing_column():
    table = pd.DataFrame(
        {"count": [2], "antecedent_count": 2, "consequent_count": 2, "n_baskets": 9}, index=[7]
    )
    assert fisher_p(table).index.tolist() == [7]
    assert fisher_p(table[:0]).empty
    with pytest.raises(ValueError, match="consequent_count"):
        fisher_p(table.drop(columns="consequent_count"))


# Odds ratio in given strata, against the definition and statsmodels


def random_baskets(seed, n=400, items="abcdef"):
    rng = np.random.default_rng(seed)
    lively = rng.choice([0.25, 0.6], size=n)
    held = rng.random((n, len(items))) < lively[:, None] * np.linspace(1, 0.5, len(items))
    held[:, 2] |= held[:, 0] & (rng.random(n) < 0.3)
    held[held.sum(axis=1) == 0, 0] = True
    return [[item for item, here in zip(items, row, strict=True) if here] for row in held]


@pytest.mark.parametrize("sides", [("a", "c"), ("ab", "c"), ("a", "cd"), ("abd", "ce")])
def test_given_strata_agree_with_statsmodels(sides):
    a, c = map(frozenset, sides)
    baskets = random_baskets(1, n=3000)
    label = np.arange(3000) % 4
    found = stratified_odds_ratio(rule(a, c), encoded(baskets), strata=label).iloc[0]
    tables = oracles.size_tables(baskets, a, c, label)
    theirs = StratifiedTable(tables)
    assert found["stratified_odds_ratio"] == pytest.approx(theirs.oddsratio_pooled, rel=1e-12)
    # Robins, Breslow & Greenland (1986) against the linearised variance: equal in large samples.
    assert found["or_se"] == pytest.approx(theirs.logodds_pooled_se, rel=0.02)
    assert found["expected"] == pytest.approx(oracles.mantel_haenszel(tables)[1], rel=1e-12)
    assert found["observed"] == sum(t[0, 0] for t in tables)


@pytest.mark.parametrize("sides", [("a", "c"), ("ab", "c"), ("ab", "cd")])
def test_strata_by_other_items_agree_with_the_definition(sides):
    a, c = map(frozenset, sides)
    baskets = random_baskets(2, n=3000)
    found = stratified_odds_ratio(rule(a, c), encoded(baskets), strata="others").iloc[0]
    more = [b for b in baskets if oracles.others(b, a, c)]
    stratum = [oracles.others(b, a, c) for b in more]
    assert min(np.bincount(stratum)[1:-1]) >= 30, "so that no strata are merged"
    tables = oracles.size_tables(more, a, c, stratum)
    ratio, expected = oracles.mantel_haenszel(tables)
    assert found["stratified_odds_ratio"] == pytest.approx(ratio, rel=0.01)
    assert found["expected"] == pytest.approx(expected, rel=0.01)


def test_one_stratum_is_the_plain_odds_ratio_of_the_rule():
    baskets = encoded(random_baskets(3))
    rules = association_rules(frequent_itemsets(baskets, min_count=20))
    judged = stratified_odds_ratio(rules, baskets, strata="none")
    np.testing.assert_allclose(judged["stratified_odds_ratio"], rules["odds_ratio"], rtol=1e-12)
    np.testing.assert_array_equal(judged["observed"], rules["count"])


@pytest.mark.parametrize("sides", [("a", "c"), ("ab", "cd")])
def test_the_p_value_is_that_of_the_household_sums(sides):
    a, c = map(frozenset, sides)
    baskets = random_baskets(4)
    label, household = np.arange(400) % 3, np.arange(400) // 7
    judged = stratified_odds_ratio(rule(a, c), encoded(baskets), strata=label, households=household)
    score, variance = oracles.household_score(baskets, a, c, label, household)
    assert judged["p_value"].item() == pytest.approx(norm.sf(score / np.sqrt(variance)), rel=1e-9)


@pytest.mark.parametrize("strata", ["size", "others", "none"])
def test_independent_baskets_are_households_of_one(strata):
    baskets = encoded(random_baskets(5))
    rules = association_rules(frequent_itemsets(baskets, min_count=20, max_length=3))
    alone = stratified_odds_ratio(rules, baskets, strata=strata)
    ones = stratified_odds_ratio(rules, baskets, strata=strata, households=np.arange(400))
    for column in ADDED:
        np.testing.assert_allclose(alone[column], ones[column], rtol=1e-8, err_msg=column)


def test_ten_copies_of_each_basket_in_a_household_add_no_evidence():
    baskets = random_baskets(6)
    household = np.arange(400)
    one = stratified_odds_ratio(rule("a", "c"), encoded(baskets), strata="none", households=household)
    ten = stratified_odds_ratio(
        rule("a", "c"), encoded(baskets * 10), strata="none", households=np.tile(household, 10)
    )
    naive = stratified_odds_ratio(rule("a", "c"), encoded(baskets * 10), strata="none")
    assert ten["or_se"].item() == pytest.approx(one["or_se"].item(), rel=1e-9)
    assert ten["p_value"].item() == pytest.approx(one["p_value"].item(), rel=1e-9)
    assert naive["or_se"].item() == pytest.approx(one["or_se"].item() / np.sqrt(10), rel=1e-9)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_lower_bound_is_over_one_just_when_the_p_value_says_so(confidence):
    baskets = encoded(random_baskets(7))
    rules = association_rules(frequent_itemsets(baskets, min_count=10))
    judged = stratified_odds_ratio(rules, baskets, households=np.arange(400) // 3, confidence=confidence)
    over = judged["or_lower"] > 1
    assert over.any()
    assert not over.all()
    np.testing.assert_array_equal(over, judged["p_value"] < (1 - confidence) / 2)
    inside = judged["stratified_odds_ratio"].between(judged["or_lower"], judged["or_upper"])
    assert inside.all()


def test_direction_and_block_make_no_difference(monkeypatch):
    baskets = encoded(random_baskets(8))
    there = pairs("abcdef")
    back = there.rename(columns={"antecedents": "consequents", "consequents": "antecedents"})
    household = np.arange(400) // 5
    expected = stratified_odds_ratio(there, baskets, households=household)[ADDED]
    pd.testing.assert_frame_equal(stratified_odds_ratio(back, baskets, households=household)[ADDED], expected)
    monkeypatch.setattr("crmlib.baskets.evidence.BLOCK", 4)
    pd.testing.assert_frame_equal(
        stratified_odds_ratio(there, baskets, households=household)[ADDED], expected
    )


# Empty cells and bad input


def test_empty_cells_have_stated_values():
    together = encoded([["a", "c", "x"]] * 50 + [["x"]] * 50 + [["y", "z", "x"]] * 50)
    found = stratified_odds_ratio(rule("a", "c"), together, strata="none").iloc[0]
    assert found["stratified_odds_ratio"] == np.inf
    assert np.isnan(found["or_lower"])
    assert found["or_upper"] == np.inf
    assert found["p_value"] < 1e-9
    apart = encoded([["a", "x"]] * 50 + [["c", "x"]] * 50 + [["x"]] * 50)
    found = stratified_odds_ratio(rule("a", "c"), apart, strata="none").iloc[0]
    assert (found["stratified_odds_ratio"], found["or_lower"]) == (0, 0)
    assert np.isnan(found["or_upper"])
    assert found["p_value"] > 0.999
    always = encoded([["a", "c"]] * 5)
    for strata in ("size", "others", "none"):
        found = stratified_odds_ratio(rule("a", "c"), always, strata=strata).iloc[0]
        assert np.isnan(found["stratified_odds_ratio"])
        assert (found["or_lower"], found["or_upper"], found["p_value"]) == (0, np.inf, 1)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=15),
    st.sampled_from(["size", "others", "none"]),
    st.integers(1, 5),
)
def test_any_small_shop_is_judged_without_a_warning(baskets, strata, n_households):
    table = encoded(baskets)
    rules = association_rules(frequent_itemsets(table, min_count=1))
    household = np.arange(len(baskets)) % n_households
    for given_households in (None, household):
        judged = stratified_odds_ratio(rules, table, strata=strata, households=given_households)
        assert judged["p_value"].between(0, 1).all()
        assert (judged["expected"] >= 0).all()
        assert not (judged["or_lower"] > judged["or_upper"]).any()


def test_no_rules_give_no_rows_but_all_columns():
    baskets = encoded([["a", "b"]])
    judged = stratified_odds_ratio(rule("a", "b")[:0], baskets)
    assert judged.empty
    assert set(ADDED) <= set(judged)
    assert lift_interval(rule("a", "b")[:0], baskets).empty


def test_bad_input_is_named():
    baskets = encoded([["a", "b"], ["a"], ["b"]])
    ab = rule("a", "b")
    with pytest.raises(ValueError, match="'beer'"):
        stratified_odds_ratio(rule(["beer"], "b"), baskets)
    with pytest.raises(ValueError, match="strata='sizes'"):
        stratified_odds_ratio(ab, baskets, strata="sizes")
    with pytest.raises(ValueError, match="confidence=95"):
        stratified_odds_ratio(ab, baskets, confidence=95)
    with pytest.raises(ValueError, match="antecedents"):
        stratified_odds_ratio(pd.DataFrame({"a": [1]}), baskets)
    for judge in (stratified_odds_ratio, lift_interval):
        with pytest.raises(ValueError, match="2 labels for 3 baskets"):
            judge(ab, baskets, households=[1, 2])
        with pytest.raises(ValueError, match="basket 1 has none"):
            judge(ab, baskets, households=[1, None, 2])
        with pytest.raises(ValueError, match="basket 2 has none"):
            judge(ab, baskets, households=pd.Series([1, 1, 2], index=[1, 0, 3]))
        with pytest.raises(ValueError, match="stands twice"):
            judge(ab, baskets, households=pd.Series([1, 1, 2], index=[1, 1, 0]))
    with pytest.raises(ValueError, match="method='jackknife'"):
        lift_interval(ab, baskets, method="jackknife")
    with pytest.raises(ValueError, match="n_resamples=1"):
        lift_interval(ab, baskets, method="bootstrap", n_resamples=1)


@pytest.mark.parametrize("sides", [("a", ""), ("", "a"), ("ab", "b")])
def test_a_rule_needs_two_different_sides(sides):
    for judge in (stratified_odds_ratio, lift_interval):
        with pytest.raises(ValueError, match="both sides"):
            judge(rule(*sides), encoded(["ab", "a"]))


def test_households_are_matched_by_basket_not_by_position():
    baskets = encoded(random_baskets(9))
    household = pd.Series(np.arange(400) // 8, index=baskets.basket_ids)
    shuffled = household.sample(frac=1, random_state=0)
    for judge in (stratified_odds_ratio, lift_interval):
        pd.testing.assert_frame_equal(
            judge(rule("a", "c"), baskets, households=household),
            judge(rule("a", "c"), baskets, households=shuffled),
        )


# Competition for places


def elementary(weights):
    """e_0, e_1, ...: sums over all sets of so many items of the product of their weights."""
    sums = np.eye(1, len(weights) + 1)[0]
    for weight in weights:
        sums[1:] += weight * sums[:-1]
    return sums


@pytest.mark.parametrize("size", [2, 3, 6])
def test_competition_is_that_of_draws_of_fixed_size(size):
    # All baskets of one size, each in proportion to the product of its items' weights: no bonds.
    weights = np.geomspace(0.4, 0.08, 16)
    sets = np.array(list(combinations(range(16), size)))
    chance = weights[sets].prod(axis=1)
    copies = np.round(chance / chance.sum() * 300_000).astype(int)
    held = (sets[:, :, None] == np.arange(16)).any(axis=1)
    baskets = encode_wide(pd.DataFrame(np.repeat(held, copies, axis=0)))
    judged = stratified_odds_ratio(pairs(range(16)), baskets)
    assert judged["stratified_odds_ratio"].to_numpy() == pytest.approx(1, abs=0.02)
    assert (judged["observed"] / judged["expected"]).to_numpy() == pytest.approx(1, abs=0.01)
    unaware = stratified_odds_ratio(pairs(range(16)), baskets, strata=baskets.sizes)
    assert unaware["stratified_odds_ratio"].max() < 0.9


@pytest.mark.parametrize("size", [3, 4])
def test_competition_between_sets(size):
    held = (np.array(list(combinations(range(30), size)))[:, :, None] == np.arange(30)).any(axis=1)
    found = strata_of(encode_wide(pd.DataFrame(held)), "size")
    for left, right in (([0], [1]), ([0, 1], [2]), ([2], [0, 1]), ([0, 1], [2, 3])):
        a, c, both = (held[:, one].all(axis=1).mean() for one in (left, right, left + right))
        shares = np.full((1, 1), a), np.full((1, 1), c)
        factor = found.competition(*shares, [left], [right]).item()
        exact = both / (a * c)
        if len(left) + len(right) == 2:
            assert factor == pytest.approx(exact, rel=1e-3)
        else:  # on the safe side: a little too much expected, most where the rule fills the basket
            assert exact <= factor <= 1.2 * exact


def test_expected_by_hand_in_the_smallest_shop():
    # Two of four equally popular items: each of the six pairs in a sixth of the four baskets.
    baskets = encoded(["ab", "ab", "cd", "cd"])
    judged = stratified_odds_ratio(rule("a", "b"), baskets)
    assert judged["expected"].item() == pytest.approx(4 / 6, rel=1e-9)


def test_sizes_with_few_baskets_share_a_stratum():
    sizes = [1] * 100 + [2] * 20 + [3] * 20 + [4] * 5 + [9] * 3
    of_basket = strata_of(drawn(np.ones(12), sizes, 0), "size").of_basket
    assert [len(set(of_basket[np.array(sizes) == s])) for s in (1, 2, 3, 4, 9)] == [1] * 5
    assert np.bincount(of_basket).min() >= 28
    assert of_basket[0] != of_basket[-1]


# Worlds with known truth


def discoveries(world, *, min_count, **how):
    """Rules found at 5 % by Benjamini-Hochberg over all pairs that the marginal counts allow."""
    baskets = encode(world)
    household = basket_attribute(world, baskets, "household_id")
    counts = baskets.item_counts
    tested = pairs(counts[counts >= min_count].index)
    if how.pop("fisher", False):
        tested["count"] = stratified_odds_ratio(tested, baskets, strata="none")["observed"]
        for side in ("antecedent", "consequent"):
            tested[f"{side}_count"] = [counts[next(iter(one))] for one in tested[f"{side}s"]]
        p = fisher_p(tested.assign(n_baskets=baskets.n_baskets))
    else:
        if how.pop("clustered"):
            how["households"] = household
        p = stratified_odds_ratio(tested, baskets, **how)["p_value"]
    size = family_size(baskets, min_count=min_count)
    return int((adjust(p, family_size=size) <= 0.05).sum()), float((p <= 0.05).mean())


def gamma_world(n_baskets, n_households, n_items, seed):
    """Shopping trips of every size, households with tastes and sizes of their own, no bonds between items."""
    rng = np.random.default_rng(seed)
    household = rng.choice(n_households, n_baskets, p=rng.dirichlet(np.ones(n_households)))
    taste = rng.lognormal(0, 0.7, (n_households, n_items)) * rng.lognormal(0, 0.4, (n_households, 1))
    trip = rng.gamma(0.83, 1 / 0.83, n_baskets)
    rate = np.geomspace(0.35, 0.05, n_items)
    held = rng.random((n_baskets, n_items)) < 1 - np.exp(-trip[:, None] * rate * taste[household])
    basket, item = np.nonzero(held)
    return pd.DataFrame({"household_id": household[basket], "basket_id": basket, "item": item})


def any_discovery(worlds, **how):
    found = [discoveries(world, min_count=30, **how) for world in worlds]
    return sum(number > 0 for number, _ in found), np.mean([share for _, share in found])


def test_the_false_discovery_promise_holds_on_null_worlds_and_the_usual_ways_break_it():
    worlds = [gamma_world(2500, 40, 15, seed) for seed in range(100)]
    most = binom.ppf(0.999, 100, 0.05)
    kept, share = any_discovery(worlds, clustered=True)
    assert kept <= most
    assert 0.03 < share < 0.06, "neither blind nor trigger-happy"
    assert any_discovery(worlds, fisher=True)[0] == 100, "lift over 1 is what big baskets make"
    assert any_discovery(worlds, clustered=True, strata="none")[0] > 90
    assert any_discovery(worlds, clustered=False)[0] > 2 * most, "a household is one witness, not many"
    assert any_discovery(worlds, clustered=True, strata="others")[0] > most


def test_the_promise_holds_in_worlds_of_two_kinds_of_trip():
    worlds = [null_baskets(2500, n_households=100, seed=s, item_rates=np.geomspace(0.35, 0.06, 15)).lines
              for s in range(100)]  # fmt: skip
    kept, share = any_discovery(worlds, clustered=True)
    assert kept <= binom.ppf(0.999, 100, 0.05)
    assert 0.03 < share < 0.06
    assert any_discovery(worlds, fisher=True)[0] == 100


@pytest.mark.full
@pytest.mark.parametrize(("n_baskets", "n_households"), [(6000, 300), (20_000, 60)])
def test_the_promise_holds_in_larger_worlds(n_baskets, n_households):
    worlds = [gamma_world(n_baskets, n_households, 40, seed) for seed in range(100)]
    kept, share = any_discovery(worlds, clustered=True)
    assert kept <= binom.ppf(0.999, 100, 0.05)
    assert 0.03 < share < 0.06


def test_planted_bonds_are_found_and_their_size_recovered():
    truth = {(0, 1): 2.0, (4, 9): 0.5, (12, 13): 4.0}
    covered, ratios, found = [], [], []
    for seed in range(60):
        planted = [(*pair, ratio) for pair, ratio in truth.items()]
        world = null_baskets(
            3000, n_households=100, item_rates=np.geomspace(0.3, 0.06, 20), taste_spread=0,
            planted=planted, seed=seed,
        ).lines  # fmt: skip
        baskets = encode(world)
        sides = [tuple(frozenset([f"item {n:02d}"]) for n in pair) for pair in truth]
        judged = stratified_odds_ratio(
            pd.DataFrame(sides, columns=["antecedents", "consequents"]),
            baskets,
            households=basket_attribute(world, baskets, "household_id"),
        )
        right = np.array(list(truth.values()))
        covered.append(((judged["or_lower"] <= right) & (right <= judged["or_upper"])).to_numpy())
        ratios.append(np.log(judged["stratified_odds_ratio"]).to_numpy())
        found.append((judged["p_value"] * family_size(baskets, min_count=30) < 0.05).to_numpy())
    mean = np.exp(np.mean(ratios, axis=0))
    assert mean == pytest.approx([2, 0.5, 4], rel=0.06)
    low, high = binom.ppf([0.0005, 0.9995], 180, 0.95)
    assert low <= np.sum(covered) <= high
    assert np.mean(found, axis=0).tolist() == pytest.approx([1, 0, 1], abs=0.05)


# Lift intervals


def test_the_standard_error_of_log_lift_is_that_of_leaving_households_out():
    baskets = random_baskets(10)
    household = np.arange(400) // 4
    found = lift_interval(rule("a", "c"), encoded(baskets), households=household).iloc[0]
    expected = oracles.log_lift_se(baskets, frozenset("a"), frozenset("c"), household)
    assert found["lift_se"] == pytest.approx(expected, rel=0.03)
    z = np.log(found["lift_upper"] / found["lift"]) / found["lift_se"]
    assert z == pytest.approx(1.959964, rel=1e-6)


@pytest.mark.parametrize("method", ["robust", "bootstrap"])
def test_lift_of_independent_baskets_is_that_of_households_of_one(method):
    baskets = encoded(random_baskets(11))
    alone = lift_interval(pairs("abc"), baskets, method=method)
    ones = lift_interval(pairs("abc"), baskets, method=method, households=np.arange(400))
    same = 1e-9 if method == "robust" else 0.02
    for column in ("lift", "lift_se", "lift_lower", "lift_upper"):
        np.testing.assert_allclose(alone[column], ones[column], rtol=same)


def test_lift_where_nothing_is_known():
    baskets = encoded([["a", "x"], ["c", "x"], ["x"]])
    for households in (None, [1, 2, 3]):
        found = lift_interval(rule("a", "c"), baskets, households=households).iloc[0]
        assert (found["lift"], found["lift_lower"]) == (0, 0)
        assert np.isnan([found["lift_se"], found["lift_upper"]]).all()
        found = lift_interval(
            rule("a", "c"), baskets, households=households, method="bootstrap", n_resamples=50
        ).iloc[0]
        assert found["lift_upper"] == 0


def test_the_bootstrap_repeats_with_its_seed():
    baskets, household = encoded(random_baskets(12)), np.arange(400) // 4
    how = {"households": household, "method": "bootstrap", "n_resamples": 200}
    first, same, other = (
        lift_interval(rule("a", "c"), baskets, seed=seed, **how).iloc[0] for seed in (1, 1, 2)
    )
    assert first["lift_lower"] == same["lift_lower"] != other["lift_lower"]


# The Complete Journey grocery data, which its publisher simulated from real shopping patterns, for education


@pytest.fixture(scope="module")
def groceries():
    lines = load_complete_journey(
        columns=["basket_id", "household_id", "product_category"], drop_uncategorised=True
    )
    baskets = encode(lines, item="product_category")
    return baskets, basket_attribute(lines, baskets, "household_id")


def test_beer_and_diapers_lift_is_no_evidence_either_way(groceries):
    baskets, household = groceries
    for method in ("robust", "bootstrap"):
        found = lift_interval(rule([DIAPERS], [BEER]), baskets, households=household, method=method).iloc[0]
        assert found["lift"] == pytest.approx(0.997, abs=5e-4)
        assert found["lift_lower"] == pytest.approx(0.77, abs=0.03)
        assert found["lift_upper"] == pytest.approx(1.27, abs=0.03)


def test_beer_and_diapers_among_baskets_of_like_size(groceries):
    baskets, household = groceries
    judged = stratified_odds_ratio(rule([DIAPERS], [BEER]), baskets, households=household).iloc[0]
    assert judged["observed"] == 144
    assert judged["expected"] == pytest.approx(159.6, abs=0.1)
    assert judged["stratified_odds_ratio"] == pytest.approx(0.892, abs=1e-3)
    assert judged["or_lower"] < 1 < judged["or_upper"]


def test_the_odds_ratio_of_042_comes_from_the_empty_baskets_that_no_till_records(groceries):
    baskets, _ = groceries
    held = baskets.matrix[:, baskets.items.get_indexer([BEER, DIAPERS])].sum(axis=1)
    others = baskets.sizes - held
    every = stratified_odds_ratio(rule([DIAPERS], [BEER]), baskets, strata=others).iloc[0]
    assert every["stratified_odds_ratio"] == pytest.approx(0.4135, abs=1e-3)
    assert every["expected"] == pytest.approx(324.0, abs=0.1)
    # With no other item a basket of neither would be empty: the fourth cell cannot be.
    assert not ((others == 0) & (held == 0)).any()
    rest = stratified_odds_ratio(rule([DIAPERS], [BEER]), baskets, strata="others").iloc[0]
    assert every["expected"] - rest["expected"] == pytest.approx(168, abs=1)
    assert every["observed"] - rest["observed"] == 2
    assert rest["stratified_odds_ratio"] == pytest.approx(0.903, abs=2e-3)


def test_households_widen_the_error_of_log_lift_by_a_third(groceries):
    baskets, household = groceries
    counts = baskets.item_counts
    tested = pairs(counts[counts >= 500].index).iloc[::20]
    ratio = (
        lift_interval(tested, baskets, households=household)["lift_se"]
        / lift_interval(tested, baskets)["lift_se"]
    )
    assert ratio.mean() == pytest.approx(1.35, abs=0.03)
    assert ratio.quantile(0.9) == pytest.approx(1.76, abs=0.06)


@pytest.mark.parametrize("method", ["robust", "bootstrap"])
def test_one_household_gives_no_interval(method):
    lines = pd.DataFrame({"basket_id": [1, 1, 2, 3], "item": ["a", "b", "a", "c"]})
    with pytest.raises(ValueError, match="at least two"):
        lift_interval(rule("a", "b"), encode(lines), households=[7, 7, 7], method=method)
