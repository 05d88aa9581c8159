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
PROSE = ("code", "")  # what stands between backticks in a sentence
SHORTEST = 5  # letters: a shorter value may well stand in a page for another reason


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
    text = unescape(re.sub("<[^>]*>", " ", page))
    open_to_all = ("correct", "carried forward", "partial", "hand")
    closed = [name for name, outcome in outcomes.items() if outcome not in open_to_all and name in key]
    return [name for name in closed if _stands(spelled(key[name]), text)]


def _stands(value: str, text: str) -> bool:
    return len(value) >= SHORTEST and bool(re.search(rf"(?<![\w.]){re.escape(value)}(?![\w]|\.\d)", text))
