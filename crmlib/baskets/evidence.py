"""Is there more to a rule than chance, basket size and the habits of a few households?"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import hypergeom, norm
from threadpoolctl import threadpool_limits

from crmlib.baskets.encode import Baskets
from crmlib.baskets.members import Members
from crmlib.baskets.strata import Strata, codes_of, strata_of

# Rules judged at once: their baskets, and one number a household, are held in memory.
BLOCK = 64
CELLS = 1 << 20

# The four kinds of basket, by the place of their count in a table.
NEITHER, RIGHT_ONLY, LEFT_ONLY, BOTH = range(4)


def fisher_p(rules: pd.DataFrame) -> pd.Series:
    """One-sided Fisher p-value of each rule: chance of ``count`` or more baskets by independence.

    The tail of the hypergeometric distribution. It takes baskets as independent draws of equal
    size, which receipts are not: on them it finds far too much (see `stratified_odds_ratio`).

    >>> lady = pd.DataFrame({"count": [3], "antecedent_count": 4, "consequent_count": 4, "n_baskets": 8})
    >>> fisher_p(lady).round(4).tolist()  # Fisher 1935: the lady tasting tea
    [0.2429]
    """
    _require(rules, "count", "antecedent_count", "consequent_count", "n_baskets")
    p = hypergeom.sf(
        rules["count"] - 1, rules["n_baskets"], rules["antecedent_count"], rules["consequent_count"]
    )
    return pd.Series(np.minimum(p, 1), index=rules.index, name="fisher_p", dtype=float)


def stratified_odds_ratio(
    rules: pd.DataFrame,
    baskets: Baskets,
    *,
    households=None,
    strata="size",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """``rules`` with their odds ratio among baskets of like size, and how sure it is.

    Parameters
    ----------
    rules : DataFrame
        Columns ``antecedents`` and ``consequents``; they may have been mined from other baskets.
    baskets : Baskets
        Where to judge them.
    households : Series or array, optional
        The household of each basket, whose baskets are not independent. None: all are independent.
    strata : {"size", "others", "none"} or labels
        Compare baskets of the same size (with the competition for places taken into account, see
        `crmlib.baskets.strata`); of the same number of items that are not in the rule, without
        those that hold nothing else; all baskets; or those of the same label, one a basket.
    confidence : float
        Of the two-sided interval.

    Returns
    -------
    DataFrame
        Added columns: ``observed`` and ``expected`` (baskets with both sides, in the strata used: seen,
        and to be expected if sizes and popularity were all), ``stratified_odds_ratio``, ``or_se`` (standard
        error of its logarithm), ``or_lower``, ``or_upper``, ``p_value`` (one-sided, for over 1),
        ``or_level`` (``confidence``), ``strata`` (their kind; ``given`` for labels). Rank by
        ``or_lower``. Where no basket has both sides ``or_lower`` is 0 and ``or_upper`` NaN; where no basket
        speaks against the rule the ratio is infinite, ``or_lower`` NaN and ``or_upper`` infinite; where no
        stratum tells anything the ratio is NaN, the interval 0 to infinity and the p-value 1.

    Notes
    -----
    ``OR = R / S`` with ``R = sum n11 n00 / n`` and ``S = sum t n10 n01 / n`` over strata (Mantel &
    Haenszel 1959); ``t`` is the odds ratio that competition for places alone makes (1 without). The
    p-value is that of ``(R - S) / sqrt(V)``, where V sums the squares of each household's part of
    ``R - S`` (Zeger & Liang 1986); the interval holds all ratios that the same test does not reject, so
    ``or_lower`` is over 1 just when ``p_value`` is under ``(1 - confidence) / 2``. It is the odds ratio
    over all households; where tastes differ, that within one household lies farther from 1.

    Examples
    --------
    >>> from crmlib.baskets.encode import encode
    >>> lines = pd.DataFrame({"basket_id": [1, 1, 2, 2, 3, 3, 4, 4], "item": list("ababcdcd")})
    >>> rule = pd.DataFrame({"antecedents": [frozenset("a")], "consequents": [frozenset("b")]})
    >>> judged = stratified_odds_ratio(rule, encode(lines))  # of six pairs of items ab is one: 4 / 6
    >>> judged[["observed", "expected"]].round(3).values.tolist()
    [[2.0, 0.667]]
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r}: between 0 and 1")
    judge = _Judge(baskets, households, strata_of(baskets, strata))
    starts = range(0, len(rules), judge.block)
    # Small products: where other processes keep the cores busy, BLAS threads wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        blocks = [judge.sums(rules.iloc[start : start + judge.block]) for start in starts]
    parts = zip(*blocks, strict=True) if blocks else [[np.empty(0)]] * len(_Sums._fields)
    sums = _Sums(*map(np.concatenate, parts))
    added = _statistics(sums, norm.isf((1 - confidence) / 2))
    kind = strata if isinstance(strata, str) else "given"
    return rules.assign(**added, or_level=confidence, strata=kind)


def _require(rules, *columns):
    for column in columns:
        if column not in rules.columns:
            raise ValueError(f"no column {column!r}; there are {list(rules.columns)}")


class _Sums(NamedTuple):
    """What the strata and households add up to, one number a rule."""

    observed: np.ndarray
    expected: np.ndarray
    R: np.ndarray
    S: np.ndarray
    RR: np.ndarray
    RS: np.ndarray
    SS: np.ndarray


class _Judge:
    """The baskets, prepared for any number of rules."""

    def __init__(self, baskets: Baskets, households, strata: Strata):
        self.members = Members(baskets)
        self.strata = strata
        self.sizes = baskets.sizes
        # One stratum more, for baskets that do not count.
        self.width = strata.number + 1
        self.in_stratum = np.bincount(strata.of_basket, minlength=self.width)
        # Items of the rule in each basket: the left side's in the low byte, the right's in the high one.
        self.holds = np.zeros(baskets.n_baskets, dtype=np.uint16)
        self.household = None
        self.block = BLOCK
        if households is not None:
            self.household = codes_of(baskets, households, "households")
            cells = self.household * self.width + strata.of_basket
            n_cells = (self.household.max() + 1) * self.width
            self.by_household = np.bincount(cells, minlength=n_cells).astype(float)
            self.by_household = self.by_household.reshape(-1, self.width)
            self.block = max(1, min(BLOCK, CELLS // len(self.by_household)))

    def sums(self, rules):
        left, right = self.members.sides(rules)
        touched = [self.touched(*sides) for sides in zip(left, right, strict=True)]
        tables = np.array([self.table(rows, cells) for rows, cells in touched])
        n = np.maximum(tables.sum(axis=1), 1)
        a = (tables[:, LEFT_ONLY] + tables[:, BOTH]) / n
        c = (tables[:, RIGHT_ONLY] + tables[:, BOTH]) / n
        factor = self.strata.competition(a, c, left, right)
        R, slope_R, S, slope_S = _mantel_haenszel(tables, n, _odds_by_competition(a, c, factor))
        squares = self.independent if self.household is None else self.clustered
        expected = (n * a * c * factor).sum(axis=1)
        moments = squares(tables, touched, slope_R, slope_S)
        return _Sums(tables[:, BOTH].sum(axis=1), expected, R, S, *moments)

    def touched(self, left, right):
        """Baskets with any item of the rule, and the cell (kind, stratum) of each."""
        parts = []
        for step, side in ((1, left), (1 << 8, right)):
            for code in side:
                rows = self.members.of_item(code)
                parts.append(rows[self.holds[rows] == 0])
                self.holds[rows] += step
        rows = np.concatenate(parts)
        held = self.holds[rows]
        self.holds[rows] = 0
        n_left, n_right = held & 255, held >> 8
        kind = (n_left == len(left)) * LEFT_ONLY + (n_right == len(right)) * RIGHT_ONLY
        if self.strata.of_size is None:
            stratum = self.strata.of_basket[rows]
        else:
            stratum = self.strata.of_size[self.sizes[rows] - n_left - n_right]
        return rows, kind * self.width + stratum

    def table(self, rows, cells):
        """Baskets by kind and stratum: 4 x strata."""
        table = np.bincount(cells, minlength=4 * self.width).reshape(4, self.width)
        table[NEITHER] += self.in_stratum
        if self.strata.of_size is None:
            table[NEITHER] -= table.sum(axis=0) - self.in_stratum
        else:
            table[NEITHER] -= np.bincount(self.strata.of_basket[rows], minlength=self.width)
        return table[:, :-1]

    def independent(self, tables, _touched, slope_R, slope_S):
        products = (slope_R * slope_R, slope_R * slope_S, slope_S * slope_S)
        return [(tables * product).sum(axis=(1, 2)) for product in products]

    def clustered(self, _tables, touched, slope_R, slope_S):
        R, S = (self.household_parts(touched, slopes) for slopes in (slope_R, slope_S))
        return [np.einsum("rh,rh->r", x, y) for x, y in ((R, R), (R, S), (S, S))]

    def household_parts(self, touched, slopes):
        """The sum of the slopes over the baskets of each household: rules x households."""
        slopes = np.pad(slopes, ((0, 0), (0, 0), (0, 1)))
        parts = slopes[:, NEITHER] @ self.by_household.T
        for part, (rows, cells), slope in zip(parts, touched, slopes, strict=True):
            change = self.change(slope, rows, cells)
            part += np.bincount(self.household[rows], weights=change, minlength=len(part))
        return parts

    def change(self, slope, rows, cells):
        """What a basket adds beyond one of its size without any item of the rule."""
        if self.strata.of_size is None:
            return (slope - slope[NEITHER]).ravel()[cells]
        return slope.ravel()[cells] - slope[NEITHER, self.strata.of_basket[rows]]


def _odds_by_competition(a, c, factor):
    """The odds ratio in a stratum where both sides meet ``factor`` times as often as by independence."""
    both = a * c * factor
    top = both * (1 - a - c + both)
    bottom = (a - both) * (c - both)
    odds = np.ones_like(a)
    return np.divide(top, bottom, out=odds, where=(bottom > 0) & (factor < 1))


def _mantel_haenszel(tables, n, odds):
    """R and S of each rule, and what one basket more in each cell adds to them."""
    neither, right_only, left_only, both = np.moveaxis(tables, 1, 0)
    R = both * neither / n
    S = odds * left_only * right_only / n
    nothing = np.zeros_like(R)
    slope_R = np.stack([both, nothing, nothing, neither], axis=1) - R[:, None]
    slope_S = np.stack([nothing, odds * left_only, odds * right_only, nothing], axis=1) - S[:, None]
    return R.sum(axis=1), slope_R / n[:, None], S.sum(axis=1), slope_S / n[:, None]


def _statistics(sums, z):
    """Odds ratio, standard error, interval and p-value from the sums."""
    R, S, RR, RS, SS = sums[2:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = R / S
        variance = RR / R**2 - 2 * RS / (R * S) + SS / S**2
        score = (R - S) / np.sqrt(RR - 2 * RS + SS)
    lower, upper = _not_rejected(R, S, RR, RS, SS, z)
    return {
        "observed": sums.observed.astype(np.int64),
        "expected": sums.expected,
        "stratified_odds_ratio": ratio,
        "or_se": np.sqrt(np.where((R > 0) & (S > 0), np.maximum(variance, 0), np.nan)),
        "or_lower": lower,
        "or_upper": upper,
        "p_value": np.where(np.isfinite(score), norm.sf(score), 1.0),
    }


def _not_rejected(R, S, RR, RS, SS, z):
    """The ratios t with (R - t S)**2 <= z**2 (RR - 2 t RS + t**2 SS) around R / S: a quadratic in t."""
    a, b, c = S**2 - z**2 * SS, R * S - z**2 * RS, R**2 - z**2 * RR
    root = np.sqrt(np.maximum(b**2 - a * c, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        # (b - root) / a without loss of digits; c <= 0 says that even a ratio of 0 is not rejected.
        lower = np.where(c > 0, c / (b + root), 0.0)
        upper = np.where(a > 0, (b + root) / a, np.inf)
    lower, upper = np.where((S == 0) & (R > 0), np.nan, lower), np.where((R == 0) & (S > 0), np.nan, upper)
    return lower, upper
