"""Curves over customers in order: who holds how much of the total, who adds to profit and who takes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlib.plots.labels import need
from crmlib.plots.style import BLUE, GREY, INK, PALETTE, VERMILION, add_note, new_axes

LABEL_AT = (0.7, 0.6, 0.75, 0.45)  # customer shares at which the curves bear their names


def lorenz_plot(
    curves: Mapping[str, pd.DataFrame],
    *,
    title: str,
    x_label: str,
    y_label: str,
    equal_label: str,
    note: str | None = None,
) -> Axes:
    """Lorenz curves by name, each as `crmlib.value.lorenz_curve` returns it, and the line of equality.

    Up to four. The most equal one bears its name on the left, the others on the right.
    """
    if not 1 <= len(curves) <= len(LABEL_AT):
        raise ValueError(f"curves: {len(curves)}, wanted 1 to {len(LABEL_AT)}")
    ax = new_axes(title, height=4.8 + 0.3 * bool(note))
    ax.plot([0, 1], [0, 1], color=GREY, lw=1.2, ls="--")
    _name(ax, (0.45, 0.45), equal_label, GREY, above=True)
    for curve in curves.values():
        need(curve, "customer_share", "value_share")
    most_equal = max(
        curves, key=lambda name: np.trapezoid(curves[name]["value_share"], curves[name]["customer_share"])
    )
    for at, colour, (name, curve) in zip(LABEL_AT, PALETTE, curves.items(), strict=False):
        ax.plot(curve["customer_share"], curve["value_share"], color=colour)
        place = curve["customer_share"].searchsorted(at)
        point = tuple(curve[["customer_share", "value_share"]].iloc[place])
        _name(ax, point, name, colour, above=name == most_equal)
    _percent(ax, x_label, y_label)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    add_note(ax, note)
    return ax


def whale_plot(
    curve: pd.DataFrame, *, title: str, x_label: str, y_label: str, note: str | None = None
) -> Axes:
    """The whale curve of `crmlib.value.whale_curve`, its highest point and its end in numbers."""
    need(curve, "customer_share", "cumulative_share")
    if curve["cumulative_share"].isna().any():
        raise ValueError("column 'cumulative_share': the total profit is not positive, so it has no shares")
    ax = new_axes(title, height=4.4 + 0.3 * bool(note))
    x, y = ([0, *curve[name]] for name in ("customer_share", "cumulative_share"))
    ax.axhline(1, color=GREY, lw=1.2, ls="--")
    ax.plot(x, y, color=BLUE)
    ax.fill_between(x, 1, y, where=[value > 1 for value in y], color=VERMILION, alpha=0.25, lw=0)
    top = int(curve["cumulative_share"].to_numpy().argmax())
    peak = tuple(curve[["customer_share", "cumulative_share"]].iloc[top])
    ax.plot(*peak, "s", color=VERMILION, ms=8)
    ax.annotate(
        f"{peak[1]:.0%}", peak, xytext=(0, 8), textcoords="offset points", ha="center", color=VERMILION
    )
    _percent(ax, x_label, y_label)
    ax.set(xlim=(0, 1.01), ylim=(0, 1.12 * max(y)))
    add_note(ax, note)
    return ax


def _name(ax, point, text, colour, *, above=False):
    ax.annotate(
        text,
        point,
        xytext=(-8, 4) if above else (8, -4),
        textcoords="offset points",
        ha="right" if above else "left",
        va="bottom" if above else "top",
        color=INK if colour == BLUE else colour,
    )


def _percent(ax, x_label, y_label):
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y")
    ax.set(xlabel=x_label, ylabel=y_label)
