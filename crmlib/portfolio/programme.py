"""The mixed-integer programme: its variables, and its rows under the names of the rules they come from."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from crmlib.portfolio.club import CELL, Club
from crmlib.portfolio.rules import Rules

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
        keys = pd.Index(pd.unique(key))
        at = keys.get_indexer(key) + self.count
        self.entries.append(pd.DataFrame({"row": at, "column": column, "value": np.asarray(value, float)}))
        ends = {
            end: np.asarray(by.reindex(keys) if isinstance(by, pd.Series) else np.full(len(keys), by), float)
            for end, by in (("lower", lower), ("upper", upper))
        }
        self.limits.append(pd.DataFrame({"rule": len(self.names), **ends}))
        self.names.append(name)
        self.count += len(keys)

    def matrix(self, n_columns):
        """All entries as one sparse matrix."""
        table = pd.concat(self.entries)
        places = (table["row"], table["column"])
        return coo_array((table["value"], places), shape=(self.count, n_columns)).tocsr()


def programme(club: Club, rules: Rules) -> Programme:
    """The programme of a checked club under checked rules."""
    choices = club.options.reset_index(drop=True)
    choices["column"] = choices.index
    visits = choices.merge(club.demand, on="service", how="inner").rename(columns={"column": "choice"})
    visits["column"] = np.arange(len(visits)) + len(choices)
    visits["most"] = visits["demand_factor"] * visits["visits"]
    visits["margin"] += visits["extra_margin"]
    visits["cell"] = pd.MultiIndex.from_frame(visits[CELL]).to_flat_index()
    rows = _Rows()
    _structure(rows, choices, visits)
    _brought(rows, club, visits)
    _capacity(rows, club, choices, visits)
    _asked(rows, rules, choices)
    _served(rows, rules, visits)
    profits = _profits(choices, visits)
    _worst(rows, profits, len(choices) + len(visits))
    limits = pd.concat(rows.limits, ignore_index=True)
    return Programme(choices, visits, rows.matrix(profits.shape[1]), limits, rows.names, profits)


def _structure(rows, choices, visits):
    """A service is run in one way at most, and nobody visits what is not on offer."""
    rows.add(STRUCTURE, choices["service"], choices["column"], 1.0, upper=1)
    key = np.concatenate([visits["column"], visits["column"]])
    column = np.concatenate([visits["column"], visits["choice"]])
    value = np.concatenate([np.ones(len(visits)), -visits["most"]])
    rows.add(STRUCTURE, key, column, value, upper=0)


def _brought(rows, club, visits):
    """Of visits that another service brings, the part served is the part of that service that is served.

    v / factor <= D (1 - sum share) + sum share D v' / D', where D' is the demand of the bringing
    service in the same tier, season and scenario; where nobody wants that one, nothing hangs on it.
    """
    wanted = club.demand[club.demand["visits"] > 0]
    pairs = wanted.merge(club.brings[club.brings["share"] > 0], on="service")
    pairs = pairs.merge(
        wanted.rename(columns={"service": "brings", "visits": "brought_by"}), on=["brings", *CELL]
    )
    if pairs.empty:
        return
    pairs["lost"] = pairs["visits"] * pairs["share"]
    free = pairs.groupby(["service", *CELL]).agg(visits=("visits", "first"), lost=("lost", "sum"))
    free = free["visits"] - free["lost"]
    of_service = visits[visits["most"] > 0].merge(free.index.to_frame(index=False), on=["service", *CELL])
    bringing = pairs.merge(
        visits.drop(columns=["visits"]).rename(columns={"service": "brings"}), on=["brings", *CELL]
    )
    value = pd.concat([1 / of_service["demand_factor"], -bringing["lost"] / bringing["brought_by"]])
    parts = pd.concat([of_service, bringing])
    key = pd.MultiIndex.from_frame(parts[["service", *CELL]]).to_flat_index()
    free.index = free.index.to_flat_index()
    rows.add(STRUCTURE, key, parts["column"], value, upper=free)


def _capacity(rows, club, choices, visits):
    """The hours of a resource, season by season, in every scenario."""
    used = visits.merge(club.uses[club.uses["minutes"] > 0], on="service")
    added = choices.merge(club.additions, on=["service", "option"])
    scenarios = pd.DataFrame({"scenario": club.demand["scenario"].unique()})
    for resource, hours in club.capacity.groupby("resource", sort=False):
        use = used[used["resource"] == resource]
        if use.empty:
            continue
        more = added[added["resource"] == resource].rename(columns={"hours": "more"})
        more = more.merge(hours, how="cross", suffixes=("", "_")).merge(scenarios, how="cross")
        parts = pd.concat([use, more])
        value = np.concatenate([use["minutes"] / 60, -more["more"].to_numpy(float)])
        key = pd.MultiIndex.from_frame(parts[["season", "scenario"]]).to_flat_index()
        ends = hours.merge(scenarios, how="cross").set_index(["season", "scenario"])["hours"]
        ends.index = ends.index.to_flat_index()
        rows.add(("capacity", resource), key, parts["column"], value, upper=ends)


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
