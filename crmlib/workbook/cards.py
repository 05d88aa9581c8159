"""Cards: what a learner sees, as plain HTML and as text; never by colour alone."""

from dataclasses import dataclass
from html import escape
from textwrap import fill

LOOKS = {
    "right": ("\u2713", "#2e8b57"),
    "partly": ("\u25d0", "#c98a00"),
    "wrong": ("\u2717", "#c4513d"),
    "unfit": ("\u2717", "#c4513d"),
    "missing": ("\u2026", "#808080"),
    "waits": ("\u2026", "#808080"),
    "recorded": ("\u25cf", "#3d7ab8"),
    "hint": ("?", "#3d7ab8"),
    "note": ("i", "#808080"),
    "stop": ("!", "#c4513d"),
}
STYLE = "border-left:4px solid {colour};padding:.3em .9em;margin:.3em 0;max-width:46em;line-height:1.45"
WIDTH = 88


@dataclass(frozen=True)
class Card:
    """One card: ``outcome`` picks symbol and colour, ``word`` says it; the rest is text."""

    outcome: str
    word: str
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    code: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    def __repr__(self) -> str:
        symbol = mark(self.outcome)
        head = f"[{symbol}] {self.word}" + (f": {self.title}" if self.title else "")
        parts = [head, *(fill(text, WIDTH) for text in map(_visible, self.paragraphs))]
        return "\n".join(filter(None, [*parts, _visible(self.code, "\n"), _text_rows(self.rows)]))

    def _repr_html_(self) -> str:
        symbol, colour = LOOKS[self.outcome]
        title = f" \u00b7 {_inline(self.title)}" if self.title else ""
        head = f"<div><strong>{symbol} {_inline(self.word)}</strong>{title}</div>"
        body = "".join(f'<div style="margin-top:.35em">{_inline(text)}</div>' for text in self.paragraphs)
        code = (
            f'<pre style="margin-top:.5em">{escape(_visible(self.code, chr(10)))}</pre>' if self.code else ""
        )
        return f'<div style="{STYLE.format(colour=colour)}">{head}{body}{code}{_html_rows(self.rows)}</div>'


def mark(outcome: str) -> str:
    """The symbol that goes with an outcome."""
    return LOOKS[outcome][0]


def _visible(text: str, keep: str = "") -> str:
    """The text without the characters that a terminal or a page would act on."""
    return "".join(c if c.isprintable() or c in keep else " " for c in text)


def short(text, most: int = 60) -> str:
    """A learner's own text as a card quotes it: one line, not longer than ``most``."""
    line = " ".join(_visible(str(text)[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "\u2026"


def _inline(text: str) -> str:
    """Escaped text in which `code` between backticks is set as code."""
    parts = escape(_visible(text)).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _text_rows(rows) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _html_rows(rows) -> str:
    if not rows:
        return ""
    body = "".join("<tr>" + "".join(map(_html_cell, row)) + "</tr>" for row in rows)
    return f'<table style="margin-top:.5em">{body}</table>'


def _html_cell(text: str) -> str:
    # A notebook sets tables flush right, which suits figures and not words.
    return f'<td style="text-align:left">{_inline(text)}</td>'
