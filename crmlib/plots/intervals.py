"""Estimates with their intervals, one row each."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib.plots.labels import need
from crmlib.plots.style import BLUE, GREY, INK, VERMILION, add_note, log_ticks, new_axes


def interval_plot(
    table: pd.DataFrame,
    *,
    title: str,
    x_label: str,
    estimate: str = "estimate",
    lower: str = "lower",
    upper: str = "upper",
    label: str | None = None,
    reference: float | None = None,
    reference_label: str | None = None,
    highlight: str | None = None,
    value_format: str = "{:.2f}",
    log: bool = False,
    note: str | None = None,
) -> Axes:
    """One row per row of ``table``: its estimate as a dot, its interval as a line, its value in words.

    Names come from column ``label`` or the index. A dot is full where the interval lies on one
    side of ``reference``, hollow where it does not. The row named ``highlight`` is set off by
    colour and square. Infinite ends of an interval run to the frame.
    """
    need(table, estimate, lower, upper, *([label] if label else []))
    _check_order(table, estimate, lower, upper)
    rows = [str(name) for name in (table[label] if label else table.index)]
    ax = new_axes(title, height=1.7 + 0.42 * len(rows) + 0.3 * bool(note))
    if log:
        log_ticks(ax, "x")
    elif table[estimate].abs().max() >= 1000:
        ax.xaxis.set_major_formatter("{x:,.0f}")
    ends = table[[lower, upper]].to_numpy(float)
    _limits(ax, np.append(ends, table[estimate]), reference, log)
    for at, (name, middle, end) in enumerate(zip(rows, table[estimate], ends, strict=True)):
        _row(ax, at, middle, end, reference, name == highlight)
        _value(ax, at, value_format.format(middle))
    _frame(ax, rows, x_label)
    if reference is not None:
        _reference(ax, reference, reference_label)
    add_note(ax, note)
    return ax


def _check_order(table, estimate, lower, upper):
    wrong = ~((table[lower] <= table[estimate]) & (table[estimate] <= table[upper]))
    if wrong.any():
        row = table[wrong].iloc[0]
        raise ValueError(
            f"{lower}, {estimate}, {upper}: {row[lower]}, {row[estimate]}, {row[upper]} are not in this order"
        )


def _limits(ax, values, reference, log):
    values = np.append(values, [] if reference is None else reference)
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if log:
        values = np.log(values)
    low, high = values.min(), values.max()
    margin = 0.06 * (high - low) or 0.5
    limits = np.array([low - margin, high + margin])
    ax.set_xlim(np.exp(limits) if log else limits)


def _row(ax, at, middle, end, reference, strong):
    colour, marker = (VERMILION, "s") if strong else (BLUE, "o")
    shown = np.clip(end, *ax.get_xlim())
    ax.plot(shown, [at, at], color=colour, lw=2.2, solid_capstyle="butt")
    open_ = reference is not None and end[0] <= reference <= end[1]
    ax.plot(middle, at, marker, ms=9, mec=colour, mew=2, mfc="white" if open_ else colour, clip_on=False)


def _value(ax, at, text):
    ax.annotate(
        text,
        (1, at),
        xycoords=("axes fraction", "data"),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        annotation_clip=False,
    )


def _frame(ax, rows, x_label):
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel(x_label)


def _reference(ax, value, label):
    ax.axvline(value, color=GREY, lw=1.2, ls="--", zorder=0)
    if label:
        ax.set_title(ax.get_title(loc="left"), pad=24)
        ax.annotate(
            label,
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=GREY,
            fontsize=11,
        )
