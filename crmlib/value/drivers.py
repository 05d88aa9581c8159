"""What moves satisfaction: a regression that allows for one customer's visits being alike."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlib.value.checks import need


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
    need(visits, cluster, *drivers)
    rows = visits[visits[outcome].notna()]
    X = np.column_stack([np.ones(len(rows)), rows[drivers].to_numpy(float)])
    (n, k), codes = X.shape, pd.factorize(rows[cluster])[0]
    if np.linalg.matrix_rank(X) < k:
        raise ValueError(f"drivers: {drivers} say the same twice, or one of them never changes")
    bread = np.linalg.inv(X.T @ X)
    slopes = bread @ X.T @ rows[outcome].to_numpy(float)
    residuals = rows[outcome].to_numpy(float) - X @ slopes
    scores = np.zeros((codes.max() + 1, k))
    np.add.at(scores, codes, X * residuals[:, None])
    g = len(scores)
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * g / (g - 1) * (n - 1) / (n - k))[1:]
    half = norm.ppf((1 + confidence) / 2) * errors
    table = {"estimate": slopes[1:], "lower": slopes[1:] - half, "upper": slopes[1:] + half}
    return pd.DataFrame(table, index=pd.Index(drivers, name="driver"))
