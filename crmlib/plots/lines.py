"""Lines over a common axis, named where they end."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib.plots.style import GREY, INK, PALETTE, add_note, new_axes

LEAST_APART = 0.07


def line_plot(
    table: pd.DataFrame,
    *,
    title: str,
    x_label: str,
    y_label: str,
    reference: float | None = None,
    from_zero: bool = True,
    note: str | None = None,
) -> Axes:
    """One line per column of ``table`` over its index, with the column's name at its right end.

    ``reference`` is a level drawn dashed. Missing values leave a gap.
    """
    if table.empty or not np.isfinite(table.to_numpy(float)).any():
        raise ValueError(f"table: {table.shape[0]} rows and {table.shape[1]} columns hold nothing to draw")
    ax = new_axes(title, height=4.2)
    for name, colour in zip(table.columns, PALETTE, strict=False):
        ax.plot(table.index, table[name], color=colour)
    if reference is not None:
        ax.axhline(reference, color=GREY, ls="--", lw=1.2, zorder=0)
    if from_zero:
        ax.set_ylim(bottom=min(0, ax.get_ylim()[0]))
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.grid(axis="y")
    _names(ax, table)
    add_note(ax, note)
    return ax


def _names(ax, table) -> None:
    """Each name beside the end of its line, moved up where two would stand on one another."""
    low, high = ax.get_ylim()
    ends = table.apply(lambda column: column.dropna().iloc[-1] if column.notna().any() else np.nan)
    at = -np.inf
    for name in ends.sort_values().index:
        if np.isfinite(ends[name]):
            at = max(ends[name], at + LEAST_APART * (high - low))
            colour = PALETTE[list(table.columns).index(name)] if len(table.columns) > 1 else INK
            place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
            ax.annotate(
                str(name), (1, at), xytext=(8, 0), va="center", color=colour, annotation_clip=False, **place
            )
