"""HiGHS, by way of scipy, with its answer looked at before it is believed."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

INFEASIBLE = 2
TOLERANCE = 1e-6


class Answer(NamedTuple):
    """The columns, and the share by which no other answer can be better (0: this is the best)."""

    columns: np.ndarray
    gap: float


def solve(programme, gain, *, fixed=None, rows=None, gap=0.0):
    """The answer that maximises ``gain @ columns``; None if nothing satisfies the rows.

    ``fixed`` sets the options (an array of 0 and 1); ``rows`` keeps only some rows (an array of
    true and false). A ``gap`` of 0 is the optimum: with a larger one the worth of an hour would be noise.
    """
    bounds = _bounds(programme, fixed)
    matrix, limits = programme.rows, programme.limits
    if rows is not None:
        matrix, limits = matrix[np.flatnonzero(rows)], limits[rows]
    whole = np.zeros(matrix.shape[1])
    whole[: len(programme.choices)] = fixed is None
    answer = milp(
        -gain,
        integrality=whole,
        bounds=bounds,
        constraints=LinearConstraint(matrix, limits["lower"], limits["upper"]),
        options={"mip_rel_gap": gap},
    )
    if answer.status == INFEASIBLE:
        return None
    if answer.x is None or not _holds(answer.x, matrix, limits, bounds):
        raise RuntimeError(f"the solver gave no plan that can be trusted: {answer.message}")
    return Answer(answer.x, answer.mip_gap or 0.0)


def _bounds(programme, fixed):
    n = len(programme.choices)
    lower = np.zeros(programme.rows.shape[1])
    upper = np.concatenate([np.ones(n), programme.visits["most"], [np.inf]])
    lower[-1] = -np.inf
    if fixed is not None:
        lower[:n] = upper[:n] = fixed
    return Bounds(lower, upper)


def _holds(x, matrix, limits, bounds):
    # Versions of HiGHS are known that call an answer optimal which breaks its own bounds.
    value = matrix @ x
    scale = TOLERANCE * (1 + abs(matrix) @ np.abs(x))
    inside = (value >= limits["lower"] - scale) & (value <= limits["upper"] + scale)
    slack = TOLERANCE * (1 + np.abs(x))
    return bool(inside.all() and (x >= bounds.lb - slack).all() and (x <= bounds.ub + slack).all())
