"""Complaints: what a survey of them says, how far they travel, what they cost, what an answer is worth."""

from crmlib.complaints.control_charts import p_chart
from crmlib.complaints.damage import (
    break_even_spend,
    loss_per_problem,
    market_damage,
    tornado,
    total_damage,
    value_of_voice,
)
from crmlib.complaints.differences import mean_difference, share_difference
from crmlib.complaints.effects import potential_outcomes, treatment_effect, trial_profits
from crmlib.complaints.letter import letter_checklist
from crmlib.complaints.survey import (
    association,
    conditional_shares,
    even_share,
    group_bounds,
    net_change,
    odds_ratio,
    overall_bounds,
    reconstruction,
    share_interval,
)
from crmlib.complaints.word_of_mouth import (
    circles,
    even_satisfied_share,
    extinction_probability,
    mean_reach,
    retelling,
    spread,
)

__all__ = [
    "association",
    "break_even_spend",
    "circles",
    "conditional_shares",
    "even_satisfied_share",
    "even_share",
    "extinction_probability",
    "group_bounds",
    "letter_checklist",
    "loss_per_problem",
    "market_damage",
    "mean_difference",
    "mean_reach",
    "net_change",
    "odds_ratio",
    "overall_bounds",
    "p_chart",
    "potential_outcomes",
    "reconstruction",
    "retelling",
    "share_difference",
    "share_interval",
    "spread",
    "tornado",
    "total_damage",
    "treatment_effect",
    "trial_profits",
    "value_of_voice",
]
