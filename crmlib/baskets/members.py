"""Which baskets hold an item, and which hold all items of a set."""

import numpy as np

from crmlib.baskets.encode import Baskets


class Members:
    """Row numbers of the baskets that hold an item, or all items of a set."""

    def __init__(self, baskets: Baskets):
        by_item = baskets.matrix.tocsc()
        by_item.sort_indices()
        self._rows = np.split(by_item.indices.astype(np.intp), by_item.indptr[1:-1])
        self._code = {label: code for code, label in enumerate(baskets.items)}
        self._mark = np.zeros(baskets.n_baskets, dtype=bool)

    def codes(self, itemset) -> list[int]:
        """Columns of the items; ``ValueError`` naming an item that no basket holds."""
        for item in itemset:
            if item not in self._code:
                raise ValueError(f"rules: no basket holds {item!r}; were they mined from other data?")
        return sorted(self._code[item] for item in itemset)

    def sides(self, rules) -> tuple[list, list]:
        """Columns of the left and the right side of each rule; ``ValueError`` for an empty or shared side."""
        for column in ("antecedents", "consequents"):
            if column not in rules.columns:
                raise ValueError(f"no column {column!r}; there are {list(rules.columns)}")
        for a, c in zip(rules["antecedents"], rules["consequents"], strict=True):
            if not a or not c or set(a) & set(c):
                raise ValueError(f"rules: {a!r} -> {c!r} needs items on both sides, none on both")
        return [*map(self.codes, rules["antecedents"])], [*map(self.codes, rules["consequents"])]

    def of_item(self, code: int) -> np.ndarray:
        """Baskets that hold the item in column ``code``."""
        return self._rows[code]

    def of_set(self, itemset) -> np.ndarray:
        """Baskets that hold every item of ``itemset``."""
        rarest, *others = sorted((self._rows[code] for code in self.codes(itemset)), key=len)
        for rows in others:
            self._mark[rows] = True
            rarest = rarest[self._mark[rarest]]
            self._mark[rows] = False
        return rarest
