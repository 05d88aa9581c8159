"""What an answer does: differences between those who got a remedy and those who did not, made comparable."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def potential_outcomes(
    records: pd.DataFrame, rows: pd.DataFrame, *, treatment: str, outcome: str, confounders: Sequence[str]
) -> pd.DataFrame:
    """Chance of ``outcome`` for each of ``rows`` without and with ``treatment``, learnt from ``records``.

    Two logistic regressions on the standardised ``confounders``, one for each value of the
    treatment. Columns ``without``, ``with``; index of ``rows``. It sees straight lines in the
    log-odds, and nothing that was not recorded.
    """
    _check(records, treatment, outcome, confounders)
    design, new = _designs(records, rows, confounders)
    treated = records[treatment].to_numpy() == 1
    y = records[outcome].to_numpy(float)
    weight = np.ones(len(records))
    chances = [_chance(new, _fit(design[x], y[x], weight[x])) for x in (~treated, treated)]
    return pd.DataFrame({"without": chances[0], "with": chances[1]}, index=rows.index)


def treatment_effect(
    records: pd.DataFrame,
    *,
    treatment: str,
    outcome: str,
    confounders: Sequence[str],
    n_resamples: int = 400,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Difference that the treatment makes to the outcome: naive, and adjusted for the confounders.

    Rows ``naive`` (difference of two shares) and ``adjusted`` (mean over all records of the
    difference between the predictions of `potential_outcomes`, standardisation); columns
    estimate, lower, upper, by bootstrap. With one confounder of two values this is the
    standardisation of a cross-tab. Adjusting removes what the confounders carry and no more.
    Source: Robins 1986, the g-formula with one treatment.
    """
    _check(records, treatment, outcome, confounders)
    design, _ = _designs(records, records, confounders)
    treated = records[treatment].to_numpy() == 1
    y = records[outcome].to_numpy(float)
    rng = np.random.default_rng(seed)
    n = len(records)
    draws = np.array(
        [
            _both(design, treated, y, np.bincount(rng.integers(n, size=n), minlength=n))
            for _ in range(n_resamples)
        ]
    )
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail], axis=0)
    table = {"estimate": _both(design, treated, y, np.ones(n)), "lower": lower, "upper": upper}
    return pd.DataFrame(table, index=pd.Index(["naive", "adjusted"], name="comparison"))


def _check(records, treatment, outcome, confounders):
    missing = [name for name in (treatment, outcome, *confounders) if name not in records]
    if missing:
        raise ValueError(f"columns {missing} are missing; there are {list(records)}")
    for name in (treatment, outcome):
        if set(records[name].unique()) != {0, 1}:
            raise ValueError(f"column {name!r}: {sorted(records[name].unique())[:4]}, wanted both 0 and 1")
    if records[[treatment, outcome, *confounders]].isna().any(axis=None):
        raise ValueError("records: a value is missing")


def _designs(records, rows, confounders):
    names = list(confounders)
    mean, spread = records[names].mean(), records[names].std().replace(0, 1)
    return tuple(
        np.column_stack([np.ones(len(part)), ((part[names] - mean) / spread).to_numpy(float)])
        for part in (records, rows)
    )


def _both(design, treated, y, weight):
    naive = np.average(y[treated], weights=weight[treated]) - np.average(
        y[~treated], weights=weight[~treated]
    )
    chances = [_chance(design, _fit(design[x], y[x], weight[x])) for x in (treated, ~treated)]
    return naive, np.average(chances[0] - chances[1], weights=weight)


def _chance(design, coefficients):
    return 1 / (1 + np.exp(-np.clip(design @ coefficients, -30, 30)))


def _fit(design, y, weight, *, ridge=1e-6):
    """Logistic regression by Newton's method; the small ridge keeps separated data finite."""
    coefficients = np.zeros(design.shape[1])
    for _ in range(25):
        p = _chance(design, coefficients)
        slope = design.T @ (weight * (y - p)) - ridge * coefficients
        bend = (design * (weight * p * (1 - p))[:, None]).T @ design + ridge * np.eye(len(slope))
        step = np.linalg.solve(bend, slope)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-9:
            break
    return coefficients


def trial_profits(
    trial: pd.DataFrame,
    policies: pd.DataFrame,
    *,
    treatment: str,
    outcome: str,
    cost: float,
    n_resamples: int = 400,
    seed: int = 0,
) -> tuple[pd.Series, pd.DataFrame]:
    """What each policy earns over treating nobody, judged by a trial with a fair coin.

    ``policies``: a column of true and false for each policy, in the rows of ``trial``. A treated
    row that the coin treated counts 2 (outcome - cost), one that it did not counts -2 outcome: in
    expectation the gain of treating it (Horvitz and Thompson 1952). Outcome and cost in money.
    Returns profits and bootstrap draws, as `crmlib.policies.policy_table` takes them.
    """
    missing = [name for name in (treatment, outcome) if name not in trial]
    if missing or len(policies) != len(trial):
        raise ValueError(
            f"trial: columns {missing} missing, or {len(policies)} rows of policies for {len(trial)}"
        )
    coin = trial[treatment].to_numpy() == 1
    money = trial[outcome].to_numpy(float)
    gain = 2 * np.where(coin, money - cost, -money)
    each = policies.to_numpy(float) * gain[:, None]
    rng = np.random.default_rng(seed)
    n = len(trial)
    draws = [np.bincount(rng.integers(n, size=n), minlength=n) @ each for _ in range(n_resamples)]
    return (
        pd.Series(each.sum(axis=0), index=policies.columns),
        pd.DataFrame(draws, columns=policies.columns),
    )
