"""Texts beside points, placed so that none covers another."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.plots.style import GREY, INK

# Offsets of a label's anchor in points: close ones first, right before left.
_NEAR = [(9, 0), (9, 9), (9, -9), (-9, 0), (-9, 9), (-9, -9), (0, 11), (0, -11)]
OFFSETS = [(round(x * far), round(y * far)) for far in (1, 2.2, 3.6, 5.2, 8) for x, y in _NEAR]
PADDING = 2.0


def item_name(item, names: Mapping | None = None) -> str:
    """The name to show: from ``names``, or the item itself, capitals turned into plain case.

    >>> item_name("BEERS/ALES"), item_name("BEERS/ALES", {"BEERS/ALES": "beer"})
    ('Beers/ales', 'beer')
    """
    if names is not None and item in names:
        return str(names[item])
    return str(item).capitalize() if str(item).isupper() else str(item)


def side(items, names: Mapping | None = None) -> str:
    """The items of one side of a rule, in alphabetical order, joined by a plus."""
    return " + ".join(sorted(item_name(item, names) for item in items))


def rule_text(rule: pd.Series, names: Mapping | None = None, *, arrow: str = " → ") -> str:
    """The rule as a line of text: ``antecedents → consequents``."""
    return arrow.join(side(rule[column], names) for column in ("antecedents", "consequents"))


def need(table: pd.DataFrame, *columns: str) -> None:
    """Raise ``ValueError`` that names the first of ``columns`` which ``table`` lacks."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{type(table).__name__} is no DataFrame")
    for column in columns:
        if column not in table:
            raise ValueError(f"column {column!r} is missing; there are {list(table)}")
    if table.empty:
        raise ValueError("there are no rows to draw")


def place_labels(ax, points: np.ndarray, texts: list[str], *, avoid: np.ndarray) -> list:
    """Write ``texts`` beside ``points`` (n x 2, data); those that fit nowhere are left out.

    A label keeps clear of ``points``, of the other labels and of the frame, and covers as few of
    the points ``avoid`` (m x 2, data) as it can. Returns the labels written.
    """
    settle(ax.figure)
    page = _Page(ax.get_window_extent(), *map(ax.transData.transform, (avoid, points)))
    for point, text in zip(points, texts, strict=True):
        _write(ax, point, text, page)
    return page.labels


def settle(figure) -> None:
    """Fix the place of the axes, so that what is measured now still holds when drawn."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


class _Page:
    """What stands on the page already."""

    def __init__(self, frame, dots, named):
        self.frame, self.dots, self.marks = frame, dots, named
        self.labels, self.boxes = [], []

    def score(self, box, lead, far):
        """How badly a label fits into ``box`` with the leader ``lead``; infinite: not at all."""
        out = box[0] < self.frame.x0 or box[1] < self.frame.y0
        out = out or box[2] > self.frame.x1 or box[3] > self.frame.y1
        if out or any(overlap(box, other) for other in self.boxes):
            return np.inf
        if _inside(self.marks, box).any() or any(_inside(lead, o).any() for o in self.boxes):
            return np.inf
        return 10.0 * _inside(self.dots, box).sum() + far / 4


def _inside(dots, box):
    return (dots >= box[:2]).all(axis=1) & (dots <= box[2:]).all(axis=1)


def _write(ax, point, text, page):
    box = {"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 1}
    label = ax.annotate(
        text, point, xytext=(0, 0), textcoords="offset points", fontsize=11.5, color=INK, bbox=box
    )
    here = ax.transData.transform(point)
    scored = [_score(label, offset, here, page) for offset in OFFSETS]
    best = int(np.argmin(scored))
    if not np.isfinite(scored[best]):
        label.remove()
        return
    _move(label, OFFSETS[best])
    page.labels.append(label)
    page.boxes.append(_box(label))
    if _far(OFFSETS[best]):
        page.marks = np.vstack([page.marks, _line(here, OFFSETS[best])])
        _lead(ax, label, point)


def _score(label, offset, here, page):
    _move(label, offset)
    lead = _line(here, offset) if _far(offset) else np.empty((0, 2))
    return page.score(_box(label), lead, np.hypot(*offset))


def _far(offset):
    return max(map(abs, offset)) > 12


def _line(here, offset):
    return here + np.linspace(0.1, 0.95, 12)[:, None] * np.array(offset)


def _move(label, offset):
    x, y = offset
    label.set_position(offset)
    label.set_horizontalalignment("left" if x > 0 else "right" if x < 0 else "center")
    label.set_verticalalignment("center" if y == 0 else "bottom" if y > 0 else "top")


def _box(label):
    extent = label.get_window_extent()
    return (
        extent.x0 - PADDING,
        extent.y0 - PADDING,
        extent.x1 + PADDING,
        extent.y1 + PADDING,
    )


def _lead(ax, label, point):
    ax.annotate(
        "",
        point,
        xytext=label.get_position(),
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8, "shrinkA": 0, "shrinkB": 4},
    )


def overlap(one: tuple, other: tuple) -> bool:
    """Whether two boxes (x0, y0, x1, y1) share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
