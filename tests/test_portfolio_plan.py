"""A plan already made: what is wanted under it, what an hour more earns, nothing expanded without need."""

import pandas as pd
import pytest
from test_portfolio import TOY, kept, options, table

from crmlib import portfolio as pf

ONE_ROOM = pf.Club(
    options(("spa", "as it is", 10.0, 0.0, 1.0, 1.0), ("sauna", "as it is", 60.0, 50.0, 1.0, 1.0)),
    table("service tier scenario visits", ("spa", "a", 1, 4), ("sauna", "a", 1, 1)),
    table("service resource minutes", ("spa", "room", 60), ("sauna", "room", 60)),
    table("resource hours", ("room", 4.0)),
)


def wanted(plan):
    return plan.visits.set_index("service")["wanted"].to_dict()


def hours(club, n):
    return club._replace(capacity=club.capacity.assign(hours=n))


def test_what_is_wanted_does_not_depend_on_the_hours():
    plan = pf.best_plan(hours(TOY, 8.0))
    assert plan.visits.set_index("service")["visits"].to_dict() == pytest.approx({"massage": 8, "gym": 12})
    assert wanted(plan) == pytest.approx({"massage": 10, "gym": 20})


def test_what_a_dropped_service_brought_is_not_wanted_any_more():
    # Half of the ten massages hang on the gym. Three hours: three of the other five are served.
    plan = pf.plan_of(hours(TOY, 3.0), pd.Series({"massage": "as it is"}))
    assert wanted(plan) == pytest.approx({"massage": 5})
    assert plan.visits["visits"].tolist() == pytest.approx([3])


def test_a_dearer_crowd_puller_is_wanted_less_and_brings_less():
    dearer = options(("gym", "dearer", 5.0, 20.0, -1.0, 0.8))
    club = TOY._replace(options=pd.concat([TOY.options, dearer]))
    plan = pf.plan_of(club, pd.Series({"massage": "as it is", "gym": "dearer"}))
    assert wanted(plan) == pytest.approx({"massage": 5 + 0.8 * 5, "gym": 16})


def test_visits_at_a_loss_are_wanted_and_not_served():
    demand = TOY.demand.assign(extra_margin=0.0)
    demand = pd.concat(
        [demand, table("service tier scenario visits extra_margin", ("massage", "b", 1, 2, -150))]
    )
    plan = pf.best_plan(hours(TOY, 99.0)._replace(demand=demand, brings=TOY.brings.iloc[:0]))
    b = plan.visits[plan.visits["tier"] == "b"]
    assert b[["visits", "wanted"]].to_numpy().tolist() == [[0, 2]]


@pytest.mark.parametrize("caution", [0.0, 0.3])
def test_a_plan_and_its_choice_served_again_are_the_same(caution):
    demand = pd.concat([TOY.demand, TOY.demand.assign(scenario=2, visits=[4, 6, 9])])
    club = TOY._replace(demand=demand)
    plan = pf.best_plan(club, caution=caution)
    again = pf.plan_of(club, plan.choice, caution=caution)
    assert again.worth == pytest.approx(plan.worth)
    assert plan.worth == pytest.approx((1 - caution) * plan.profits.mean() + caution * plan.profits.min())
    pd.testing.assert_frame_equal(again.visits, plan.visits)


def test_an_hour_more_under_a_plan_leaves_its_choices_alone():
    # A fifth hour would pay for the sauna, 60 - 50; for the plan without it the hour is worth nothing.
    plan = pf.best_plan(ONE_ROOM)
    assert kept(plan) == {"spa"}
    assert pf.hour_values(ONE_ROOM)["gain"].tolist() == pytest.approx([10])
    assert pf.hour_values(ONE_ROOM, plan=plan)["gain"].tolist() == pytest.approx([0], abs=1e-6)
    short = hours(ONE_ROOM, 2.5)
    assert pf.hour_values(short, plan=plan)[["used", "gain"]].to_numpy()[0] == pytest.approx([2.5, 10])


@pytest.mark.parametrize(("n", "option"), [(1.0, "expanded"), (4.0, "as it is")])
@pytest.mark.parametrize("first", ["as it is", "expanded"])
def test_nothing_is_expanded_for_hours_that_nobody_needs(n, option, first):
    ways = options(("spa", "as it is", 10.0, 0.0, 1.0, 1.0), ("spa", "expanded", 10.0, 0.0, 1.0, 1.0))
    ways = ways.sort_values("option", ascending=first == "as it is")
    club = hours(ONE_ROOM, n)._replace(
        options=ways,
        demand=ONE_ROOM.demand.iloc[:1],
        uses=ONE_ROOM.uses.iloc[:1],
        additions=table("service option resource hours", ("spa", "expanded", "room", 2.0)),
    )
    assert pf.best_plan(club).choice["spa"] == option


def test_a_choice_that_breaks_a_rule_is_refused_and_one_is_one():
    with pytest.raises(pf.NoPlanError, match="breaks a rule"):
        pf.plan_of(TOY, pd.Series({"gym": "as it is"}), pf.Rules(keep=("massage",)))
    asked = pf.Rules(min_services=1, drop=tuple(TOY.services))
    assert "At least 1 service is kept." in pf.conflict(TOY, asked)
    asked = pf.Rules(max_loss_making=1, keep=("device", "gym"))
    assert "At most 1 loss-making service may be kept." in pf.conflict(TOY, asked)
