"""How sure a lift is when the baskets of a household are alike: intervals by household."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlib.baskets.draws import household_draws
from crmlib.baskets.encode import Baskets, whole_number
from crmlib.baskets.members import Members
from crmlib.baskets.strata import codes_of

# Rules x households held in memory at once.
CELLS = 1 << 20

COLUMNS = ("lift", "lift_se", "lift_lower", "lift_upper")

# A basket with both sides, left only, right only, neither counts (both, left, right, total) so often.
SIDES = np.array([[1, 1, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]])


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
    if method == "bootstrap":
        whole_number("n_resamples", n_resamples, 2)
    members = Members(baskets)
    members.sides(rules)
    if households is None:
        added = _independent(rules, members, baskets.n_baskets, method, confidence, n_resamples, seed)
    else:
        code = codes_of(baskets, households, "households")
        if not code.max():  # its parts of the linearised lift add up to 0: an interval of no width
            raise ValueError("households: all baskets are of one, an interval needs at least two")
        draws = None
        if method == "bootstrap":
            draws = household_draws(int(code.max()) + 1, n_resamples=n_resamples, seed=seed)
        added = _clustered(rules, members, code, draws, confidence)
    return rules.assign(**dict(zip(COLUMNS, added, strict=True)))


def _clustered(rules, members, code, draws, confidence):
    block = max(1, CELLS // (int(code.max()) + 1))
    parts = [np.empty((len(COLUMNS), 0))]
    for start in range(0, len(rules), block):
        counts = _by_household(rules.iloc[start : start + block], members, code)
        totals = [part.sum(axis=1) for part in counts]
        resampled = None if draws is None else _lift(*(draws @ part.T for part in counts))
        parts.append(_interval(_lift(*totals), _robust_se(counts, totals), resampled, confidence))
    return np.hstack(parts)


def _independent(rules, members, n_baskets, method, confidence, n_resamples, seed):
    parts = [np.empty((len(COLUMNS), 0))]
    for a, c in zip(rules["antecedents"], rules["consequents"], strict=True):
        both, left, right = (len(members.of_set(one)) for one in (a | c, a, c))
        # The four kinds of basket stand for the households: both sides, left only, right only, neither.
        kinds = np.array([both, left - both, right - both, n_baskets - left - right + both])
        totals = [np.array([total]) for total in (both, left, right, n_baskets)]
        resampled = None
        if method == "bootstrap":
            drawn = np.random.default_rng(seed).multinomial(n_baskets, kinds / n_baskets, n_resamples)
            resampled = _lift(*(drawn @ SIDES).T)[:, None]
        se = _robust_se([side[None] for side in SIDES.T], totals, kinds)
        parts.append(_interval(_lift(*totals), se, resampled, confidence))
    return np.hstack(parts)


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


def _interval(lift, se, resampled, confidence):
    if resampled is None:
        z = norm.isf((1 - confidence) / 2)
        # Where no basket has both sides nothing is known of how far up the lift might reach.
        lower = np.where(lift == 0, 0.0, lift * np.exp(-z * se))
        return np.array([lift, se, lower, lift * np.exp(z * se)])
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    known = np.isfinite(lift)
    bounds = np.full((2, len(lift)), np.nan)
    bounds[:, known] = np.nanquantile(resampled[:, known], tails, axis=0)
    return np.array([lift, se, *bounds])


def _robust_se(counts, totals, weights=1):
    """Root of the sum over households of (n_ac/N_ac - n_a/N_a - n_c/N_c + n/N) squared."""
    with np.errstate(divide="ignore", invalid="ignore"):
        both, left, right, total = (part / whole[:, None] for part, whole in zip(counts, totals, strict=True))
    with np.errstate(invalid="ignore"):
        return np.sqrt((weights * (both - left - right + total) ** 2).sum(axis=1))
