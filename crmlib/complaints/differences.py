"""How far two groups differ: in a share, in a mean."""

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from crmlib.complaints.survey import share_interval


def share_difference(
    answers: pd.DataFrame, *, given: str, group, other, outcome: str, confidence: float = 0.95
) -> dict[str, float]:
    """Share with ``outcome`` (0 or 1) in ``group`` less that in ``other``: estimate, lower, upper.

    Interval from the two score intervals, method 10 of Newcombe 1998.

    >>> toy = pd.DataFrame({"g": ["a"] * 70 + ["b"] * 80, "y": [1] * 56 + [0] * 14 + [1] * 48 + [0] * 32})
    >>> found = share_difference(toy, given="g", group="a", other="b", outcome="y")
    >>> [round(value, 4) for value in found.values()]
    [0.2, 0.0524, 0.3339]
    """
    one, two = (_part(answers, given, name, outcome) for name in (group, other))
    if not set(np.unique(np.append(one, two))) <= {0, 1}:
        raise ValueError(f"column {outcome!r}: wanted 0 or 1")
    p, q = one.mean(), two.mean()
    (l1, u1), (l2, u2) = (share_interval(x.sum(), len(x), confidence=confidence) for x in (one, two))
    lower = p - q - np.hypot(p - l1, u2 - q)
    upper = p - q + np.hypot(u1 - p, q - l2)
    return {"estimate": float(p - q), "lower": float(lower), "upper": float(upper)}


def mean_difference(
    answers: pd.DataFrame, *, given: str, group, other, outcome: str, confidence: float = 0.95
) -> dict[str, float]:
    """Mean of ``outcome`` in ``group`` less that in ``other``: estimate, lower, upper (Welch 1947).

    >>> toy = pd.DataFrame({"g": list("aabb"), "y": [3, 5, 1, 3]})
    >>> round(mean_difference(toy, given="g", group="a", other="b", outcome="y")["estimate"], 2)
    2.0
    """
    one, two = (_part(answers, given, name, outcome) for name in (group, other))
    ends = ttest_ind(one, two, equal_var=False).confidence_interval(confidence)
    return {"estimate": float(one.mean() - two.mean()), "lower": float(ends.low), "upper": float(ends.high)}


def _part(answers, given, group, outcome):
    for column in (given, outcome):
        if column not in answers:
            raise ValueError(f"column {column!r} is missing; there are {list(answers)}")
    part = answers.loc[answers[given] == group, outcome].to_numpy(float)
    if len(part) < 2:
        raise ValueError(f"column {given!r}: {len(part)} rows of {group!r}, wanted at least 2")
    return part
