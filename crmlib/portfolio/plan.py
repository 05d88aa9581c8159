"""The best plan, what it earns in other weeks, and what an hour more would be worth."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crmlib.catalogue import say
from crmlib.portfolio.club import CELL, Club, checked
from crmlib.portfolio.conflict import conflict_in
from crmlib.portfolio.programme import programme
from crmlib.portfolio.rules import Rules, checked_rules
from crmlib.portfolio.solver import solve

DROP = "drop"
NO_RULES = Rules(max_loss_making=None)


class NoPlanError(ValueError):
    """No plan respects all that is asked; the message names a smallest set of rules in conflict."""


class Plan(NamedTuple):
    """What is done with each service, whom it serves, and what that earns.

    ``choice``: service -> option, or ``"drop"``. ``visits``: service, option, tier, season, scenario,
    visits (served), wanted. ``profits``: scenario -> money a period. ``gap``: the share of what the plan
    earns by which no other can be better, as proved by the solver (0 if no choice was left to make).
    """

    choice: pd.Series
    visits: pd.DataFrame
    profits: pd.Series
    gap: float = 0.0


def best_plan(club: Club, rules: Rules | None = None, *, caution: float = 0.0, gap: float = 0.0) -> Plan:
    """The plan that earns most under the rules (`Rules()` by default: two crowd-pullers at most).

    Chooses for each service s one option o or none, x[s, o] in {0, 1}, and after the demand of a
    scenario w is known the visits v[s, o, c, w] served in each cell c of tier and season:

        maximise (1 - caution) mean_w P_w + caution min_w P_w,
        P_w = sum margin v - sum cost x,  0 <= v <= factor demand x,  hours of each resource,

    and of the visits that another service brings, only the part that this one serves itself. With
    ``caution`` 0 the mean counts, with 1 the worst scenario. Solved to the optimum by HiGHS, or for large
    clubs to within a share ``gap`` of it (1e-4 is usual; `Plan` tells the gap reached); where several plans
    earn the same, one of them. Raises `NoPlanError` with the rules that collide.

    >>> options = pd.DataFrame({"service": ["spa", "gym"], "option": "as it is", "margin": [30.0, 5.0],
    ...     "cost": [50.0, 60.0], "full_margin": [5.0, -1.0], "demand_factor": 1.0})
    >>> demand = pd.DataFrame({"service": ["spa", "gym"], "tier": "all", "scenario": 0, "visits": [4, 10]})
    >>> uses = pd.DataFrame({"service": ["spa"], "resource": ["room"], "minutes": [60]})
    >>> plan = best_plan(Club(options, demand, uses, pd.DataFrame({"resource": ["room"], "hours": [3.0]})))
    >>> plan.choice.to_dict(), plan.profits.tolist()
    ({'spa': 'as it is', 'gym': 'drop'}, [40.0])
    """
    if not 0 <= caution <= 1:
        raise ValueError(f"caution={caution!r}: from 0, the mean, to 1, the worst scenario")
    club = checked(club)
    model = programme(club, checked_rules(rules or Rules(), club))
    gain = _gain(model, caution)
    answer = solve(model, gain, gap=gap)
    if answer is None:
        raise NoPlanError(" ".join([say("portfolio.conflict"), *conflict_in(model)]))
    # The options stand; the visits again, so that no rounding of the options is left in them.
    fixed = answer.columns[: len(model.choices)].round()
    return _plan(club, model, solve(model, gain, fixed=fixed))._replace(gap=answer.gap)


def _gain(model, caution):
    gain = (1 - caution) * np.asarray(model.profits.mean(axis=0)).ravel()
    gain[-1] = caution
    return gain


def _plan(club, model, answer):
    answer = answer.columns
    kept = model.choices[answer[: len(model.choices)] > 0.5].set_index("service")["option"]
    choice = kept.reindex(club.services).fillna(DROP).rename("choice")
    visits = model.visits.rename(columns={"visits": "wanted"})
    visits["visits"] = answer[len(model.choices) : -1].clip(0)
    on_offer = visits["service"].map(choice) == visits["option"]
    columns = ["service", "option", *CELL, "visits", "wanted"]
    scenarios = pd.Index(sorted(club.demand["scenario"].unique()), name="scenario")
    profits = pd.Series(model.profits @ answer, index=scenarios, name="profit")
    return Plan(choice, visits.loc[on_offer, columns].reset_index(drop=True), profits)


def plan_profits(club: Club, choice: pd.Series) -> pd.Series:
    """What a choice already made earns in each scenario of ``club``, with its hours used as well as can be.

    ``choice``: service -> option or ``"drop"``, as in `Plan`; a service that it does not name is
    dropped. To judge a plan, give a club whose demand had no part in making it.
    """
    club = checked(club)
    model = programme(club, NO_RULES)
    named = list(zip(model.choices["service"], model.choices["option"], strict=True))
    unknown = [pair for pair in choice.items() if pair[1] != DROP and pair not in named]
    if unknown:
        raise ValueError(f"choice: {unknown[0][1]!r} is no option of {unknown[0][0]!r}")
    fixed = np.array([choice.get(service, DROP) == option for service, option in named], dtype=float)
    return _plan(club, model, solve(model, _gain(model, 0.0), fixed=fixed)).profits


def hour_values(club: Club, rules: Rules | None = None, *, caution: float = 0.0) -> pd.DataFrame:
    """What one more hour of each resource would earn, found by solving again with one hour more.

    A whole choice has no shadow prices, so each resource, in each season, is given an hour and the best
    plan is made anew; the choice may change. Columns resource, season, hours, used (mean over the scenarios,
    hours), gain (money a period).
    """
    club = checked(club)
    plan = best_plan(club, rules, caution=caution)
    before = _objective(plan, caution)
    used = hours_by_tier(club, plan).groupby(["resource", "season"])["hours"].sum()
    table = club.capacity[["resource", "season", "hours"]].reset_index(drop=True)
    table["used"] = [used.get((row.resource, row.season), 0.0) for row in table.itertuples()]
    table["gain"] = [
        _objective(best_plan(club._replace(capacity=_one_more(table, at)), rules, caution=caution), caution)
        - before
        for at in table.index
    ]
    return table


def _objective(plan, caution):
    return (1 - caution) * plan.profits.mean() + caution * plan.profits.min()


def _one_more(table, at):
    return table[["resource", "season", "hours"]].assign(hours=table["hours"] + (table.index == at))


def hours_by_tier(club: Club, plan: Plan) -> pd.DataFrame:
    """Whom the hours go to: mean hours a period of each resource, by season and tier.

    Columns resource, season, tier, hours.
    """
    used = plan.visits.merge(club.uses, on="service")
    n_scenarios = len(plan.profits)
    used["hours"] = used["visits"] * used["minutes"] / 60 / n_scenarios
    return used.groupby(["resource", "season", "tier"], sort=False)["hours"].sum().reset_index()
