"""The mixed-integer programme: its variables, and its rows under the names of the rules they come from."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from crmlib.portfolio.club import CELL, Club
from crmlib.portfolio.rules import Rules

PERIOD = ["season", "scenario"]
STRUCTURE = ("structure", "")  # what makes the columns mean what they say; never in conflict


class Programme(NamedTuple):
    """Columns: options (0 or 1), visits (from 0 on), the profit of the worst scenario.

    ``choices`` and ``visits`` name the columns. ``rows`` is a matrix with a line in ``limits`` for each
    row: lower, upper and the place in ``names`` of the rule it comes from. ``profits`` has a row for
    each scenario. All matrices are over options, then visits, then the worst profit.
    """

    choices: pd.DataFrame
    visits: pd.DataFrame
    rows: csr_array
    limits: pd.DataFrame
    names: list
    profits: csr_array


class _Rows:
    """Rows as they are written down, one block after another."""

    def __init__(self):
        self.entries, self.limits, self.names, self.count = [], [], [], 0

    def add(self, name, key, column, value, *, lower=-np.inf, upper=np.inf):
        """A row for each distinct ``key``; the ends are numbers, or series with the key as index."""
        at, keys = pd.factorize(np.asarray(key))
        self.entries.append((at + self.count, np.asarray(column), np.broadcast_to(value, len(at))))
        ends = [
            by.reindex(keys).to_numpy(float) if isinstance(by, pd.Series) else np.full(len(keys), float(by))
            for by in (lower, upper)
        ]
        self.limits.append((*ends, np.full(len(keys), len(self.names))))
        self.names.append(name)
        self.count += len(keys)

    def matrix(self, n_columns):
        """All entries as one sparse matrix."""
        row, column, value = (np.concatenate(parts) for parts in zip(*self.entries, strict=True))
        return coo_array((value, (row, column)), shape=(self.count, n_columns)).tocsr()

    def ends(self):
        """Lower and upper end of each row, and the place of its rule."""
        parts = (np.concatenate(parts) for parts in zip(*self.limits, strict=True))
        return pd.DataFrame(dict(zip(("lower", "upper", "rule"), parts, strict=True)))


def programme(club: Club, rules: Rules) -> Programme:
    """The programme of a checked club under checked rules."""
    choices = club.options.reset_index(drop=True)
    choices["column"] = choices.index
    club = _numbered(club)
    visits = choices.merge(club.demand, on="service", how="inner").rename(columns={"column": "choice"})
    visits["column"] = np.arange(len(visits)) + len(choices)
    visits["most"] = visits["demand_factor"] * visits["visits"]
    visits["margin"] += visits["extra_margin"]
    rows = _Rows()
    _structure(rows, choices, visits)
    _brought(rows, club, visits)
    _capacity(rows, club, choices, visits)
    _asked(rows, rules, choices)
    _served(rows, rules, visits)
    profits = _profits(choices, visits)
    _worst(rows, profits, len(choices) + len(visits))
    return Programme(choices, visits, rows.matrix(profits.shape[1]), rows.ends(), rows.names, profits)


def _numbered(club):
    """The club with a number for each cell of demand, period that shares hours, and service in a cell."""
    keys = {"cell": CELL, "period": PERIOD, "wish": ["service", *CELL]}
    numbers = {name: club.demand.groupby(key, sort=False).ngroup() for name, key in keys.items()}
    return club._replace(demand=club.demand.assign(**numbers))


def _structure(rows, choices, visits):
    """A service is run in one way at most, and nobody visits what is not on offer."""
    rows.add(STRUCTURE, choices["service"], choices["column"], 1.0, upper=1)
    key = np.concatenate([visits["column"], visits["column"]])
    column = np.concatenate([visits["column"], visits["choice"]])
    value = np.concatenate([np.ones(len(visits)), -visits["most"]])
    rows.add(STRUCTURE, key, column, value, upper=0)


def _brought(rows, club, visits):
    """Of visits that another service brings, the part served is the part of that service that is served.

    v / factor <= D (1 - sum share) x + sum share D v' / D', where x says that the service is kept and D'
    is the demand of the bringing service in the same tier, season and scenario; where nobody wants that
    one, nothing hangs on it.
    """
    wanted = club.demand[club.demand["visits"] > 0]
    brought_by = wanted[["service", "cell", "visits"]].set_axis(["brings", "cell", "brought_by"], axis=1)
    pairs = wanted.merge(club.brings[club.brings["share"] > 0], on="service")
    pairs = pairs.merge(brought_by, on=["brings", "cell"])
    if pairs.empty:
        return
    pairs["lost"] = pairs["visits"] * pairs["share"]
    free = pairs.groupby("wish").agg(visits=("visits", "first"), lost=("lost", "sum"))
    free = free["visits"] - free["lost"]
    own = visits[(visits["most"] > 0) & visits["wish"].isin(free.index)]
    bringing = visits[["service", "cell", "column"]].set_axis(["brings", "cell", "column"], axis=1)
    bringing = pairs.merge(bringing, on=["brings", "cell"])
    lost = -bringing["lost"] / bringing["brought_by"]
    value = pd.concat([1 / own["demand_factor"], -own["wish"].map(free), lost])
    column = pd.concat([own["column"], own["choice"], bringing["column"]])
    rows.add(STRUCTURE, pd.concat([own["wish"], own["wish"], bringing["wish"]]), column, value, upper=0)


def _capacity(rows, club, choices, visits):
    """The hours of a resource, season by season, in every scenario."""
    periods = club.demand[[*PERIOD, "period"]].drop_duplicates()
    used = visits[["service", "period", "column"]].merge(club.uses[club.uses["minutes"] > 0], on="service")
    added = choices.merge(club.additions, on=["service", "option"]).merge(periods, how="cross")
    used, added = used.assign(hours=used["minutes"] / 60), added.assign(hours=-added["hours"].astype(float))
    parts = pd.concat([part[["resource", "period", "column", "hours"]] for part in (used, added)])
    of_resource = parts.groupby("resource").indices
    ends = club.capacity.merge(periods, on="season").set_index("period")
    for resource, hours in ends.groupby("resource", sort=False)["hours"]:
        if resource in of_resource:
            part = parts.iloc[of_resource[resource]]
            rows.add(("capacity", resource), part["period"], part["column"], part["hours"], upper=hours)


def _asked(rows, rules, choices):
    """What the manager asks of the choice itself."""
    one = np.zeros(len(choices), dtype=int)
    loss = (choices["full_margin"] < 0).astype(float)
    for kind, value, end in (
        ("loss_making", loss, {"upper": rules.max_loss_making}),
        ("min_services", 1, {"lower": rules.min_services}),
        ("max_cost", choices["cost"], {"upper": rules.max_cost}),
    ):
        (limit,) = end.values()
        if limit is not None:
            rows.add((kind, limit), one, choices["column"], np.broadcast_to(value, len(one)), **end)
    for kind, end in (("keep", {"lower": 1}), ("drop", {"upper": 0})):
        for service in getattr(rules, kind):
            rows.add((kind, service), one, choices["column"], choices["service"] == service, **end)


def _served(rows, rules, visits):
    """The share of a tier's wanted visits that is served, in each season and scenario."""
    for tier, share in rules.min_served.items():
        own = visits[visits["tier"] == tier]
        wanted = own.drop_duplicates(["service", *CELL]).groupby("cell")["visits"].sum()
        rows.add(("min_served", (tier, share)), own["cell"], own["column"], 1, lower=share * wanted)


def _profits(choices, visits):
    """Profit of each scenario as a row over the columns: margins of the visits less costs kept."""
    scenarios, known = pd.factorize(visits["scenario"], sort=True)
    n = len(known)
    at = np.concatenate([scenarios, np.repeat(np.arange(n), len(choices))])
    column = np.concatenate([visits["column"], np.tile(choices["column"], n)])
    value = np.concatenate([visits["margin"], np.tile(-choices["cost"], n)])
    return coo_array((value, (at, column)), shape=(n, len(choices) + len(visits) + 1)).tocsr()


def _worst(rows, profits, worst):
    """The last column is at most the profit of every scenario."""
    table = profits.tocoo()
    n = table.shape[0]
    key = np.concatenate([np.arange(n), table.coords[0]])
    column = np.concatenate([np.full(n, worst), table.coords[1]])
    rows.add(STRUCTURE, key, column, np.concatenate([np.ones(n), -table.data]), upper=0)
