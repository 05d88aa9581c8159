"""Simulated complaints hold what they say, and estimates recover the truth at the stated rate."""

import numpy as np
import pandas as pd
import pytest

from crmlib import complaints as cm
from crmlib import simulate
from crmlib.policies import policy_table

RECORDED = ["severity", "log_delay", "log_margin"]
HOW = {"treatment": "remedy", "outcome": "stayed", "confounders": RECORDED}


def records(n, **options):
    lines, truth = simulate.complaint_records(n, **options)
    logs = {"log_delay": np.log(lines["delay_days"]), "log_margin": np.log(lines["margin"])}
    return lines.assign(**logs), (truth["stay_remedy"] - truth["stay_letter"]).mean()


def test_the_survey_has_the_shares_of_its_truth():
    lines, truth = simulate.complaint_survey(60_000, satisfied_share=0.7, seed=3)
    found = cm.conditional_shares(lines, given="handling", outcome="purchase")
    both = found.merge(truth, on=["handling", "purchase"], suffixes=("", "_true"))
    assert (both["share"] - both["share_true"]).abs().max() < 0.01
    told_20 = (lines["told"] >= 20).groupby(lines["handling"]).mean()
    expected = truth.groupby("handling")["told_20"].first()
    assert (told_20 - expected).abs().max() < 0.01
    assert lines.groupby("handling")["told"].median().to_dict() == {"not satisfied": 10, "satisfied": 5}


def test_records_hold_their_truth_and_a_coin_decides_the_trial():
    lines, truth = simulate.complaint_records(60_000, trial=True, seed=2)
    assert lines["remedy"].mean() == pytest.approx(0.5, abs=0.01)
    for remedy, column in ((0, "stay_letter"), (1, "stay_remedy")):
        rows = lines["remedy"] == remedy
        assert lines.loc[rows, "stayed"].mean() == pytest.approx(truth.loc[rows, column].mean(), abs=0.01)
    assert abs(np.corrcoef(lines["remedy"], lines["severity"])[0, 1]) < 0.02


def test_in_the_records_staff_favour_the_severe():
    lines, _ = simulate.complaint_records(20_000, seed=2)
    by_severity = lines.groupby("severity")["remedy"].mean()
    assert by_severity.is_monotonic_increasing
    assert by_severity[3] - by_severity[1] > 0.25


def test_weeks_and_recovery_groups_are_as_stated():
    lines, truth = simulate.weekly_complaints(400, jump=3, seed=1)
    assert (lines["complaints"].sum() / lines["orders"].sum()) == pytest.approx(0.00406, rel=0.05)
    assert truth["rate"].tail(4).round(4).tolist() == [0.004, 0.012, 0.012, 0.012]
    asked, known = simulate.recovery_survey(40_000, seed=1)
    again = asked.groupby("group")["buys_again"].mean()
    assert (again - known.set_index("group")["buys_again"]).abs().max() < 0.015


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: simulate.complaint_survey(0, seed=1), "n: 0"),
        (lambda: simulate.complaint_survey(10, satisfied_share=1.2, seed=1), "satisfied_share: 1.2"),
        (lambda: simulate.complaint_records(10, hidden=-2, seed=1), "hidden"),
        (lambda: simulate.complaint_records(True, seed=1), "n: True"),
        (lambda: simulate.weekly_complaints(10, rate=float("nan"), seed=1), "rate: nan"),
    ],
)
def test_impossible_worlds_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()


# Estimates


def test_kidney_stones_charig_1986_standardised():
    counts = {(0, 1): (81, 87), (1, 1): (192, 263), (0, 0): (234, 270), (1, 0): (55, 80)}
    rows = [
        (large, surgery, success)
        for (large, surgery), (good, n) in counts.items()
        for success in [1] * good + [0] * (n - good)
    ]
    stones = pd.DataFrame(rows, columns=["large", "surgery", "success"])
    found = cm.treatment_effect(
        stones, treatment="surgery", outcome="success", confounders=["large"], n_resamples=50
    )
    assert found.loc["naive", "estimate"] == pytest.approx(273 / 350 - 289 / 350)
    # .8325 against .7789, as Pearl's Causality reckons it.
    assert found.loc["adjusted", "estimate"] == pytest.approx(0.8325 - 0.7789, abs=2e-4)


def test_the_logistic_regressions_are_those_of_statsmodels():
    import statsmodels.api as sm

    lines, _ = records(800, seed=4)
    found = cm.potential_outcomes(lines, lines, **HOW)
    for remedy, column in ((0, "without"), (1, "with")):
        part = lines[lines["remedy"] == remedy]
        oracle = sm.Logit(part["stayed"], sm.add_constant(part[RECORDED])).fit(disp=0)
        expected = oracle.predict(sm.add_constant(lines[RECORDED]))
        assert np.allclose(found[column], expected, atol=1e-5)


def coverage(seeds, **options):
    """Share of seeds whose adjusted interval holds the truth, and the mean error."""
    held, errors = [], []
    for seed in seeds:
        lines, truth = records(1500, seed=seed, **options)
        row = cm.treatment_effect(lines, **HOW, n_resamples=100, seed=seed).loc["adjusted"]
        held.append(row["lower"] <= truth <= row["upper"])
        errors.append(row["estimate"] - truth)
    return np.mean(held), np.mean(errors)


def test_the_adjusted_interval_holds_the_truth_at_about_its_rate():
    rate, error = coverage(range(40))
    assert rate >= 0.85
    assert abs(error) < 0.015


@pytest.mark.full
def test_the_adjusted_interval_holds_the_truth_over_many_seeds():
    rate, error = coverage(range(300))
    assert 0.91 <= rate <= 0.98
    assert abs(error) < 0.006


@pytest.mark.parametrize("world", [{"hidden": 1.5}, {"curve": 0.8}])
def test_it_fails_where_its_form_is_not_that_of_the_world(world):
    rate, error = coverage(range(10), **world)
    assert rate == 0
    assert error > 0.08


def test_the_shares_of_the_survey_are_covered_at_their_rate():
    held = []
    for seed in range(400):
        lines = simulate.complaint_survey(300, seed=seed).lines
        unhappy = lines[lines["handling"] == "not satisfied"]
        low, high = cm.share_interval((unhappy["purchase"] == "none").sum(), len(unhappy))
        held.append(low <= 1 / 3 <= high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_a_trial_finds_what_a_policy_earns():
    lines, truth = simulate.complaint_records(40_000, trial=True, seed=6)
    lines["money"] = lines["stayed"] * 100.0
    policies = pd.DataFrame({"nothing": False, "severe": lines["severity"] == 3}, index=lines.index)
    profits, draws = cm.trial_profits(
        lines, policies, treatment="remedy", outcome="money", cost=5.0, n_resamples=200, seed=1
    )
    known = (100 * (truth["stay_remedy"] - truth["stay_letter"]) - 5)[policies["severe"]].sum()
    table = policy_table(profits, draws, simple=["nothing"])
    assert table.loc["severe", "lower"] <= known <= table.loc["severe", "upper"]
    assert profits["nothing"] == 0
    with pytest.raises(ValueError, match="39999 rows of policies"):
        cm.trial_profits(lines, policies.tail(39_999), treatment="remedy", outcome="money", cost=5.0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda rows: rows.drop(columns="severity"), "severity"),
        (lambda rows: rows.assign(remedy=1), "wanted both 0 and 1"),
        (lambda rows: rows.assign(severity=np.nan), "missing"),
    ],
)
def test_records_that_cannot_be_compared_are_refused(change, match):
    lines, _ = records(200, seed=1)
    with pytest.raises(ValueError, match=match):
        cm.treatment_effect(change(lines), **HOW)
