"""What a plan must respect: the club's own limits and what the manager asks for."""

from collections.abc import Mapping
from typing import NamedTuple

from crmlib.value.checks import setting


class Rules(NamedTuple):
    """What the manager asks of a plan, beside the hours there are.

    ``max_loss_making``: at most so many loss-making services may be kept as crowd-pullers; the
    case's own rule says two; None lifts it. ``keep`` and ``drop``: services that must stay or go.
    ``min_services``: at least so many are kept. ``max_cost``: money a period for keeping services.
    ``min_served``: tier -> share of all visits the tier wants that must be served, in each season and
    scenario.
    """

    max_loss_making: int | None = 2
    keep: tuple = ()
    drop: tuple = ()
    min_services: int = 0
    max_cost: float | None = None
    min_served: Mapping[str, float] = {}


def checked_rules(rules: Rules, club) -> Rules:
    """The rules; `ValueError` names what is asked of a service or tier that is not there."""
    known = {"keep": set(club.services), "drop": set(club.services), "min_served": set(club.demand["tier"])}
    for name, names in known.items():
        given = getattr(rules, name)
        if isinstance(given, str):
            raise ValueError(f"{name}={given!r}: a tuple of names, such as ({given!r},)")
        for one in given:
            if one not in names:
                raise ValueError(f"{name}: {one!r} is none of {sorted(names, key=str)}")
    for tier, share in rules.min_served.items():
        setting(**{f"min_served[{tier!r}]": share}, most=1)
    for name in ("max_loss_making", "min_services", "max_cost"):
        value = getattr(rules, name)
        if value is not None:
            setting(**{name: value})
    return rules
