"""The simulated dealer holds what it says; what is estimated from it recovers the truth, or fails as told."""

import numpy as np
import pandas as pd
import pytest

from crmlib import retention as rt
from crmlib import simulate
from crmlib.simulate.electronics_dealer import REASONS


def books(n, **options):
    dealer = simulate.electronics_dealer(n, **options)
    ledger = rt.customer_ledger(dealer.customers, dealer.tickets, hour_cost=100)
    return ledger, dealer.truth


def test_customers_stay_as_long_as_their_truth_says():
    ledger, truth = books(30_000, trial=True, seed=3)
    for fast, column in ((0, "weeks_now"), (1, "weeks_fast")):
        rows = ledger["fast"] == fast
        assert ledger.loc[rows, "weeks"].mean() == pytest.approx(truth.loc[rows, column].mean(), abs=0.4)
    assert ledger["fast"].mean() == pytest.approx(0.5, abs=0.01)
    assert abs(np.corrcoef(ledger["fast"], ledger["wait_hours"])[0, 1]) < 0.02
    assert ledger["weeks"].max() == 52
    assert (ledger["left"] == (ledger["weeks"] < 52)).mean() > 0.999


def test_big_customers_wait_longer_and_are_less_patient():
    ledger, truth = books(20_000, seed=3)
    z = np.log(ledger["margin"] / 4000) / 1.1
    assert np.polyfit(z, np.log(truth["patience_hours"] / 24), 1) == pytest.approx([-0.6, 0], abs=0.02)
    assert np.polyfit(z, np.log(ledger["wait_hours"] / 12), 1)[0] == pytest.approx(0.15, abs=0.02)
    assert ledger["weeks"].between(0.1, 104).all()
    assert (truth["weeks_fast"] - truth["weeks_now"])[ledger["tier"] == "key"].mean() > 3


def test_where_waiting_does_nothing_the_two_truths_agree():
    _, truth = books(500, effect=0, seed=1)
    assert (truth["weeks_now"] == truth["weeks_fast"]).all()
    _, wooed = books(500, effect=0, hidden=1.5, seed=1)
    assert (wooed["weeks_now"] == wooed["weeks_fast"]).all()
    assert wooed["weeks_now"].std() > 2 * truth["weeks_now"].std()


def test_the_same_seed_gives_the_same_world_and_a_trial_another():
    one, two = (simulate.electronics_dealer(50, seed=4) for _ in range(2))
    for left, right in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(left, right)
    other = simulate.electronics_dealer(50, trial=True, seed=4)
    assert not np.allclose(one.customers["margin"], other.customers["margin"])


def test_lost_customers_return_at_their_rates():
    lost, truth = simulate.lost_customers(40_000, offer_effect=0.5, seed=2)
    found = rt.offer_uplift(lost, by="reason", cost=900)
    for reason, (share, alone, offered) in REASONS.items():
        assert found.loc[reason, "customers"] / len(lost) == pytest.approx(share, abs=0.01)
        assert found.loc[reason, "alone"] == pytest.approx(alone, abs=0.015)
        assert found.loc[reason, "uplift"] == pytest.approx(0.5 * (offered - alone), abs=0.02)
    assert truth.loc[lost["reason"] == "price", "back_offer"].unique() == pytest.approx([0.105])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: simulate.electronics_dealer(0, seed=1), "n: 0"),
        (lambda: simulate.electronics_dealer(9, effect=-2, seed=1), "effect"),
        (lambda: simulate.electronics_dealer(9, hidden=float("nan"), seed=1), "hidden"),
        (lambda: simulate.lost_customers(9, offer_effect=4, seed=1), "offer_effect: 4"),
        (lambda: simulate.lost_customers(9, offer_effect=-0.1, seed=1), "offer_effect: -0.1"),
        (lambda: simulate.lost_customers(1.5, seed=1), "n: 1.5"),
    ],
)
def test_impossible_worlds_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()


# Estimates


def coverage(seeds, **options):
    """Share of seeds at which the interval for the key customers holds the truth, and the mean error."""
    held, errors = [], []
    for seed in seeds:
        ledger, truth = books(1500, seed=seed, **options)
        kept = rt.weeks_kept(ledger, horizon_weeks=52, by=["tier", "band"])
        row = rt.average_gain(kept, to="same day", band="band").set_index("tier").loc["key"]
        known = (truth["weeks_fast"] - truth["weeks_now"])[ledger["tier"] == "key"].mean()
        held.append(row["lower"] <= known <= row["upper"])
        errors.append(row["estimate"] - known)
    return np.mean(held), np.mean(errors)


def test_records_give_the_weeks_gained_at_about_the_stated_rate():
    rate, error = coverage(range(40))
    assert rate >= 0.87
    assert abs(error) < 0.6


@pytest.mark.full
def test_records_give_the_weeks_gained_over_many_seeds():
    rate, error = coverage(range(300))
    assert 0.92 <= rate <= 0.99
    assert abs(error) < 0.3


def test_they_mislead_where_a_rival_moves_wait_and_leaving():
    rate, error = coverage(range(12), effect=0.0, hidden=1.5)
    assert rate <= 0.1
    assert error > 4


# The ledger


def toy():
    customers = pd.DataFrame({"customer_id": [1, 2, 3], "margin": [1000.0, 900.0, 800.0]})
    rows = [(1, 3.0, 60), (1, 13.0, 90), (2, 8.5, 30), (3, 24.0, 15)]
    return customers, pd.DataFrame(rows, columns=["customer_id", "wait_hours", "minutes"])


def test_a_ledger_by_hand():
    found = rt.customer_ledger(*toy(), hour_cost=60, key_share=0.33)
    assert found["tickets"].tolist() == [8, 4, 4]
    assert found["service_hours"].tolist() == [10, 2, 1]
    assert found["contribution"].tolist() == [400, 780, 740]
    assert found["tier"].tolist() == ["ordinary", "key", "ordinary"]
    assert found["band"].tolist() == ["same day", "next day", "next day"]
    half_year = rt.customer_ledger(*toy(), hour_cost=60, key_share=0.33, ticket_weeks=26)
    assert half_year["service_hours"].tolist() == [5, 1, 0.5]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda c, t: (c.drop(columns="margin"), t), "column 'margin' is missing"),
        (lambda c, t: (c, t.drop(columns="minutes")), "column 'minutes' is missing"),
        (lambda c, t: (c, t.iloc[:3]), "3 has no ticket"),
        (lambda c, t: (pd.concat([c, c]), t), "1 stands twice"),
        (lambda c, t: (c.iloc[:2], t), "a ticket of 3, who is no customer"),
        (lambda c, t: (c.iloc[:0], t), "no rows at all"),
        (
            lambda c, t: (c, t.assign(wait_hours=[-1.0, 1, 1, 1])),
            "'wait_hours': -1.0 is no finite number of at least 0",
        ),
        (lambda c, t: (c.assign(margin=[None, 1, 2]), t), "'margin': 1 values are missing"),
    ],
)
def test_a_ledger_that_does_not_add_up_is_refused(change, match):
    with pytest.raises(ValueError, match=match):
        rt.customer_ledger(*change(*toy()), hour_cost=60)


def test_key_customers_are_cut_as_tiers_are():
    # A third and a bit of three are rounded up to two, and who ties across the cut falls.
    assert rt.customer_ledger(*toy(), hour_cost=60, key_share=0.34)["tier"].eq("key").sum() == 2
    customers, tickets = toy()
    alike = customers.assign(margin=900.0), tickets.assign(minutes=[30, 0, 30, 30])
    assert rt.customer_ledger(*alike, hour_cost=60, key_share=0.34)["tier"].eq("key").sum() == 0


@pytest.mark.parametrize(
    ("bands", "match"),
    [({"day": 8.0}, "none holds a wait of 24 hours"), ({"b": 24.0, "a": 8.0}, "must rise")],
)
def test_bands_that_leave_a_wait_without_a_name_are_refused(bands, match):
    with pytest.raises(ValueError, match=f"bands: .*{match}"):
        rt.customer_ledger(*toy(), hour_cost=60, bands=bands)


@pytest.mark.parametrize(
    ("name", "value"), [("hour_cost", -1), ("key_share", 0), ("key_share", 20), ("ticket_weeks", 0)]
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}={value}"):
        rt.customer_ledger(*toy(), **{"hour_cost": 60, name: value})
