"""A rule in one sentence: its numbers are the rule's, its verdict is the interval's."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.baskets import association_rules, encode, frequent_itemsets, stratified_odds_ratio
from crmlib.baskets.explain import explain

VERDICTS = {
    "untested": "is not tested",
    "more": "they go together more than",
    "corrected_away": "this can be chance",
    "less": "they go together less than",
    "open": "no clear evidence",
    "never_together": "no basket with both counts",
    "never_apart": "no baskets with just one of the two",
    "nothing_to_compare": "nothing to compare",
}


def row(**changes):
    rule = {
        "antecedents": frozenset({"diapers"}),
        "consequents": frozenset({"beer"}),
        "count": 30,
        "antecedent_count": 80,
        "consequent_count": 200,
        "n_baskets": 1000,
    }
    return pd.Series({**rule, **changes}, dtype=object)


def judged(**changes):
    evidence = {
        "observed": 30,
        "expected": 12.4,
        "stratified_odds_ratio": 2.5,
        "or_lower": 1.5,
        "or_upper": 4.1,
        "or_level": 0.95,
        "strata": "size",
    }
    return row(**{**evidence, **changes})


def verdict(sentence):
    said = [name for name, words in VERDICTS.items() if words in sentence]
    assert len(said) == 1, sentence
    return said[0]


def test_a_plain_rule():
    assert explain(row()) == (
        "Of every 100 baskets with diapers about 37.5 also hold beer (30 of 80), against 20 of every 100 "
        "in all 1,000 baskets; whether that is more than chance and big baskets make is not tested."
    )


def test_a_rule_with_evidence():
    assert explain(judged()).endswith(
        "; among baskets of like size they go together more than their popularity explains: 30 baskets "
        "with both against 12 expected, odds 2.50 times as high (95 % interval 1.50 to 4.10)."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "more"),
        ({"p_adjusted": 0.04}, "more"),
        ({"p_adjusted": 0.06}, "corrected_away"),
        ({"or_lower": 0.9}, "open"),
        ({"or_lower": 1.0}, "open"),
        ({"stratified_odds_ratio": 0.5, "or_lower": 0.3, "or_upper": 0.9}, "less"),
        ({"stratified_odds_ratio": 1.9, "or_lower": 0.0, "or_upper": np.inf}, "open"),
        ({"stratified_odds_ratio": 0.0, "or_lower": 0.0, "or_upper": np.nan}, "never_together"),
        ({"stratified_odds_ratio": np.inf, "or_lower": np.nan, "or_upper": np.inf}, "never_apart"),
        ({"stratified_odds_ratio": np.nan, "or_lower": 0.0, "or_upper": np.inf}, "nothing_to_compare"),
    ],
)
def test_the_verdict_follows_the_interval(changes, expected):
    sentence = explain(judged(**changes))
    assert verdict(sentence) == expected
    assert "nan" not in sentence
    assert " inf" not in sentence


def test_alpha_decides_what_stands_after_correction():
    assert verdict(explain(judged(p_adjusted=0.06), alpha=0.1)) == "more"


def test_a_bound_just_off_one_is_not_shown_as_one():
    assert "interval 1.003 to" in explain(judged(or_lower=1.003))
    less = explain(judged(stratified_odds_ratio=0.9, or_lower=0.8, or_upper=0.9996))
    assert "to 0.9996)" in less


@pytest.mark.parametrize(
    ("count", "of", "words"),
    [
        (0, 80, "none also hold"),
        (80, 80, "all also hold"),
        (1, 2500, "fewer than 0.1 also"),
        (2499, 2500, "more than 99.9 also"),
        (20, 80, "diapers 25 also"),
        (1, 3, "about 33.3 also"),
    ],
)
def test_shares_stay_true_when_rounded(count, of, words):
    counts = {"count": count, "antecedent_count": of, "consequent_count": 5000, "n_baskets": 100_000}
    assert words in explain(row(**counts))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"antecedents": frozenset()}, "antecedents"),
        ({"count": 81, "antecedent_count": 80}, "'antecedent_count' holds 80"),
        ({"count": -1}, "with -1 for both"),
        ({"count": 0, "antecedent_count": 0}, "'antecedent_count' holds 0"),
        ({"consequent_count": 1001, "n_baskets": 1000}, "'consequent_count' holds 1001"),
    ],
)
def test_a_rule_that_cannot_be_is_not_explained(wrong, word):
    with pytest.raises(ValueError, match=word):
        explain(row(**wrong))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("size", "baskets of like size"),
        ("others", "as many other items"),
        ("none", "whatever the size"),
        ("given", "of the same group"),
    ],
)
def test_the_sentence_says_what_was_compared(kind, words):
    assert words in explain(judged(strata=kind))


def test_names_of_items_are_listed_in_order_and_taken_as_they_are():
    sentence = explain(row(antecedents=frozenset({"wine", "{beer}", "50% off"})))
    assert "with 50% off, wine and {beer} about" in sentence


def test_small_and_single_numbers():
    assert "fewer than 0.1 expected" in explain(judged(expected=0.01))
    assert "against 99 expected" in explain(judged(expected=99.4))
    assert "in all 1 basket;" in explain(row(count=1, antecedent_count=1, consequent_count=1, n_baskets=1))


def test_a_row_that_is_no_rule_is_refused():
    with pytest.raises(ValueError, match="antecedent_count"):
        explain(row().drop("antecedent_count"))
    assert explain(row().to_dict()) == explain(row())


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from("abcd"), min_size=1), min_size=2, max_size=40),
    st.sampled_from(["size", "others", "none"]),
)
def test_no_sentence_is_ever_false(baskets, strata):
    rows = [(number, item) for number, basket in enumerate(baskets) for item in basket]
    table = encode(pd.DataFrame(rows, columns=["basket_id", "item"]))
    rules = association_rules(frequent_itemsets(table, min_count=1))
    for _, rule in stratified_odds_ratio(rules, table, strata=strata).iterrows():
        sentence = explain(rule)
        check_numbers(sentence, rule)
        said, ratio = verdict(sentence), rule["stratified_odds_ratio"]
        assert (said == "more") == (rule["or_lower"] > 1 and np.isfinite(ratio))
        assert (said == "less") == (ratio > 0 and rule["or_upper"] < 1)
        assert (said == "nothing_to_compare") == np.isnan(ratio)


def check_numbers(sentence, rule):
    assert f"({rule['count']} of {rule['antecedent_count']})" in sentence
    assert f"in all {rule['n_baskets']} basket" in sentence
    share = re.search(r"(?:about )?(\d[\d.]*|all|none) also hold", sentence)[1]
    said = {"all": 100, "none": 0}.get(share) if share in ("all", "none") else float(share)
    assert said == pytest.approx(100 * rule["count"] / rule["antecedent_count"], abs=0.051)
    base = re.search(r"against (?:about )?(\d[\d.]*|all|none) of every", sentence)[1]
    said = {"all": 100, "none": 0}.get(base) if base in ("all", "none") else float(base)
    assert said == pytest.approx(100 * rule["consequent_count"] / rule["n_baskets"], abs=0.051)
