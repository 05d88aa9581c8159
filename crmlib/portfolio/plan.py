"""The best plan, and what a choice already made earns and serves."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crmlib.catalogue import say
from crmlib.portfolio.club import CELL, Club, checked
from crmlib.portfolio.conflict import conflict_in
from crmlib.portfolio.programme import STRUCTURE, programme
from crmlib.portfolio.rules import Rules, checked_rules
from crmlib.portfolio.solver import solve
from crmlib.value.checks import setting

DROP = "drop"
NO_RULES = Rules(max_loss_making=None)
TIE = 1e-8  # plans whose worth differs by a smaller share earn the same


class NoPlanError(ValueError):
    """No plan respects all that is asked; the message names a smallest set of rules in conflict."""


class Plan(NamedTuple):
    """What is done with each service, whom it serves, and what that earns.

    ``choice``: service -> option, or ``"drop"``. ``visits``: service, option, tier, season, scenario,
    visits (served), wanted (what would be asked for at the plan's own prices and among the services
    that it keeps, were there hours without end). ``profits``: scenario -> money a period. ``worth``:
    mean and worst of them, weighed by the caution. ``gap``: the share of it by which no other plan can be
    better, as proved by the solver (0 if no choice was left to make).
    """

    choice: pd.Series
    visits: pd.DataFrame
    profits: pd.Series
    worth: float
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
    earn the same, one that expands nothing without need. Raises `NoPlanError` with the rules that collide.

    >>> options = pd.DataFrame({"service": ["spa", "gym"], "option": "as it is", "margin": [30.0, 5.0],
    ...     "cost": [50.0, 60.0], "full_margin": [5.0, -1.0], "demand_factor": 1.0})
    >>> demand = pd.DataFrame({"service": ["spa", "gym"], "tier": "all", "scenario": 0, "visits": [4, 10]})
    >>> uses = pd.DataFrame({"service": ["spa"], "resource": ["room"], "minutes": [60]})
    >>> plan = best_plan(Club(options, demand, uses, pd.DataFrame({"resource": ["room"], "hours": [3.0]})))
    >>> plan.choice.to_dict(), plan.profits.tolist()
    ({'spa': 'as it is', 'gym': 'drop'}, [40.0])
    """
    setting(caution=caution, gap=gap, most=1)
    club = checked(club)
    model = programme(club, checked_rules(rules or Rules(), club))
    gain = _gain(model, caution)
    answer = solve(model, gain, gap=gap)
    if answer is None:
        raise NoPlanError(" ".join([say("portfolio.conflict"), *conflict_in(model)]))
    # The options stand; the visits again, so that no rounding of the options is left in them.
    fixed = answer.columns[: len(model.choices)].round()
    fixed, columns = _without_needless(club, model, gain, fixed)
    return _plan(club, model, gain, fixed, columns)._replace(gap=answer.gap)


def _without_needless(club, model, gain, fixed):
    """The options and all columns, where what only adds hours is left out if these earn nothing."""
    columns = solve(model, gain, fixed=fixed).columns
    adding = club.additions.set_index(["service", "option"]).index
    adds = pd.MultiIndex.from_frame(model.choices[["service", "option"]]).isin(adding)
    same = model.choices.groupby(["service", "margin", "full_margin", "demand_factor"], sort=False).ngroup()
    for at in np.flatnonzero((fixed > 0) & adds):
        for other in np.flatnonzero((same == same[at]) & ~adds):
            trial = fixed.copy()
            trial[[at, other]] = 0, 1
            answer = solve(model, gain, fixed=trial)
            if answer and gain @ answer.columns >= gain @ columns - TIE * abs(gain @ columns):
                fixed, columns = trial, answer.columns
                break
    return fixed, columns


def _gain(model, caution):
    gain = (1 - caution) * np.asarray(model.profits.mean(axis=0)).ravel()
    gain[-1] = caution
    return gain


def _plan(club, model, gain, fixed, columns):
    kept = model.choices[fixed > 0].set_index("service")["option"]
    choice = kept.reindex(club.services).fillna(DROP).rename("choice")
    visits = model.visits.drop(columns="visits")
    visits["visits"] = _visits(model, columns)
    visits["wanted"] = _wanted(model, fixed)
    on_offer = visits["service"].map(choice) == visits["option"]
    names = ["service", "option", *CELL, "visits", "wanted"]
    profits = _profits(club, model, columns)
    return Plan(choice, visits.loc[on_offer, names].reset_index(drop=True), profits, float(gain @ columns))


def _visits(model, columns):
    return columns[len(model.choices) : -1].clip(0)


def _wanted(model, fixed):
    """As many visits as the options and what they bring each other allow, with no heed to hours or money."""
    free = model.limits["rule"].map(lambda rule: model.names[int(rule)] == STRUCTURE).to_numpy()
    count = np.zeros(model.rows.shape[1])
    count[len(model.choices) : -1] = 1
    return _visits(model, solve(model, count, fixed=fixed, rows=free).columns)


def _profits(club, model, columns):
    scenarios = pd.Index(sorted(club.demand["scenario"].unique()), name="scenario")
    return pd.Series(model.profits @ columns, index=scenarios, name="profit")


def plan_profits(club: Club, choice: pd.Series) -> pd.Series:
    """What a choice already made earns in each scenario of ``club``, with its hours used as well as can be.

    ``choice``: service -> option or ``"drop"``, as in `Plan`; a service that it does not name is
    dropped. To judge a plan, give a club whose demand had no part in making it.
    """
    club = checked(club)
    model = programme(club, NO_RULES)
    return _profits(club, model, solve(model, _gain(model, 0.0), fixed=_fixed(model, choice)).columns)


def plan_of(club: Club, choice: pd.Series, rules: Rules = NO_RULES, *, caution: float = 0.0) -> Plan:
    """A choice already made as a `Plan`: only whom the hours go to is decided, as `best_plan` does.

    Of the ``rules`` what they ask of the visits counts. ``choice`` as for `plan_profits`.
    """
    club = checked(club)
    model = programme(club, checked_rules(rules, club))
    gain, fixed = _gain(model, caution), _fixed(model, choice)
    answer = solve(model, gain, fixed=fixed)
    if answer is None:
        raise NoPlanError(say("portfolio.choice"))
    return _plan(club, model, gain, fixed, answer.columns)


def _fixed(model, choice):
    named = list(zip(model.choices["service"], model.choices["option"], strict=True))
    unknown = [pair for pair in choice.items() if pair[1] != DROP and pair not in named]
    if unknown:
        raise ValueError(f"choice: {unknown[0][1]!r} is no option of {unknown[0][0]!r}")
    return np.array([choice.get(service, DROP) == option for service, option in named], dtype=float)
