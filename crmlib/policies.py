"""Decisions in money: what each policy earns, and how surely one beats the best simple rule."""

import numpy as np
import pandas as pd


def policy_table(
    profits: pd.Series, draws: pd.DataFrame, *, simple: list[str], confidence: float = 0.95
) -> pd.DataFrame:
    """Profit of each policy with its interval, and its lead over the best simple rule.

    Parameters
    ----------
    profits : Series
        Profit of each policy, in money, on data that were not used to choose.
    draws : DataFrame, draws x policies
        The same in bootstrap draws; policies of one row share the draw, so that differences do.
    simple : list of str
        The policies that need no model, such as doing nothing.
    confidence : float
        Of the intervals, which run between quantiles of the draws.

    Returns
    -------
    DataFrame
        Index ``policy``; columns ``profit, lower, upper`` and ``lead, lead_lower, lead_upper``: profit less
        that of the simple rule with the highest profit, named in ``attrs["best_simple"]``.

    Examples
    --------
    >>> profits = pd.Series({"nothing": 0.0, "model": 5.0})
    >>> draws = pd.DataFrame({"nothing": [0.0, 0.0, 0.0], "model": [4.0, 5.0, 6.0]})
    >>> table = policy_table(profits, draws, simple=["nothing"])
    >>> table.loc["model", ["lead", "lead_lower"]].round(2).tolist()
    [5.0, 4.05]
    """
    unknown = [name for name in [*simple, *profits.index] if name not in draws or name not in profits]
    if unknown or not simple:
        raise ValueError(f"simple={simple}, draws of {list(draws)}: name policies of {list(profits.index)}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r}: between 0 and 1")
    best = profits[simple].idxmax()
    draws = draws[profits.index]
    lead = draws.sub(draws[best], axis=0)
    lower, upper = _interval(draws, confidence)
    lead_lower, lead_upper = _interval(lead, confidence)
    table = pd.DataFrame(
        {
            "profit": profits,
            "lower": lower,
            "upper": upper,
            "lead": profits - profits[best],
            "lead_lower": lead_lower,
            "lead_upper": lead_upper,
        }
    )
    table.attrs["best_simple"] = best
    return table.rename_axis("policy")


def _interval(draws, confidence):
    tail = (1 - confidence) / 2
    if not np.isfinite(draws.to_numpy(dtype=float)).all():
        raise ValueError("draws: a profit is missing or infinite")
    return draws.quantile(tail), draws.quantile(1 - tail)
