"""Corrected p-values: worked by hand, the step-up procedure word for word, statsmodels, the family."""

from itertools import combinations

import numpy as np
import oracles
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from crmlib.baskets import adjust, encode, family_size, significant

THEIR_NAMES = {"bonferroni": "bonferroni", "holm": "holm", "bh": "fdr_bh"}
p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_four_p_values_by_hand():
    p = [0.01, 0.04, 0.03, 0.5]
    assert adjust(p, method="bonferroni").tolist() == pytest.approx([0.04, 0.16, 0.12, 1])
    assert adjust(p, method="holm").tolist() == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert adjust(p, method="bh").tolist() == pytest.approx([0.04, 4 / 75, 4 / 75, 0.5])


def test_benjamini_and_hochberg_1995_fifteen_p_values():
    # Section 3.2, thrombolysis: Bonferroni rejects three at 5 %, the new procedure four.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip
    assert (adjust(p, method="bonferroni") <= 0.05).sum() == 3
    assert (adjust(p, method="bh") <= 0.05).sum() == 4


@given(p_lists, st.sampled_from(sorted(THEIR_NAMES)), st.integers(0, 50))
def test_agrees_with_statsmodels_when_unseen_tests_count_as_one(p, method, unseen):
    size = len(p) + unseen
    theirs = multipletests(p + [1.0] * unseen, method=THEIR_NAMES[method])[1][: len(p)]
    np.testing.assert_allclose(adjust(p, method=method, family_size=size), theirs, rtol=1e-12)


@given(p_lists, st.sampled_from([0.01, 0.05, 0.2]))
def test_bh_rejects_what_the_procedure_rejects(p, alpha):
    rejected = set(np.flatnonzero(adjust(p) <= alpha).tolist())
    expected = oracles.benjamini_hochberg_rejected(np.array(p), alpha)
    border = {i for i, q in enumerate(adjust(p)) if q == pytest.approx(alpha, rel=1e-12)}
    assert rejected - border == expected - border


def test_the_index_and_the_order_are_kept():
    p = pd.Series([0.5, 0.01], index=["x", "y"])
    adjusted = adjust(p)
    assert adjusted.to_dict() == {"x": 0.5, "y": 0.02}
    assert adjusted.name == "p_adjusted"
    assert p.tolist() == [0.5, 0.01]
    assert adjust([]).tolist() == []


@pytest.mark.parametrize("p", [[0.1, np.nan], [-0.1], [1.5], [[0.1]], [np.inf]])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(ValueError, match="p_values"):
        adjust(p)


@pytest.mark.parametrize("size", [1, 2.5, True, -3])
def test_a_family_smaller_than_what_was_seen_is_refused(size):
    with pytest.raises(ValueError, match="family_size"):
        adjust([0.1, 0.2], family_size=size)


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="'fdr'"):
        adjust([0.1], method="fdr")


@pytest.mark.parametrize("k", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("longest", [2, 3, 4, 9])
def test_the_family_counts_every_split_of_every_set(k, longest):
    splits = set()
    for length in range(2, min(longest, k) + 1):
        for one in combinations(range(k), length):
            for a in oracles.proper_subsets(one):
                splits.add(frozenset([a, frozenset(one) - a]))
    counts = [10] * k + [4, 4]
    assert family_size(counts, min_count=5, max_length=longest) == len(splits)
    assert family_size(counts, min_count=5, max_length=longest, directed=True) == 2 * len(splits)


def test_the_family_of_all_pairs_of_210_categories():
    assert family_size([500] * 210 + [499] * 92, min_count=500) == 21_945


def test_the_family_is_exact_beyond_64_bits_and_takes_baskets():
    assert family_size([1] * 100, min_count=1, max_length=100) == (3**100 - 2**101 + 1) // 2
    lines = pd.DataFrame({"basket_id": [1, 1, 2, 3], "item": list("abac")})
    assert family_size(encode(lines), min_count=1) == 3
    assert family_size(encode(lines), min_count=2) == 0


@pytest.mark.parametrize(("name", "value"), [("min_count", 0), ("max_length", 1), ("min_count", 0.5)])
def test_a_senseless_family_is_refused(name, value):
    with pytest.raises(ValueError, match=name):
        family_size([3, 3], **{"min_count": 1, name: value})


def test_significant_keeps_what_the_correction_leaves():
    rules = pd.DataFrame({"p_value": [0.001, 0.2, 0.004], "p_other": [1, 0, 1]})
    rules.attrs["steps"] = (("candidates", None, 0, 3),)
    kept = significant(rules, method="bonferroni", family_size=10, alpha=0.04)
    assert kept["p_adjusted"].to_dict() == pytest.approx({0: 0.01, 2: 0.04})
    assert significant(rules, column="p_other").index.tolist() == [1]
    for options in ({"alpha": 5}, {"column": "p"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            significant(rules, **options)
