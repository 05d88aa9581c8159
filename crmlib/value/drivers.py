"""What moves satisfaction: a regression that allows for one customer's visits being alike."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlib.value.checks import need, numeric, present, share


def satisfaction_drivers(
    visits: pd.DataFrame,
    *,
    outcome: str = "satisfaction",
    drivers: list[str],
    cluster: str = "customer_id",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Change of ``outcome`` for one unit of each driver, the others as they are: estimate, lower, upper.

    Least squares with an intercept over the rows that have an outcome. Standard errors by
    ``cluster`` (Liang and Zeger 1986, with g/(g - 1) (n - 1)/(n - k) for g clusters), since the
    visits of one customer are no independent answers. It removes what the drivers carry, nothing else.

    >>> visits = pd.DataFrame({"customer_id": [1, 2, 3, 4], "told": [0, 1, 0, 1]})
    >>> visits["satisfaction"] = [3, 4, 2, 5]
    >>> float(satisfaction_drivers(visits, drivers=["told"])["estimate"].iloc[0].round(6))
    2.0
    """
    share(confidence=confidence)
    X, y, codes = _regression(visits, outcome, drivers, cluster)
    n, k = X.shape
    bread = np.linalg.inv(X.T @ X)
    slopes = bread @ X.T @ y
    residuals = y - X @ slopes
    scores = np.zeros((codes.max() + 1, k))
    np.add.at(scores, codes, X * residuals[:, None])
    g = len(scores)
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * g / (g - 1) * (n - 1) / (n - k))[1:]
    half = norm.ppf((1 + confidence) / 2) * errors
    table = {"estimate": slopes[1:], "lower": slopes[1:] - half, "upper": slopes[1:] + half}
    return pd.DataFrame(table, index=pd.Index(drivers, name="driver"))


def _regression(visits, outcome, drivers, cluster):
    """The rows that have an outcome: a column of ones and the drivers, the outcome, the cluster's number."""
    if not drivers:
        raise ValueError("drivers: name at least one")
    present(visits, outcome)
    need(visits, cluster)
    rows = numeric(numeric(visits, *drivers).dropna(subset=outcome), outcome)
    X = np.column_stack([np.ones(len(rows)), rows[drivers].to_numpy(float)])
    codes = pd.factorize(rows[cluster])[0]
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError(f"drivers: {drivers} say the same twice, or one of them never changes")
    if len(X) <= X.shape[1]:
        raise ValueError(f"column {outcome!r}: {len(X)} values, too few for {len(drivers)} drivers")
    if not codes.any():
        raise ValueError(f"column {cluster!r}: only {rows[cluster].tolist()[0]!r}; errors need two or more")
    return X, rows[outcome].to_numpy(float), codes
