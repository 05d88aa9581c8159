"""All rules as points, the best ones by name."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib.plots.labels import need, place_labels, rule_text
from crmlib.plots.style import BLUE, GREY, LIGHT, VERMILION, add_note, log_ticks, new_axes


def rule_scatter(
    rules: pd.DataFrame,
    *,
    title: str,
    x_label: str,
    y_label: str,
    x: str = "support",
    y: str = "confidence",
    n_labels: int = 6,
    rank_by: str | None = None,
    names: Mapping | None = None,
    reference: float | None = None,
    reference_label: str | None = None,
    log: str = "",
    note: str | None = None,
) -> Axes:
    """Each rule as a point at columns ``x`` and ``y``; the first ``n_labels`` are named.

    First by column ``rank_by`` (``y`` by default), highest first. ``names`` maps items to the names
    to show. ``reference`` draws a line at that ``y``. ``log`` is "", "x", "y" or "xy": axes in
    logarithms. Labels never overlap: one that finds no room is left out.
    """
    rank_by = rank_by or y
    need(rules, "antecedents", "consequents", x, y, rank_by)
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log: {log!r} is none of '', 'x', 'y', 'xy'")
    for column in (x, y):
        if not np.isfinite(rules[column].to_numpy(float)).all():
            raise ValueError(f"column {column!r}: a point needs finite values; filter the rules first")
    ax = new_axes(title, height=5.4)
    for which in log:
        log_ticks(ax, which)
    ranked = rules.sort_values(rank_by, ascending=False, kind="stable").head(2 * n_labels)
    best, texts = _best(ranked, x, y, n_labels, names)
    ax.scatter(rules[x], rules[y], s=22, color=BLUE, alpha=0.35, linewidths=0)
    ax.scatter(*best.T, s=46, marker="D", color=VERMILION, linewidths=0)
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.margins(0.06, 0.16)
    if reference is not None:
        _reference(ax, reference, reference_label)
    add_note(ax, note)
    place_labels(ax, best, texts, avoid=rules[[x, y]].to_numpy(float))
    return ax


def _best(rules, x, y, n_labels, names):
    """Points and texts of the first rules; a rule and its reverse at one point share a text."""
    texts = {}
    for _, rule in rules.iterrows():
        one, other = rule["antecedents"], rule["consequents"]
        point = (rule[x], rule[y])
        if (other, one, point) in texts:
            texts[other, one, point] = texts[other, one, point].replace(" → ", " ↔ ")
        elif len(texts) < n_labels:
            texts[one, other, point] = rule_text(rule, names)
    return np.array([key[2] for key in texts], dtype=float).reshape(-1, 2), list(texts.values())


def _reference(ax, value, label):
    ax.axhline(value, color=GREY, lw=1.2, ls="--", zorder=0)
    if label:
        ax.annotate(
            label,
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            color=GREY,
            fontsize=11,
            bbox={"facecolor": "white", "edgecolor": LIGHT, "lw": 0, "pad": 1},
        )
