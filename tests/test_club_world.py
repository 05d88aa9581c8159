"""The simulated beauty club holds what it says, and the methods find what is known to be there."""

import numpy as np
import pandas as pd
import pytest

from crmlib import simulate
from crmlib import value as va
from crmlib.simulate.club_menu import NEW, TYPES

SEEDS = (1, 2, 3, 4, 7)


@pytest.fixture(scope="module")
def club():
    return simulate.beauty_club(seed=1)


def books(club):
    """Turnover and profit of each period, as the books have them."""
    visits = va.with_period(club.visits, club.periods)
    paid = visits.groupby("period")["paid"].sum()
    direct = visits.groupby("period")[["materials_cost", "equipment_cost"]].sum().sum(axis=1)
    return paid, paid - direct - 52 * club.costs.groupby("period")["amount_per_week"].sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_turnover_rises_and_profit_does_not(seed):
    turnover, profit = books(simulate.beauty_club(seed=seed))
    assert 1.35 < turnover[2] / turnover[1] < 1.75
    assert 0.5 < profit[2] / profit[1] < 1.25


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_with_cheap_machines_profit_rises_too(seed):
    turnover, profit = books(simulate.beauty_club(seed=seed, new_cost=0.3))
    assert turnover[2] / turnover[1] > 1.35
    assert profit[2] / profit[1] > 1.2


def test_costing_adds_up_to_the_books(club):
    visits = va.visit_profit(va.with_period(club.visits, club.periods), club.costs)
    unused = va.unused_capacity(visits, club.costs, weeks={1: 52, 2: 52})
    found = visits.groupby("period")["profit"].sum() - unused.groupby("period")["unused"].sum()
    assert np.allclose(found, books(club)[1])
    assert unused["used_share"].between(0.5, 1).all()
    by_service = va.profit_by(visits[visits["period"] == 2], "service")["profit"]
    assert set(by_service[by_service < 0].index) == {*NEW, "fitness class"}


def test_the_columns_are_those_of_the_docstring(club):
    text = simulate.beauty_club.__doc__
    for name in ("customers", "visits", "services", "costs", "periods"):
        missing = [column for column in getattr(club, name) if column not in text]
        assert not missing, f"{name}: {missing}"
    listed = club.services.set_index("service").loc[club.visits["service"], "price"].to_numpy()
    assert np.allclose(club.visits["paid"] + club.visits["discount"], listed)
    assert club.visits["satisfaction"].dropna().isin([1, 2, 3, 4, 5]).all()
    assert not club.visits.drop(columns="satisfaction").isna().any().any()


def test_nobody_comes_before_joining_after_leaving_or_for_what_is_not_offered(club):
    visits = club.visits.merge(club.customers, on="customer_id").merge(club.services, on="service")
    assert (visits["week"] >= visits["joined_week"]).all()
    assert (visits["week"] >= visits["introduced_week"]).all()
    left = visits["left_week"].notna()
    assert (visits.loc[left, "week"] < visits.loc[left, "left_week"]).all()


def test_kinds_have_their_shares_and_rates():
    club = simulate.beauty_club(8000, weeks=30, seed=1)
    known = club.truth.customers
    assert np.allclose(known["kind"].value_counts(normalize=True)[TYPES["kind"]], TYPES["share"], atol=0.015)
    founders = club.customers.query("joined_week == 0 and left_week.isna()")["customer_id"]
    loyal = known.loc[known["customer_id"].isin(founders) & (known["kind"] == "loyal"), "customer_id"]
    visits = club.visits["customer_id"].isin(loyal).sum() / len(loyal) / 30
    # Thirty weeks of the season are a little above the mean of the year.
    assert visits == pytest.approx(0.9 * 1.05, rel=0.05)


def test_a_plan_changes_nothing_before_its_week():
    plan = simulate.Plan(from_week=60, dropped=("heat therapy",), tell="always", wait_factor=0.5)
    usual, planned = (simulate.beauty_club(300, seed=2, plan=p) for p in (None, plan))
    before = [world.visits[world.visits["week"] < 60] for world in (usual, planned)]
    pd.testing.assert_frame_equal(*before)
    after = planned.visits[planned.visits["week"] >= 60]
    assert "heat therapy" not in set(after["service"])
    assert after["brand_told"].all()
    assert after["wait_minutes"].mean() == pytest.approx(4, rel=0.1)


def test_more_weeks_only_add():
    short, long = (simulate.beauty_club(300, weeks=weeks, seed=2) for weeks in (104, 156))
    pd.testing.assert_frame_equal(long.visits.head(len(short.visits)), short.visits)
    pd.testing.assert_frame_equal(long.costs[long.costs["period"] <= 2], short.costs)
    third = long.costs[long.costs["period"] == 3].drop(columns="period").reset_index(drop=True)
    second = short.costs[short.costs["period"] == 2].drop(columns="period").reset_index(drop=True)
    pd.testing.assert_frame_equal(third, second)


def test_a_dropped_service_takes_the_visits_it_brings_along():
    plan = simulate.Plan(from_week=53, dropped=("gym",))
    usual, planned = (simulate.beauty_club(2000, weeks=104, seed=3, plan=p) for p in (None, plan))
    gym = usual.truth.customers.query("anchor == 'gym'")["customer_id"]
    others = [
        world.visits.query("week >= 53 and service != 'gym'")["customer_id"].value_counts()
        for world in (usual, planned)
    ]
    often = others[0][others[0] >= 3].index.intersection(gym)
    pull = usual.truth.services.set_index("service").loc["gym", "pull"]
    stay_away = ~often.isin(others[1].index)
    assert len(often) > 100
    assert stay_away.mean() == pytest.approx(pull, abs=0.08)


def test_a_price_moves_visits_by_its_elasticity():
    plan = simulate.Plan(from_week=53, price_factor={"facial": 1.3, "gym": 0.8})
    usual, planned = (simulate.beauty_club(2500, seed=3, plan=p) for p in (None, plan))
    counts = [
        world.visits[world.visits["week"] >= 53]["service"].value_counts() for world in (usual, planned)
    ]
    ratio = counts[1] / counts[0]
    elasticity = usual.truth.services.set_index("service")["elasticity"]
    assert ratio["facial"] == pytest.approx(1.3 ** -elasticity["facial"], abs=0.04)
    assert ratio["gym"] == pytest.approx(0.8 ** -elasticity["gym"], abs=0.04)


def told_difference(club):
    return club.visits.groupby("brand_told")["satisfaction"].mean().diff().iloc[-1]


def test_a_coin_finds_what_naming_the_brand_does():
    for gain in (0.0, 0.45):
        club = simulate.beauty_club(2000, tell="coin", hidden=1.5, told_gain=gain, seed=5)
        assert told_difference(club) == pytest.approx(club.truth.effects["told"], abs=0.06)


def test_with_a_hidden_goodwill_the_records_show_an_effect_that_is_not_there():
    club = simulate.beauty_club(1500, hidden=1.5, told_gain=0.0, seed=5)
    assert club.truth.effects["told"] == 0
    assert told_difference(club) > 0.5


def test_naming_the_brand_and_shorter_waits_keep_members():
    def leavers(**plan):
        world = simulate.beauty_club(1500, seed=4, plan=simulate.Plan(from_week=1, **plan))
        return world.customers["left_week"].notna().sum()

    usual = leavers()
    assert leavers(tell="always") < usual
    assert leavers(wait_factor=0.5) < usual


def test_false_big_customers_are_those_who_are(club):
    visits = va.visit_profit(va.with_period(club.visits, club.periods), club.costs).query("period == 2")
    by = va.profit_by(visits, "customer_id").rename(columns={"paid": "money"})
    grouped = visits.groupby("customer_id")
    by["active_weeks"] = grouped["week"].nunique()
    by["discount_share"] = grouped["discount"].sum() / (grouped["discount"].sum() + by["money"])
    found = va.false_big_customers(by)["kind"]
    truth = club.truth.customers.set_index("customer_id")["kind"].loc[found.index]
    names = {"squeezer": "squeezer", "repeat without profit": "costly", "occasional bulk": "group"}
    false = found[found != "key account"]
    assert (false.map(names) == truth.loc[false.index]).mean() > 0.9
    honest = truth.isin(["loyal", "regular", "small"])
    assert (found[honest] == "key account").mean() > 0.97


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: simulate.beauty_club(0, seed=1), "n_customers: 0"),
        (lambda: simulate.beauty_club(weeks=1.5, seed=1), "weeks: 1.5"),
        (lambda: simulate.beauty_club(10, new_cost=0, seed=1), "new_cost: 0"),
        (lambda: simulate.beauty_club(10, tell="often", seed=1), "tell: 'often'"),
        (lambda: simulate.beauty_club(10, plan=simulate.Plan(dropped=("spa",)), seed=1), "service 'spa'"),
        (
            lambda: simulate.beauty_club(10, plan=simulate.Plan(price_factor={"gym": -1}), seed=1),
            "price_factor gym: -1",
        ),
    ],
)
def test_impossible_clubs_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
