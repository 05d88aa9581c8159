"""Small pieces that the pages of the book are put together from."""

import re
from functools import cache
from pathlib import Path

from crmlib.workbook import notebooks

ROOT = Path(__file__).parents[1]
SPECIAL = re.compile(r"([\\`*_$<>\[\]{}|~#])")


def markdown(text: str) -> str:
    """The text as Markdown that shows it letter by letter."""
    return SPECIAL.sub(r"\\\1", text)


def toctree(pages: dict[str, str], *, hidden: bool = True) -> str:
    """Pages with their names as branches of the side bar, in order; not ``hidden``, as a list too."""
    entries = [f"{name} <{page}>" for page, name in pages.items()]
    return "\n".join([":::{toctree}", *[":hidden:"] * hidden, ":maxdepth: 1", "", *entries, ":::", ""])


@cache
def title_of(path: Path) -> str:
    """What a notebook of the repository is called, without what follows a colon."""
    return notebooks.title(notebooks.read(ROOT / path)).partition(":")[0]


def part(text: str, word: str) -> str:
    """The paragraph that begins with the word in bold, on one line and fit for a table."""
    found = re.search(rf"\*\*{word}\.?\*\*\s*(.*?)(?:\n\n|\Z)", text, re.DOTALL)
    return " ".join(found[1].split()).replace("|", "\\|")
