"""The look of the house: one style, and figures that answer a question.

Every text in a figure is an argument, so that a figure can speak any language.
"""

from crmlib.plots.control import control_chart
from crmlib.plots.curves import lorenz_plot, whale_plot
from crmlib.plots.intervals import interval_plot
from crmlib.plots.lines import line_plot
from crmlib.plots.network import rule_network
from crmlib.plots.scatter import rule_scatter
from crmlib.plots.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    PALETTE,
    PURPLE,
    SKY,
    VERMILION,
    show,
    use_house_style,
)
from crmlib.plots.survival import stay_plot
from crmlib.plots.tree import search_tree

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "LIGHT",
    "ORANGE",
    "PALETTE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "control_chart",
    "interval_plot",
    "line_plot",
    "lorenz_plot",
    "rule_network",
    "rule_scatter",
    "search_tree",
    "show",
    "stay_plot",
    "use_house_style",
    "whale_plot",
]
