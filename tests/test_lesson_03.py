"""Lesson 3: what it says against what it found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playing import play

from crmlib import plots

LESSON = Path(__file__).parents[1] / "notebooks" / "03_customer_value.ipynb"
FALSE = {"kind": ["squeezer"], "money": [9.0], "profit": [-1.0]}


@pytest.fixture(scope="module")
def lesson():
    return play(LESSON)


def test_the_rule_of_20_to_80_is_judged_by_its_interval(lesson):
    assert lesson.results["top_share_upper"] < 0.8
    assert "That is less than 80 %" in lesson.texts["pareto-say"]
    for lower, upper, words in ((0.7, 0.9, "within that range"), (0.81, 0.9, "more than 80 %")):
        share = {"estimate": 0.85, "lower": lower, "upper": upper}
        assert words in lesson.again("pareto-say", share=share)


def test_who_pays_for_whom_follows_the_profits(lesson):
    assert lesson.results["losing"] > 0
    assert f"the other {lesson.results['losing']:.0%} take" in lesson.texts["whale-say"]
    nobody = {**lesson.namespace["summary"], "lost": 0.0, "losing_customers": 0.0}
    assert "No customer costs more" in lesson.again("whale-say", summary=nobody)
    loss = {
        **lesson.namespace["summary"],
        "peak": 500.0,
        "lost": -600.0,
        "total": -100.0,
        "peak_ratio": np.inf,
    }
    assert "more than that: 100 yuan are missing" in lesson.again("whale-say", summary=loss)
    assert "peak_ratio" not in lesson.rerun("results", summary=loss)  # infinite: no number to record


def test_a_whale_without_a_total_is_drawn_in_money(lesson, monkeypatch):
    shown = []
    monkeypatch.setattr(plots.style, "display", shown.append)
    loss = {
        **lesson.namespace["summary"],
        "peak": 500.0,
        "lost": -600.0,
        "total": -100.0,
        "peak_ratio": np.inf,
    }
    members = pd.DataFrame({"profit": [500.0, -600.0]})
    lesson.rerun("whale-figure", summary=loss, members=members)
    assert shown[0].alt == "A curve that rises to 500 yuan and then falls to -100."


def test_false_big_customers_bring_a_loss_only_if_they_do(lesson):
    assert "a loss of" in lesson.texts["big-say"]
    big = pd.DataFrame(FALSE)
    assert "still leave 1 yuan" in lesson.again("big-say", big=big.assign(profit=1.0))
    assert "none is big in name only" in lesson.again("big-say", big=big.assign(kind="key account"))
    assert "nobody to look up" in lesson.again("truth-say", false=big.head(0))


def test_moves_are_more_than_chance_only_beyond_both_intervals(lesson):
    assert lesson.results["stay_years"] < lesson.results["stay_chance"]
    assert "fewer than chance leaves" in lesson.texts["moves-say"]
    halves = lesson.namespace["halves"]
    assert "may be enough" in lesson.again("moves-say", years=halves)
    sure = halves.copy()
    sure[["share", "lower", "upper"]] = 0.99, 0.98, 1.0
    assert "more alike" in lesson.again("moves-say", years=sure)


def test_segments_are_called_stable_and_useful_only_when_they_are(lesson):
    assert lesson.results["least_jaccard"] >= 0.75
    assert "found again in new samples" in lesson.texts["segments-say"]
    shaky = lesson.namespace["stable"].assign(jaccard=0.5)
    assert "Not all of the" in lesson.again("segments-say", stable=shaky)
    differ = lesson.namespace["differ"].assign(epsilon2=0.3)
    assert "reaches 0.30" in lesson.again("segments-say", differ=differ)
    assert ("hardly differ" in lesson.texts["segments-say"]) == (lesson.results["most_epsilon2"] < 0.06)


@pytest.mark.parametrize(
    "extreme",
    [
        {"n_customers": 300, "best": 0.05},
        pytest.param({"best": 0.5, "n_segments": 6}, marks=pytest.mark.full),
    ],
)
def test_the_lesson_runs_at_the_ends_of_its_ranges(extreme):
    assert play(LESSON, **extreme).results["gini_of_five"] == pytest.approx(0.32)
