"""From a year's records to the programme's tables: what people come for, want, and bring along."""

import numpy as np
import pandas as pd

from crmlib.portfolio.club import Club
from crmlib.value.checks import need, numbers, numeric, setting

WEEKS, SEASONS = 52, ("first half", "second half")
AS_IT_IS, DEARER, EXPANDED = "as it is", "dearer", "expanded"
HOURS = ("room_minutes", "staff_minutes")


def came_for(visits: pd.DataFrame) -> pd.Series:
    """The service each customer comes for: the one visited most, among equals the one visited first.

    >>> visits = pd.DataFrame({"customer_id": [7, 7, 7], "week": [1, 2, 3], "service": ["spa", "gym", "gym"]})
    >>> came_for(visits).to_dict()
    {7: 'gym'}
    """
    need(visits, "customer_id", "service")
    visits = numeric(visits, "week")
    counted = (
        visits.groupby(["customer_id", "service"], observed=True)["week"].agg(["size", "min"]).reset_index()
    )
    ordered = counted.sort_values(
        ["customer_id", "size", "min", "service"], ascending=[True, False, True, True]
    )
    return ordered.drop_duplicates("customer_id").set_index("customer_id")["service"]


def brought_visits(visits: pd.DataFrame, *, stay_away: float) -> pd.DataFrame:
    """What each service brings to the others: columns brings, service, share, for a `Club`.

    Share of the visits to ``service`` made by those who come for ``brings`` (`came_for`), times the
    share of these, ``stay_away``, who would not come at all without it. Records of a club that never
    dropped anything cannot tell ``stay_away``: it is an assumption.

    >>> visits = pd.DataFrame({"customer_id": [7, 7, 7], "week": [1, 2, 3], "service": ["spa", "gym", "gym"]})
    >>> brought_visits(visits, stay_away=0.5).to_dict("records")
    [{'brings': 'gym', 'service': 'spa', 'share': 0.5}]
    """
    setting(stay_away=stay_away, most=1)
    anchor = visits["customer_id"].map(came_for(visits)).rename("brings")
    share = pd.crosstab(anchor, visits["service"], normalize="columns").stack().rename("share").reset_index()
    share = share[(share["brings"] != share["service"]) & (share["share"] > 0)]
    return share.assign(share=stay_away * share["share"]).reset_index(drop=True)


def demand_scenarios(
    visits: pd.DataFrame,
    *,
    n_scenarios: int,
    growth: tuple[float, ...] = (1.0,),
    people: pd.Series | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Visits wanted by service, tier and season in each scenario, for a `Club`.

    ``visits`` has customer_id, service, tier, season, margin. Scenario 0 is the records; each further
    one draws the customers anew, with replacement, from ``people`` (ids; all who came, by default),
    so that two plans judged on the same people and seed share their draws. All are multiplied by a
    ``growth``, in turn. Columns service, tier, season, scenario, visits, extra_margin: mean margin of the
    cell less that of the service.

    >>> visits = pd.DataFrame({"customer_id": [7, 9], "service": "gym", "tier": "a", "season": "all"})
    >>> visits["margin"] = 5.0
    >>> demand_scenarios(visits, n_scenarios=2, growth=(1.0, 1.5))["visits"].tolist()
    [2.0, 3.0]
    """
    setting(n_scenarios=n_scenarios, least=1, whole=True)
    growth = numbers(growth, name="growth", least=0)
    need(visits, "customer_id", "service", "tier", "season")
    visits = numeric(visits, "margin")
    cell, cells = pd.factorize(pd.MultiIndex.from_frame(visits[["service", "tier", "season"]]))
    cells = cells.to_frame(index=False, name=["service", "tier", "season"])
    people = pd.Index(visits["customer_id"].unique() if people is None else people).sort_values()
    who = people.get_indexer(visits["customer_id"])
    if (who < 0).any():
        raise ValueError(
            f"people: customer {visits['customer_id'].to_numpy()[who < 0].tolist()[0]!r} is missing"
        )
    shape = (len(people), len(cells))
    counts, money = np.zeros(shape), np.zeros(shape)
    usual = visits.groupby("service")["margin"].transform("mean")
    np.add.at(counts, (who, cell), 1)
    np.add.at(money, (who, cell), (visits["margin"] - usual).to_numpy())
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), size=n_scenarios)
    weights[0] = 1
    visited, extra = weights @ counts, weights @ money
    paces = np.resize(growth, n_scenarios)[:, None]
    rows = cells.iloc[np.tile(np.arange(len(cells)), n_scenarios)].reset_index(drop=True)
    return rows.assign(
        scenario=np.repeat(np.arange(n_scenarios), len(cells)),
        visits=(visited * paces).ravel(),
        extra_margin=(extra / np.maximum(visited, 1)).ravel(),
    )


def yearly_club(
    visits: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    by_hour: float,
    n_scenarios: int,
    growth: tuple[float, ...] = (1.0,),
    people: pd.Series | None = None,
    seed: int = 0,
) -> Club:
    """The club of one year as the programme sees it, every service run as it is; money a year.

    ``visits``: a year of `crmlib.value.visit_profit`, with tier and week; ``costs``: the pools of
    that year. Of rooms and staff a share ``by_hour`` is paid by the hour used, so the margin of a
    visit is paid - materials - wear - by_hour (rent + staff); the rest is fixed (`fixed_costs`). The
    machine of a service is paid for as long as the service is kept. Two half-years share no hours.
    """
    half = ((visits["week"] - 1) % WEEKS >= WEEKS // 2).astype(int)
    visits = visits.assign(season=np.array(SEASONS)[half])
    direct = visits["materials_cost"] + visits["equipment_cost"]
    visits["margin"] = visits["paid"] - direct - by_hour * (visits["rent"] + visits["staff"])
    options = visits.groupby("service").agg(margin=("margin", "mean"), full_margin=("profit", "mean"))
    machines = costs[costs["driver"] == "uses"].set_index("kind")["amount_per_week"]
    options["cost"] = WEEKS * machines.reindex(options.index).fillna(0.0)
    options = options.reset_index().assign(option=AS_IT_IS, demand_factor=1.0)
    demand = demand_scenarios(visits, n_scenarios=n_scenarios, growth=growth, people=people, seed=seed)
    return Club(options, demand, _uses(visits), _capacity(costs))


def _uses(visits):
    """Mean minutes of a visit in its room and with its staff."""
    parts = [
        visits.groupby(["service", kind])[minutes]
        .mean()
        .rename_axis(["service", "resource"])
        .rename("minutes")
        for kind, minutes in (("room_kind", "minutes"), ("staff_kind", "staff_minutes"))
    ]
    return pd.concat(parts).reset_index()


def _capacity(costs):
    pools = costs[costs["driver"].isin(HOURS)]
    hours = pools["capacity_per_week"].to_numpy() * WEEKS / len(SEASONS) / 60
    table = pd.DataFrame({"resource": pools["kind"].to_numpy(), "hours": hours})
    return table.merge(pd.DataFrame({"season": SEASONS}), how="cross")


def fixed_costs(costs: pd.DataFrame, *, by_hour: float) -> float:
    """Money a year that no plan changes: rooms and staff not paid by the hour, and administration."""
    share = costs["driver"].map(dict.fromkeys(HOURS, 1 - by_hour)).fillna(1.0)
    return float(WEEKS * (costs["amount_per_week"] * share)[costs["driver"] != "uses"].sum())


def with_ways(
    club: Club, paid: pd.Series, costs: pd.DataFrame, *, rise: float, elasticity: float, by_hour: float
) -> Club:
    """``club`` with two more ways to run each service: dearer by the share ``rise``, or expanded.

    Dearer: ``paid`` (mean money of a visit, by service) times rise more a visit, and demand times
    (1 + rise)^-elasticity. Expanded: one more unit of the staff that the service uses.
    """
    usual = club.options[club.options["option"] == AS_IT_IS]
    more = usual["service"].map(paid) * rise
    dearer = usual.assign(option=DEARER, demand_factor=(1 + rise) ** -elasticity)
    dearer = dearer.assign(margin=usual["margin"] + more, full_margin=usual["full_margin"] + more)
    unit = _one_more(club.uses, costs)
    wages = usual["service"].map(unit["wage"] * (1 - by_hour))
    expanded = usual.assign(option=EXPANDED, cost=usual["cost"] + wages)
    options = pd.concat([usual, dearer, expanded], ignore_index=True)
    additions = unit.reset_index()[["service", "resource", "hours"]].assign(option=EXPANDED)
    return club._replace(options=options, additions=additions)


def _one_more(uses, costs):
    """What one more unit of its staff gives each service, in hours a season, and costs, in money a year."""
    staff = costs[costs["driver"] == "staff_minutes"].set_index("kind")
    each = staff[["capacity_per_week", "amount_per_week"]].div(staff["units"], axis=0)
    each["hours"] = each["capacity_per_week"] * WEEKS / len(SEASONS) / 60
    each["wage"] = each["amount_per_week"] * WEEKS
    return uses.merge(each, left_on="resource", right_index=True).set_index("service")
