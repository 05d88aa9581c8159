"""The best plan by trying every choice: an oracle for small clubs, written without the programme."""

from itertools import product

import numpy as np
from scipy.optimize import linprog


def best_profit(club, rules, caution=0.0):
    """The highest profit over all choices, and the choices that reach it; None where none is allowed."""
    found = []
    for choice in _choices(club):
        profits = _profits(club, choice, rules) if _allowed(club, choice, rules) else None
        if profits is not None:
            found.append(((1 - caution) * np.mean(profits) + caution * min(profits), choice))
    if not found:
        return None
    top = max(value for value, _ in found)
    return top, [choice for value, choice in found if value > top - 1e-6]


def _choices(club):
    services = list(dict.fromkeys(club.options["service"]))
    ways = [["drop", *club.options.loc[club.options["service"] == s, "option"]] for s in services]
    return [dict(zip(services, ways_, strict=True)) for ways_ in product(*ways)]


def _chosen(club, choice):
    return club.options[club.options["option"] == club.options["service"].map(choice)].set_index("service")


def _allowed(club, choice, rules):
    chosen = _chosen(club, choice)
    loss = int((chosen["full_margin"] < 0).sum())
    return (
        (rules.max_loss_making is None or loss <= rules.max_loss_making)
        and (rules.max_cost is None or chosen["cost"].sum() <= rules.max_cost + 1e-9)
        and len(chosen) >= rules.min_services
        and all(choice[s] != "drop" for s in rules.keep)
        and all(choice[s] == "drop" for s in rules.drop)
    )


def _profits(club, choice, rules):
    chosen, profits = _chosen(club, choice), []
    for scenario in sorted(club.demand["scenario"].unique()):
        total = -chosen["cost"].sum()
        demand = club.demand[club.demand["scenario"] == scenario]
        for season, part in demand.groupby("season"):
            gain = _season(club, choice, chosen, season, part, rules)
            if gain is None:
                return None
            total += gain
        profits.append(total)
    return profits


def _season(club, choice, chosen, season, demand, rules):
    """Most that the hours of one season bring in one scenario, by a dense linear programme."""
    cells = list(demand.itertuples(index=False))
    place = {(c.service, c.tier): at for at, c in enumerate(cells)}
    kept = [c.service in chosen.index for c in cells]
    factor = [chosen["demand_factor"].get(c.service, 0.0) for c in cells]
    gain = [
        (chosen["margin"][c.service] + c.extra_margin) if k else 0.0 for c, k in zip(cells, kept, strict=True)
    ]
    rows, ends = [], []
    for resource in club.capacity["resource"].unique():
        minutes = club.uses[club.uses["resource"] == resource].set_index("service")["minutes"]
        own = (club.capacity["resource"] == resource) & (club.capacity["season"] == season)
        hours = club.capacity.loc[own, "hours"].iloc[0]
        for more in club.additions.itertuples():
            if more.resource == resource and choice[more.service] == more.option:
                hours += more.hours
        rows.append([minutes.get(c.service, 0) / 60 for c in cells])
        ends.append(hours)
    for at, cell in enumerate(cells):
        row, end = _brought(club, cells, place, at, cell, factor)
        rows.append(row)
        ends.append(end)
    for tier, share in rules.min_served.items():
        rows.append([-1.0 * (c.tier == tier) for c in cells])
        ends.append(-share * sum(c.visits for c in cells if c.tier == tier))
    bounds = [(0, f * c.visits) for f, c in zip(factor, cells, strict=True)]
    answer = linprog(-np.array(gain), A_ub=np.array(rows), b_ub=np.array(ends), bounds=bounds)
    return -answer.fun if answer.status == 0 else None


def _brought(club, cells, place, at, cell, factor):
    """v[b] <= factor D[b] (1 - sum share (1 - v[a] / D[a]))."""
    row, end = np.zeros(len(cells)), factor[at] * cell.visits
    row[at] = 1.0
    for pair in club.brings.itertuples():
        other = place.get((pair.brings, cell.tier))
        if pair.service == cell.service and other is not None and cells[other].visits > 0:
            end -= factor[at] * cell.visits * pair.share
            row[other] -= factor[at] * cell.visits * pair.share / cells[other].visits
    return row, end
