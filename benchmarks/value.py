"""Customer value at scale: RFM, pyramid and whale curve of 1 million customers and 20 million visits.

    python benchmarks/value.py [--customers 1000000] [--visits 20000000] [--repeat 3] [--only crmlib,pandas]

``crmlib`` is the library; ``pandas`` the group-by that one would write; ``polars`` the same in a
library made for speed, on the same columns. Each in a process of its own, ``repeat`` times after one
run that does not count: the best time, the memory above the loaded data, and a checksum (they must
agree). ``costing`` charges every visit by the minute with crmlib; it has no peer.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

NOW_WEEK = 104


def visits(n_customers, n_visits):
    """Visits of customers with unequal rates; only the form matters here."""
    rng = np.random.default_rng(1)
    places = np.sort(rng.pareto(1.5, n_customers)).cumsum()
    who = np.searchsorted(places / places[-1], rng.random(n_visits))
    return pd.DataFrame(
        {
            "customer_id": rng.permutation(n_customers)[who] + 1,
            "week": rng.integers(1, NOW_WEEK + 1, n_visits, dtype=np.int32),
            "paid": rng.gamma(4, 40, n_visits).round(2),
            "profit": rng.normal(5, 60, n_visits).round(2),
        }
    )


def run_crmlib(table):
    from crmlib import value as va

    rfm = va.recency_frequency_money(table, now_week=NOW_WEEK)
    scores = va.rfm_scores(rfm)
    tiers = va.customer_tiers(rfm["money"])
    pyramid = va.pyramid(rfm.assign(tier=tiers))
    charged = table.assign(cost=table["paid"] - table["profit"])
    whale = va.whale_curve(va.profit_by(charged, "customer_id")["profit"])
    return checksum(rfm["recency_weeks"], scores["M"], pyramid["money"], whale["cumulative"])


def run_pandas(table):
    by = table.groupby("customer_id").agg(
        last=("week", "max"), frequency=("week", "size"), money=("paid", "sum"), profit=("profit", "sum")
    )
    recency = NOW_WEEK - by["last"]
    scores = [fifths(column) for column in (-recency, by["frequency"], by["money"])]
    place = np.searchsorted(
        np.ceil(np.array([0.01, 0.2, 0.6, 1]) * len(by)), by["money"].rank(ascending=False)
    )
    money = by["money"].groupby(place).sum()
    whale = by["profit"].sort_values(ascending=False).cumsum()
    return checksum(recency, scores[2], money, whale)


def fifths(column):
    rank = column.rank(method="average") - 1
    return 1 + (rank * 5 // len(column)).astype(int)


def run_polars(table):
    import polars as pl

    frame = pl.DataFrame({name: table[name].to_numpy() for name in table})
    by = frame.group_by("customer_id").agg(
        (NOW_WEEK - pl.col("week").max()).alias("recency"),
        pl.len().alias("frequency"),
        pl.col("paid").sum().alias("money"),
        pl.col("profit").sum(),
    )
    n = by.height
    fifth = {
        name: 1 + ((column.rank("average") - 1) * 5 / n).floor()
        for name, column in (
            ("R", -pl.col("recency")),
            ("F", pl.col("frequency").cast(pl.Int64)),
            ("M", pl.col("money")),
        )
    }
    by = by.with_columns(**fifth, rank=pl.col("money").rank("max", descending=True))
    cuts = [int(np.ceil(share * n)) for share in (0.01, 0.2, 0.6)]
    tier = sum((pl.col("rank") > cut).cast(pl.Int8) for cut in cuts)
    money = by.group_by(tier.alias("tier")).agg(pl.col("money").sum()).sort("tier")
    whale = by.sort("profit", descending=True)["profit"].cum_sum()
    return checksum(*(column.to_numpy() for column in (by["recency"], by["M"], money["money"], whale)))


def run_costing(table):
    from crmlib import value as va

    costs = pd.DataFrame(
        {
            "resource": ["rent"] * 2 + ["admin"],
            "kind": ["treatment", "gym", "all"],
            "driver": ["room_minutes"] * 2 + ["visits"],
            "capacity_per_week": [9e6, 9e6, 9e5],
            "amount_per_week": [4e6, 1e6, 1e6],
        }
    )
    kind = pd.Categorical.from_codes(table["week"].to_numpy() % 2, ["treatment", "gym"])
    rows = table[["customer_id", "paid"]].assign(room_kind=kind, minutes=60)
    charged = va.visit_profit(rows, costs, direct=())
    return checksum(va.profit_by(charged, "customer_id")["profit"])


def checksum(*columns):
    return [round(float(np.asarray(column, dtype=float).sum()) / len(column), 2) for column in columns]


TOOLS = {name.removeprefix("run_"): run for name, run in list(globals().items()) if name.startswith("run_")}


def measure(tool, n_customers, n_visits, repeat):
    """Best seconds, peak MiB above the loaded data and in all, checksum; in this process."""
    table = visits(n_customers, n_visits)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading
    before, times = peak_memory(), []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        found = TOOLS[tool](table)
        times.append(time.perf_counter() - start)
    peak = peak_memory()
    return {"seconds": min(times[1:]), "mib": peak - before, "all": peak, "found": found}


def peak_memory():
    """MiB, the most this process has held since the peak was last forgotten (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_apart(tool, options):
    sizes = ["--customers", str(options.customers), "--visits", str(options.visits)]
    command = [sys.executable, __file__, "--measure", tool, *sizes, "--repeat", str(options.repeat)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=20_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", help="tools, by commas; the first is the base of the ratios")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.customers, options.visits, options.repeat)))
        return
    tools = options.only.split(",") if options.only else list(TOOLS)
    print(f"| {options.customers:,} customers, {options.visits:,} visits | time | above the data | in all |")
    print("|---|--:|--:|--:|")
    ours = None
    for tool in tools:
        result = measure_apart(tool, options)
        ours = ours or result
        right = tool == "costing" or result["found"] == ours["found"]
        ratio = f"{result['seconds']:.2f} s ({result['seconds'] / ours['seconds']:.2f} x)"
        wrong = "" if right else f" WRONG: {result['found']} for {ours['found']}"
        print(f"| {tool}{wrong} | {ratio} | {result['mib']:.0f} MiB | {result['all']:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
