"""Why there is no plan: a smallest set of rules that cannot hold together, in words."""

import numpy as np

from crmlib.catalogue import say, say_count
from crmlib.portfolio.club import Club, checked
from crmlib.portfolio.programme import STRUCTURE, programme
from crmlib.portfolio.rules import Rules, checked_rules
from crmlib.portfolio.solver import solve


def conflict(club: Club, rules: Rules) -> list[str]:
    """Rules that collide, a sentence each; empty if there is a plan.

    None of them can be left out: without any one, the others can be respected. There may be
    further conflicts beside it. Found by leaving out rule after rule (deletion filter).
    Source: Chinneck and Dravnieks 1991.
    """
    club = checked(club)
    return conflict_in(programme(club, checked_rules(rules, club)))


def conflict_in(model) -> list[str]:
    """As `conflict`, for a programme that is built already."""
    kept = list(range(len(model.names)))
    if _possible(model, kept):
        return []
    for rule in [at for at, name in enumerate(model.names) if name != STRUCTURE]:
        others = [at for at in kept if at != rule]
        if not _possible(model, others):
            kept = others
    return [_sentence(*model.names[at]) for at in kept if model.names[at] != STRUCTURE]


def _possible(model, kept):
    rows = model.limits["rule"].isin(kept).to_numpy()
    return solve(model, np.zeros(model.rows.shape[1]), rows=rows) is not None


def _sentence(kind, subject):
    if kind in ("loss_making", "min_services"):
        return say_count(f"portfolio.rule.{kind}", subject)
    tier, share = subject if kind == "min_served" else ("", 0)
    return say(f"portfolio.rule.{kind}", subject=subject, tier=tier, share=share)
