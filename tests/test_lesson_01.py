"""The verdicts of the first lesson follow its numbers, also where the default run does not go."""

from pathlib import Path

import pandas as pd
import pytest
from playing import play

LESSON = Path(__file__).parents[1] / "notebooks" / "01_association_rules.ipynb"


@pytest.fixture(scope="module")
def lesson():
    return play(LESSON, seed=7, min_share=0.02, n_shops=5)


def test_each_verdict_agrees_with_the_numbers_that_it_rests_on(lesson):
    name, said = lesson.namespace, lesson.texts
    assert ("next to nothing" in said["same-confidence-say"]) == (
        abs(name["often"].lift[name["plain"]] - 1) < 0.1
    )
    assert ("keep their promise" in said["discoveries-say"]) == (
        name["corrected"][0] + name["corrected"][1] < 2
    )
    assert ("but among baskets of like size only" in said["judged-say"]) == (name["turned"] >= 0.05)
    assert f"{int(name['stands'].sum()):,} pairs stand" in said["judged-say"]
    assert ("more than the data say" in said["households-say"]) == (name["wider"].mean() > 1.05)
    assert ("not one false discovery" in said["sized-shop-say"]) == (name["honest"] == 0)


def test_the_first_pair_is_the_one_with_the_highest_lower_end(lesson):
    judged = lesson.namespace["judged"]
    first = judged.loc[judged["or_lower"].idxmax()]
    pair = first["antecedents"] | first["consequents"]
    assert all(item.split()[0].lower() in lesson.texts["rank-say"].lower() for item in pair)


def test_shares_of_pairs_are_recounted(lesson):
    judged, results = lesson.namespace["judged"], lesson.results
    expected = judged["count"] * judged["n_baskets"] / judged["antecedent_count"] / judged["consequent_count"]
    assert results["share_lift_over_1"] == pytest.approx((expected > 1).mean(), abs=1e-6)
    assert results["n_pairs"] == len(judged)
    assert results["share_odds_ratio_over_1"] < results["share_lift_over_1"]


def test_every_frequent_set_was_counted_and_more(lesson):
    assert (
        lesson.results["n_frequent"] < lesson.results["n_counted"] < 2 ** lesson.namespace["baskets"].n_items
    )


FLIPS = [
    (
        "discoveries-say",
        {"false": pd.DataFrame({"uncorrected": [9] * 5, "bonferroni": 1, "bh": 1})},
        "more than the",
    ),
    ("sized-shop-say", {"false_by_way": pd.DataFrame({"a": [9], "b": [4]}, ["bonferroni"])}, "4 are left"),
    ("sized-shop-say", {"false_by_way": pd.DataFrame({"a": [4], "b": [9]}, ["bonferroni"])}, "does not help"),
    ("households-say", {"wider": pd.Series([1.0, 1.01])}, "little difference"),
    ("redundant-say", {"worth_reading": range(5), "long_rules": range(5)}, "nothing to prune"),
]


@pytest.mark.parametrize(
    ("cell", "changed", "words"), FLIPS, ids=[f"{cell}-{words}" for cell, _, words in FLIPS]
)
def test_other_numbers_turn_the_verdict(lesson, cell, changed, words):
    assert words not in lesson.texts[cell]
    assert words in lesson.again(cell, **changed)


def test_pairs_that_size_does_not_explain_are_said_to_be_so(lesson):
    judged = lesson.namespace["judged"].assign(stratified_odds_ratio=lambda pairs: pairs["lift"])
    over_1 = pd.Series({"lift": 0.9, "stratified_odds_ratio": 0.9, "or_lower": 0.5})
    assert "size explains little" in lesson.again("judged-say", judged=judged, over_1=over_1)


def test_a_rule_that_does_tell_something_is_not_said_to_tell_nothing(lesson):
    strong = lesson.namespace["strong"]
    assert "next to nothing" not in lesson.again("same-confidence-say", plain=strong)


def test_a_pair_from_big_baskets_is_not_said_to_be_in_small_ones(lesson):
    ranked = lesson.namespace["ranked"]
    common = ranked.nlargest(1, "count").index[0]
    moved = pd.concat([ranked.loc[[common]], ranked.drop(index=common)])
    moved.loc[common, "lift rank"] = len(moved) + 1
    assert "are small" not in lesson.again("riser-say", ranked=moved)
