"""Refusals that the methods of customer value share."""

import numpy as np
import pandas as pd


def need(table: pd.DataFrame, *columns: str) -> None:
    """Raise ``ValueError`` that names the first column which is missing, or has missing values."""
    for column in columns:
        if column not in table:
            raise ValueError(f"column {column!r} is missing; there are {list(table)}")
        if table[column].isna().any():
            raise ValueError(f"column {column!r}: {int(table[column].isna().sum())} values are missing")
    if table.empty:
        raise ValueError(f"no rows at all; wanted some with {', '.join(columns)}")


def numbers(values, *, name: str, least: float = -np.inf) -> np.ndarray:
    """The values as finite floats of at least ``least``."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name}: wanted one value a customer, got shape {array.shape}")
    wrong = ~(np.isfinite(array) & (array >= least))
    if wrong.any():
        bound = f" of at least {least:g}" if np.isfinite(least) else ""
        raise ValueError(f"{name}: {array[wrong][0]} is no finite number{bound}")
    return array


def share(**values: float) -> None:
    """Refuse a value that is not strictly between 0 and 1."""
    for name, value in values.items():
        if not 0 < value < 1:
            raise ValueError(f"{name}={value!r}: between 0 and 1")
