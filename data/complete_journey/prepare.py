"""Make the small extract lines.parquet: all lines of 40 households, the same ones each time.

Run it with the repository's Python: ``python data/complete_journey/prepare.py [folder]``.
"""

import sys
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crmlib.datasets import load_complete_journey

HERE = Path(__file__).parent
N_HOUSEHOLDS = 40


def extract():
    """The lines of the `N_HOUSEHOLDS` households whose hash is smallest, sorted."""
    lines = load_complete_journey()
    ranked = sorted(lines["household_id"].unique().tolist(), key=_hash)
    kept = lines[lines["household_id"].isin(ranked[:N_HOUSEHOLDS])]
    return _only_used_names(kept).sort_values(["basket_id", "product_id"], ignore_index=True)


def write(folder):
    """Write ``lines.parquet`` into ``folder`` and return its path."""
    path = Path(folder) / "lines.parquet"
    table = pa.Table.from_pandas(extract(), preserve_index=False)
    # A large level keeps the file small enough to stand in the repository.
    pq.write_table(table, path, compression="zstd", compression_level=19)
    return path


def _hash(household_id):
    return sha256(f"extract:{household_id}".encode()).digest()


def _only_used_names(lines):
    names = lines.select_dtypes("category").columns
    return lines.assign(**{name: lines[name].cat.remove_unused_categories() for name in names})


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else HERE)
