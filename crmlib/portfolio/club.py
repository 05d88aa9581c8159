"""What a club is to the programme: five tables, checked once."""

from typing import NamedTuple

import pandas as pd

from crmlib.value.checks import need, numeric, present

ALL_YEAR = "all"
CELL = ["tier", "season", "scenario"]
ADDITIONS = pd.DataFrame(columns=["service", "option", "resource", "hours"])


class Club(NamedTuple):
    """A club as the programme sees it; every quantity is for one planning period, a week for instance.

    ``options``: a row for each way of running a service: service, option, margin (money a visit
    brings before the costs of keeping the service), cost (money a period, saved if the service is
    dropped), full_margin (money a visit brings after all costs; below 0 the option is
    *loss-making*), demand_factor (demand under this option as a multiple of ``demand``).
    ``demand``: service, tier, scenario, visits wanted; season where there are seasons, which share
    no hours; extra_margin (money a visit of this tier brings beyond the option's margin, below 0 for a
    discount) where tiers differ. Scenarios are equally likely.
    ``uses``: service, resource, minutes a visit. ``capacity``: resource, hours; season if the
    demand has it. ``brings``: brings, service, share: this share of the visits to ``service`` is
    made by people who come for ``brings``, and is lost with it. ``additions``: service, option,
    resource, hours that choosing the option adds.
    """

    options: pd.DataFrame
    demand: pd.DataFrame
    uses: pd.DataFrame
    capacity: pd.DataFrame
    brings: pd.DataFrame = pd.DataFrame(columns=["brings", "service", "share"])
    additions: pd.DataFrame = ADDITIONS

    @property
    def services(self) -> list:
        """The services in the order of ``options``."""
        return list(dict.fromkeys(self.options["service"]))


ANY = float("-inf")
LEAST = {
    "options": {"margin": ANY, "cost": ANY, "full_margin": ANY, "demand_factor": 0},
    "demand": {"visits": 0, "extra_margin": ANY},
    "uses": {"minutes": 0},
    "capacity": {"hours": 0},
    "brings": {"share": 0},
    "additions": {"hours": 0},
}
KEYS = {
    "options": ["service", "option"],
    "demand": ["service", *CELL],
    "uses": ["service", "resource"],
    "capacity": ["resource", "season"],
    "brings": ["brings", "service"],
    "additions": ["service", "option", "resource"],
}


def checked(club: Club) -> Club:
    """The club with all columns filled in; `ValueError` names table, column and value."""
    demand = _filled(club.demand, season=ALL_YEAR, extra_margin=0.0)
    club = club._replace(demand=demand, capacity=_filled(club.capacity, season=ALL_YEAR))
    club = Club(**{name: _checked_table(name, table) for name, table in club._asdict().items()})
    if club.options.empty or club.demand.empty:
        raise ValueError("options, demand: there are no rows to choose from")
    _check_known(club)
    _check_shares(club.brings)
    return club


def _filled(table, **columns):
    return table.assign(**{name: value for name, value in columns.items() if name not in table})


def _checked_table(name, table):
    try:
        present(table, *KEYS[name], *LEAST[name])
        if len(table):
            need(table, *KEYS[name])
            for column, least in LEAST[name].items():
                table = numeric(table, column, least=least)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    twice = table[table.duplicated(KEYS[name])]
    if len(twice):
        raise ValueError(f"{name}: {twice.iloc[0][KEYS[name]].to_dict()} stands twice")
    return table


def _check_known(club):
    services, resources = set(club.services), set(club.capacity["resource"])
    for name, column, known in (
        ("demand", "service", services),
        ("uses", "service", services),
        ("uses", "resource", resources),
        ("brings", "brings", services),
        ("brings", "service", services),
        ("additions", "service", services),
        ("additions", "resource", resources),
    ):
        unknown = sorted(set(getattr(club, name)[column]) - known, key=str)
        if unknown:
            raise ValueError(f"{name}: column {column!r}: {unknown[0]!r} is none of {sorted(known, key=str)}")
    seasons = {(r, s) for r in club.uses["resource"].unique() for s in club.demand["season"].unique()}
    missing = seasons - set(zip(club.capacity["resource"], club.capacity["season"], strict=True))
    if missing:
        raise ValueError(f"capacity: there are no hours for {sorted(missing, key=str)[0]}")


def _check_shares(brings):
    own = brings[brings["brings"] == brings["service"]]
    if len(own):
        raise ValueError(f"brings: {own['service'].iloc[0]!r} brings itself")
    total = brings.groupby("service")["share"].sum()
    if (total > 1 + 1e-9).any():
        raise ValueError(f"brings: column 'share' adds to {total.max():.3f} for {total.idxmax()!r}, over 1")
