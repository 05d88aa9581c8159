"""Frequent itemsets end to end: from the long table of receipt lines to a table of itemsets.

    python benchmarks/baskets.py [--repeat 3] [--only crmlib,rusket] [--products]

Complete Journey at product_category, 155,659 baskets, at three thresholds. Each tool runs in a
process of its own, prepares the data the fastest way its documentation offers, and is timed
``repeat`` times after one run that does not count; the table shows the best time, the memory
above the loaded data, and how many itemsets came out (they must agree).
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

COUNTS = (2400, 945, 402)
BASKETS = 155_659


def lines(item):
    from crmlib.datasets import load_complete_journey

    table = load_complete_journey(columns=["basket_id", item]).dropna()
    return table.rename(columns={item: "item"}).astype({"item": str if item != "product_id" else int})


def run_crmlib(table, min_count):
    from crmlib.baskets import encode, frequent_itemsets

    return len(frequent_itemsets(encode(table), min_count=min_count))


def run_rusket(table, min_count):
    import rusket

    wide = rusket.from_transactions(table, transaction_col="basket_id", item_col="item")
    return len(rusket.mine(wide, min_support=just_below(min_count, len(wide)), use_colnames=True))


def run_pyfim(table, min_count):
    import fim

    rows, _ = pd.factorize(table["basket_id"])
    order = np.argsort(rows, kind="stable")
    bounds = np.flatnonzero(np.diff(rows[order])) + 1
    transactions = [part.tolist() for part in np.split(table["item"].to_numpy(dtype=object)[order], bounds)]
    return len(fim.eclat(transactions, target="s", supp=-min_count, zmin=1, report="a"))


def mlxtend_table(table):
    rows, _ = pd.factorize(table["basket_id"])
    columns, items = pd.factorize(table["item"])
    present = np.zeros((rows.max() + 1, len(items)), dtype=bool)
    present[rows, columns] = True
    return pd.DataFrame(present, columns=items)


def run_mlxtend_fpgrowth(table, min_count):
    from mlxtend.frequent_patterns import fpgrowth

    wide = mlxtend_table(table)
    return len(fpgrowth(wide, min_support=just_below(min_count, len(wide)), use_colnames=True))


def run_mlxtend_hmine(table, min_count):
    from mlxtend.frequent_patterns import hmine

    wide = mlxtend_table(table)
    return len(hmine(wide, min_support=just_below(min_count, len(wide)), use_colnames=True))


def run_efficient_apriori(table, min_count):
    from efficient_apriori import itemsets_from_transactions

    transactions = table.groupby("basket_id")["item"].apply(lambda items: tuple(set(items))).tolist()
    found, _ = itemsets_from_transactions(transactions, just_below(min_count, len(transactions)))
    return sum(map(len, found.values()))


def just_below(min_count, n_baskets):
    """A support between two counts, so that rounding in a peer cannot move the threshold."""
    return (min_count - 0.5) / n_baskets


TOOLS = {
    name.removeprefix("run_").replace("_", "-"): run
    for name, run in list(globals().items())
    if name.startswith("run_")
}


def measure(tool, item, min_count, repeat):
    """Best seconds, peak MiB above the loaded data, itemsets found; in this process."""
    table = lines(item)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading
    before = peak_memory()
    times = []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        found = TOOLS[tool](table, min_count)
        times.append(time.perf_counter() - start)
        if len(times) == 1 and times[0] > 30:
            break  # too slow to repeat, and warming up is nothing beside it
    return {"seconds": min(times[1:] or times), "mib": peak_memory() - before, "found": found}


def peak_memory():
    """MiB, the most this process has held since the peak was last forgotten (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_apart(tool, item, min_count, repeat, limit):
    command = [sys.executable, __file__, "--measure", tool, item, str(min_count), "--repeat", str(repeat)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return {"seconds": float("inf"), "mib": float("nan"), "found": None}
    return json.loads(done.stdout.splitlines()[-1])


def show(tools, item, counts, repeat, limit):
    print(f"| {item}: tool | " + " | ".join(f"{count:,} baskets" for count in counts) + " |")
    print("|---|" + "--:|" * len(counts))
    ours = {}
    for tool in tools:
        cells = []
        for count in counts:
            result = measure_apart(tool, item, count, repeat, limit)
            ours.setdefault(count, result)
            cells.append(cell(result, ours[count], limit))
        print(f"| {tool} | " + " | ".join(cells) + " |", flush=True)


def cell(result, ours, limit):
    if result["found"] is None:
        return f"over {limit:.0f} s (over {limit / ours['seconds']:.0f} x)"
    if result["found"] != ours["found"]:
        return f"WRONG: {result['found']:,} itemsets for {ours['found']:,}"
    ratio = result["seconds"] / ours["seconds"]
    return f"{result['seconds']:.2f} s ({ratio:.2f} x), {result['mib']:.0f} MiB, {result['found']:,} sets"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds a tool may take at one threshold")
    parser.add_argument("--only", help="tools, by commas; the first is the base of the ratios")
    parser.add_argument("--products", action="store_true", help="68,509 products at 0.1 % instead")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        tool, item, count = options.measure
        print(json.dumps(measure(tool, item, int(count), options.repeat)))
        return
    tools = options.only.split(",") if options.only else list(TOOLS)
    if options.products:
        show(tools, "product_id", (156,), options.repeat, options.limit)
    else:
        show(tools, "product_category", COUNTS, options.repeat, options.limit)


if __name__ == "__main__":
    main()
