"""Is this week's complaint rate a signal or noise?"""

import numpy as np
import pandas as pd

RUN = 8


def p_chart(
    counts: pd.Series, sizes: pd.Series, *, baseline: int | None = None, overdispersed: bool = False
) -> pd.DataFrame:
    """Share of each period with limits at three standard errors, and what is a signal.

    Centre and spread come from the first ``baseline`` periods (all by default), so that what is
    judged does not move its own limits. With p the pooled share and n_i the size, the limits are
    p +- 3 s sqrt(p (1 - p) / n_i), s = 1; ``overdispersed`` takes s from the moving range of the z-scores,
    mean ``|z_i - z_(i-1)|`` / 1.128 (Laney 2002), where weeks differ more than a coin would.

    Columns share, centre, lower, upper, z, beyond (outside the limits), run (the last of eight or
    more in a row on one side of the centre, from the first eighth on). Index of ``counts``.
    Source: Shewhart 1931; Montgomery, Introduction to Statistical Quality Control.

    >>> p_chart(pd.Series([5, 4, 20]), pd.Series([100, 100, 100]), baseline=2)["beyond"].tolist()
    [False, False, True]
    """
    counts, sizes = _checked(counts, sizes)
    first = len(counts) if baseline is None else baseline
    if not 2 <= first <= len(counts):
        raise ValueError(f"baseline={baseline!r}: from 2 to the {len(counts)} periods there are")
    centre = counts.iloc[:first].sum() / sizes.iloc[:first].sum()
    if not 0 < centre < 1:
        raise ValueError(f"counts: a pooled share of {centre} leaves nothing to judge by")
    share, error = counts / sizes, np.sqrt(centre * (1 - centre) / sizes)
    z = (share - centre) / error
    spread = _spread(z.iloc[:first]) if overdispersed else 1.0
    table = pd.DataFrame({"share": share, "centre": centre})
    table["lower"] = (centre - 3 * spread * error).clip(lower=0)
    table["upper"] = (centre + 3 * spread * error).clip(upper=1)
    table["z"] = z / spread
    table["beyond"] = (share > table["upper"]) | (share < table["lower"])
    table["run"] = _runs(np.sign(z.to_numpy()))
    table.attrs["spread"] = spread
    return table


def _checked(counts, sizes):
    counts, sizes = pd.Series(counts), pd.Series(sizes)
    if len(counts) != len(sizes) or not len(counts):
        raise ValueError(f"{len(counts)} counts for {len(sizes)} sizes: wanted as many, and at least one")
    sizes = sizes.set_axis(counts.index)
    wrong = ~((sizes > 0) & (counts >= 0) & (counts <= sizes))
    if wrong.any():
        at = counts.index[wrong][0]
        raise ValueError(f"counts: {counts[at]} of {sizes[at]} in period {at!r} is no share")
    return counts, sizes


def _spread(z):
    spread = z.diff().abs().mean() / 1.128
    if not spread > 0:
        raise ValueError("counts: the periods do not differ, so their spread is unknown")
    return spread


def _runs(side):
    """Whether each period ends a run of at least `RUN` on one side of the centre."""
    length, found = 0, []
    for at, one in enumerate(side):
        length = length + 1 if at and one == side[at - 1] and one else int(one != 0)
        found.append(length >= RUN)
    return found
