"""Segments of customers: found by clustering, and asked whether they are stable and useful."""

import numpy as np
import pandas as pd
from scipy.stats import kruskal
from threadpoolctl import threadpool_limits

from crmlib.value.checks import numbers, numeric, present, setting

STARTS = 10


def customer_segments(features: pd.DataFrame, *, k: int, seed: int = 0) -> pd.Series:
    """The segment of each customer, 1 to ``k``: k-means on standardised ``features``.

    Every column has the same weight. A column with a long tail wants its logarithm first. Segment 1
    has the highest mean of the first column, and so on: the numbers do not depend on the seed.
    Source: MacQueen 1967; scikit-learn's KMeans, the best of ten starts.

    >>> features = pd.DataFrame({"money": [1.0, 1.1, 9.0, 9.2]}, index=list("abcd"))
    >>> customer_segments(features, k=2).tolist()
    [2, 2, 1, 1]
    """
    points = _standardised(features)
    _check_k(points, k)
    return pd.Series(_ranked(_clusters(points, k, seed), points), index=features.index, name="segment")


def _standardised(features):
    if not len(features.columns):
        raise ValueError("features: there is no column to tell customers apart by")
    values = numeric(features, *features.columns).to_numpy(float)
    spread = values.std(axis=0)
    if not (spread > 0).all():
        raise ValueError(f"column {features.columns[spread <= 0][0]!r}: all customers are alike")
    return (values - values.mean(axis=0)) / spread


def _check_k(points, k):
    setting(k=k, least=2, whole=True)
    if k >= len(points):
        raise ValueError(f"k={k!r}: from 2 to one less than the {len(points)} customers")
    if k > _different(points):
        raise ValueError(f"k={k!r}: only {_different(points)} of the {len(points)} customers differ")


def _different(points):
    return len(np.unique(points, axis=0))


def _clusters(points, k, seed, starts=STARTS):
    from sklearn.cluster import KMeans

    # A thousand customers are done at once; threads that wait for each other can take twenty times longer.
    with threadpool_limits(limits=1):
        return KMeans(k, n_init=starts, random_state=seed).fit(points).labels_


def _ranked(labels, points):
    means = [points[labels == label, 0].mean() for label in range(labels.max() + 1)]
    place = np.argsort(np.argsort(-np.array(means)))
    return 1 + place[labels]


def segment_stability(
    features: pd.DataFrame, *, k: int, n_resamples: int = 50, seed: int = 0
) -> pd.DataFrame:
    """How well each segment is found again in bootstrap samples: customers, jaccard, dissolved.

    For each sample of the customers the clustering is done anew; ``jaccard`` is the mean, over
    samples, of the best overlap ``|A and B| / |A or B|`` of the segment with a new one, on the customers
    drawn. About .75 and more is stable, under .6 not to be relied on; ``dissolved`` is the share of
    samples with .5 or less. A sample that holds nobody of a segment says nothing of it and is left out
    for it (missing where all are). Source: Hennig 2007.

    >>> features = pd.DataFrame({"money": [1.0, 1.1, 1.2, 9.0, 9.1, 9.2] * 5})
    >>> segment_stability(features, k=2, n_resamples=5)["jaccard"].tolist()
    [1.0, 1.0]
    """
    points = _standardised(features)
    _check_k(points, k)
    setting(n_resamples=n_resamples, least=1, whole=True)
    labels = _ranked(_clusters(points, k, seed), points)
    rng = np.random.default_rng(seed)
    segments = pd.RangeIndex(1, k + 1, name="segment")
    found = pd.DataFrame([_refound(points, labels, k, rng) for _ in range(n_resamples)], columns=segments)
    return pd.DataFrame(
        {
            "customers": np.bincount(labels, minlength=k + 1)[1:],
            "jaccard": found.mean(),
            "dissolved": (found <= 0.5).where(found.notna()).astype(float).mean(),
        },
        index=segments,
    )


def _refound(points, labels, k, rng):
    """For each segment its best overlap with a cluster of one bootstrap sample, if any of it is drawn."""
    drawn = rng.integers(0, len(points), len(points))
    sample = points[drawn]
    # Three starts are enough for a sample, of which there are many.
    anew = _clusters(sample, min(k, _different(sample)), int(rng.integers(2**31)), starts=3)
    once, first = np.unique(drawn, return_index=True)
    table = pd.crosstab(labels[once], anew[first])
    table = table.reindex(range(1, k + 1), fill_value=0).to_numpy(float)
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return np.where(table.any(axis=1), (table / either).max(axis=1), np.nan)


def segment_differences(table: pd.DataFrame, segments: pd.Series, *, columns: list[str]) -> pd.DataFrame:
    """How far segments differ in ``columns`` that had no part in making them.

    One row a column: the mean of each segment, epsilon2 (0: no difference, 1: the ranks of the
    segments do not overlap) and p_value of Kruskal and Wallis 1952. epsilon2 = H / (n - 1). A
    small p with an epsilon2 near 0 is a difference nobody can act on. Missing values are left out.

    >>> table = pd.DataFrame({"discount": [0.0, 0.1, 0.4, 0.5]})
    >>> found = segment_differences(table, pd.Series([1, 1, 2, 2]), columns=["discount"])
    >>> found["epsilon2"].round(2).tolist()
    [0.8]
    """
    if not table.index.equals(segments.index):
        raise ValueError(
            f"segments: {len(segments)} customers, table: {len(table)}; give both the same index"
        )
    if segments.isna().any():
        raise ValueError(f"segments: {int(segments.isna().sum())} customers are in none")
    names = sorted(segments.unique())
    if len(names) < 2:
        raise ValueError(f"segments: there is only {names}; a difference needs two")
    rows = {}
    for column in columns:
        present(table, column)
        known = table[column].notna().to_numpy()
        values, own = numbers(table[column][known], name=f"column {column!r}"), segments.to_numpy()[known]
        groups = [values[own == name] for name in names]
        if min(map(len, groups)) == 0:
            raise ValueError(f"column {column!r}: a segment has no value")
        rows[column] = {name: group.mean() for name, group in zip(names, groups, strict=True)}
        rows[column] |= _kruskal(groups)
    return pd.DataFrame.from_dict(rows, orient="index")


def _kruskal(groups):
    together = np.concatenate(groups)
    if np.ptp(together) == 0:
        return {"epsilon2": 0.0, "p_value": 1.0}
    test = kruskal(*groups)
    return {"epsilon2": float(test.statistic / (len(together) - 1)), "p_value": float(test.pvalue)}
