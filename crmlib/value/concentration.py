"""How unequal customers are: Lorenz curve, Gini coefficient, Pareto share; the whale curve of profits."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlib.value.checks import numbers, share


def lorenz_curve(values) -> pd.DataFrame:
    """Share of the total that the smallest customers hold: columns customer_share, value_share.

    From (0, 0) to (1, 1), one row a customer and one for none. Source: Lorenz 1905.

    >>> lorenz_curve([1, 1, 2])["value_share"].tolist()
    [0.0, 0.25, 0.5, 1.0]
    """
    ordered = np.sort(numbers(values, name="values", least=0))
    total = _positive_total(ordered)
    shares = np.concatenate([[0.0], np.cumsum(ordered) / total])
    shares[-1] = 1.0
    return pd.DataFrame({"customer_share": np.arange(len(ordered) + 1) / len(ordered), "value_share": shares})


def gini(values) -> float:
    """0 when all are equal, (n - 1)/n when one of n has everything.

    G = sum_i (2 i - n - 1) x_(i) / (n sum x), x in ascending order: twice the area between the
    Lorenz curve and the diagonal. Source: Gini 1912.

    >>> gini([0, 0, 0, 8])
    0.75
    """
    ordered = np.sort(numbers(values, name="values", least=0))
    n, total = len(ordered), _positive_total(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def top_share(values, *, customers: float = 0.2, confidence: float = 0.95) -> dict[str, float]:
    """Share of the total that the best ``customers`` hold: estimate, lower, upper.

    1 - L(1 - customers) on the Lorenz curve, with straight lines between its points. Profits may
    be negative, the total may not; the share of the best then can exceed 1. The interval takes
    the customers as a sample of such customers: estimate +- z times the standard error of

        ((q - x) 1[x <= q] + L x) / mean,  q the value at the cut, L = L(1 - customers).

    It ends at ``customers``, below which the best cannot lie, and at 1 where no value is negative. With
    few customers, or one who outweighs all, it is too short. Source: Beach and Davidson 1983.

    >>> round(top_share([50, 20, 10, 10, 10], customers=0.2)["estimate"], 3)
    0.5
    """
    share(customers=customers, confidence=confidence)
    x = np.sort(numbers(values, name="values"))
    n, total = len(x), _positive_total(x)
    if n < 2:
        raise ValueError(f"values: {n} customer; an interval needs two or more")
    below = (1 - customers) * n
    cumulative = np.concatenate([[0.0], np.cumsum(x)])
    low = float(np.interp(below, np.arange(n + 1), cumulative) / total)
    q = x[min(int(np.ceil(round(below, 9))), n) - 1] if below > 0 else x[0]
    influence = ((q - x) * (x <= q) + low * x) / (total / n)
    half = norm.ppf((1 + confidence) / 2) * influence.std(ddof=1) / np.sqrt(n)
    lower, upper = max(1 - low - half, min(customers, 1 - low)), 1 - low + half
    return {
        "estimate": 1 - low,
        "lower": float(lower),
        "upper": float(min(upper, 1.0) if x[0] >= 0 else upper),
    }


def whale_curve(profits: pd.Series) -> pd.DataFrame:
    """Cumulative profit with the customers in order from the best to the worst.

    Columns customer_share, profit, cumulative, and cumulative_share where the total is positive
    (else missing); index as ``profits``, best first. The highest point of the curve is the profit
    that would be there without the customers who cost money, if their costs went away with them.
    Source: Kaplan and Narayanan 2001.

    >>> whale_curve(pd.Series([-20.0, 100.0, 20.0], index=list("abc")))["cumulative_share"].tolist()
    [1.0, 1.2, 1.0]
    """
    values = numbers(profits, name="profits")
    order = np.argsort(-values, kind="stable")
    cumulative = np.cumsum(values[order])
    total = cumulative[-1]
    return pd.DataFrame(
        {
            "customer_share": np.arange(1, len(order) + 1) / len(order),
            "profit": values[order],
            "cumulative": cumulative,
            "cumulative_share": cumulative / total if total > 0 else np.nan,
        },
        index=pd.Series(profits).index[order],
    )


def whale_summary(profits: pd.Series) -> dict[str, float]:
    """What the whale curve says in six numbers.

    ``total``; ``peak`` (sum of all that is positive); ``peak_customers``, ``losing_customers``
    (shares of customers with a profit above and below 0); ``lost`` (what these take, as a negative
    amount); ``peak_ratio`` (peak / total; infinite if the total is not positive).

    >>> whale_summary(pd.Series([100.0, 20.0, 0.0, -20.0]))["peak_ratio"]
    1.2
    """
    values = numbers(profits, name="profits")
    peak, lost = values[values > 0].sum(), values[values < 0].sum()
    total = peak + lost
    return {
        "total": float(total),
        "peak": float(peak),
        "lost": float(lost),
        "peak_ratio": float(peak / total) if total > 0 else np.inf,
        "peak_customers": float((values > 0).mean()),
        "losing_customers": float((values < 0).mean()),
    }


def _positive_total(values):
    total = values.sum()
    if total <= 0:
        raise ValueError(f"values: their total is {total:g}; a share needs a positive total")
    return total
