"""Retention: how long customers stay, what an hour of service keeps, whom to ask back."""

from crmlib.retention.gains import average_gain, weeks_gained
from crmlib.retention.hours import allocate_hours, hour_worth
from crmlib.retention.ledger import customer_ledger
from crmlib.retention.ranks import log_rank
from crmlib.retention.stay import stay_at, stay_curve, weeks_kept
from crmlib.retention.winback import offer_uplift

__all__ = [
    "allocate_hours",
    "average_gain",
    "customer_ledger",
    "hour_worth",
    "log_rank",
    "offer_uplift",
    "stay_at",
    "stay_curve",
    "weeks_gained",
    "weeks_kept",
]
