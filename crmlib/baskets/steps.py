"""Why there are fewer rules than one thought: what each option removed, in the order it was applied."""

from fractions import Fraction

import numpy as np
import pandas as pd

from crmlib.catalogue import say


class Funnel:
    """Counts candidate rules and what each step removes, while blocks of them pass through."""

    def __init__(self):
        self.candidates = 0
        self.removed = {}

    def start(self, n_candidates: int) -> None:
        """Let ``n_candidates`` in."""
        self.candidates += n_candidates

    def keep(self, step: str, limit, chosen: np.ndarray, *arrays: np.ndarray) -> tuple:
        """``arrays`` where ``chosen``; the others count as removed by ``step``."""
        removed = len(chosen) - int(np.count_nonzero(chosen))
        self.removed[step, limit] = self.removed.get((step, limit), 0) + removed
        return tuple(array[chosen] for array in arrays)

    def steps(self) -> tuple:
        """One (step, limit, removed, kept) for the candidates and each step."""
        steps = [("candidates", None, 0, self.candidates)]
        for (step, limit), removed in self.removed.items():
            steps.append((step, _plain(limit), removed, steps[-1][3] - removed))
        return tuple(steps)


def with_step(kept: pd.DataFrame, rules: pd.DataFrame, step: str, limit) -> pd.DataFrame:
    """``kept`` with the history of ``rules`` and this ``step`` in its ``attrs``."""
    history = _history(rules)
    kept.attrs = {
        **rules.attrs,
        "steps": (*history, (step, _plain(limit), len(rules) - len(kept), len(kept))),
    }
    return kept


def why_fewer(rules: pd.DataFrame) -> pd.DataFrame:
    """What each option removed on the way to ``rules``, in the order it was applied.

    Returns a DataFrame with a row for the candidates (all rules that the itemsets can make) and
    one for each step: ``step`` (the option), ``limit`` (its value), ``before``, ``removed``,
    ``kept`` (rules), ``reason`` (the same in words). ``before - removed == kept`` in each row, and
    ``kept`` is the next row's ``before``; the last ``kept`` is ``len(rules)``: rows taken out by
    other means stand in a last row ``by hand``.

    >>> rules = pd.DataFrame({"count": [3, 2]})
    >>> rules.attrs["steps"] = (("candidates", None, 0, 6), ("min_confidence", 0.8, 4, 2))
    >>> why_fewer(rules)[["step", "before", "removed", "kept"]].values.tolist()
    [['candidates', 6, 0, 6], ['min_confidence', 6, 4, 2]]
    """
    history = _history(rules)
    step, limit, removed, kept = zip(*history, strict=True)
    return pd.DataFrame(
        {
            "step": step,
            "limit": pd.Series(limit, dtype=object),
            "before": np.add(kept, removed),
            "removed": removed,
            "kept": kept,
            "reason": [_reason(*row[:3]) for row in history],
        }
    )


def _history(rules):
    if "steps" not in rules.attrs:
        raise ValueError("attrs['steps'] of the rules is lost; rules from association_rules carry it")
    history = rules.attrs["steps"]
    by_hand = history[-1][3] - len(rules)
    if by_hand < 0:
        raise ValueError(f"rules: {len(rules):,} rows, but the steps left {history[-1][3]:,} only")
    return (*history, ("by hand", None, by_hand, len(rules))) if by_hand else history


def _reason(step, limit, removed):
    key = "baskets.step." + step.replace(" ", "_")
    shown = ", ".join(map(str, limit)) if isinstance(limit, tuple) else limit
    return say(key, removed=f"{removed:,}", limit=shown)


def _plain(limit):
    if isinstance(limit, Fraction):
        return limit.numerator if limit.denominator == 1 else float(limit)
    return limit
