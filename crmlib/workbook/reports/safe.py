"""What a student wrote is text everywhere: nothing of it is acted on by a page, a table or a screen."""

import unicodedata

from markupsafe import Markup, escape

from crmlib.workbook.rounds import tables

LONG, LINES = 4000, 60
# Invisible letters that turn the direction of the text around them.
TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


def line(value, most: int = 200) -> str:
    """The value as one line without anything invisible, cut where it is longer than ``most``.

    >>> line("a\\n\\x1b[31mb"), line("abcdef", 4)
    ('a [31mb', 'abc…')
    """
    words = " ".join(_visible(str(value)[: 4 * most + 4]).split())
    return words if len(words) <= most else words[: most - 1] + "\u2026"


def block(value, most: int = LONG, lines: int = LINES) -> str:
    """The value with its line breaks, cut where it is longer than ``most`` letters or ``lines`` lines."""
    given = str(value)
    rows = _visible(given[: most + 1].replace("\r\n", "\n"), keep="\n\t").split("\n")
    text = "\n".join(row.rstrip() for row in rows[:lines])[:most].strip("\n")
    return text if len(given) <= most and len(rows) <= lines else text + "\n\u2026"


def _visible(text: str, keep: str = "") -> str:
    return "".join(c if c in keep or _seen(c) else " " for c in text)


def _seen(letter: str) -> bool:
    return letter not in TURNS and unicodedata.category(letter) not in UNSEEN


def cell(value) -> str:
    r"""The value as a table's cell: one line that no spreadsheet takes for a formula once it is `safe`.

    Signs of full width start a formula too where the keyboard writes them.

    >>> cell("\t=1+1"), cell("\uff1d1"), cell("a-b")
    ('=1+1', "'\uff1d1", 'a-b')
    """
    text = line(value, 1000)
    wide = (
        text and not text[0].isascii() and unicodedata.normalize("NFKC", text[0]).startswith(tables.FORMULA)
    )
    return f"'{text}" if wide else text


def prose(text: str) -> Markup:
    """A sentence as HTML: everything escaped, what stands between backticks set as code."""
    parts = [escape(part) for part in line(text, LONG).split("`")]
    if len(parts) % 2 == 0:
        return Markup("`").join(parts)
    marked = (Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))
    return Markup("").join(marked)
