"""Refusals that the methods of value, retention and portfolio share: what is wrong, and in which column."""

from numbers import Integral, Real

import numpy as np
import pandas as pd


def need(table: pd.DataFrame, *columns: str) -> None:
    """Raise ``ValueError`` that names the first column which is missing, or has missing values."""
    present(table, *columns)
    for column in columns:
        if table[column].isna().any():
            raise ValueError(f"column {column!r}: {int(table[column].isna().sum())} values are missing")
    if table.empty:
        raise ValueError(f"no rows at all; wanted some with {', '.join(columns)}")


def present(table: pd.DataFrame, *columns: str) -> None:
    """Raise ``ValueError`` that names the first column which is missing; its values may be."""
    for column in columns:
        if column not in table:
            raise ValueError(f"column {column!r} is missing; there are {list(table)}")


def numeric(
    table: pd.DataFrame,
    *columns: str,
    least: float = -np.inf,
    above: float = -np.inf,
    whole: bool = False,
) -> pd.DataFrame:
    """The table with these columns as finite numbers of at least ``least``, over ``above``.

    Text that looks like numbers is refused, since it sorts by alphabet; so are dates, which pass for
    numbers of nanoseconds. The table itself is given back where nothing had to be converted.

    >>> numeric(pd.DataFrame({"money": ["1000", "90"]}), "money")
    Traceback (most recent call last):
    ValueError: column 'money': '1000' is text, no number; pandas.to_numeric makes numbers of text
    """
    need(table, *columns)
    found = {
        column: checked(table[column], name=f"column {column!r}", least=least, above=above, whole=whole)
        for column in columns
    }
    changed = {column: array for column, array in found.items() if not _is_plain(table[column].dtype)}
    return table.assign(**changed) if changed else table


def numbers(values, *, name: str, least: float = -np.inf, above: float = -np.inf) -> np.ndarray:
    """The values as finite floats of at least ``least``, over ``above``."""
    return checked(values, name=name, least=least, above=above).astype(float, copy=False)


def checked(
    values, *, name: str, least: float = -np.inf, above: float = -np.inf, whole: bool = False
) -> np.ndarray:
    """As `numbers`, but whole numbers stay what they are: millions of weeks need no second copy."""
    array = _plain(values, name)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name}: wanted one value a customer, got shape {array.shape}")
    low, high = array.min(), array.max()  # nan if one value is
    if not (np.isfinite(low) and np.isfinite(high) and low >= least and low > above):
        wrong = ~(np.isfinite(array) & (array >= least) & (array > above))
        raise ValueError(f"{name}: {array[wrong][0]} is no finite number{_bound(least, above)}")
    if whole and array.dtype.kind == "f" and (array != np.floor(array)).any():
        raise ValueError(f"{name}: {array[array != np.floor(array)][0]} is no whole number")
    return array


def _is_plain(dtype):
    # Not those without a sign: the worse of two customers is found by putting a minus before the numbers.
    return isinstance(dtype, np.dtype) and dtype.kind in "if"


def _plain(values, name):
    """As an array of NumPy's own numbers; a single value that is none is named."""
    array = values if hasattr(values, "dtype") else np.asarray(values)
    if _is_plain(array.dtype):
        return np.asarray(array)
    if not pd.api.types.is_numeric_dtype(array.dtype) or array.dtype.kind == "c":
        for value in pd.Series(np.ravel(array)):  # a series, since NumPy turns dates into numbers
            if value is not None and not isinstance(value, Real):
                raise ValueError(f"{name}: {_wrong_kind(value)}")
    if hasattr(array, "to_numpy"):
        return array.to_numpy(dtype=float, na_value=np.nan)
    return array.astype(float)


def _wrong_kind(value):
    if isinstance(value, str):
        return f"{value!r} is text, no number; pandas.to_numeric makes numbers of text"
    return f"{value!r} is {type(value).__name__}, no number"


def _range(least, above, most):
    if np.isfinite(most):
        return f" from {least:g} to {most:g}"
    if np.isfinite(above):
        return f" over {above:g}"
    return f" from {least:g} on" if np.isfinite(least) else ""


def _bound(least, above):
    if np.isfinite(above):
        return f" over {above:g}"
    return f" of at least {least:g}" if np.isfinite(least) else ""


def share(**values: float) -> None:
    """Refuse a value that is not strictly between 0 and 1."""
    for name, value in values.items():
        if not (isinstance(value, Real) and 0 < value < 1):
            raise ValueError(f"{name}={value!r}: between 0 and 1")


def setting(
    *,
    least: float = 0,
    above: float = -np.inf,
    most: float = np.inf,
    whole: bool = False,
    **values: float | None,
) -> None:
    """Refuse a single value that is no finite number, or no whole one, within these bounds."""
    for name, value in values.items():
        kind = Integral if whole else Real
        if not (isinstance(value, kind) and above < value < np.inf and least <= value <= most):
            words = "whole number" if whole else "number"
            raise ValueError(f"{name}={value!r}: must be a {words}{_range(least, above, most)}")
