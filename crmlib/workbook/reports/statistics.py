"""How questions and the whole sheet did, in the terms of classical test theory.

``marks`` is a frame of points: one row a student, one column a question, no gaps. What cannot be
computed (too few students or questions, everybody alike) is NaN, never an error.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

TINY = 1e-12


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha with its interval; ``why`` says why there is none: items, students, alike."""

    value: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    items: int = 0
    students: int = 0
    why: str = ""


def difficulty(marks: pd.DataFrame, points: dict[str, float]) -> pd.Series:
    """The mean share of the points of each question: 1 when everybody has them all.

    >>> difficulty(pd.DataFrame({"a": [0, 2, 1]}), {"a": 2})["a"]
    np.float64(0.5)
    """
    _check(marks, points)
    return marks.mean() / pd.Series(points, dtype=float).reindex(marks.columns)


def discrimination(marks: pd.DataFrame) -> pd.Series:
    """The correlation of each question with the total of all *other* questions; NaN without variance.

    >>> discrimination(pd.DataFrame({"a": [0, 1, 2], "b": [0, 2, 4]}))["a"].round(6)
    np.float64(1.0)
    """
    _check(marks)
    total = marks.sum(axis=1)
    return pd.Series({name: _correlation(marks[name], total - marks[name]) for name in marks}, dtype=float)


def _correlation(one: pd.Series, other: pd.Series) -> float:
    x, y = one.to_numpy(float), other.to_numpy(float)
    if len(x) < 2 or np.ptp(x) < TINY or np.ptp(y) < TINY:
        return math.nan
    return float(np.corrcoef(x, y)[0, 1])


def cronbach_alpha(marks: pd.DataFrame, *, level: float = 0.95) -> Alpha:
    """Cronbach's alpha of the questions, with Feldt's interval at ``level``.

    alpha = k / (k - 1) * (1 - sum of the questions' variances / variance of the totals), Cronbach (1951);
    (1 - alpha) / (1 - its estimate) follows F with n - 1 and (n - 1)(k - 1) degrees of freedom where
    items are parallel, Feldt (1965).

    >>> round(cronbach_alpha(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]})).value, 3)
    0.667
    """
    _check(marks)
    n, k = marks.shape
    variance = float(marks.sum(axis=1).var()) if n > 1 else 0.0
    why = "items" if k < 2 else "students" if n < 2 else "alike" if variance < TINY else ""
    if why:
        return Alpha(items=k, students=n, why=why)
    value = k / (k - 1) * (1 - float(marks.var().sum()) / variance)
    return Alpha(value, *_feldt(value, n, k, level), items=k, students=n)


def _feldt(value, n, k, level) -> tuple[float, float]:
    from scipy.stats import f

    tails = (1 + level) / 2, (1 - level) / 2
    lower, upper = (1 - (1 - value) * float(f.ppf(tail, n - 1, (n - 1) * (k - 1))) for tail in tails)
    return lower, upper


def merged(marks: pd.DataFrame, follows: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """The points with each question added to those that it builds on, named after the first of them.

    Answers that build on each other are right or wrong together; counted apart they would make a
    sheet look more reliable than it is.

    >>> merged(pd.DataFrame({"a": [1], "b": [2], "c": [4]}), {"c": ("a",)}).to_dict("list")
    {'a': [5], 'b': [2]}
    """
    group = groups(list(marks), follows)
    names = list(dict.fromkeys(group.values()))
    members = {name: [q for q in marks if group[q] == name] for name in names}
    return pd.DataFrame({name: marks[members[name]].sum(axis=1) for name in names}, index=marks.index)


def groups(names: list[str], follows: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """For each question the first one of those that it is tied to by what builds on what.

    >>> groups(["a", "b", "c"], {"c": ("a",)})
    {'a': 'a', 'b': 'b', 'c': 'a'}
    """
    group = {name: name for name in names}
    for name in names:
        tied = [group[name], *(group[other] for other in follows.get(name, ()) if other in group)]
        first = min(tied, key=names.index)
        group = {one: first if of in tied else of for one, of in group.items()}
    return group


def share_intervals(marks: pd.DataFrame, points: dict[str, float], *, level: float = 0.95) -> pd.DataFrame:
    """The mean share of the points of each question with Wilson's interval: ``estimate, lower, upper``.

    The interval is that of a proportion, Wilson (1927); where part of the points can be had, shares vary
    less than right and wrong do, so that it is rather too wide. Without a student it is NaN.

    >>> share_intervals(pd.DataFrame({"a": [1] * 10}), {"a": 1}).round(3).to_numpy().tolist()
    [[1.0, 0.722, 1.0]]
    """
    from scipy.stats import norm

    share, n = difficulty(marks, points), len(marks) or math.nan
    z = float(norm.ppf((1 + level) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    # At a share of 0 or 1 an end is the share itself; its last digit must not fall on the other side.
    lower, upper = np.minimum(middle - half, share).clip(lower=0), np.maximum(middle + half, share)
    return pd.DataFrame({"estimate": share, "lower": lower, "upper": upper.clip(upper=1)})


def _check(marks: pd.DataFrame, points: dict | None = None) -> None:
    for name in marks:
        if marks[name].isna().any():
            raise ValueError(f"question {name}: there is a gap in row {marks.index[marks[name].isna()][0]!r}")
        if points is not None and not points.get(name, 0) > 0:
            raise ValueError(f"question {name}: {points.get(name)!r} is no number of points above 0")
