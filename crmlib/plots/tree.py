"""How the search for frequent itemsets avoids counting everything, drawn as its tree."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from crmlib.plots.labels import item_name, need
from crmlib.plots.style import BLUE, GREY, INK, VERMILION, new_axes

FREQUENT, RARE, SKIPPED = range(3)
PALE = "#B5B5B5"
MOST_ITEMS = 6
_LOOK = {
    FREQUENT: {"marker": "o", "ms": 9, "color": BLUE, "mfc": BLUE},
    RARE: {"marker": "X", "ms": 9, "color": VERMILION, "mfc": VERMILION},
    SKIPPED: {"marker": "o", "ms": 5, "color": PALE, "mfc": "white"},
}
_LINE = {
    FREQUENT: {"color": BLUE, "lw": 2, "ls": "-"},
    RARE: {"color": VERMILION, "lw": 1.4, "ls": (0, (4, 2))},
    SKIPPED: {"color": PALE, "lw": 1, "ls": (0, (1, 2))},
}


def search_tree(
    itemsets: pd.DataFrame,
    items: Sequence,
    *,
    title: str,
    states: tuple[str, str, str],
    root: str = "∅",
    names: Mapping | None = None,
) -> Axes:
    """All itemsets of ``items`` as a tree: frequent, counted but too rare, never counted.

    ``itemsets`` are the frequent ones (columns itemsets, count). From left to right each branch
    adds an item that comes later in ``items``. A set was counted when it came from two frequent
    ones, with either of its last two items taken away; below a rare set nothing is. ``states``:
    the three words of the legend, in this order. At most `MOST_ITEMS` items.
    """
    need(itemsets, "itemsets", "count")
    if not 0 < len(items) <= MOST_ITEMS or len(set(items)) < len(items):
        raise ValueError(f"items: {list(items)} must be 1 to {MOST_ITEMS} different items")
    counts = dict(zip(map(frozenset, itemsets["itemsets"]), itemsets["count"], strict=True))
    nodes = branches(items)
    places = _places(nodes)
    ax = new_axes(title, height=1.3 + 0.34 * (max(y for _, y in places.values()) + 1))
    for node in nodes:
        _draw(ax, node, places, counts, names, root)
    ax.set_xlim(-0.15, len(items) + 0.75)
    ax.set_ylim(max(y for _, y in places.values()) + 0.6, -0.7)
    ax.set_axis_off()
    _legend(ax, states)
    return ax


def branches(items: Sequence) -> list[tuple]:
    """Every itemset as a tuple in the order of ``items``, the depth-first order of the search.

    >>> branches("ab")
    [(), ('a',), ('a', 'b'), ('b',)]
    """
    every = [s for size in range(len(items) + 1) for s in combinations(range(len(items)), size)]
    return [tuple(items[place] for place in s) for s in sorted(every)]


def state(node: tuple, counts: Mapping) -> int:
    """`FREQUENT`, `RARE` (counted, not frequent) or `SKIPPED` (never counted)."""
    if not node or frozenset(node) in counts:
        return FREQUENT
    parents = [node[:-1], node[:-2] + node[-1:]] if len(node) > 1 else []
    return RARE if all(frozenset(parent) in counts for parent in parents) else SKIPPED


def _places(nodes):
    """Column: the size of the set. Row: leaves below each other, a parent level with its first."""
    places, row = {}, -1
    for before, node in zip([None, *nodes], nodes, strict=False):
        # A step down or sideways opens a new row; a first child stays in its parent's.
        row += before is None or len(node) <= len(before)
        places[node] = (len(node), row)
    return places


def _draw(ax, node, places, counts, names, root):
    kind = state(node, counts)
    x, y = places[node]
    if node:
        from_x, from_y = places[node[:-1]]
        ax.plot([from_x, from_x + 0.12, x], [from_y, y, y], zorder=1, **_LINE[kind])
    ax.plot(x, y, ls="", mew=1.2, zorder=2, **_LOOK[kind])
    text = item_name(node[-1], names) if node else root
    if node and kind == FREQUENT:
        text += f"  {counts[frozenset(node)]:,}"
    ax.annotate(
        text,
        (x, y),
        xytext=(9, 7),
        textcoords="offset points",
        va="center",
        fontsize=11,
        color=GREY if kind == SKIPPED else INK,
    )


def _legend(ax, states):
    handles = [
        Line2D([], [], label=word, mew=1.2, **(_LINE[kind] | _LOOK[kind])) for kind, word in enumerate(states)
    ]
    ax.legend(handles=handles, loc="lower right", fontsize=11.5, handlelength=3)
