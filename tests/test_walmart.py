"""The Walmart study: each verdict word against its interval, and every branch against made-up numbers."""

from pathlib import Path

import pytest
from playing import play, words_said

from crmlib.display import verdict
from crmlib.workbook.cases import Case

STUDY = Path(__file__).parents[1] / "casestudies" / "walmart" / "study.ipynb"
SETS = {name: body["parameters"] for name, body in Case("walmart", STUDY).sets.items()}
SMALL = SETS["small"]


def chances(slow_seeds=(2, 3, 4, 7)):
    """The small set at five seeds, and every other set."""
    yield pytest.param(SMALL, id="small")
    for name in sorted(SETS.keys() - {"small"}):
        yield pytest.param(SETS[name], id=name)
    for seed in slow_seeds:
        yield pytest.param({**SMALL, "seed": seed}, id=f"seed {seed}", marks=pytest.mark.full)


WORDS = {
    "say-basket": {"open": "no evidence either way", "above": "*more* often", "below": "*less* often"},
    "say-weekend": {"open": "*no support*", "above": "*agree*", "below": "*contradict*"},
    "say-size": {"open": "no evidence either way", "above": "attract each other", "below": "*avoid*"},
    "say-decision": {
        "open": "cannot decide",
        "above": "The model wins",
        "below": "*The simple rule wins*",
    },
}


@pytest.mark.parametrize("parameters", list(chances()))
def test_every_verdict_is_that_of_its_interval(parameters):
    played = play(STUDY, **parameters)
    got, names = played.results, played.namespace
    intervals = {
        "say-basket": (got["lift_lower"], got["lift_upper"], 1),
        "say-weekend": (*names["weekend"][["lift_lower", "lift_upper"]], 1),
        "say-size": (got["odds_ratio_lower"], got["odds_ratio_upper"], 1),
        "say-decision": (got["lead_lower"], got["lead_upper"], 0),
    }
    for cell, (lower, upper, reference) in intervals.items():
        expected = verdict(lower, upper, reference=reference)
        assert words_said(played.texts[cell], WORDS[cell]) == {expected}, cell
    assert f"{got['lift']:.2f}" in played.texts["say-basket"]
    assert f"{got['model_profit']:,.0f} dollars" in played.texts["say-decision"]
    flips = (got["weekend_lift"] - 1) * (got["weekend_lift_utc"] - 1) < 0
    assert ("on the other side of 1" in played.texts["say-utc"]) == flips
    assert ("take the simple rule" in played.texts["answer"]) == (got["decision"] != "above")


def test_the_numbers_of_the_whole_data_are_the_reference_values():
    got = play(STUDY).results
    assert (got["n_baskets"], got["n_households"], got["together"]) == (155_659, 2_469, 144)
    assert got["lift"] == pytest.approx(0.997, abs=5e-4)
    assert got["lift_lower"] == pytest.approx(0.77, abs=0.03)
    assert got["lift_upper"] == pytest.approx(1.27, abs=0.03)
    assert got["weekend_lift"] == pytest.approx(1.08, abs=5e-3)
    assert got["weekend_lift_utc"] == pytest.approx(0.968, abs=5e-4)
    assert (round(got["store_counts_r"], 2), round(got["store_rates_r"], 2)) == (0.47, 0.07)
    assert got["odds_ratio_trap"] == pytest.approx(0.42, abs=0.01)


def test_the_door_plate_gives_the_numbers_of_the_study():
    plate = STUDY.with_name("README.md").read_text(encoding="utf-8")
    got = play(STUDY).results
    assert (
        f"lift {got['lift']:.2f}, 95 % interval {got['lift_lower']:.2f} to {got['lift_upper']:.2f}" in plate
    )
    assert f"{got['model_profit']:,.0f} dollars in 13 weeks" in plate
    assert f"{got['lead']:,.0f} more than the ten of {got['best_simple']}" in plate
    assert f"{got['n_baskets']:,} baskets of {got['n_households']:,} households" in plate


def test_one_set_flips_the_conclusion():
    assert play(STUDY).results["decision"] == "above"
    stress = play(STUDY, **SETS["stress"])
    assert stress.results["decision"] == "below"
    assert stress.results["best_simple"] == "every popular pair"
    assert "every popular pair" in stress.texts["answer"]


BRANCHES = [
    ("say-basket", "lift", {"lift": 1.4, "lift_lower": 1.2, "lift_upper": 1.7}, "above"),
    ("say-basket", "lift", {"lift": 0.6, "lift_lower": 0.5, "lift_upper": 0.8}, "below"),
    ("say-weekend", "by_day", 1.3, "above"),
    ("say-weekend", "by_day", 0.7, "below"),
    ("say-size", "fair", {"stratified_odds_ratio": 1.4, "or_lower": 1.2, "or_upper": 1.6}, "above"),
    ("say-size", "fair", {"stratified_odds_ratio": 0.6, "or_lower": 0.5, "or_upper": 0.8}, "below"),
]


@pytest.mark.parametrize(("cell", "name", "made", "word"), BRANCHES)
def test_other_numbers_would_be_told_as_what_they_are(cell, name, made, word):
    played = play(STUDY, **SMALL)
    value = played.namespace[name].copy()
    if name == "by_day":
        value.loc["Weekend", ["lift", "lift_lower", "lift_upper"]] = [made, made - 0.1, made + 0.1]
    else:
        value[list(made)] = list(made.values())
    text = played.again(cell, **{name: value})
    assert words_said(text, WORDS[cell]) == {word}


@pytest.mark.parametrize(("ends", "word"), [((-50, 40), "open"), ((-90, -20), "below"), ((20, 90), "above")])
def test_the_decision_follows_the_interval_of_the_lead(ends, word):
    played = play(STUDY, **SMALL)
    lead = played.namespace["lead"].copy()
    lead[["lead_lower", "lead_upper"]] = ends
    lead["lead"] = sum(ends) / 2
    text = played.again("say-decision", lead=lead, word=word)
    assert words_said(text, WORDS["say-decision"]) == {word}
    assert f"{abs(lead['lead']):,.0f} dollars" in text or word == "open"


@pytest.mark.parametrize("counts", ["above", "open", "below"])
@pytest.mark.parametrize("rates", ["above", "open", "below"])
def test_stores_have_a_sentence_for_every_pair_of_findings(counts, rates):
    ends = {"above": (0.1, 0.5), "open": (-0.2, 0.3), "below": (-0.6, -0.2)}
    played = play(STUDY, **SMALL)
    correlation = played.namespace["correlation"].copy()
    correlation.loc["counts", ["lower", "upper"]] = ends[counts]
    correlation.loc["rates", ["lower", "upper"]] = ends[rates]
    text = played.again("say-stores", correlation=correlation)
    claim = {"above": "holds here", "open": "no clear support", "below": "is wrong here"}
    taste = {"above": "lies above 0", "open": "no evidence that", "below": "lies below 0"}
    assert claim[counts] in text
    assert taste[rates] in text
