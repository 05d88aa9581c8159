"""Complaints: shares, bounds, damage, word of mouth, charts, letters; toys, published numbers, oracles."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association as scipy_association
from statsmodels.stats.proportion import proportion_confint

from crmlib import complaints as cm
from crmlib.plots import control_chart

ANSWERS = pd.DataFrame(
    {"reply": ["good"] * 6 + ["bad"] * 4, "buys": ["more"] + ["same"] * 4 + ["less"] * 3 + ["same", "none"]}
)


# Shares


@pytest.mark.parametrize(
    ("count", "total", "ends"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_newcombe_1998_table_1_method_3(count, total, ends):
    assert np.round(cm.share_interval(count, total), 4) == pytest.approx(ends, abs=1e-9)


def test_the_score_interval_is_that_of_statsmodels():
    for count, total, level in ((3, 4, 0.95), (50, 51, 0.9), (0, 1, 0.99)):
        oracle = proportion_confint(count, total, alpha=1 - level, method="wilson")
        assert cm.share_interval(count, total, confidence=level) == pytest.approx(oracle, abs=1e-12)


@pytest.mark.parametrize(("count", "total"), [(5, 4), (-1, 4), (0, 0), (float("nan"), 3)])
def test_a_share_over_one_or_of_nobody_is_refused(count, total):
    with pytest.raises(ValueError, match="between 0 and its total"):
        cm.share_interval(count, total)


def test_shares_have_the_base_of_their_group():
    shares = cm.conditional_shares(ANSWERS, given="reply", outcome="buys").set_index(["reply", "buys"])
    assert shares.loc[("bad", "less"), ["count", "base", "share"]].tolist() == [2, 4, 0.5]
    assert shares.loc[("good", "less"), ["count", "base"]].tolist() == [1, 6]
    assert shares.groupby("reply")["share"].sum().tolist() == pytest.approx([1, 1])
    assert shares.loc[("good", "none"), "count"] == 0


@pytest.mark.parametrize(
    ("answers", "match"),
    [
        (ANSWERS.drop(columns="buys"), "'buys' is missing"),
        (ANSWERS.assign(buys=None), "answers are missing"),
        (ANSWERS.head(0), "there are none"),
    ],
)
def test_answers_that_cannot_be_crossed_are_refused(answers, match):
    with pytest.raises(ValueError, match=match):
        cm.conditional_shares(answers, given="reply", outcome="buys")


def test_the_association_is_that_of_scipy():
    found = cm.association(ANSWERS, given="reply", outcome="buys")
    table = pd.crosstab(ANSWERS["reply"], ANSWERS["buys"])
    assert found.chi2 == pytest.approx(chi2_contingency(table, correction=False).statistic)
    assert found.cramers_v == pytest.approx(scipy_association(table.to_numpy(), method="cramer"))
    with pytest.raises(ValueError, match="single value"):
        cm.association(ANSWERS.assign(buys="same"), given="reply", outcome="buys")


def test_newcombe_1998_difference_of_two_shares_method_10():
    toy = pd.DataFrame({"g": ["a"] * 70 + ["b"] * 80, "y": [1] * 56 + [0] * 14 + [1] * 48 + [0] * 32})
    found = cm.share_difference(toy, given="g", group="a", other="b", outcome="y")
    assert [round(value, 4) for value in found.values()] == [0.2, 0.0524, 0.3339]
    with pytest.raises(ValueError, match="wanted 0 or 1"):
        cm.share_difference(toy.assign(y=2), given="g", group="a", other="b", outcome="y")
    with pytest.raises(ValueError, match="0 rows of 'c'"):
        cm.share_difference(toy, given="g", group="c", other="b", outcome="y")


def test_the_survey_of_1981_adds_up_to_78_3_per_cent_and_leaves_21_7():
    table = cm.reconstruction(satisfied_share=0.6, more=0.10, less=0.45, none=1 / 3)
    others = table.loc["not satisfied"] / 0.4
    assert round(others["less"] + others["none"], 3) == 0.783
    assert round(others["same"], 3) == 0.217
    assert table.to_numpy().sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="no shares"):
        cm.reconstruction(satisfied_share=0.6, more=0.10, less=0.45, none=0.6)


def test_the_balance_is_zero_at_the_even_share_and_nowhere_else():
    even = cm.even_share(more=0.10, less=1 / 3 + 0.45)
    assert cm.net_change(satisfied_share=even, more=0.10, less=1 / 3 + 0.45) == pytest.approx(0, abs=1e-12)
    assert (np.diff(cm.net_change(satisfied_share=np.linspace(0, 1, 9), more=0.1, less=0.8)) < 0).all()


def test_bounds_hold_every_table_that_agrees_with_the_report():
    rng = np.random.default_rng(1)
    for group, inside, outside in rng.random((200, 3)):
        overall = group * inside + (1 - group) * outside
        low, high = cm.group_bounds(overall, group_share=group)
        assert low - 1e-12 <= inside <= high + 1e-12
        low, high = cm.overall_bounds(inside, group_share=group)
        assert low <= overall <= high
    assert cm.group_bounds(0.9, group_share=0.5) == pytest.approx((0.8, 1.0))


# Damage

KNOWN = {
    "customers": 1000,
    "problem_rate": 0.1,
    "voice_share": 0.4,
    "resolved_share": 0.5,
    "stay_silent": 0.37,
    "stay_unresolved": 0.5,
    "stay_resolved": 0.7,
    "told_silent": 10,
    "told_unresolved": 10,
    "told_resolved": 5,
    "lost_per_listener": 0.01,
    "value": 50,
}


def test_damage_by_hand():
    damage = cm.market_damage(KNOWN)
    assert damage["customers"].tolist() == pytest.approx([60, 20, 20])
    assert damage["left"].tolist() == pytest.approx([37.8, 10, 6])
    assert damage["lost_by_word"].tolist() == pytest.approx([6, 2, 1])
    assert damage["damage"].tolist() == pytest.approx([2190, 600, 350])


def test_the_damage_is_that_of_customers_drawn_one_by_one():
    rng = np.random.default_rng(5)
    n = 400_000
    problem, voice, resolved, leaves = rng.random((4, n))
    path = np.where(voice >= 0.4, 0, np.where(resolved >= 0.5, 1, 2))
    stay, told = np.array([0.37, 0.5, 0.7])[path], np.array([10, 10, 5])[path]
    lost = (leaves >= stay) + rng.binomial(told, 0.01)
    drawn = (lost * (problem < 0.1)).sum() / n * 1000 * 50
    assert cm.total_damage(KNOWN) == pytest.approx(drawn, rel=0.02)


def test_the_break_even_spend_is_what_one_more_resolved_complaint_saves():
    complaints = 1000 * 0.1 * 0.4
    saved = cm.total_damage(KNOWN) - cm.total_damage({**KNOWN, "resolved_share": 0.5 + 1 / complaints})
    assert cm.break_even_spend(KNOWN) == pytest.approx(saved)


def test_the_value_of_voice_is_what_one_more_complaint_saves():
    more = {**KNOWN, "voice_share": 0.4 + 1 / 100}
    assert cm.value_of_voice(KNOWN) == pytest.approx(cm.total_damage(KNOWN) - cm.total_damage(more))
    assert cm.value_of_voice({**KNOWN, "stay_unresolved": 0.0, "resolved_share": 0.1}) < 0


def test_the_tornado_moves_one_assumption_at_a_time():
    table = cm.tornado(KNOWN, {"stay_silent": (0.3, 0.5), "value": (25, 100)})
    assert table.index.tolist() == ["value", "stay_silent"]
    assert table.loc["value", "at_low"] == pytest.approx(cm.total_damage(KNOWN) / 2)
    assert table.loc["stay_silent", "swing"] == pytest.approx(0.2 * 60 * 50)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"stay_silent": 1.2}, "stay_silent: 1.2 is no share"),
        ({"value": -1}, "value: -1"),
        ({"customers": float("nan")}, "customers: nan"),
        ({"staysilent": 0.2}, "unknown"),
    ],
)
def test_impossible_assumptions_are_refused(changed, match):
    with pytest.raises(ValueError, match=match):
        cm.market_damage({**KNOWN, **changed})


# Word of mouth


def test_lotka_1939_extinction_of_a_male_line():
    k = np.arange(1, 120)
    chances = np.append(0.4825, 0.2126 * 0.5893 ** (k - 1))
    # His rounded constants add to 1.00015.
    chances /= chances.sum()
    assert cm.extinction_probability(chances) == pytest.approx(0.819, abs=1e-3)


def test_extinction_by_hand_and_by_simulation():
    assert cm.extinction_probability([0.25, 0.25, 0.5]) == pytest.approx(0.5)
    assert cm.extinction_probability([0.5, 0, 0.5]) == 1.0
    assert cm.extinction_probability([0, 1]) == 0.0
    rng = np.random.default_rng(3)
    alive = np.ones(20_000, dtype=int)
    for _ in range(40):
        draws = 3 * rng.binomial(np.minimum(alive, 500), 0.5)
        alive = draws
    assert cm.extinction_probability([0.5, 0, 0, 0.5]) == pytest.approx((alive == 0).mean(), abs=0.01)


@pytest.mark.parametrize("chances", [[0.5, 0.4], [1.2, -0.2], [], [float("nan"), 1]])
def test_chances_that_are_none_are_refused(chances):
    with pytest.raises(ValueError, match="chances"):
        cm.extinction_probability(chances)


def test_rule_of_thumb_tell_12_tell_20_breaks_even_at_two_thirds():
    assert cm.even_satisfied_share(won=10, lost=20) == pytest.approx(2 / 3)
    assert cm.even_satisfied_share(won=10, lost=20 * 0.5) == pytest.approx(0.5)


def test_mean_reach_is_the_sum_of_the_generations():
    assert cm.mean_reach(10, 0.6) == pytest.approx(sum(10 * 0.6**k for k in range(200)))
    assert cm.mean_reach(10, 1) == float("inf")


def test_on_a_tree_without_loops_the_network_agrees_with_paper():
    tree = nx.balanced_tree(5, 6)
    reached = cm.spread(tree, told=[3], share=0.2, n_stories=1500, seed=2)["reached"]
    # Of a listener's six acquaintances one is the teller: 3 x 5/6 new ones.
    expected = cm.mean_reach(3, 0.2 * 3 * 5 / 6)
    leaves = cm.spread(tree, told=[3], share=0.0, n_stories=1500, seed=2)["reached"].mean()
    assert leaves < reached.mean() < expected * 1.05


def test_a_story_reaches_nobody_twice():
    full = nx.complete_graph(30)
    assert cm.spread(full, told=[29], share=1.0, n_stories=5, seed=1)["reached"].tolist() == [29] * 5
    found = cm.spread(full, told=[0], share=1.0, n_stories=2, seed=1)
    assert found.to_numpy().tolist() == [[0, 0], [0, 0]]


def test_overlap_makes_a_story_reach_fewer():
    told = np.array([8])
    stories = {"told": told, "share": 0.1, "n_stories": 300, "seed": 4}
    near = cm.spread(cm.circles(2000, friends=10, strangers=0.0, seed=1), **stories)["reached"].mean()
    far = cm.spread(cm.circles(2000, friends=10, strangers=1.0, seed=1), **stories)["reached"].mean()
    assert near < far < cm.mean_reach(8, 0.8)


# Charts

# Cans of frozen orange juice, 50 a sample: Montgomery, Introduction to Statistical Quality Control.
MONTGOMERY = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22]
MONTGOMERY += [8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def test_montgomery_orange_juice_cans():
    chart = cm.p_chart(pd.Series(MONTGOMERY), pd.Series([50] * 30))
    assert chart["centre"].iloc[0] == pytest.approx(0.2313, abs=5e-5)
    assert chart["upper"].iloc[0] == pytest.approx(0.4102, abs=5e-5)
    assert chart["lower"].iloc[0] == pytest.approx(0.0524, abs=5e-5)
    assert (chart.index[chart["beyond"]] + 1).tolist() == [15, 23]


def test_a_chart_that_knows_of_the_wobble_raises_fewer_false_alarms():
    rng = np.random.default_rng(2)
    sizes = pd.Series([10_000] * 400)
    counts = pd.Series(rng.binomial(sizes, 0.01 * rng.gamma(25, 1 / 25, 400)))
    assert cm.p_chart(counts, sizes)["beyond"].sum() > 20
    assert cm.p_chart(counts, sizes, overdispersed=True)["beyond"].sum() <= 4


def test_eight_in_a_row_on_one_side_are_a_run():
    counts = pd.Series([5, 6] * 10 + [8] * 9)
    chart = cm.p_chart(counts, pd.Series([100] * 29), baseline=20)
    # The 6 before the nine 8s is above the centre as well: a run of ten, seen from its eighth on.
    assert chart.index[chart["run"]].tolist() == [26, 27, 28]


@pytest.mark.parametrize(
    ("counts", "sizes", "match"),
    [
        ([1, 5], [4, 4], "5 of 4 in period 1"),
        ([0, 0], [4, 4], "leaves nothing"),
        ([1], [4], "from 2 to the 1"),
        ([1, 2], [4], "2 counts for 1"),
    ],
)
def test_periods_that_cannot_be_charted_are_refused(counts, sizes, match):
    with pytest.raises(ValueError, match=match):
        cm.p_chart(pd.Series(counts), pd.Series(sizes))


def test_the_chart_is_drawn_with_its_squares():
    chart = cm.p_chart(pd.Series(MONTGOMERY), pd.Series([50] * 30))
    ax = control_chart(chart, title="t", x_label="x", y_label="y", scale=100, note="n")
    squares = ax.lines[-1]
    assert squares.get_ydata().tolist() == [44.0, 48.0]
    ax.figure.clear()


# Letters

GOOD = (
    "We are sorry. You wrote that the porridge was sour. Our check found a dented rim as the cause. "
    "We will refund the case within five days. Please call me: 555 010 2233."
)
GUT = (
    "非常抱歉。您来信反映绿茶浑浊。经检查是瓶盖密封不严造成的。"
    "我们将在三个工作日内为您更换。如有问题请致电客服。"
)


@pytest.mark.parametrize("letter", [GOOD, GUT])
def test_a_full_letter_has_all_six_parts(letter):
    assert cm.letter_checklist(letter)["present"].all()


def test_a_letter_that_says_nothing_has_none():
    found = cm.letter_checklist("Thank you for your interest in our products.")
    assert not found["present"].any()
    assert (found["position"] == -1).all()
    with pytest.raises(ValueError, match="int is no text"):
        cm.letter_checklist(5)
