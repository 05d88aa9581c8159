"""What a plan earned in a year that had no part in making it."""

import pandas as pd

from crmlib.portfolio.club import Club
from crmlib.portfolio.plan import DROP, plan_profits
from crmlib.portfolio.records import AS_IT_IS, fixed_costs, yearly_club


def year_profits(
    visits: pd.DataFrame,
    costs: pd.DataFrame,
    choice: pd.Series,
    club: Club,
    *,
    by_hour: float,
    n_resamples: int,
    people: pd.Series,
    seed: int = 0,
) -> pd.Series:
    """Profit of a year lived under ``choice``: as it was (0), and with its ``people`` drawn anew (1 on).

    ``visits`` and ``costs`` as for `yearly_club`; they hold what people then wanted, so nothing is
    added for price or cross-buying. Who is served where hours are short is decided as well as can be, but
    without regard to tier. From ``club`` come the costs and hours of what is expanded. Fixed costs are
    taken off. Money a year; plans judged with the same people and seed share their draws.
    """
    year = yearly_club(
        visits.assign(tier="all"),
        costs,
        by_hour=by_hour,
        n_scenarios=n_resamples + 1,
        people=people,
        seed=seed,
    )
    made = choice[choice != DROP].reindex(year.options["service"]).fillna(AS_IT_IS)
    planned = club.options.set_index(["service", "option"])["cost"]
    extra = [planned[pair] - planned[pair[0], AS_IT_IS] for pair in made.items()]
    options = year.options.assign(option=made.to_numpy(), cost=year.options["cost"] + extra)
    named = club.additions.set_index(["service", "option"]).index.isin(list(made.items()))
    year = year._replace(options=options, additions=club.additions[named])
    return plan_profits(year, made) - fixed_costs(costs, by_hour=by_hour)
