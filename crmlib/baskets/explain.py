"""A rule as one plain sentence with its numbers."""

import numpy as np
import pandas as pd

from crmlib.catalogue import say, say_count

NEEDED = (
    "antecedents",
    "consequents",
    "count",
    "antecedent_count",
    "consequent_count",
    "n_baskets",
)


def explain(rule: pd.Series, *, alpha: float = 0.05) -> str:
    """What a rule says, in one sentence for someone who runs a shop.

    Parameters
    ----------
    rule : Series or mapping
        A row of `association_rules`. With the columns of `stratified_odds_ratio` the sentence says what
        is left when baskets of like size are compared; with ``p_adjusted`` (from `significant`, `adjust`)
        whether it stands after correction for all rules tried.
    alpha : float
        Largest ``p_adjusted`` that stands.

    Examples
    --------
    >>> explain({"antecedents": {"diapers"}, "consequents": {"beer"}, "count": 30, "antecedent_count": 80,
    ...          "consequent_count": 200, "n_baskets": 1000})  # doctest: +NORMALIZE_WHITESPACE
    'Of every 100 baskets with diapers about 37.5 also hold beer (30 of 80), against 20 of every 100 in all
    1,000 baskets; whether that is more than chance and big baskets make is not tested.'
    """
    missing = [name for name in NEEDED if name not in rule]
    if missing:
        raise ValueError(f"no column {missing[0]!r}; explain takes one row of association_rules")
    _refuse_impossible(rule)
    names = {"left": _listing(rule["antecedents"]), "right": _listing(rule["consequents"])}
    seen = say(
        "baskets.explain.seen",
        confidence=_per_hundred(rule["count"], rule["antecedent_count"]),
        both=f"{rule['count']:,}",
        n_left=f"{rule['antecedent_count']:,}",
        base=_per_hundred(rule["consequent_count"], rule["n_baskets"]),
        total=say_count("baskets.explain.baskets", rule["n_baskets"], shown=f"{rule['n_baskets']:,}"),
        **names,
    )
    return say("baskets.explain." + _verdict(rule, alpha), seen=seen, **_evidence(rule), **names)


def _refuse_impossible(rule):
    for side in ("antecedents", "consequents"):
        if not rule[side]:
            raise ValueError(f"column {side!r} holds {rule[side]!r}: a rule has items on both sides")
    for side in ("antecedent_count", "consequent_count"):
        if not 0 <= rule["count"] <= rule[side] <= rule["n_baskets"] or not rule[side]:
            raise ValueError(
                f"column {side!r} holds {rule[side]}, with {rule['count']} for both sides "
                f"and {rule['n_baskets']} baskets: this cannot be"
            )


def _verdict(rule, alpha):
    """The branch that the evidence columns put the rule on."""
    if "or_lower" not in rule:
        return "untested"
    lower, upper, ratio = rule["or_lower"], rule["or_upper"], rule["stratified_odds_ratio"]
    if np.isnan(ratio):
        return "nothing_to_compare"
    if ratio == 0:
        return "never_together"
    if np.isinf(ratio):
        return "never_apart"
    if lower > 1:
        return "corrected_away" if rule.get("p_adjusted", 0) > alpha else "more"
    return "less" if upper < 1 else "open"


def _evidence(rule):
    """The numbers of the evidence, as shown."""
    if "or_lower" not in rule:
        return {}
    return {
        "among": say("baskets.explain.among." + rule["strata"]),
        "observed": f"{rule['observed']:,}",
        "expected": _number(rule["expected"]),
        "ratio": _ratio(rule["stratified_odds_ratio"]),
        "lower": _ratio(rule["or_lower"]),
        "upper": _ratio(rule["or_upper"]),
        "level": f"{100 * rule['or_level']:g}",
        "p": f"{rule['p_adjusted']:.2g}" if "p_adjusted" in rule else "",
    }


def _listing(itemset):
    """The items in one phrase, in a fixed order."""
    items = sorted(map(str, itemset))
    if len(items) == 1:
        return items[0]
    return say("baskets.explain.and", items=", ".join(items[:-1]), last=items[-1])


def _number(value):
    if value < 0.1:
        return say("baskets.explain.hardly_any")
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _ratio(value):
    """A ratio with two digits after the point; more where these would make it look like 1."""
    if not np.isfinite(value):
        return say("baskets.explain.no_limit")
    digits = 2
    while round(value, digits) == 1 and value != 1:
        digits += 1
    return f"{value:,.{digits}f}"


def _per_hundred(part, whole):
    """How many of a hundred, in words that stay true however the number is rounded."""
    if part in (0, whole):
        return say("baskets.explain.none" if part == 0 else "baskets.explain.all")
    hundred = 100 * part
    if hundred % whole == 0:
        return str(hundred // whole)
    rounded = f"{hundred / whole:.1f}"
    if rounded == "0.0":
        return say("baskets.explain.hardly_any")
    if rounded == "100.0":
        return say("baskets.explain.almost_all")
    return say("baskets.explain.about", number=rounded)
