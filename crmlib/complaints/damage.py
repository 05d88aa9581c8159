"""What problems cost: customers lost in silence, after a reply, and by word of mouth."""

from collections.abc import Mapping

import pandas as pd

ASSUMPTIONS = (
    "customers",
    "problem_rate",
    "voice_share",
    "resolved_share",
    "stay_silent",
    "stay_unresolved",
    "stay_resolved",
    "told_silent",
    "told_unresolved",
    "told_resolved",
    "lost_per_listener",
    "value",
)
_COUNTS = ("customers", "told_silent", "told_unresolved", "told_resolved", "value")
PATHS = ("silent", "unresolved", "resolved")


def market_damage(assumptions: Mapping[str, float]) -> pd.DataFrame:
    """Customers and money lost on each path from a problem: silent, unresolved, resolved.

    With N ``customers``, a share q = ``problem_rate`` has a problem; of these c = ``voice_share``
    complains, of these r = ``resolved_share`` is resolved. On each path ``stay_...`` buy again,
    and each person with a problem tells ``told_...`` others, of whom ``lost_per_listener`` is lost
    each: lost = n (1 - stay) + n told lost_per_listener, money = lost x ``value`` (dollars of
    margin that a lost customer would still have brought).

    Index ``path``; columns customers, left, heard, lost_by_word, damage.
    Source: the market damage model of TARP, as Goodman describes it.

    >>> known = dict.fromkeys(ASSUMPTIONS, 0.0) | {"customers": 100, "problem_rate": 0.2, "value": 10}
    >>> market_damage(known)["damage"].tolist()
    [200.0, 0.0, 0.0]
    """
    known = _checked(assumptions)
    problems = known["customers"] * known["problem_rate"]
    voice, resolved = known["voice_share"], known["resolved_share"]
    parts = [1 - voice, voice * (1 - resolved), voice * resolved]
    table = pd.DataFrame({"customers": [problems * part for part in parts]}, index=list(PATHS))
    stay = pd.Series({path: known[f"stay_{path}"] for path in PATHS})
    told = pd.Series({path: known[f"told_{path}"] for path in PATHS})
    table["left"] = table["customers"] * (1 - stay)
    table["heard"] = table["customers"] * told
    table["lost_by_word"] = table["heard"] * known["lost_per_listener"]
    table["damage"] = (table["left"] + table["lost_by_word"]) * known["value"]
    return table.rename_axis("path")


def _checked(assumptions):
    missing = [name for name in ASSUMPTIONS if name not in assumptions]
    unknown = [name for name in assumptions if name not in ASSUMPTIONS]
    if missing or unknown:
        raise ValueError(f"assumptions: missing {missing}, unknown {unknown}")
    for name, value in assumptions.items():
        if not value >= 0 or value == float("inf") or (name not in _COUNTS and value > 1):
            raise ValueError(f"{name}: {value!r} is no {'number from 0 on' if name in _COUNTS else 'share'}")
    return assumptions


def total_damage(assumptions: Mapping[str, float]) -> float:
    """Money lost on all paths together."""
    return float(market_damage(assumptions)["damage"].sum())


def loss_per_problem(assumptions: Mapping[str, float]) -> pd.Series:
    """Money that one problem costs on each path, whatever the shares of the paths.

    >>> known = dict.fromkeys(ASSUMPTIONS, 0.0) | {"stay_resolved": 0.7, "value": 10}
    >>> loss_per_problem(known).round(2).tolist()
    [10.0, 10.0, 3.0]
    """
    known = _checked(assumptions)
    lost = {
        path: 1 - known[f"stay_{path}"] + known[f"told_{path}"] * known["lost_per_listener"] for path in PATHS
    }
    return (pd.Series(lost) * known["value"]).rename_axis("path")


def break_even_spend(assumptions: Mapping[str, float]) -> float:
    """The most that turning one unresolved complaint into a resolved one may cost.

    (stay_resolved - stay_unresolved + (told_unresolved - told_resolved) lost_per_listener) value.
    """
    each = loss_per_problem(assumptions)
    return float(each["unresolved"] - each["resolved"])


def value_of_voice(assumptions: Mapping[str, float]) -> float:
    """What one silent customer's complaint is worth, resolved as often as the others' are.

    Negative where a complaint answered badly does more harm than silence.
    """
    each = loss_per_problem(assumptions)
    resolved = assumptions["resolved_share"]
    return float(each["silent"] - resolved * each["resolved"] - (1 - resolved) * each["unresolved"])


def tornado(assumptions: Mapping[str, float], ranges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Total damage with one assumption at a time moved to the ends of its range, widest swing first.

    Index ``assumption``; columns low, high (the ends), at_low, at_high (damage there), swing
    (absolute difference). One at a time: assumptions that move together are not seen.

    >>> known = dict.fromkeys(ASSUMPTIONS, 0.0) | {"customers": 100, "problem_rate": 0.2, "value": 10}
    >>> tornado(known, {"problem_rate": (0.1, 0.3)})["swing"].round(6).tolist()
    [200.0]
    """
    rows = {}
    for name, (low, high) in ranges.items():
        if name not in ASSUMPTIONS or low > high:
            raise ValueError(f"ranges: {name}={low, high} is no assumption with a lower and an upper end")
        at_low, at_high = (total_damage({**assumptions, name: end}) for end in (low, high))
        rows[name] = {"low": low, "high": high, "at_low": at_low, "at_high": at_high}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table["swing"] = (table["at_high"] - table["at_low"]).abs()
    return table.sort_values("swing", ascending=False, kind="stable").rename_axis("assumption")
