"""The chapters on concepts: each sentence follows its numbers, and can turn."""

import re
from pathlib import Path

import numpy as np
import pytest
from playing import play

from crmlib.workbook.notebooks import code_cells, read
from crmlib.workbook.quizzes.bank import shipped

BOOKS = Path(__file__).parents[1] / "notebooks"


def chapter(name, **parameters):
    return play(BOOKS / f"{name}.ipynb", **parameters)


def test_cooperating_catches_up_or_does_not():
    played = chapter("04_what_crm_is")
    assert "After year 4 cooperating has brought at least as much" in played.texts["payoffs-say"]
    greedy = chapter("04_what_crm_is", once=1000)
    assert (
        "Within ten years cooperating brings 123 thousand yuan and squeezing 909"
        in greedy.texts["payoffs-say"]
    )
    assert greedy.results["years_to_cooperate"] == 0


def test_the_claim_of_failure_follows_the_chance_of_missing_a_goal():
    assert "with 6 goals 82%" in chapter("04_what_crm_is").texts["failure-say"]
    careful = chapter("04_what_crm_is", miss=0.05).texts["failure-say"]
    assert "even ten goals make no more than 40%" in careful
    assert round(1 - 0.95**10, 2) == 0.40


def test_satisfied_leavers_are_most_few_or_undecided():
    played = chapter("05_satisfaction_and_loyalty")
    assert "had not been satisfied" in played.texts["rates-say"]
    said = {n: played.again("rates-say", happy_leavers=n) for n in (30, 102, 180)}
    assert "Most of those who left had not" in said[30]
    assert "cannot tell" in said[102]
    assert "Most of those who left had been satisfied" in said[180]
    assert played.again("rates-say", leavers=np.array([])) == "Nobody left."


def test_expectation_runs_off_the_scale_or_stays():
    played = chapter("06_expectation_and_quality")
    assert "In year 6 it would have to give more than 5" in played.texts["years-say"]
    slow = chapter("06_expectation_and_quality", learning=0.1)
    assert "the advice can be followed that long" in slow.texts["years-say"]
    assert slow.results["given_in_year_10"] == pytest.approx(3.5 + 9 * 0.03 + 0.3)


def test_the_best_fifth_is_held_against_the_rule():
    assert "less than the rule says" in chapter("07_value_and_prospects").texts["many-say"]
    unequal = chapter("07_value_and_prospects", spread=2.5)
    assert "more than the rule says" in unequal.texts["many-say"]
    assert "80 % lies within" in chapter("07_value_and_prospects").again("many-say", word="open")


def test_customers_in_development_are_worth_more_unless_none_grow():
    played = chapter("08_life_cycle")
    assert "the order is turned round" in played.texts["solve-say"]
    assert "From year 4 on the group pays" in played.texts["follow-say"]
    poor = chapter("08_life_cycle", win=0.05, lose=0.6, back=0.0)
    assert "with these moves the order stays" in poor.texts["solve-say"]
    assert "the group never pays" in poor.texts["follow-say"]


def test_figures_show_what_their_titles_say():
    played = chapter("08_life_cycle")
    money = played.namespace["money"]
    above = money["brings"] > money["costs"]
    assert above.idxmax() == played.results["first_year_with_profit"]
    assert above[4:].all()
    (told,) = played.alts["follow-figure"]
    assert "for the first time in year 4" in told
    assert f"ends at {money['brings'].iloc[-1]:.1f}." in told
    poor = chapter("08_life_cycle", win=0.05, lose=0.6, back=0.0)
    assert "stays below the costs" in poor.alts["follow-figure"][0]
    stay = chapter("05_satisfaction_and_loyalty")
    assert stay.alts["rates-figure"][0].endswith("the shares are 40%, 57%, 70%, 84%, 95%.")


def test_most_is_worth_the_stage_with_the_largest_value():
    played = chapter("08_life_cycle")
    order = played.namespace["compared"]["to come"].sort_values(ascending=False)
    assert list(order.index[:4]) == ["maturity", "growth", "recovery", "development"]
    assert "Most is worth a customer in maturity, 52.0" in played.texts["solve-say"]


def test_the_bucket_settles_where_the_leak_equals_the_inflow():
    played = chapter("09_churn", won=400, churn=0.25)
    assert played.results["level"] == 1600
    assert "settles at 1,600. With half the leak it settles at 3,200" in played.texts["levels-say"]


@pytest.mark.parametrize(("churn", "word"), [(0.2, "within the range"), (0.5, "outside"), (0.08, "outside")])
def test_five_points_are_worth_what_the_start_makes_them(churn, word):
    played = chapter("09_churn", churn=churn)
    assert played.results["rise_of_points"] == pytest.approx(churn / (churn - 0.05) - 1)
    assert played.results["rise_of_rate"] == pytest.approx(1 / 0.95 - 1)
    assert word in played.texts["readings-say"]


@pytest.mark.parametrize(
    ("rate", "today", "word"), [(0, 500, "within"), (0.1, 366.67, "outside"), (1, 166.67, "outside")]
)
def test_lifetime_value_counts_years_far_off_for_less(rate, today, word):
    played = chapter("09_churn", rate=rate)
    by_hand = sum(100 * 0.8**year / (1 + rate) ** year for year in range(200))
    assert played.results["lifetime_value"] == pytest.approx(by_hand)
    assert by_hand == pytest.approx(today, rel=1e-4)
    assert word in played.texts["lifetime-say"]


def test_erlang_waits_agree_with_a_table():
    # Erlang C of 8 busy agents at 9, 10, 11, 12 agents, from the classical table.
    waits = chapter("10_channels").namespace["waits"]
    assert [round(waits(n, 8.0), 3) for n in (9, 10, 11, 12)] == [0.653, 0.409, 0.245, 0.140]


def test_patience_decides_how_many_agents():
    assert chapter("10_channels").results["agents_needed"] == 11
    assert chapter("10_channels", patience=200).results["agents_needed"] == 9
    assert "even with 14 agents" in chapter("10_channels", patience=1).texts["wait-say"]


def test_a_tree_is_better_only_where_there_is_something_to_find():
    weak, strong = chapter("11_data_mining"), chapter("11_data_mining", n_customers=8000)
    assert "no evidence that the model is better" in weak.texts["scores-say"]
    assert "the model is better" in strong.texts["scores-say"]
    assert "no evidence" not in strong.texts["scores-say"]
    assert "that may be luck" in chapter("11_data_mining", signal=0.0).texts["gain-say"]


def test_every_chapter_of_the_bank_has_a_notebook_that_ends_in_its_quiz():
    asked = []
    for path in sorted(BOOKS.glob("*.ipynb")):
        sources = [cell.source for cell in code_cells(read(path))]
        asked += [found[1] for source in sources if (found := re.match(r'quiz\("([a-z-]+)"', source))]
    assert asked == [chapter.name for chapter in shipped().chapters]
