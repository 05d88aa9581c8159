"""A rate over time with its limits."""

import pandas as pd
from matplotlib.axes import Axes

from crmlib.plots.labels import need
from crmlib.plots.style import BLUE, GREY, LIGHT, VERMILION, add_note, new_axes


def control_chart(
    table: pd.DataFrame,
    *,
    title: str,
    x_label: str,
    y_label: str,
    scale: float = 1.0,
    note: str | None = None,
) -> Axes:
    """One dot a period of ``table`` in its band of expected values; those beyond it are squares.

    ``table`` as `crmlib.complaints.p_chart` returns it: columns share, centre, lower, upper,
    beyond. Shares are shown times ``scale``.
    """
    need(table, "share", "centre", "lower", "upper", "beyond")
    ax = new_axes(title, height=3.8 + 0.3 * bool(note))
    at = table.index
    ax.fill_between(at, scale * table["lower"], scale * table["upper"], color=LIGHT, alpha=0.6, lw=0)
    ax.plot(at, scale * table["centre"], color=GREY, lw=1)
    ax.plot(at, scale * table["share"], color=BLUE, marker="o", ms=4, lw=1)
    out = table[table["beyond"]]
    ax.plot(out.index, scale * out["share"], "s", ms=9, color=VERMILION, lw=0)
    ax.set(xlabel=x_label, ylabel=y_label)
    add_note(ax, note)
    return ax
