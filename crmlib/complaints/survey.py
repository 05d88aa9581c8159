"""What a survey says and what it leaves open: shares with their base, tests, bounds."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, norm


def share_interval(count, total, *, confidence: float = 0.95) -> tuple:
    """Lower and upper end of the score interval of a share ``count / total``.

    Numbers or arrays. Never outside 0 to 1, and of positive width also at 0 of 20.
    Source: Wilson 1927; it is method 3 of Newcombe 1998.

    >>> [round(float(end), 4) for end in share_interval(81, 263)]
    [0.2553, 0.3662]
    """
    count, total = np.asarray(count, dtype=float), np.asarray(total, dtype=float)
    if not ((total > 0) & (count >= 0) & (count <= total)).all():
        raise ValueError(f"count={count}, total={total}: a count lies between 0 and its total, over 0")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r}: between 0 and 1")
    z = norm.ppf((1 + confidence) / 2)
    p = count / total
    middle = p + z**2 / (2 * total)
    half = z * np.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return np.maximum((middle - half) / scale, 0), np.minimum((middle + half) / scale, 1)


def conditional_shares(
    answers: pd.DataFrame, *, given: str, outcome: str, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of each outcome within each group, with its base and score interval.

    One row for every pair of a group and an outcome, also where nobody is: columns ``given``,
    ``outcome``, count, base, share, lower, upper. Shares of one group add to 1; shares of
    different groups have different bases and add to nothing.

    >>> answers = pd.DataFrame({"happy": ["yes", "no", "no"], "buys": ["more", "less", "same"]})
    >>> conditional_shares(answers, given="happy", outcome="buys")["share"].tolist()
    [0.5, 0.0, 0.5, 0.0, 1.0, 0.0]
    """
    table = _crossed(answers, given, outcome)
    long = table.stack().rename("count").reset_index()
    long["base"] = table.sum(axis=1).loc[long[given]].to_numpy()
    long["share"] = long["count"] / long["base"]
    long["lower"], long["upper"] = share_interval(long["count"], long["base"], confidence=confidence)
    return long


def _crossed(answers, given, outcome):
    for column in (given, outcome):
        if column not in answers:
            raise ValueError(f"column {column!r} is missing; there are {list(answers)}")
        if answers[column].isna().any():
            raise ValueError(f"column {column!r}: {answers[column].isna().sum()} answers are missing")
    if answers.empty:
        raise ValueError("answers: there are none")
    return pd.crosstab(answers[given], answers[outcome])


class Association(NamedTuple):
    """How far two answers go together."""

    chi2: float
    dof: int
    p_value: float
    cramers_v: float
    smallest_expected: float


def association(answers: pd.DataFrame, *, given: str, outcome: str) -> Association:
    """Pearson's test of a cross-tab and its size: V = sqrt(chi2 / (n (min(rows, columns) - 1))).

    Without continuity correction. Source: Pearson 1900; Cramer 1946.

    >>> answers = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 0, 1, 1]})
    >>> association(answers, given="a", outcome="b").cramers_v
    1.0
    """
    table = _crossed(answers, given, outcome)
    smaller = min(table.shape)
    if smaller < 2:
        raise ValueError(f"{given}, {outcome}: one of them has a single value in {len(answers)} answers")
    test = chi2_contingency(table, correction=False)
    v = np.sqrt(test.statistic / (len(answers) * (smaller - 1)))
    expected = float(test.expected_freq.min())
    return Association(float(test.statistic), int(test.dof), float(test.pvalue), float(v), expected)


def odds_ratio(
    answers: pd.DataFrame, *, given: str, group: str, outcome: str, events, confidence: float = 0.95
) -> dict[str, float]:
    """Odds of an outcome among ``events`` in ``group`` against the others: estimate, lower, upper.

    With a half added to each cell (Haldane 1956), so that an empty cell leaves it finite.
    Interval on the log scale (Woolf 1955).

    >>> answers = pd.DataFrame({"g": list("aaabbb"), "x": [1, 1, 0, 0, 0, 1]})
    >>> round(odds_ratio(answers, given="g", group="a", outcome="x", events=[1])["estimate"], 3)
    2.778
    """
    _crossed(answers, given, outcome)
    inside, event = answers[given] == group, answers[outcome].isin(list(events))
    if not inside.any() or inside.all():
        raise ValueError(f"column {given!r}: group {group!r} must hold some of the answers, not all")
    cells = np.array([(x & y).sum() + 0.5 for x in (inside, ~inside) for y in (event, ~event)])
    a, b, c, d = cells
    half = norm.ppf((1 + confidence) / 2) * np.sqrt((1 / cells).sum())
    log = np.log(a * d / (b * c))
    ends = {"estimate": log, "lower": log - half, "upper": log + half}
    return {name: float(np.exp(value)) for name, value in ends.items()}


def net_change(*, satisfied_share, more: float, less: float):
    """Share of all that buys less, minus the share that buys more.

    ``more`` is a share of the satisfied, ``less`` one of the others; so each is weighted by its
    own base, with s the satisfied share: (1 - s) less - s more.

    >>> round(float(net_change(satisfied_share=0.5, more=0.10, less=1 / 3 + 0.45)), 4)
    0.3417
    """
    s = np.asarray(satisfied_share, dtype=float)
    if not ((s >= 0) & (s <= 1)).all():
        raise ValueError(f"satisfied_share={satisfied_share!r}: a share from 0 to 1")
    return ((1 - s) * less - s * more)[()]


def even_share(*, more: float, less: float) -> float:
    """Share of the satisfied at which as many buy more as buy less: less / (less + more).

    >>> round(even_share(more=0.10, less=1 / 3 + 0.45), 3)
    0.887
    """
    if more < 0 or less < 0 or more + less <= 0:
        raise ValueError(f"more={more!r}, less={less!r}: shares, not both zero")
    return less / (less + more)


def group_bounds(overall: float, *, group_share: float) -> tuple[float, float]:
    """All that an overall share says of a group: the least and the greatest share within it.

    If 12 % of all do something and the group is 40 % of all, its share lies between 0 and 30 %:
    max(0, (p - 1 + g) / g) to min(1, p / g). Source: Frechet 1951.

    >>> [round(end, 3) for end in group_bounds(0.12, group_share=0.4)]
    [0.0, 0.3]
    """
    for name, value in (("overall", overall), ("group_share", group_share)):
        if not 0 <= value <= 1 or (name == "group_share" and value == 0):
            raise ValueError(f"{name}={value!r}: a share from 0 to 1, and the group not empty")
    least = max(0.0, (overall - 1 + group_share) / group_share)
    return least, min(1.0, overall / group_share)


def overall_bounds(within: float, *, group_share: float) -> tuple[float, float]:
    """All that a group's share says of everyone, when nothing is known of the others.

    >>> [round(end, 3) for end in overall_bounds(0.12, group_share=0.4)]
    [0.048, 0.648]
    """
    for name, value in (("within", within), ("group_share", group_share)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name}={value!r}: a share from 0 to 1")
    return within * group_share, within * group_share + 1 - group_share


def reconstruction(
    *, satisfied_share: float, more: float, less: float, none: float, less_satisfied: float = 0.0
) -> pd.DataFrame:
    """One joint table that agrees with the reported shares, as shares of all respondents.

    ``more`` is reported of the satisfied, ``less`` and ``none`` of the others. Nobody reports the
    satisfied share, nor what the rest of a group does; here ``less_satisfied`` of the satisfied buy
    less and the rest stays the same. Many other tables agree with the report as well.

    >>> reconstruction(satisfied_share=0.6, more=0.1, less=0.45, none=1 / 3).round(3).to_numpy().tolist()
    [[0.06, 0.54, 0.0, 0.0], [0.0, 0.087, 0.18, 0.133]]
    """
    rows = [[more, 1 - more - less_satisfied, less_satisfied, 0], [0, 1 - less - none, less, none]]
    if np.min(rows) < 0 or not 0 <= satisfied_share <= 1:
        raise ValueError(
            f"more={more}, less={less}, none={none}, satisfied_share={satisfied_share}: no shares"
        )
    table = pd.DataFrame(
        rows, index=["satisfied", "not satisfied"], columns=["more", "same", "less", "none"], dtype=float
    )
    table.index.name, table.columns.name = "handling", "purchase"
    return table.mul([satisfied_share, 1 - satisfied_share], axis=0)
