"""Curves over customers in order: who holds how much of the total, who adds to profit and who takes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

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

    Up to four. The most equal one bears its name on the left, where the line of equality is farthest; the
    others on the right.
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
        if name == most_equal:
            place = int((curve["customer_share"] - curve["value_share"]).to_numpy().argmax())
        point = tuple(curve[["customer_share", "value_share"]].iloc[place])
        _name(ax, point, name, colour, above=name == most_equal)
    _percent(ax, x_label, y_label)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    add_note(ax, note)
    return ax


def whale_plot(
    curve: pd.DataFrame,
    *,
    title: str,
    x_label: str,
    y_label: str,
    money: bool = False,
    note: str | None = None,
) -> Axes:
    """The whale curve of `crmlib.value.whale_curve`, its highest point and its end in numbers.

    In shares of the total; in ``money`` where that is not positive, or so small beside the highest point
    that shares of it say nothing.
    """
    column = "cumulative" if money else "cumulative_share"
    need(curve, "customer_share", column)
    if curve[column].isna().any():
        raise ValueError(f"column {column!r}: the total profit is not positive, so draw it with money=True")
    ax = new_axes(title, height=4.4 + 0.3 * bool(note))
    x, y = (np.array([0, *curve[name]]) for name in ("customer_share", column))
    ax.axhline(y[-1], color=GREY, lw=1.2, ls="--")
    ax.plot(x, y, color=BLUE)
    left = max(y[-1], 0)  # what is above it, some customers earn and others take
    ax.fill_between(x, left, y, where=y > left, color=VERMILION, alpha=0.25, lw=0)
    written = "{:,.0f}" if money else "{:.0%}"
    top = (x[y.argmax()], y.max())
    ax.plot(*top, "s", color=VERMILION, ms=8)
    _number(ax, top, written.format(top[1]), VERMILION, ha="center")
    _percent(ax, x_label, y_label)
    if money:
        ax.axhline(0, color=GREY, lw=0.8)
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        _number(ax, (0.01, y[-1]), written.format(y[-1]), INK, ha="left")
    ax.set(xlim=(0, 1.01), ylim=(1.12 * y.min(), y.max() + 0.12 * (np.ptp(y) or 1)))
    add_note(ax, note)
    return ax


def _number(ax, point, text, colour, *, ha):
    above = {"xytext": (0, 8), "textcoords": "offset points"}
    ax.annotate(text, point, **above, ha=ha, color=colour)


def _name(ax, point, text, colour, *, above=False):
    ax.annotate(
        text,
        point,
        xytext=(-8, 4) if above else (8, -4),
        textcoords="offset points",
        ha="right" if above else "left",
        va="bottom" if above else "top",
        color=colour,
    )


def _percent(ax, x_label, y_label):
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y")
    ax.set(xlabel=x_label, ylabel=y_label)
