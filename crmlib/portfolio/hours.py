"""What an hour more would be worth, and whom the hours go to."""

import pandas as pd

from crmlib.portfolio.club import Club, checked
from crmlib.portfolio.plan import Plan, best_plan, plan_of
from crmlib.portfolio.rules import Rules


def hour_values(
    club: Club, rules: Rules | None = None, *, caution: float = 0.0, plan: Plan | None = None
) -> pd.DataFrame:
    """What one more hour of each resource would earn, found by solving again with one hour more.

    A whole choice has no shadow prices, so each resource, in each season, is given an hour and the best
    plan is made anew; the choice may change. With a ``plan`` of this club its choices stand, and only who
    is served is decided anew, which is much quicker. Columns resource, season, hours, used (mean over the
    scenarios, hours), gain (money a period, as the caution weighs the scenarios).
    """
    club = checked(club)
    rules = rules or Rules()

    def solved(club):
        return (
            plan_of(club, plan.choice, rules, caution=caution)
            if plan
            else best_plan(club, rules, caution=caution)
        )

    before = solved(club)
    used = hours_by_tier(club, before).groupby(["resource", "season"])["hours"].sum()
    table = club.capacity[["resource", "season", "hours"]].reset_index(drop=True)
    table["used"] = [used.get((row.resource, row.season), 0.0) for row in table.itertuples()]
    more = (club._replace(capacity=_one_more(table, at)) for at in table.index)
    table["gain"] = [solved(one).worth - before.worth for one in more]
    return table


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
