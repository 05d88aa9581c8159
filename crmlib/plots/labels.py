"""Texts beside points, placed so that none covers another."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.plots.style import GREY, INK

NEAR = 9.0  # dots from a point to its label
MARK = 5.0  # half of a named point and some room
PADDING = 2.0
# Where the middle of a label may stand when there is no room beside its point; dots.
_FAR = [(x, y) for y in range(-105, 106, 21) for x in range(-240, 241, 40) if abs(y) > 20]


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


def rule_text(rule: pd.Series, names: Mapping | None = None) -> str:
    """The rule as a line of text: ``antecedents → consequents``."""
    return " → ".join(side(rule[column], names) for column in ("antecedents", "consequents"))


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
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())  # else the leaders would move the limits
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
        if _inside(self.marks, _grown(box)).any() or any(_inside(lead, o).any() for o in self.boxes):
            return np.inf
        return 3.0 * _inside(self.dots, box).sum() + far / 4


def _inside(dots, box):
    return (dots >= box[:2]).all(axis=1) & (dots <= box[2:]).all(axis=1)


def _grown(box):
    return np.add(box, (-MARK, -MARK, MARK, MARK))


def _write(ax, point, text, page):
    label = _label(ax, point, text)
    extent = label.get_window_extent()
    half = np.array([extent.width, extent.height]) / 2 + PADDING
    here = ax.transData.transform(point)
    choices = [(offset, _box(here + offset, half)) for offset in _offsets(half)]
    scored = [page.score(box, _lead(here, box), np.hypot(*offset)) for offset, box in choices]
    best = int(np.argmin(scored))
    if not np.isfinite(scored[best]):
        label.remove()
        return
    offset, box = choices[best]
    label.set_position(offset * 72 / ax.figure.dpi)
    page.labels.append(label)
    page.boxes.append(box)
    lead = _lead(here, box)
    if len(lead):
        page.marks = np.vstack([page.marks, lead])
        ax.plot(*ax.transData.inverted().transform(lead[[0, -1]]).T, color=GREY, lw=0.8, zorder=1)


def _label(ax, point, text):
    box = {"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 1}
    return ax.annotate(
        text,
        point,
        xytext=(0, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=11.5,
        color=INK,
        bbox=box,
    )


def _offsets(half):
    """Where the middle of a label of that half size may stand: beside its point, or farther off."""
    x, y = half + NEAR
    beside = [(x, 0), (-x, 0), (0, y), (0, -y), (x, y), (x, -y), (-x, y), (-x, -y)]
    return [np.array(offset, dtype=float) for offset in beside + _FAR]


def _box(middle, half):
    return (*(middle - half), *(middle + half))


def _lead(here, box):
    """Dots of the line from a point to a label that does not touch it, else none."""
    edge = np.clip(here, box[:2], box[2:])
    if np.hypot(*(edge - here)) <= 1.5 * NEAR:
        return np.empty((0, 2))
    start = MARK / np.hypot(*(edge - here))
    return here + np.linspace(start, 0.98, 15)[:, None] * (edge - here)


def overlap(one: tuple, other: tuple) -> bool:
    """Whether two boxes (x0, y0, x1, y1) share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
