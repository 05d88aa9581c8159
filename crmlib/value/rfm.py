"""Recency, frequency, money: what the records of purchases say of each customer."""

import numpy as np
import pandas as pd

from crmlib.value.checks import checked, need, numbers, numeric, setting
from crmlib.value.places import places


def recency_frequency_money(
    visits: pd.DataFrame,
    *,
    now_week: int,
    customer: str = "customer_id",
    week: str = "week",
    money: str = "paid",
) -> pd.DataFrame:
    """One row a customer who bought: recency_weeks, frequency (rows), money (their sum).

    Recency is ``now_week`` less the week of the last row: 0 for one who bought in ``now_week``.
    Customers without a row are not in the table. Source: Hughes 1994.

    >>> visits = pd.DataFrame({"customer_id": [7, 7, 9], "week": [1, 4, 2], "paid": [50.0, 30.0, 90.0]})
    >>> recency_frequency_money(visits, now_week=5).loc[7].tolist()
    [1.0, 2.0, 80.0]
    """
    need(visits, customer, week, money)
    setting(now_week=now_week, whole=True, least=-np.inf)
    weeks = checked(visits[week], name=f"column {week!r}", whole=True)
    paid = numbers(visits[money], name=f"column {money!r}")
    if weeks.max() > now_week:
        raise ValueError(f"column {week!r}: {weeks.max()} lies after now_week={now_week}")
    codes, ids = places(visits[customer])
    frequency = np.bincount(codes, minlength=len(ids))
    total = np.bincount(codes, paid, minlength=len(ids))
    last = np.full(len(ids), int(weeks.min()))
    np.maximum.at(last, codes, weeks.astype(last.dtype, copy=False))
    there = frequency > 0
    columns = {"recency_weeks": now_week - last[there], "frequency": frequency[there], "money": total[there]}
    return pd.DataFrame(columns, index=pd.Index(ids[there], name=customer))


def rfm_scores(table: pd.DataFrame, *, n_scores: int = 5, nested: bool = False) -> pd.DataFrame:
    """Scores R, F, M from 1 (worst) to ``n_scores`` (best) and the cell, for example "545".

    Score = 1 + floor(n_scores * (worse + (equal - 1) / 2) / customers), with the numbers of
    customers who are worse and who are equal. So equal values get equal scores, that of the middle
    of the tie; no tie is broken by the order of rows, and groups may differ in size. Fewer weeks
    since the last purchase are better. With ``nested`` F is scored within R and M within R and F,
    which makes cells of about equal size (Hughes 1994); without, each by itself.

    >>> table = pd.DataFrame({"recency_weeks": [0, 9, 3], "frequency": [4, 1, 1], "money": [9.0, 2.0, 5.0]})
    >>> rfm_scores(table, n_scores=3)["cell"].tolist()
    ['333', '111', '212']
    """
    table = numeric(table, "recency_weeks", "frequency", "money")
    setting(n_scores=n_scores, whole=True, least=2, most=9)  # so that a score is one digit
    better = {"R": -table["recency_weeks"], "F": table["frequency"], "M": table["money"]}
    scores = pd.DataFrame(index=table.index)
    for letter, values in better.items():
        within = list(scores) if nested else []
        scores[letter] = _score(values, [scores[name] for name in within], n_scores)
    scores["cell"] = scores["R"].astype(str) + scores["F"].astype(str) + scores["M"].astype(str)
    return scores


def _score(values, within, n_scores):
    ranked = values.groupby(within) if within else values
    size = ranked.transform("size") if within else len(values)
    # Twice the middle rank is a whole number, so that no rounding moves a customer over a cut.
    twice_worse = (2 * ranked.rank(method="average")).astype(int) - 2
    return 1 + twice_worse * n_scores // (2 * size)
