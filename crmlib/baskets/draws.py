"""Bootstrap draws of whole households: the unit that varies, since its baskets are alike."""

import numpy as np

from crmlib.baskets.encode import whole_number


def household_draws(n_households: int, *, n_resamples: int, seed: int) -> np.ndarray:
    """How often each household is drawn when as many are drawn with replacement: resamples x households.

    >>> household_draws(4, n_resamples=2, seed=0).sum(axis=1).tolist()
    [4.0, 4.0]
    """
    for name, value, least in (("n_households", n_households, 2), ("n_resamples", n_resamples, 2)):
        whole_number(name, value, least)
    even = np.full(int(n_households), 1 / n_households)
    return (
        np.random.default_rng(seed).multinomial(int(n_households), even, size=int(n_resamples)).astype(float)
    )
