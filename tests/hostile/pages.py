"""What in a page or a table could act, and which of the key's values stand in it."""

import csv
import io
import re
import unicodedata
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files

from crmlib.workbook.reports.feedback import spelled

TEMPLATE = files("crmlib.workbook.reports") / "templates" / "page.html"
MARKS = ("=", "+", "-", "@", "\t", "\r")
THEIRS = ("correct", "carried forward", "partial", "hand")
PROSE = ("code", "")  # what stands between backticks in a sentence
# A shorter number or text may well stand in a page for another reason.
SHORTEST_NUMBER, SHORTEST = 5, 8


class _Reader(HTMLParser):
    """Collects the tags, each with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, attributes))


def acts(page: str) -> list[str]:
    """Tags and attributes in a feedback page that its template lacks, links that leave it, hidden letters."""
    ours = _Reader(re.sub(r"{%.*?%}|{{.*?}}", "", TEMPLATE.read_text(encoding="utf-8"))).found
    known = {(tag, name) for tag, attributes in ours for name in ("", *dict(attributes))} | {PROSE}
    found = []
    for tag, attributes in _Reader(page).found:
        found += [f"<{tag} {name}>" for name in ("", *dict(attributes)) if (tag, name) not in known]
        found += [value for name, value in attributes if name == "href" and not value.startswith("#")]
    return found + controls(page)


def controls(text: str) -> list[str]:
    """What a terminal would obey."""
    return [ascii(c) for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t"]


def formulas(table: str) -> list[str]:
    """The cells that a spreadsheet takes for a formula."""
    rows = csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline=""))
    return [cell for row in rows for cell in row if cell.startswith(MARKS)]


def leaked(page: str, key: dict, outcomes: dict[str, str]) -> list[str]:
    """The questions not answered rightly whose right answer stands in the page."""
    closed = [name for name, outcome in outcomes.items() if outcome not in THEIRS and name in key]
    text = unescape(re.sub("<[^>]*>", " ", _without_answers(page, set(outcomes) - set(closed))))
    return [name for name in closed if _stands(key[name], text)]


def _without_answers(page: str, names) -> str:
    """The page without what the student answered to these questions, on either data: one may hold another."""
    parts = page.split('<section id="')
    return "".join(
        re.sub("<pre.*?</pre>", "", part, count=2, flags=re.DOTALL) if part.split('"')[0] in names else part
        for part in parts
    )


def _stands(value, text: str) -> bool:
    words, number = spelled(value), isinstance(value, int | float)
    if len(words) < (SHORTEST_NUMBER if number else SHORTEST):
        return False
    return bool(re.search(rf"(?<![\w.]){re.escape(words)}(?!\w|\.\d)", text))
