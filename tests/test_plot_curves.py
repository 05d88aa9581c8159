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


def test_the_most_equal_curve_bears_its_name_clear_of_both_lines_and_in_its_colour():
    curves = {
        "five customers": va.lorenz_curve([180, 180, 270, 720, 750]),
        "many": va.lorenz_curve([1, 1, 9]),
    }
    ax = plots.lorenz_plot(curves, equal_label="equal", **WORDS)
    ax.figure.canvas.draw()
    name = next(text for text in ax.texts if text.get_text() == "five customers")
    (left, low), (right, high) = ax.transData.inverted().transform(name.get_window_extent().get_points())
    assert high < left  # under the line of equality
    curve = curves["five customers"]
    assert np.interp(right, curve["customer_share"], curve["value_share"]) < low
    assert [text.get_color() for text in ax.texts[1:]] == [line.get_color() for line in ax.get_lines()[1:]]


def test_the_whale_starts_at_nothing_and_bears_its_peak():
    ax = plots.whale_plot(va.whale_curve(pd.Series([-25.0, 100.0, 25.0])), **WORDS)
    assert np.allclose(ax.get_lines()[1].get_ydata(), [0, 1, 1.25, 1])
    assert [text.get_text() for text in ax.texts] == ["125%"]


@pytest.mark.parametrize("profits", [[-25.0, 100.0, -95.0], [99.0, -98.0], [-3.0, -4.0]])
def test_a_whale_in_money_needs_no_positive_total(profits):
    ax = plots.whale_plot(va.whale_curve(pd.Series(profits)), money=True, **WORDS)
    steps = [0, *np.cumsum(sorted(profits, reverse=True))]
    assert np.allclose(ax.get_lines()[1].get_ydata(), steps)
    assert set(ax.get_lines()[0].get_ydata()) == {sum(profits)}  # it ends on the dashed line
    assert [text.get_text() for text in ax.texts] == [f"{max(steps):,.0f}", f"{sum(profits):,.0f}"]
    shaded = ax.collections[0].get_paths()
    assert all(path.vertices[:, 1].min() >= max(sum(profits), 0) - 1e-9 for path in shaded)
    low, high = ax.get_ylim()
    assert low < min(steps) + 1e-9
    assert high > max(steps)
    ax.figure.canvas.draw()
    assert not any("%" in label.get_text() for label in ax.get_yticklabels())


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
