"""How sure a lift is when the baskets of a household are alike: intervals by household."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlib.baskets.encode import Baskets
from crmlib.baskets.members import Members
from crmlib.baskets.strata import codes_of

# Rules judged at once; each takes one number a household and side.
BLOCK = 256


def lift_interval(
    rules: pd.DataFrame,
    baskets: Baskets,
    *,
    households=None,
    method: str = "robust",
    confidence: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """``rules`` with an interval for their lift in which whole households vary, not baskets.

    Parameters
    ----------
    rules : DataFrame
        Columns ``antecedents`` and ``consequents``; they may have been mined from other baskets.
    baskets : Baskets
        Where to judge them.
    households : Series or array, optional
        The household of each basket. None: every basket counts as its own.
    method : {"robust", "bootstrap"}
        ``robust``: log lift plus and minus ``z`` standard errors, each household's part of the
        linearised log lift being one observation (Zeger & Liang 1986). ``bootstrap``: percentiles over
        ``n_resamples`` draws of as many households, with replacement.
    confidence : float
        Of the two-sided interval.
    n_resamples, seed : int
        Of the bootstrap; the same seed draws the same households for every rule.

    Returns
    -------
    DataFrame
        Added columns: ``lift`` (in these baskets), ``lift_se`` (robust standard error of its logarithm,
        NaN where no basket has both sides), ``lift_lower``, ``lift_upper``. Where no basket has both sides
        the robust interval is 0 to NaN. A lift is NaN where a side never occurs.

    Raises
    ------
    ValueError
        For an unknown method or item, or a basket without a household.
    """
    if method not in ("robust", "bootstrap"):
        raise ValueError(f"method={method!r}: 'robust' or 'bootstrap'")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r}: between 0 and 1")
    if method == "bootstrap" and (int(n_resamples) != n_resamples or n_resamples < 2):
        raise ValueError(f"n_resamples={n_resamples!r}: a whole number, at least 2")
    code = np.arange(baskets.n_baskets)
    if households is not None:
        code = codes_of(baskets, households, "households")
    draws = _draws(code, n_resamples, seed) if method == "bootstrap" else None
    members = Members(baskets)
    parts = []
    for start in range(0, len(rules), BLOCK):
        counts = _by_household(rules.iloc[start : start + BLOCK], members, code)
        parts.append(_interval(counts, draws, confidence))
    added = np.hstack(parts) if parts else np.empty((4, 0))
    return rules.assign(**dict(zip(("lift", "lift_se", "lift_lower", "lift_upper"), added, strict=True)))


def _draws(code, n_resamples, seed):
    """How often each household is drawn: resamples x households."""
    n = int(code.max()) + 1
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=int(n_resamples))


def _by_household(rules, members, code):
    """Baskets of each household with both sides, left, right, any: four arrays, rules x households."""
    n = int(code.max()) + 1
    left, right = rules["antecedents"], rules["consequents"]
    both = [a | c for a, c in zip(left, right, strict=True)]

    def count(sets):
        rows = [np.bincount(code[members.of_set(one)], minlength=n) for one in sets]
        return np.array(rows, dtype=float)

    return count(both), count(left), count(right), np.bincount(code, minlength=n)[None].astype(float)


def _lift(both, left, right, total):
    with np.errstate(divide="ignore", invalid="ignore"):
        return both * total / (left * right)


def _interval(counts, draws, confidence):
    totals = [part.sum(axis=1) for part in counts]
    lift = _lift(*totals)
    se = _robust_se(counts, totals)
    if draws is None:
        z = norm.isf((1 - confidence) / 2)
        # Where no basket has both sides nothing is known of how far up the lift might reach.
        lower = np.where(lift == 0, 0.0, lift * np.exp(-z * se))
        return np.array([lift, se, lower, lift * np.exp(z * se)])
    resampled = _lift(*(draws @ part.T for part in counts))
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    return np.array([lift, se, *np.nanquantile(resampled, tails, axis=0)])


def _robust_se(counts, totals):
    """Root of the sum over households of (n_ac/N_ac - n_a/N_a - n_c/N_c + n/N) squared."""
    with np.errstate(divide="ignore", invalid="ignore"):
        both, left, right, total = (
            part / whole[:, None] for part, whole in zip(counts, totals, strict=True)
        )
    return np.sqrt(((both - left - right + total) ** 2).sum(axis=1))
