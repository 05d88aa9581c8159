"""The house style, set by one call, and the way a figure gets into a notebook."""

import base64
import textwrap
from html import escape
from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, MaxNLocator, NullLocator
from PIL import Image

# Okabe and Ito (2008): told apart by people with any common colour blindness, and in grey.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
ORANGE = "#E69F00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
PALETTE = (BLUE, VERMILION, GREEN, ORANGE, SKY, PURPLE)
INK = "#222222"
GREY = "#767676"
LIGHT = "#D9D9D9"

WIDTH = 10.0  # inches: a page at 72 dots an inch is 720 dots wide
DPI = 72
COLOURS = 48
TITLE_LETTERS = 78
CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Arial Unicode MS",
)

STYLE = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.figsize": (WIDTH, 4.6),
    "figure.constrained_layout.use": True,
    "font.size": 12.5,
    "axes.titlesize": 14.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.labelsize": 12.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": LIGHT,
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "axes.prop_cycle": mpl.cycler(color=PALETTE),
    "grid.color": "#ECECEC",
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 2.0,
}


def use_house_style() -> None:
    """Give every figure drawn from now on the look of the house; call it once, after the imports.

    Chinese, Japanese and Korean labels take the first font of `CJK_FONTS` that is installed.
    """
    mpl.rcParams.update(STYLE | {"font.family": _fonts()})


def _fonts():
    # Named one by one: of a generic family matplotlib takes the first font for all letters.
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *[name for name in CJK_FONTS if name in installed][:1]]


def new_axes(title: str, *, height: float, width: float = WIDTH) -> Axes:
    """Empty axes of a page's width with a left-aligned title that fits it."""
    _, ax = plt.subplots(figsize=(width, height))
    ax.set_title(balanced(title))
    return ax


def balanced(title: str, width: int = TITLE_LETTERS) -> str:
    """The title in as few lines as ``width`` allows, the lines about equally long.

    >>> balanced("one two three four", 15)
    'one two\\nthree four'
    """
    lines = len(textwrap.wrap(title, width))
    while width > 1 and len(textwrap.wrap(title, width - 1)) == lines:
        width -= 1
    return textwrap.fill(title, width)


def log_ticks(ax: Axes, which: str) -> None:
    """Make axis ``which`` ("x" or "y") logarithmic, with ticks that one can read."""
    getattr(ax, f"set_{which}scale")("log")
    axis = getattr(ax, f"{which}axis")
    axis.set_major_locator(ReadableLog())
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


class ReadableLog(Locator):
    """Ticks 1, 2, 5 of each power of ten; evenly spaced ones where the axis spans little."""

    def __call__(self):
        low, high = self.axis.get_view_interval()
        return self.tick_values(low, high)

    def tick_values(self, vmin, vmax):
        """The ticks from ``vmin`` to ``vmax``."""
        powers = np.arange(np.floor(np.log10(vmin)), np.ceil(np.log10(vmax)) + 1)
        for leads in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
            ticks = np.outer(10.0**powers, leads).ravel()
            inside = ticks[(ticks >= vmin) & (ticks <= vmax)]
            if len(inside) >= 4:
                return inside
        even = MaxNLocator(6).tick_values(vmin, vmax)
        return even[(even >= vmin) & (even <= vmax) & (even > 0)]


def add_note(ax: Axes, note: str | None) -> None:
    """A line of small print under the figure: what line widths and markers mean."""
    if note:
        ax.figure.supxlabel(note, x=0.01, ha="left", fontsize=11, color=GREY)


class Picture:
    """A PNG with its description, as a notebook shows it."""

    def __init__(self, png: bytes, alt: str, size: tuple[int, int]):
        self.png, self.alt, self.size = png, alt, size

    def _repr_mimebundle_(self, include=None, exclude=None):
        # As HTML, because Jupyter and nbconvert's page drop a description beside image/png.
        source = base64.b64encode(self.png).decode("ascii")
        width, height = self.size
        alt = escape(self.alt, quote=True)
        img = f'<img alt="{alt}" width="{width}" height="{height}" '
        img += f'style="max-width: 100%; height: auto" src="data:image/png;base64,{source}">'
        return {"text/html": img, "text/plain": self.alt}


def picture(figure: Axes | Figure, *, alt: str) -> Picture:
    """The figure as a PNG of `DPI` dots an inch with the description ``alt``; closes the figure."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt: {alt!r}; say in words what the figure shows")
    figure = figure.figure if isinstance(figure, Axes) else figure
    if not isinstance(figure, Figure):
        raise ValueError(f"figure: {type(figure).__name__} is neither Axes nor Figure")
    image = _drawn(figure)
    plt.close(figure)
    file = BytesIO()
    # A figure needs few colours: this halves a notebook.
    small = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(file, format="png", optimize=True)
    return Picture(file.getvalue(), " ".join(alt.split()), image.size)


def _drawn(figure):
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DPI, facecolor="white")
    return Image.open(file).convert("RGB")


def show(figure: Axes | Figure, *, alt: str) -> None:
    """Show the figure in the notebook, with ``alt`` read aloud to those who cannot see it."""
    display(picture(figure, alt=alt))
