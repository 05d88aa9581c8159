"""Rules as a network: items are words, rules are arrows between them."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from crmlib.plots.labels import item_name, need, overlap, settle
from crmlib.plots.style import BLUE, GREY, INK, add_note, new_axes

HEIGHTS = (5.0, 6.5, 8.5, 11.0)
GAP = np.array([16.0, 18.0])  # dots between two words, so that an arrow fits
STEPS = 400


def rule_network(
    rules: pd.DataFrame,
    *,
    title: str,
    weight: str = "lift",
    max_rules: int = 25,
    names: Mapping | None = None,
    note: str | None = None,
) -> Axes:
    """The ``max_rules`` rules of highest ``weight`` as a network; a heavier rule is a thicker line.

    Every item is written once. An arrow goes from antecedent to consequent; a rule and its reverse
    share a line without a head; items that only together make an antecedent meet in a dot. The
    layout hangs on the rules only (Kamada and Kawai 1989), and words never overlap: the figure grows
    until they fit.
    """
    need(rules, "antecedents", "consequents", weight)
    if not np.isfinite(rules[weight].to_numpy(float)).all():
        raise ValueError(f"column {weight!r}: every rule needs a finite weight to be drawn")
    best = rules.sort_values(weight, ascending=False, kind="stable").head(max_rules)
    links = _links(best, weight)
    graph = nx.Graph()
    graph.add_nodes_from(sorted({node for pair in links for node in pair}, key=str))
    graph.add_edges_from((a, b) for a, b in links if a != b)
    layout = _layout(graph)
    for height in HEIGHTS:
        ax = new_axes(title, height=height)
        add_note(ax, note)
        words = _words(ax, layout, names)
        if _separate(ax, words):
            _arrows(ax, links, words)
            return ax
        plt.close(ax.figure)
    raise ValueError(f"rules: {len(words)} items find no room on a page; draw fewer than {max_rules}")


def _links(rules, weight):
    """(from, to) -> (weight, directions); a node is an item, or a frozenset for a joint side."""
    links = {}
    for antecedents, consequents, value in zip(
        rules["antecedents"], rules["consequents"], rules[weight], strict=True
    ):
        one, other = _node(antecedents), _node(consequents)
        _join(links, one, other, value)
        for group in (one, other):
            if isinstance(group, frozenset):
                for item in sorted(group, key=str):
                    links.setdefault((item, group), (value, 0))
    return links


def _join(links, one, other, value):
    if (other, one) in links:
        links[other, one] = (max(value, links[other, one][0]), 2)
    else:
        links[one, other] = (value, 1)


def _node(items):
    return next(iter(items)) if len(items) == 1 else frozenset(items)


def _layout(graph):
    """Positions in the unit square; parts that no rule joins stand side by side."""
    if len(graph) == 1:
        return dict.fromkeys(graph, np.array([0.5, 0.5]))
    steps = dict(nx.all_pairs_shortest_path_length(graph))
    far = 1.6 + max(max(row.values()) for row in steps.values()) / 2
    distance = {a: {b: steps[a].get(b, far) for b in graph} for a in graph}
    layout = nx.kamada_kawai_layout(graph, dist=distance)
    places = np.array(list(layout.values()))
    span = np.ptp(places, axis=0)
    places = (places - places.min(axis=0)) / np.where(span > 1e-9, span, 1)
    return dict(zip(layout, places, strict=True))


def _words(ax, layout, names):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_axis_off()
    words = {}
    for node, (x, y) in layout.items():
        if isinstance(node, frozenset):
            text, style = "●", {"fontsize": 7, "color": GREY}
        else:
            text, style = item_name(node, names), {"fontsize": 12, "color": INK}
        box = {"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1}
        words[node] = ax.text(x, y, text, ha="center", va="center", zorder=3, bbox=box, **style)
        words[node].set_in_layout(False)
    settle(ax.figure)
    return words


def _separate(ax, words):
    """Push the words apart, inside the frame, until none overlaps; whether that succeeded."""
    frame = ax.get_window_extent()
    low, high = np.array([frame.x0, frame.y0]), np.array([frame.x1, frame.y1])
    extents = [word.get_window_extent() for word in words.values()]
    half = np.array([[e.width, e.height] for e in extents]) / 2 + GAP / 2
    if (2 * half > high - low).any():
        return False
    centre = np.array([ax.transData.transform(word.get_position()) for word in words.values()])
    for _ in range(STEPS):
        centre = np.clip(centre, low + half, high - half)
        push = _push(centre, half)
        if not push.any():
            break
        centre = centre + push
    for word, place in zip(words.values(), centre, strict=True):
        word.set_position(ax.transData.inverted().transform(place))
    return not _push(np.clip(centre, low + half, high - half), half).any()


def _push(centre, half):
    apart = centre[:, None] - centre[None]
    lacking = half[:, None] + half[None] - np.abs(apart)
    hit = (lacking > 1e-6).all(axis=2) & ~np.eye(len(centre), dtype=bool)
    # Along the axis that needs less; of two words at one spot the earlier goes up.
    axis = np.argmin(lacking, axis=2)
    order = np.sign(np.subtract.outer(np.arange(len(centre)), np.arange(len(centre))))
    sign = np.where(np.abs(apart) > 1e-9, np.sign(apart), order[:, :, None])
    push = np.zeros_like(apart)
    np.put_along_axis(
        push,
        axis[:, :, None],
        np.take_along_axis(sign * (lacking / 2 + 0.01), axis[:, :, None], axis=2),
        axis=2,
    )
    return (push * hit[:, :, None]).sum(axis=1)


def _arrows(ax, links, words):
    values = np.array([value for value, directions in links.values() if directions], float)
    low, span = values.min(), np.ptp(values) or 1.0
    for (one, other), (value, directions) in links.items():
        width = 1.2 + 3.3 * (value - low) / span if directions else 1.0
        style = "-|>" if directions == 1 else "-"
        _arrow(ax, words[one], words[other], style, width, BLUE if directions else GREY)


def _arrow(ax, start, end, style, width, colour):
    ends = [ax.transData.transform(word.get_position()) for word in (start, end)]
    leaves = [_leave(word, *pair) for word, pair in ((start, ends), (end, ends[::-1]))]
    first, last = ax.transData.inverted().transform(leaves)
    ax.add_patch(
        FancyArrowPatch(
            first,
            last,
            arrowstyle=style,
            mutation_scale=9 + 2 * width,
            lw=width,
            color=colour,
            alpha=0.75,
            shrinkA=0,
            shrinkB=0,
            zorder=1,
        )
    )


def _leave(word, here, there):
    """Where the line from the middle of ``word`` to ``there`` crosses the word's box."""
    extent = word.get_window_extent()
    half = np.array([extent.width, extent.height]) / 2 + 3
    way = there - here
    with np.errstate(divide="ignore"):
        share = np.min(half / np.abs(way))
    return here + way * min(share, 0.45)


def overlapping(ax: Axes) -> list[tuple[str, str]]:
    """The pairs of words in ``ax`` that cover each other (for tests and for a last look)."""
    ax.figure.draw_without_rendering()
    boxes = [(t.get_text(), t.get_window_extent().extents) for t in ax.texts if t.get_text()]
    return [
        (one, other)
        for at, (one, box) in enumerate(boxes)
        for other, second in boxes[at + 1 :]
        if overlap(box, second)
    ]
