"""Which services to keep, at which price, and whom the hours go to: a mixed-integer programme."""

from crmlib.portfolio.club import Club
from crmlib.portfolio.conflict import conflict
from crmlib.portfolio.hours import hour_values, hours_by_tier
from crmlib.portfolio.judge import year_profits
from crmlib.portfolio.plan import NoPlanError, Plan, best_plan, plan_of, plan_profits
from crmlib.portfolio.records import (
    brought_visits,
    came_for,
    demand_scenarios,
    fixed_costs,
    with_ways,
    yearly_club,
)
from crmlib.portfolio.rules import Rules

__all__ = [
    "Club",
    "NoPlanError",
    "Plan",
    "Rules",
    "best_plan",
    "brought_visits",
    "came_for",
    "conflict",
    "demand_scenarios",
    "fixed_costs",
    "hour_values",
    "hours_by_tier",
    "plan_of",
    "plan_profits",
    "with_ways",
    "year_profits",
    "yearly_club",
]
