"""Big customers, true and false."""

import numpy as np
import pandas as pd

from crmlib.value.checks import numeric, share

TRUE_BIG = "key account"
KINDS = (TRUE_BIG, "occasional bulk", "squeezer", "repeat without profit")


def false_big_customers(
    customers: pd.DataFrame,
    *,
    big_share: float = 0.2,
    few_weeks: int = 4,
    least_margin: float = 0.0,
    deep_discount: float = 0.25,
) -> pd.DataFrame:
    """The customers with most money, and which of them are big in name only.

    ``customers`` has one row each: money, profit, active_weeks (weeks with a purchase), discount_share
    (of the list price). Big are the first ``big_share`` by money, rounded up, ties included. In this
    order a big customer is "occasional bulk" who bought in at most ``few_weeks`` weeks; else, with a
    profit of at most ``least_margin`` times money, a "squeezer" where the discount is
    ``deep_discount`` or more, and "repeat without profit" where not; else a "key account". The
    three false kinds are those of the source; its words give no thresholds, these are assumptions.

    Returns the big ones, most money first, with the columns margin and kind.

    >>> customers = pd.DataFrame({"money": [900.0, 800.0, 10.0], "profit": [-50.0, 200.0, 5.0],
    ...     "active_weeks": [30, 25, 1], "discount_share": [0.4, 0.0, 0.0]})
    >>> false_big_customers(customers, big_share=0.5)["kind"].tolist()
    ['squeezer', 'key account']
    """
    customers = numeric(customers, "money", "profit", "active_weeks", "discount_share")
    share(big_share=big_share)
    count = int(np.ceil(round(big_share * len(customers), 9)))
    least = np.sort(customers["money"].to_numpy())[-count]
    big = customers[customers["money"] >= least].sort_values("money", ascending=False, kind="stable")
    if (big["money"] <= 0).any():
        raise ValueError(f"column 'money': {big['money'].min()} among the big; a margin needs money")
    poor = big["profit"] <= least_margin * big["money"]
    rules = [big["active_weeks"] <= few_weeks, poor & (big["discount_share"] >= deep_discount), poor]
    kind = np.select(rules, KINDS[1:], default=TRUE_BIG)
    return big.assign(margin=big["profit"] / big["money"], kind=kind)
