"""Customer value: who buys how much, who pays for whom, and who is big in name only."""

from crmlib.value.big import false_big_customers
from crmlib.value.concentration import gini, lorenz_curve, top_share, whale_curve, whale_summary
from crmlib.value.costing import driver_rates, profit_by, unused_capacity, visit_profit, with_period
from crmlib.value.drivers import satisfaction_drivers
from crmlib.value.pyramid import TIERS, customer_tiers, pyramid, tier_migration
from crmlib.value.rfm import recency_frequency_money, rfm_scores
from crmlib.value.segments import customer_segments, segment_differences, segment_stability

__all__ = [
    "TIERS",
    "customer_segments",
    "customer_tiers",
    "driver_rates",
    "false_big_customers",
    "gini",
    "lorenz_curve",
    "profit_by",
    "pyramid",
    "recency_frequency_money",
    "rfm_scores",
    "satisfaction_drivers",
    "segment_differences",
    "segment_stability",
    "tier_migration",
    "top_share",
    "unused_capacity",
    "visit_profit",
    "whale_curve",
    "whale_summary",
    "with_period",
]
