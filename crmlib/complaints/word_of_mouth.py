"""How far a complaint travels: told, told again, and when it dies out."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pandas as pd


def extinction_probability(chances: Sequence[float]) -> float:
    """Probability that a story dies out if each who hears it tells k others with probability ``chances[k]``.

    The smallest root from 0 to 1 of s = G(s), G(s) = sum_k chances[k] s^k; 1 if the mean is at
    most 1 (unless everyone tells exactly one). Source: Watson and Galton 1875.

    >>> round(extinction_probability([0.25, 0.25, 0.5]), 6)
    0.5
    """
    p = _distribution(chances)
    if p[0] == 0:
        return 0.0
    if p @ np.arange(len(p)) <= 1:
        return 1.0
    # From 0 the iteration climbs to the smallest root; Newton's steps stay below it, for G is convex.
    derivative, s = np.polynomial.polynomial.polyder(p), 0.0
    for _ in range(200):
        gap = np.polynomial.polynomial.polyval(s, p) - s
        step = gap / (1 - np.polynomial.polynomial.polyval(s, derivative))
        s += step
        if step < 1e-15:
            break
    return float(min(s, 1.0))


def _distribution(chances):
    p = np.asarray(chances, dtype=float)
    if p.ndim != 1 or not p.size or not np.isfinite(p).all() or (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"chances: {p.tolist()} must be shares that add to 1")
    return p


def mean_reach(first: float, retold: float) -> float:
    """People reached on average if the first tells ``first`` and each listener ``retold`` others.

    first / (1 - retold); infinite from retold = 1 on, when a story need not die out.

    >>> mean_reach(10, 0.2)
    12.5
    """
    if not (first >= 0 and retold >= 0):
        raise ValueError(f"first={first!r}, retold={retold!r}: numbers from 0 on")
    return first / (1 - retold) if retold < 1 else float("inf")


def retelling(told: Sequence[int], share: float) -> np.ndarray:
    """Distribution of the number told by a listener: nobody, or with probability ``share`` one of ``told``.

    >>> retelling([1, 3, 3], 0.3).round(2).tolist()
    [0.7, 0.1, 0.0, 0.2]
    """
    counts = np.bincount(_whole(told))
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: from 0 to 1")
    chances = share * counts / counts.sum()
    chances[0] += 1 - share
    return chances


def _whole(told):
    told = np.asarray(told)
    if told.ndim != 1 or not told.size or not np.issubdtype(told.dtype, np.integer) or (told < 0).any():
        raise ValueError("told: wanted one or more whole numbers from 0 on")
    return told


def even_satisfied_share(*, won: float, lost: float) -> float:
    """Share of satisfied customers at which word of mouth wins as many as it loses: lost / (won + lost).

    ``won``: customers that a satisfied one brings; ``lost``: those that a dissatisfied one costs.

    >>> round(even_satisfied_share(won=10, lost=20), 4)
    0.6667
    """
    if won < 0 or lost < 0 or won + lost <= 0:
        raise ValueError(f"won={won!r}, lost={lost!r}: numbers from 0 on, not both zero")
    return lost / (won + lost)


def circles(n_people: int = 2000, *, friends: int = 24, strangers: float = 0.1, seed: int) -> nx.Graph:
    """Who talks with whom: a small world of ``n_people`` with ``friends`` acquaintances each.

    A share ``strangers`` of the ties leads anywhere, the others to neighbours, whose
    acquaintances overlap. Source: Watts and Strogatz 1998.

    >>> circles(30, friends=4, seed=1).number_of_edges()
    60
    """
    if not 1 <= friends < n_people or not 0 <= strangers <= 1:
        raise ValueError(f"n_people={n_people}, friends={friends}, strangers={strangers}")
    return nx.watts_strogatz_graph(n_people, friends, strangers, seed=seed)


def spread(
    network: nx.Graph, *, told: Sequence[int], share: float, n_stories: int = 300, seed: int
) -> pd.DataFrame:
    """People whom a story reaches on a network, story by story.

    Someone drawn at random tells as many acquaintances as a draw from ``told``; each person who
    hears it for the first time passes it on with probability ``share``, to as many as another
    draw. Nobody has more listeners than acquaintances, and who knows the story already is not
    reached twice. One row a story: reached (without the first), generations.

    >>> spread(nx.path_graph(3), told=[2], share=1.0, n_stories=2, seed=1)["reached"].tolist()
    [2, 2]
    """
    told = _whole(told)
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: from 0 to 1")
    if not network.number_of_nodes():
        raise ValueError("network: nobody is in it")
    rng = np.random.default_rng(seed)
    nodes = list(network)
    ties = {node: list(network[node]) for node in nodes}
    stories = [_story(ties, nodes[rng.integers(len(nodes))], told, share, rng) for _ in range(n_stories)]
    return pd.DataFrame(stories, columns=["reached", "generations"])


def _story(ties, first, told, share, rng):
    know, speakers, generations = {first}, [first], 0
    while speakers:
        heard = [who for one in speakers for who in _listeners(ties[one], told, rng)]
        new = list(dict.fromkeys(who for who in heard if who not in know))
        know.update(new)
        generations += bool(new)
        speakers = [who for who in new if rng.random() < share]
    return len(know) - 1, generations


def _listeners(friends, told, rng):
    count = min(told[rng.integers(len(told))], len(friends))
    return [friends[at] for at in rng.permutation(len(friends))[:count]]
