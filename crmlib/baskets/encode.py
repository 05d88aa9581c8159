"""From a long table of (basket, item) lines to baskets one can count: presence, never quantity."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse


@dataclass(frozen=True, eq=False)
class Baskets:
    """Which basket holds which item.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array
        ``n_baskets`` x ``n_items``, a one where the basket holds the item; column indices are
        sorted and stand once.
    items : pandas.Index
        Item labels, ascending; position = column of ``matrix``.
    basket_ids : pandas.Index
        Basket labels in order of first appearance; position = row of ``matrix``.
    """

    matrix: sparse.csr_array
    items: pd.Index
    basket_ids: pd.Index

    @property
    def n_baskets(self) -> int:
        return self.matrix.shape[0]

    @property
    def n_items(self) -> int:
        return self.matrix.shape[1]

    @property
    def sizes(self) -> np.ndarray:
        """Different items in each basket, in row order."""
        return np.diff(self.matrix.indptr)

    @property
    def item_counts(self) -> pd.Series:
        """Baskets that hold each item."""
        counts = np.bincount(self.matrix.indices, minlength=self.n_items)
        return pd.Series(counts, index=self.items, name="count")

    def __repr__(self) -> str:
        return f"Baskets({self.n_baskets:,} baskets, {self.n_items:,} items)"


def encode(
    lines: pd.DataFrame, *, basket: str = "basket_id", item: str = "item", missing: str = "refuse"
) -> Baskets:
    """Baskets from a long table with one line per item bought.

    An item that stands twice in a basket counts once: a basket holds it or not. A basket all of
    whose items are missing is no basket.

    Parameters
    ----------
    lines : DataFrame
        One row per line of a receipt.
    basket, item : str
        Columns that say which basket and which item.
    missing : {"refuse", "drop"}
        What to do with lines whose basket or item is missing.

    Raises
    ------
    ValueError
        No such column, no rows, missing values (with ``missing="refuse"``), labels of several
        types, or fractions where labels are meant.

    Examples
    --------
    >>> lines = pd.DataFrame({"basket_id": [1, 1, 1, 2], "item": ["milk", "bread", "milk", "milk"]})
    >>> encode(lines)
    Baskets(2 baskets, 2 items)
    >>> encode(lines).item_counts.to_dict()
    {'bread': 1, 'milk': 2}
    """
    lines = _usable_lines(lines, basket, item, missing)
    rows, basket_ids = _factorized(lines[basket], basket)
    columns, items = _item_codes(lines[item], item)
    ones = np.ones(len(lines), dtype=np.uint8)
    matrix = sparse.coo_array((ones, (rows, columns)), shape=(len(basket_ids), len(items)))
    matrix = matrix.tocsc().tocsr()  # by way of columns: each row comes out sorted without sorting
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return Baskets(matrix, items, pd.Index(basket_ids, name=basket))


def encode_wide(table: pd.DataFrame) -> Baskets:
    """Baskets from a table with one row per basket and one column of true/false or 0/1 per item.

    Raises ``ValueError`` where a cell is anything else: a quantity is not a presence.

    >>> encode_wide(pd.DataFrame({"milk": [1, 1], "bread": [True, False]}))
    Baskets(2 baskets, 2 items)
    """
    _refuse_empty(table)
    if not table.columns.is_unique:
        raise ValueError(f"column {table.columns[table.columns.duplicated()][0]!r} stands twice")
    for label, column in table.items():
        strange = column[~column.isin([0, 1])]
        if len(strange):
            raise ValueError(
                f"column {label!r} holds {first_value(strange)!r}: a basket holds an item or not (0 or 1); "
                "turn quantities into presence first, e.g. table > 0"
            )
    table = table.iloc[:, _ordered(table.columns.to_numpy(), "items")]
    matrix = sparse.csr_array(table.to_numpy(dtype=np.uint8))
    return Baskets(matrix, table.columns, table.index)


def basket_attribute(lines: pd.DataFrame, baskets: Baskets, column: str) -> pd.Series:
    """The value of ``column`` for each basket, such as its household or store.

    Returns a Series in the row order of ``baskets``, indexed by basket. Raises ``ValueError`` if a
    basket has two values or none.

    >>> lines = pd.DataFrame({"basket_id": [7, 7, 8], "item": list("aba"), "household_id": [1, 1, 2]})
    >>> basket_attribute(lines, encode(lines), "household_id").to_dict()
    {7: 1, 8: 2}
    """
    basket = baskets.basket_ids.name
    _require_columns(lines, basket, column)
    pairs = lines[[basket, column]].drop_duplicates()
    pairs = pairs[pairs[basket].isin(baskets.basket_ids)]
    twice = pairs[basket].duplicated()
    if twice.any():
        raise ValueError(f"basket {first_value(pairs[basket][twice])!r} has several values of {column!r}")
    values = pairs.set_index(basket)[column].reindex(baskets.basket_ids)
    if values.isna().any():
        raise ValueError(f"basket {first_value(values.index[values.isna()])!r} has no value of {column!r}")
    return values


def _usable_lines(lines, basket, item, missing):
    _require_columns(lines, basket, item)
    if basket == item:
        raise ValueError(f"basket and item are both column {item!r}: each has one of its own")
    if missing not in ("refuse", "drop"):
        raise ValueError(f"missing={missing!r}: say 'refuse' or 'drop'")
    lines = lines[[basket, item]]
    for column in (basket, item):
        absent = lines[column].isna()
        if absent.any():
            if missing == "refuse":
                raise ValueError(
                    f"column {column!r} is missing in {absent.sum():,} of {len(lines):,} lines "
                    f"(first at row {absent.to_numpy().argmax()}); missing='drop' leaves them out"
                )
            lines = lines[~absent]
    _refuse_empty(lines)
    return lines


def _require_columns(lines, *columns):
    for column in columns:
        if column not in lines.columns:
            raise ValueError(f"no column {column!r}; there are {list(lines.columns)}")
        if list(lines.columns).count(column) > 1:
            raise ValueError(f"column {column!r} stands twice")


def _refuse_empty(table):
    if not len(table):
        raise ValueError("no rows: there is not one basket")


def _factorized(labels, column):
    try:
        return pd.factorize(labels)
    except TypeError:
        unhashable = next(one for one in labels if not isinstance(one, Hashable))
        raise ValueError(f"column {column!r} holds {unhashable!r}: one label a line is wanted") from None


def _ordered(labels, column):
    """Places of the labels in ascending order; ``ValueError`` where they cannot be compared."""
    try:
        return np.argsort(labels, kind="stable")
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels})
        raise ValueError(f"column {column!r} mixes labels of several types: {kinds}") from None


def _item_codes(labels, item):
    if pd.api.types.is_float_dtype(labels.dtype):
        fractions = labels[labels % 1 != 0]
        if len(fractions):
            raise ValueError(f"column {item!r} holds {first_value(fractions)}: items are labels, not amounts")
    codes, items = _factorized(labels, item)
    items = pd.Index(items if not isinstance(items, pd.CategoricalIndex) else items.astype(object))
    order = _ordered(items.to_numpy(), item)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[codes], pd.Index(items[order], name=item)


def whole_number(name, value, least):
    """``value`` as an int; ``ValueError`` that names it where it is none or under ``least``."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not np.isfinite(float(value)) or value != int(value) or value < least:
        raise ValueError(f"{name}={value!r}: a whole number, at least {least}")
    return int(value)


def first_value(values):
    """The first of ``values`` as Python prints it: 3, not np.int64(3)."""
    return values[:1].tolist()[0]
