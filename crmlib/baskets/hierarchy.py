"""Levels of a product range: the same receipts seen as products, types, categories or departments."""

from dataclasses import dataclass

import pandas as pd

from crmlib.baskets.encode import first_value


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Which item belongs to which group, level by level.

    Attributes
    ----------
    table : DataFrame
        One row per finest item; columns are the levels, finest first. A missing value says that
        the item belongs to no group at that level.
    """

    table: pd.DataFrame

    def __post_init__(self):
        if not self.levels or not self.table.columns.is_unique:
            raise ValueError(f"levels {self.levels}: at least one, each with a name of its own")
        finest = self.levels[0]
        if self.table[finest].isna().any():
            raise ValueError(f"column {finest!r}: a missing item can have no place")
        twice = self.table[finest].duplicated()
        if twice.any():
            label = first_value(self.table[finest][twice])
            raise ValueError(f"column {finest!r}: {label!r} stands twice, it can have one place only")

    @property
    def levels(self) -> list[str]:
        """Names of the levels, finest first."""
        return list(self.table.columns)

    def up(self, level: str) -> str:
        """The next coarser level."""
        return self._neighbour(level, +1)

    def down(self, level: str) -> str:
        """The next finer level."""
        return self._neighbour(level, -1)

    def roll_up(self, lines: pd.DataFrame, *, item: str, to: str) -> pd.DataFrame:
        """``lines`` with a column ``to``: the group at that level of the finest item in column ``item``.

        Raises ``ValueError`` for an unknown level or an item that the hierarchy does not know.

        >>> shop = Hierarchy(pd.DataFrame({"product": [1, 2], "category": ["BEER", "BEER"]}))
        >>> shop.roll_up(pd.DataFrame({"product_id": [2, 1]}), item="product_id", to="category")
           product_id category
        0           2     BEER
        1           1     BEER
        """
        self._check(to)
        if item not in lines.columns:
            raise ValueError(f"no column {item!r}; there are {list(lines.columns)}")
        finest = self.levels[0]
        unknown = ~lines[item].isin(self.table[finest])
        if unknown.any():
            raise ValueError(
                f"column {item!r}: {first_value(lines[item][unknown])!r} is not in the hierarchy"
            )
        groups = self.table.set_index(finest, drop=False)[to]
        return lines.assign(**{to: lines[item].map(groups)})

    def members(self, label, *, level: str) -> list:
        """What ``label`` of ``level`` consists of, one level down, ascending.

        >>> shop = Hierarchy(pd.DataFrame({"product": [2, 1, 3], "category": ["BEER", "BEER", "MILK"]}))
        >>> shop.members("BEER", level="category")
        [1, 2]
        """
        finer = self.down(level)
        inside = self.table[level] == label
        if not inside.any():
            raise ValueError(f"level {level!r} has no {label!r}")
        return sorted(self.table[finer][inside].dropna().unique().tolist())

    def _check(self, level):
        if level not in self.levels:
            raise ValueError(f"no level {level!r}; from fine to coarse there are {self.levels}")

    def _neighbour(self, level, step):
        self._check(level)
        place = self.levels.index(level) + step
        if not 0 <= place < len(self.levels):
            end = "coarsest" if step > 0 else "finest"
            raise ValueError(f"{level!r} is the {end} level of {self.levels}")
        return self.levels[place]
