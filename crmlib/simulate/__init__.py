"""Worlds with known truth, so that a method's promise can be put to the test.

Every generator takes a seed and returns the data and the truth they were drawn from.
"""

from crmlib.simulate.baskets import legend_world, null_baskets
from crmlib.simulate.beauty_club import BeautyClub, Plan, beauty_club
from crmlib.simulate.complaints import complaint_records, complaint_survey, recovery_survey, weekly_complaints
from crmlib.simulate.electronics_dealer import electronics_dealer, lost_customers
from crmlib.simulate.world import World

__all__ = [
    "BeautyClub",
    "Plan",
    "World",
    "beauty_club",
    "complaint_records",
    "complaint_survey",
    "electronics_dealer",
    "legend_world",
    "lost_customers",
    "null_baskets",
    "recovery_survey",
    "weekly_complaints",
]
