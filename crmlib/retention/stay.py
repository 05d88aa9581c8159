"""How long customers stay, when some are still there as the records end: Kaplan-Meier and what follows."""

import numpy as np
import pandas as pd
from scipy.stats import CensoredData, ecdf, norm

from crmlib.value.checks import need, numeric, setting, share


def stay_curve(
    customers: pd.DataFrame,
    *,
    duration: str = "weeks",
    event: str = "left",
    by: str | list[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of customers still there after so many weeks, with its interval (Kaplan and Meier 1958).

    Parameters
    ----------
    customers : DataFrame
        One row a customer: ``duration`` weeks under observation, ``event`` 1 if it ended with the
        customer leaving, 0 if the customer was still there (censored).
    by : str or list of str, optional
        Columns to group by; one curve for each group.

    Returns
    -------
    DataFrame
        Columns of ``by``, then ``time`` (0 and each time at which somebody left or was lost from
        sight), ``at_risk`` (under observation just before), ``left`` (at that time), ``stay`` and
        its interval ``lower, upper``. With d_j leaving of n_j at risk,
        stay(t) = product over t_j <= t of (1 - d_j / n_j). The interval is Greenwood's on the
        log(-log) scale, which keeps it between 0 and 1; where the share is 0 or 1 it runs from 0 to 1.

    >>> five = pd.DataFrame({"weeks": [1, 2, 2, 3, 5], "left": [1, 1, 0, 1, 0]})
    >>> stay_curve(five)[["time", "at_risk", "left", "stay"]].round(2).to_numpy().tolist()[1:4]
    [[1.0, 5.0, 1.0, 0.8], [2.0, 4.0, 1.0, 0.6], [3.0, 2.0, 1.0, 0.3]]
    """
    check_customers(customers, duration, event, by, confidence)
    if by is None:
        return _curve(customers[duration], customers[event], confidence)
    return _each(customers, by, lambda part: _curve(part[duration], part[event], confidence))


def stay_at(curve: pd.DataFrame, week: float, *, by: str | list[str] | None = None) -> pd.DataFrame:
    """The row of each curve that holds at ``week``: the share still there then, with its interval.

    ``curve`` and ``by`` as in `stay_curve`. Beyond the end of a curve nobody was seen: an error, unless
    all had left by then.

    >>> five = pd.DataFrame({"weeks": [1, 2, 2, 3, 5], "left": [1, 1, 0, 1, 0]})
    >>> stay_at(stay_curve(five), 2.5)["stay"].round(2).tolist()
    [0.6]
    """
    if by is None:
        return _row_at(curve, week)
    return _each(curve, by, lambda part: _row_at(part, week))


def _row_at(curve, week):
    last = curve["time"].max()
    if not week >= 0 or (week > last and curve["stay"].iloc[-1] > 0):
        raise ValueError(f"week={week!r}: the curve runs from 0 to {last}")
    return curve[curve["time"] <= week].tail(1)


def weeks_kept(
    customers: pd.DataFrame,
    *,
    horizon_weeks: float,
    duration: str = "weeks",
    event: str = "left",
    by: str | list[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Weeks that a customer stays of the first ``horizon_weeks``, on average: the area under the curve.

    Columns of ``by``, then ``customers``, ``left`` (within the horizon), ``weeks`` (the restricted
    mean), ``se``, ``lower``, ``upper``. With A_j the area from t_j to the horizon,

        weeks = integral of stay(t) from 0 to the horizon,  se^2 = sum of A_j^2 d_j / (n_j (n_j - d_j)).

    Where nobody left that sum is 0, and certain it is not: ``lower`` is then the horizon times the least
    share of which n customers, followed to the horizon, can all still be there,
    ((1 - confidence) / 2)^(1/n) (Clopper and Pearson 1934), and ``se`` what gives that reach.
    Times the margin of a week this is money, which a share still there at one moment is not.
    Source: Klein and Moeschberger, Survival Analysis (2003), section 4.5.

    >>> five = pd.DataFrame({"weeks": [1, 2, 2, 3, 5], "left": [1, 1, 0, 1, 0]})
    >>> weeks_kept(five, horizon_weeks=4)["weeks"].round(2).tolist()  # 1 + .8 + .6 + .3
    [2.7]
    """
    check_customers(customers, duration, event, by, confidence)
    setting(horizon_weeks=horizon_weeks, above=0)

    def kept(part):
        return _kept(part[duration], part[event], horizon_weeks, confidence)

    return kept(customers) if by is None else _each(customers, by, kept)


def check_customers(customers, duration, event, by, confidence=0.95):
    """Refuse what is no record of customers followed and lost."""
    groups = [] if by is None else [by] if isinstance(by, str) else list(by)
    if not groups and by is not None:
        raise ValueError("by=[]: name a column, or leave it out")
    need(customers, event, *groups)
    numeric(customers, duration, above=0)
    wrong = customers.loc[~customers[event].isin([0, 1]), event]
    if len(wrong):
        raise ValueError(f"column {event!r}: {wrong.tolist()[0]!r}, wanted 0 (still there) or 1 (left)")
    z_value(confidence)


def z_value(confidence: float) -> float:
    """How many standard errors a two-sided normal interval reaches."""
    share(confidence=confidence)
    return norm.ppf((1 + confidence) / 2)


def _each(table, by, compute):
    """``compute`` of each group, one below the other, with the group's values in front."""
    names = [by] if isinstance(by, str) else list(by)
    parts = []
    for key, part in table.groupby(names, observed=True, sort=True):
        found = compute(part).drop(columns=names, errors="ignore")
        for name, value in reversed(list(zip(names, key, strict=True))):
            found.insert(0, name, value)
        parts.append(found)
    # Categories keep their order: same day, next day, later.
    return pd.concat(parts, ignore_index=True).astype(table[names].dtypes.to_dict())


def _counts(weeks, left):
    """Each time of the records, how many were at risk just before, how many left."""
    times, place = np.unique(weeks, return_inverse=True)
    gone = np.bincount(place, minlength=len(times))
    at_risk = len(weeks) - np.append(0, gone.cumsum()[:-1])
    return times, at_risk, np.bincount(place, weights=left, minlength=len(times)).astype(int)


def _curve(weeks, left, confidence):
    weeks, left = weeks.to_numpy(float), left.to_numpy(int)
    times, at_risk, gone = _counts(weeks, left)
    estimate = ecdf(CensoredData(uncensored=weeks[left == 1], right=weeks[left == 0])).sf
    lower, upper = _ends(estimate.probabilities, at_risk, gone, confidence)
    table = pd.DataFrame(
        {
            "time": times,
            "at_risk": at_risk,
            "left": gone,
            "stay": estimate.probabilities,
            "lower": lower,
            "upper": upper,
        }
    )
    start = {"time": 0.0, "at_risk": len(weeks), "left": 0, "stay": 1.0, "lower": 1.0, "upper": 1.0}
    return pd.concat([pd.DataFrame([start]), table], ignore_index=True)


def _ends(stay, at_risk, gone, confidence):
    """Greenwood's interval, on the scale log(-log stay)."""
    inside = (stay > 0) & (stay < 1)
    lower, upper = np.zeros(len(stay)), np.ones(len(stay))
    logs = np.log(stay[inside])
    still = np.where(inside, at_risk - gone, 1)
    spread = np.sqrt(np.cumsum(np.where(inside, gone / (at_risk * still), 0.0)))[inside] / -logs
    reach = np.exp(z_value(confidence) * spread)
    lower[inside], upper[inside] = np.exp(logs * reach), np.exp(logs / reach)
    return lower, upper


def _kept(weeks, left, horizon, confidence):
    weeks, left = weeks.to_numpy(float), left.to_numpy(int)
    times, at_risk, gone = _counts(weeks, left)
    still = 1 - gone / at_risk
    if times[-1] < horizon and still[-1] > 0:
        raise ValueError(f"horizon_weeks={horizon}: nobody was followed for longer than {times[-1]} weeks")
    stay = np.append(1.0, still.cumprod())
    edges = np.minimum(np.concatenate([[0.0], times, [horizon]]), horizon)
    areas = stay * np.diff(edges)
    later = areas[::-1].cumsum()[::-1][1:]  # from each time to the horizon
    remain = np.maximum(at_risk - gone, 1)  # where nobody remains the area after it is 0
    se = np.sqrt((later**2 * gone / (at_risk * remain))[times < horizon].sum())
    if not gone[times < horizon].any():
        least = ((1 - confidence) / 2) ** (1 / (weeks >= horizon).sum())
        se = horizon * (1 - least) / z_value(confidence)
    total, reach = areas.sum(), z_value(confidence) * se
    row = {"customers": len(weeks), "left": int(left[weeks <= horizon].sum()), "weeks": total, "se": se}
    return pd.DataFrame([row | {"lower": max(total - reach, 0.0), "upper": min(total + reach, horizon)}])
