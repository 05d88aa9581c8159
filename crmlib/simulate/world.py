"""What every simulated world is made of: data, truth, and the refusal of impossible settings."""

import numbers
from typing import NamedTuple

import numpy as np
import pandas as pd


class World(NamedTuple):
    """The data of a simulated world and the truth behind them."""

    lines: pd.DataFrame
    truth: pd.DataFrame


def finite(name, values):
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name}: {values!r} must be one or more finite numbers")
    return array


def positive(**values):
    for name, value in values.items():
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name}: {value!r} is no positive number")


def positive_integers(**values):
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(f"{name}: {value!r} is no integer from 1 on")


def shares(**values):
    """Refuse a value that is no share from 0 to 1."""
    for name, value in values.items():
        if not (np.isfinite(value) and 0 <= value <= 1):
            raise ValueError(f"{name}: {value!r} is no share from 0 to 1")
