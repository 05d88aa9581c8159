"""The Coca-Cola study: each verdict word against its interval, and branches against made-up numbers."""

from pathlib import Path

import pandas as pd
import pytest
from playing import chances, play, words_said

from crmlib.display import verdict
from crmlib.workbook.cases import Case

STUDY = Path(__file__).parents[1] / "casestudies" / "coca_cola" / "study.ipynb"
SETS = {name: body["parameters"] for name, body in Case("coca_cola", STUDY).sets.items()}
QUICK = ("small", "base", "hidden")

WORDS = {
    "say-decision": {"open": "cannot decide", "above": "The model wins", "below": "*The simple rule wins.*"},
    "say-effect": {"open": "lies within the interval", "above": "it is too high", "below": "it is too low"},
}


@pytest.mark.parametrize("parameters", chances(SETS, QUICK))
def test_every_verdict_is_that_of_its_interval(parameters):
    played = play(STUDY, **parameters)
    got, said, names = played.results, played.texts, played.namespace
    decision = verdict(got["lead_lower"], got["lead_upper"], reference=0)
    effect = verdict(got["adjusted_lower"], got["adjusted_upper"], reference=got["true_effect"])
    assert words_said(said["say-decision"], WORDS["say-decision"]) == {decision}
    assert words_said(said["say-effect"], WORDS["say-effect"]) == {effect}
    assert ("the estimate fails" in said["say-effect"]) == (effect != "open")
    assert ("trust the trial" in said["say-effect"]) == (got["alarm"] == "apart")
    assert f"earns {got['model_profit']:,.0f} dollars" in said["say-decision"]
    assert ("take the simple rule" in said["answer"]) == (got["decision"] != "above")
    assert ("outnumber those who buy more" in said["say-balance"]) == (
        names["satisfied_share"] < got["even_share"]
    )
    assert ("need not die out" in said["say-spread"]) == (got["retold"] >= 1)
    assert ("a *signal*" in said["say-chart"]) == (got["signals"] > 0)
    happier = names["happier"]
    more = verdict(happier["lower"], happier["upper"], reference=0) == "above"
    assert ("are *more* satisfied" in said["say-paradox"]) == more
    pays = names["rule"]["cost"] < min(names["people"]["cost"], names["unread"]["cost"])
    assert ("The rule is the cheapest" in said["say-routing"]) == pays


def test_a_hidden_cause_makes_the_estimate_fail_and_turns_the_decision():
    base, hidden = play(STUDY).results, play(STUDY, **SETS["hidden"]).results
    assert (base["effect_word"], base["decision"]) == ("open", "above")
    assert (hidden["effect_word"], hidden["alarm"], hidden["decision"]) == ("above", "apart", "below")


def test_the_door_plate_gives_the_numbers_of_the_study():
    plate = " ".join(STUDY.with_name("README.md").read_text(encoding="utf-8").split())
    got = play(STUDY).results
    assert f"for {got['model_profit']:,.0f} dollars per 1,000, {got['lead']:,.0f} more than" in plate
    assert got["best_simple"] == "the valuable"


def test_figures_of_the_survey_of_1981_follow_from_its_shares():
    names = play(STUDY).namespace
    assert round(names["buy_less"], 3) == 0.783
    assert round(names["nobody_speaks_of"], 3) == 0.217
    assert round(names["tips"], 3) == 0.887


@pytest.mark.parametrize(("ends", "word"), [((-50, 40), "open"), ((-90, -20), "below"), ((20, 90), "above")])
def test_the_decision_follows_the_interval_of_the_lead(ends, word):
    played = play(STUDY)
    lead = played.namespace["lead"].copy()
    lead[["lead_lower", "lead_upper"]] = ends
    lead["lead"] = sum(ends) / 2
    text = played.again("say-decision", lead=lead, word=word)
    assert words_said(text, WORDS["say-decision"]) == {word}


@pytest.mark.parametrize(("truth", "word"), [(0.05, "above"), (0.9, "below")])
def test_an_estimate_that_misses_the_truth_is_said_to_fail(truth, word):
    played = play(STUDY)
    text = played.again("say-effect", true_effect=truth, hit=word)
    assert words_said(text, WORDS["say-effect"]) == {word}


@pytest.mark.parametrize(("again", "phrase"), [((-0.2, -0.1), "*less* often"), ((0.1, 0.2), "*more* often")])
def test_the_paradox_is_told_as_it_comes_out(again, phrase):
    played = play(STUDY)
    found = {"estimate": sum(again) / 2, "lower": again[0], "upper": again[1]}
    assert phrase in played.again("say-paradox", again=found)


def test_other_numbers_turn_the_smaller_verdicts():
    played = play(STUDY)
    assert "would *cost*" in played.again(
        "say-damage",
        assumptions={**played.namespace["assumptions"], "stay_unresolved": 0.0, "resolved_share": 0.1},
    )
    assert "outnumber those who buy less" in played.again("say-balance", satisfied_share=0.95)
    assert "pays for every kind" in played.again("say-break-even", remedy_cost=0.5)
    assert "pays for no kind" in played.again("say-break-even", remedy_cost=900.0)
    dear = pd.DataFrame(
        {"cost": [1.0, 3.0, 2.0], "to_person": 0.5, "wrong": 0.1, "threshold": 0.5},
        index=["all unread", "by the rule", "all read"],
    )
    assert "saves nothing" in played.again("say-routing", routed=dear)
