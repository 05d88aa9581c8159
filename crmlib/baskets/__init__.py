"""Market baskets: what is bought together, how surely, and whether more than chance and size explain."""

from crmlib.baskets.corrections import adjust, family_size, significant
from crmlib.baskets.draws import household_draws
from crmlib.baskets.encode import Baskets, basket_attribute, encode, encode_wide
from crmlib.baskets.evidence import fisher_p, stratified_odds_ratio
from crmlib.baskets.excess import excess_baskets
from crmlib.baskets.explain import explain
from crmlib.baskets.hierarchy import Hierarchy
from crmlib.baskets.households import lift_interval
from crmlib.baskets.itemsets import count_threshold, frequent_itemsets
from crmlib.baskets.redundancy import prune_redundant
from crmlib.baskets.rules import association_rules
from crmlib.baskets.steps import why_fewer
from crmlib.baskets.stores import store_correlations, store_counts

__all__ = [
    "Baskets",
    "Hierarchy",
    "adjust",
    "association_rules",
    "basket_attribute",
    "count_threshold",
    "encode",
    "encode_wide",
    "excess_baskets",
    "explain",
    "family_size",
    "fisher_p",
    "frequent_itemsets",
    "household_draws",
    "lift_interval",
    "prune_redundant",
    "significant",
    "store_correlations",
    "store_counts",
    "stratified_odds_ratio",
    "why_fewer",
]
