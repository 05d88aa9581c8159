"""The electronics dealer: each verdict word against its interval, and branches against made-up numbers."""

from pathlib import Path

import numpy as np
import pytest
from playing import chances, play, words_said

from crmlib import retention as rt
from crmlib.display import verdict
from crmlib.value import top_share
from crmlib.workbook.cases import Case

STUDY = Path(__file__).parents[1] / "casestudies" / "electronics_dealer" / "study.ipynb"
SETS = {name: body["parameters"] for name, body in Case("electronics_dealer", STUDY).sets.items()}
QUICK = ("small", "base")

WORDS = {
    "say-decision": {
        "open": "*cannot decide*",
        "above": "*Gain per hour wins.*",
        "below": "*The simple rule wins.*",
    },
    "say-winback": {"open": "*cannot decide*", "above": "*it wins*", "below": "*the simple rule wins*"},
    "say-effect": {"open": "lies within the interval", "above": "is too high", "below": "is too low"},
    "say-waits": {"open": "holds 0", "above": "goes the wrong way", "below": "in favour of the key"},
    "say-worth": {
        "open": "holds four fifths",
        "above": "here the rule of thumb holds",
        "below": "less than the four fifths",
        "near": "bring or cost something is open",
        "beyond": "eats all that they bring",
    },
    "say-everyone": {"open": "pays at all is open", "above": "keep most, pay", "below": "gain per hour lose"},
}


def ends(row, name=""):
    return row[f"{name}lower"], row[f"{name}upper"]


@pytest.mark.parametrize("parameters", chances(SETS, QUICK))
def test_every_verdict_is_that_of_its_interval(parameters):
    played = play(STUDY, **parameters)
    got, said, names = played.results, played.texts, played.namespace
    lead = names["table"].loc["gain per hour"]
    expected = {
        "say-decision": verdict(*ends(got, "lead_"), reference=0),
        "say-winback": verdict(*ends(got, "back_"), reference=0),
        "say-effect": verdict(*ends(got, "records_"), reference=got["true_gain"]),
        "say-waits": verdict(*ends(names["slower"]), reference=0),
        "say-worth": got["rule"],
        "say-everyone": verdict(*ends(lead), reference=0),
    }
    assert {cell: words_said(said[cell], WORDS[cell]) for cell in WORDS} == {
        cell: {word} for cell, word in expected.items()
    }
    assert ("trust the trial" in said["say-effect"]) == (got["alarm"] == "apart")
    assert got["rule"] == rule_of(names["ledger"])
    assert f"earns {lead['profit']:,.0f} thousand" in said["say-decision"]
    assert ('take the simple rule, "' in said["answer"]) == (got["decision"] == "below")
    late = verdict(got["late_gain_lower"], got["late_gain_upper"], reference=0)
    assert ("the latter stay" in said["say-curves"]) == (late != "open")
    assert ("do not leave at one rate" in said["say-curves"]) == (names["test"]["p_value"] < 0.05)
    trial = verdict(*ends(names["of_trial"]), reference=0)
    assert ("And it matters" in said["say-questions"]) == (trial == "above")
    pays = expected["say-everyone"] == "above"
    assert ("earns" in said["say-questions"].split("\n")[1]) == pays


def rule_of(ledger):
    """What is to be said of 20/80: by the share, or where others lose money by draws of their sum."""
    money = ledger["contribution"].to_numpy()
    if money[ledger["tier"] == "ordinary"].sum() >= 0:
        return verdict(*ends(top_share(money, customers=0.2)), reference=0.8)
    draws = np.random.default_rng(1).choice(money, (1000, len(money)))
    others = np.sort(draws, axis=1)[:, : (ledger["tier"] == "ordinary").sum()].sum(axis=1)
    return "near" if np.quantile(others, 0.975) >= 0 else "beyond"


# What an hour of service costs: the many bring a third, a fifth or so, hardly anything, less than nothing;
# at last all customers together cost money.
RULES = {100: "below", 200: "open", 240: "above", 300: "near", 500: "beyond", 900: "beyond"}


@pytest.mark.parametrize(("rate", "word"), RULES.items())
def test_the_rule_of_thumb_is_judged_by_what_the_many_leave(rate, word):
    played = play(STUDY)
    ledger = played.namespace["ledger"]
    money = ledger["margin"] - rate * ledger["service_hours"]
    key = money >= money.nlargest(600).min()
    ledger = ledger.assign(contribution=money, tier=np.where(key, "key", "ordinary"))
    said = played.again("say-worth", ledger=ledger)
    assert rule_of(ledger) == word
    assert words_said(said, WORDS["say-worth"]) == {word}
    assert ("the others together cost" in said) == (money[~key].sum() < 0)
    share = money[key].sum() / money.sum()
    assert (f"{share:.1%} of what is left" in said) == (0 < share <= 1)


@pytest.mark.parametrize("parameters", chances(SETS, QUICK))
def test_the_hours_follow_from_the_list(parameters):
    played = play(STUDY, **parameters)
    got, names, said = played.results, played.namespace, played.texts["say-hours"]
    ledger, given = names["ledger"], names["given"]
    pays = given["per_hour"] > names["hour_cost"]
    scarce = ledger.loc[pays, "hours"].sum() > got["budget"]
    assert ledger.loc[given["chosen"], "hours"].sum() <= got["budget"] + 1e-9
    assert given.loc[given["chosen"], "per_hour"].min() >= given.loc[~given["chosen"], "per_hour"].max()
    assert ("Solved again" in said) == scarce
    more = rt.allocate_hours(ledger, budget=got["budget"] + 1, **names["lane"])["share"] - given["share"]
    assert got["worth_of_hour"] == pytest.approx(more @ ledger["gain"])
    if scarce:
        assert ("should buy" in said) == (got["worth_of_hour"] > names["overtime_cost"])
    else:
        assert given["chosen"].sum() == pays.sum()
        assert got["worth_of_hour"] == 0  # not what the hour would have cost


@pytest.mark.full
def test_where_waiting_is_not_the_cause_the_decision_turns():
    base = play(STUDY).results
    patient = play(STUDY, **SETS["patient"]).results
    hidden = play(STUDY, **SETS["hidden"]).results
    assert (base["effect_word"], base["decision"], base["best_simple"]) == ("open", "above", "the largest")
    assert (patient["decision"], patient["best_simple"]) == ("below", "nothing")
    assert (hidden["effect_word"], hidden["alarm"], hidden["decision"]) == ("above", "apart", "below")
    assert hidden["true_gain"] == 0 < hidden["records_lower"]


def test_the_expected_results_hold_a_set_that_turns_the_conclusion():
    sets = Case("electronics_dealer", STUDY).sets
    found = {name: (body["expected"]["alarm"], body["expected"]["decision"]) for name, body in sets.items()}
    assert found["base"] == ("agree", "above")
    assert found["hidden"] == ("apart", "below")


def test_the_door_plate_gives_the_numbers_of_the_study():
    plate = " ".join(STUDY.with_name("README.md").read_text(encoding="utf-8").split())
    played = play(STUDY)
    got, lead = played.results, played.namespace["lead"]
    assert f"{lead['customers']:.0f} of 1,000 customers, for {got['gain_profit']:,.0f} thousand" in plate
    assert f"{got['lead']:,.0f} more than the largest first" in plate
    assert got["best_simple"] == "the largest"


@pytest.mark.parametrize(
    ("interval", "word"), [((-50, 40), "open"), ((-90, -20), "below"), ((20, 90), "above")]
)
def test_decisions_follow_the_interval_of_the_lead(interval, word):
    played = play(STUDY)
    lead = played.namespace["lead"].copy()
    lead[["lead_lower", "lead_upper"]] = interval
    lead["lead"] = sum(interval) / 2
    text = played.again("say-decision", lead=lead, decision=word)
    assert words_said(text, WORDS["say-decision"]) == {word}
    back = played.namespace["back"].copy()
    back.loc["reason and value", ["lead_lower", "lead_upper"]] = interval
    assert words_said(played.again("say-winback", back=back), WORDS["say-winback"]) == {word}


@pytest.mark.parametrize(("truth", "word"), [(0.05, "above"), (20.0, "below")])
def test_records_that_miss_the_truth_are_said_to_mislead(truth, word):
    text = play(STUDY).again("say-effect", true_effect=truth, hit=word)
    assert words_said(text, WORDS["say-effect"]) == {word}
    assert "*the records mislead*" in text


def test_other_numbers_turn_the_smaller_verdicts():
    played = play(STUDY)
    names = played.namespace
    assert "should not buy" in played.again("say-hours", overtime_cost=9999.0)
    assert "nobody gets it" in played.again("say-hours", given=names["given"].assign(chosen=False))
    assert "are worth what they take" in played.again("say-hours", scarce="enough")
    assert "may be chance" in played.again("say-curves", slow="open")
    assert "no evidence that the three bands" in played.again(
        "say-curves", test={"statistic": 1.0, "freedom": 2, "p_value": 0.6}
    )
    assert "p = 0.030" in played.again("say-curves", test={"statistic": 7.0, "freedom": 2, "p_value": 0.03})
    low = {"estimate": -2.0, "lower": -3.0, "upper": -1.0}
    assert "is in favour of the key customers" in played.again("say-waits", slower=low, queue="below")
    none = names["uplift"].assign(uplift=-0.01, lower=-0.02, upper=0.0)
    assert played.again("say-uplift", uplift=none).count("no customer is worth an offer") == 3


def test_an_uplift_is_sure_only_beside_its_interval_and_a_free_offer_has_no_least_worth():
    played = play(STUDY)
    uplift = played.namespace["uplift"]
    assert "may be chance" not in played.texts["say-uplift"]
    assert played.texts["say-uplift"].count("yuan or more") == (uplift["uplift"] > 0).sum() == 2
    unsure = dict.fromkeys(uplift.index, "open")
    assert played.again("say-uplift", shown_to=unsure).count("may be chance") == 2
    free = played.again("say-uplift", offer_cost=0.0, uplift=uplift.assign(break_even=0.0))
    assert "yuan" not in free
    assert free.count("it would pay whatever") == 2
    # Three reasons are asked at once: each interval is as long as three of them need.
    learn, name = played.namespace["learn"], "slow service"
    alone = rt.offer_uplift(learn, by="reason", cost=1.0).loc[name]
    wider = np.ptp(uplift.loc[name, ["lower", "upper"]]) / np.ptp(alone[["lower", "upper"]])
    assert wider == pytest.approx(2.394 / 1.960, rel=0.01)


def test_where_hours_are_left_one_more_is_worth_nothing():
    played = play(STUDY, **{**SETS["small"], "hour_cost": 300.0, "overtime_cost": 450.0})
    used = played.namespace["ledger"].loc[played.namespace["given"]["chosen"], "hours"].sum()
    assert used + 1 < played.results["budget"]
    assert played.results["worth_of_hour"] == 0
    assert "are worth what they take" in played.texts["say-hours"]


@pytest.mark.parametrize("word", ["above", "open", "below"])
def test_nothing_is_not_below_nothing(word):
    played = play(STUDY)
    lead = played.namespace["lead"].copy()
    lead[["profit", "lead", "lead_lower", "lead_upper"]] = [-0.3, -0.3, -0.4, 0.2]
    money = {**played.namespace["money"], "profit": -0.3}
    said = played.again("say-decision", lead=lead, decision=word)
    assert "earns 0 thousand yuan" in said
    said += played.again("answer", lead=lead, decision=word, money=money)
    assert "-0" not in said
