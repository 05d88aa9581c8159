"""Who is still there: falling steps, one curve a group."""

import pandas as pd
from matplotlib.axes import Axes

from crmlib.plots.labels import need
from crmlib.plots.style import PALETTE, add_note, new_axes


def stay_plot(
    curves: pd.DataFrame,
    *,
    by: str,
    title: str,
    x_label: str,
    y_label: str,
    until: float,
    order: list | None = None,
    names: dict | None = None,
    note: str | None = None,
) -> Axes:
    """One falling step line for each value of ``by``, in per cent, with its interval and its name at the end.

    ``curves`` as `crmlib.retention.stay_curve` returns them: columns ``by``, time, stay, lower,
    upper. ``order`` of the groups gives the colours; ``names`` what to call them.
    """
    need(curves, by, "time", "stay", "lower", "upper")
    ax = new_axes(title, height=4.4 + 0.3 * bool(note))
    groups = list(curves[by].unique()) if order is None else order
    ends = []
    for colour, group in zip(PALETTE, groups, strict=False):
        ends.append((_steps(ax, curves[curves[by] == group], until, colour), group, colour))
    ax.set(xlabel=x_label, ylabel=y_label, xlim=(0, until))
    ax.grid(axis="y")
    for at, (_, group, colour) in zip(_apart(ax, [end for end, *_ in ends]), ends, strict=True):
        _name(ax, at, (names or {}).get(group, str(group)), colour)
    add_note(ax, note)
    return ax


def _steps(ax, curve, until, colour):
    shown = curve[curve["time"] <= until]
    last = shown.iloc[[-1]].assign(time=until)
    shown = pd.concat([shown, last])
    percent = 100 * shown[["stay", "lower", "upper"]]
    ax.step(shown["time"], percent["stay"], where="post", color=colour)
    band = {"step": "post", "color": colour, "alpha": 0.2, "lw": 0}
    ax.fill_between(shown["time"], percent["lower"], percent["upper"], **band)
    return percent["stay"].iloc[-1]


def _apart(ax, heights):
    """Heights moved up where two names would touch."""
    low, high = ax.get_ylim()
    least, moved = 0.06 * (high - low), {}
    previous = -float("inf")
    for height in sorted(heights):
        previous = max(height, previous + least)
        moved.setdefault(height, []).append(previous)
    return [moved[height].pop(0) for height in heights]


def _name(ax, height, text, colour):
    place = {"xytext": (8, 0), "textcoords": "offset points", "va": "center", "annotation_clip": False}
    ax.annotate(text, (1, height), xycoords=("axes fraction", "data"), color=colour, **place)
