"""The portfolio at scale: 60 services, two ways to run each, 4 tiers by 3 seasons.

    python benchmarks/portfolio.py [--scenarios 1] [--clubs 5] [--gap 1e-4] [--limit 60]

Processor seconds, since HiGHS runs in one thread: writing the programme down, choosing, and choosing
the visits again. Ends with an error if a club takes longer than ``limit``.
"""

import argparse
import sys
import time

import numpy as np
import pandas as pd

from crmlib import portfolio as pf

N_SERVICES, N_TIERS, N_SEASONS, N_ROOMS = 60, 4, 3, 6


def club(n_scenarios, seed):
    """Services that differ in margin and cost, short hours, and each bringing visits to the next."""
    rng = np.random.default_rng(seed)
    names = [f"s{at}" for at in range(N_SERVICES)]
    margin, cost = rng.uniform(20, 200, N_SERVICES), rng.uniform(500, 20_000, N_SERVICES)
    usual = pd.DataFrame({"service": names, "option": "as it is", "margin": margin, "cost": cost})
    usual["full_margin"], usual["demand_factor"] = margin - rng.uniform(0, 120, N_SERVICES), 1.0
    dearer = usual.assign(option="dearer", demand_factor=0.9)
    dearer[["margin", "full_margin"]] += 0.1 * margin[:, None]
    demand = pd.MultiIndex.from_product(
        [names, range(N_TIERS), range(N_SEASONS)], names=["service", "tier", "season"]
    ).to_frame(index=False)
    demand["usual"] = rng.gamma(2, 40, len(demand))
    demand = demand.merge(pd.DataFrame({"scenario": range(n_scenarios)}), how="cross")
    demand["visits"] = demand["usual"] * rng.uniform(0.8, 1.2, len(demand))
    rooms = [f"room {at % N_ROOMS}" for at in range(N_SERVICES)]
    hours = pd.MultiIndex.from_product([sorted(set(rooms)), range(N_SEASONS)], names=["resource", "season"])
    return pf.Club(
        pd.concat([usual, dearer]),
        demand.drop(columns="usual"),
        pd.DataFrame({"service": names, "resource": rooms, "minutes": 60}),
        hours.to_frame(index=False).assign(hours=2600.0),
        pd.DataFrame({"brings": np.roll(names, 1), "service": names, "share": 0.2}),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--clubs", type=int, default=5)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--limit", type=float, default=60.0, help="processor seconds")
    options = parser.parse_args()
    slowest = max(measure(seed, options) for seed in range(1, options.clubs + 1))
    sys.exit(slowest > options.limit)


def measure(seed, options):
    """Processor seconds of one club, which are printed too."""
    asked = club(options.scenarios, seed)
    start = time.process_time()
    plan = pf.best_plan(asked, gap=options.gap)
    seconds = time.process_time() - start
    kept = (plan.choice != "drop").sum()
    print(f"club {seed}: {seconds:.1f} s, gap {plan.gap:.1e}, {kept} services kept", flush=True)
    return seconds


if __name__ == "__main__":
    main()
