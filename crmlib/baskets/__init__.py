"""Market baskets: what is bought together, how surely, and whether more than chance and size explain."""

from crmlib.baskets.encode import Baskets, basket_attribute, encode, encode_wide
from crmlib.baskets.hierarchy import Hierarchy
from crmlib.baskets.itemsets import count_threshold, frequent_itemsets

__all__ = [
    "Baskets",
    "Hierarchy",
    "basket_attribute",
    "count_threshold",
    "encode",
    "encode_wide",
    "frequent_itemsets",
]
