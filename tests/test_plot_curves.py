"""Lorenz and whale curves show what their tables hold."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from crmlib import plots
from crmlib import value as va

WORDS = {"title": "t", "x_label": "x", "y_label": "y"}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_each_lorenz_curve_is_drawn_and_named():
    curves = {"one": va.lorenz_curve([1, 2, 3]), "other": va.lorenz_curve([0, 0, 9])}
    ax = plots.lorenz_plot(curves, equal_label="equal", **WORDS)
    drawn = [line.get_ydata() for line in ax.get_lines()][1:]
    assert np.allclose(drawn[0], [0, 1 / 6, 1 / 2, 1])
    assert np.allclose(drawn[1], [0, 0, 0, 1])
    assert {"one", "other", "equal"} <= {text.get_text() for text in ax.texts}


def test_the_whale_starts_at_nothing_and_bears_its_peak():
    ax = plots.whale_plot(va.whale_curve(pd.Series([-25.0, 100.0, 25.0])), **WORDS)
    assert np.allclose(ax.get_lines()[1].get_ydata(), [0, 1, 1.25, 1])
    assert [text.get_text() for text in ax.texts] == ["125%"]


@pytest.mark.parametrize(
    ("draw", "match"),
    [
        (lambda: plots.whale_plot(va.whale_curve(pd.Series([-1.0])), **WORDS), "not positive"),
        (lambda: plots.whale_plot(pd.DataFrame({"customer_share": [1.0]}), **WORDS), "'cumulative_share'"),
        (lambda: plots.lorenz_plot({}, equal_label="e", **WORDS), "curves: 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, match):
    with pytest.raises(ValueError, match=match):
        draw()
