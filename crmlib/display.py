"""What a notebook shows beside figures and tables: sentences from the catalogue and named results."""

import numbers

from IPython.display import Markdown

from crmlib.catalogue import say

RESULTS_MIME = "application/vnd.crmlib.results+json"
DIGITS = 12


def text(*keys: str, apart: bool = False, **values) -> Markdown:
    """The sentences ``keys`` of the catalogue with ``values`` filled in, in one paragraph or ``apart``."""
    return Markdown(("\n\n" if apart else " ").join(say(key, **values) for key in keys))


def bullets(sentences) -> Markdown:
    """The sentences as a list, one point each."""
    return Markdown("\n".join(f"- {sentence}" for sentence in sentences))


def verdict(lower: float, upper: float, *, reference: float) -> str:
    """What an interval says of ``reference``: the truth lies ``above`` or ``below`` it, or it is ``open``.

    >>> verdict(0.8, 1.3, reference=1), verdict(1.1, 1.3, reference=1)
    ('open', 'above')
    """
    if not lower <= upper:
        raise ValueError(f"interval from {lower} to {upper}: the ends are in the wrong order or missing")
    if lower > reference:
        return "above"
    return "below" if upper < reference else "open"


class Results(dict):
    """Named results of a run: shown as a table, stored in the notebook as exact JSON values."""

    def _repr_mimebundle_(self, include=None, exclude=None):
        rows = "\n".join(f"| {name} | {_short(value)} |" for name, value in self.items())
        return {
            RESULTS_MIME: dict(self),
            "text/markdown": f"| result | value |\n|---|--:|\n{rows}",
            "text/plain": "\n".join(f"{name} = {value!r}" for name, value in self.items()),
        }


def results(**values) -> Results:
    """Record the results of a notebook, so that runs can be compared by name.

    Values are numbers, texts or true/false; NumPy numbers are stored as Python's, to twelve digits:
    the last ones differ from machine to machine.

    >>> results(n_baskets=5, lift=1.25)
    {'n_baskets': 5, 'lift': 1.25}
    """
    return Results({name: _plain(name, value) for name, value in values.items()})


def _short(value):
    """The value as a table shows it: what a reader needs; the file keeps every digit."""
    if not isinstance(value, float):
        return value
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def _plain(name, value):
    if isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | numbers.Integral | str):
        return value
    if isinstance(value, numbers.Real):
        if value != value or abs(value) == float("inf"):
            raise ValueError(f"result {name}: {value} is no number that can be stored; branch before")
        return float(f"{value:.{DIGITS}g}")
    raise ValueError(f"result {name}: {type(value).__name__} is no number, text or true/false")
