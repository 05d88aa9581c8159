"""One page of feedback a student: what they answered, what came of it, why, and what would have helped.

The page asks for nothing from outside and runs nothing: a policy in it forbids both. What the student
wrote is text. The right answers stand in it only when that is asked for.
"""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from itertools import zip_longest

from markupsafe import Markup

from crmlib.catalogue import languages, say, say_count
from crmlib.workbook.reports.graded import VOID, Round
from crmlib.workbook.reports.marks import MEMO, PENDING, Account, Mark, shown
from crmlib.workbook.reports.safe import block, line, prose

# Kind of outcome (its colour), symbol. The word says the same to who sees neither.
LOOKS = {
    "correct": ("good", "\u2713"),
    "partial": ("part", "\u25d0"),
    "carried forward": ("good", "\u2192"),
    "hand": ("open", "\u270e"),
    "void": ("open", "\u2205"),
    "not attempted": ("none", "\u2026"),
    "grader fault": ("open", "!"),
}
OTHER = ("bad", "\u2717")
HELPED = ("correct", "carried forward", VOID, "grader fault")
ITEMS, ROWS = 20, 10


@cache
def _templates():
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("crmlib.workbook.reports", "templates")
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"prose": prose, "line": line, "block": block, "points": shown}
    return made


def page(
    account: Account, results: Round, *, show_key: bool = False, columns: dict[str, list[str]] | None = None
) -> str:
    """The page of a student who has a result, in the language of their sheet.

    ``columns`` gives the order of a table's columns, by question.
    """
    result, columns = results.students[account.who.pseudonym], columns or {}
    lang = result["language"] if result["language"] in languages() else "en"
    key = _key(results, account.who.pseudonym) if show_key else {}
    marks = {mark.name: mark for mark in account.marks}
    cards = [_card(q, marks[q["name"]], key, columns.get(q["name"], ()), lang) for q in result["questions"]]
    style = _templates().get_template("page.css").render()
    return (
        _templates()
        .get_template("page.html")
        .render(
            _said_of(account, result, results, lang),
            lang=lang,
            style=Markup(style),  # ours: a file of this package
            digest=b64encode(sha256(style.encode()).digest()).decode(),
            cards=cards,
            say=lambda name, **values: say("feedback." + name, lang=lang, **values),
        )
    )


def _said_of(account: Account, result: dict, results: Round, lang: str) -> dict:
    """What the page shows above and below the questions."""
    level = result.get("level") or results.about.get("level") or "-"
    return {
        "result": result,
        "who": account.who,
        "totals": _totals(account, lang),
        "reason": account.reason,
        "version": say("feedback.version", lang=lang, version=result.get("version", "-"), level=level),
    }


def _card(one: dict, mark: Mark, key: dict, columns: list[str], lang: str) -> dict:
    """What the page shows of one question."""
    outcome = one["outcome"]
    look, symbol = LOOKS.get(outcome, OTHER)
    if mark.by_hand:
        look = "good" if mark.points == mark.possible else "part" if mark.points else "bad"
        symbol = LOOKS["hand"][1]
    helps = outcome not in HELPED and not mark.by_hand
    return {
        "name": one["name"],
        "title": one["title"],
        "look": look,
        "symbol": symbol,
        "word": say("feedback.marked_by_hand", lang=lang) if mark.by_hand else word(outcome, lang),
        "points": _points(mark, lang),
        "answers": _answers(one, columns, lang),
        "said": _said(one, mark, lang),
        "hint": one["hint"] if helps else "",
        "read": one["read"] if helps else "",
        "comment": mark.comment,
        "notes": [text for text in one["notes"] if isinstance(text, str)],
        "key": spelled(key[one["name"]], columns) if one["name"] in key else "",
    }


def _said(one: dict, mark: Mark, lang: str) -> list[str]:
    """The paragraphs on an answer: in what sense it is right, then what the grader says."""
    heading = say_count("card.points", round(mark.possible), lang=lang)  # a card's; here it stands above
    said = [text for text in one["said"] if isinstance(text, str) and text != heading]
    if one["outcome"] != "correct" or mark.by_hand:
        return said
    where = "own" if one.get("graded") == "own" else "unseen"
    return [say(f"feedback.right.{where}", lang=lang), *said]


def word(outcome: str, lang: str) -> str:
    """The outcome as a person reads it."""
    return say("feedback.outcome." + _named(outcome), lang=lang)


def _named(outcome: str) -> str:
    return outcome.replace(" ", "_").replace("-", "_")


def _points(mark: Mark, lang: str) -> str:
    if mark.outcome == VOID:
        return say("feedback.points_void", lang=lang)
    if mark.points is None:
        return say_count("feedback.points_open", round(mark.possible), lang=lang)
    return say_count("feedback.points", round(mark.possible), lang=lang, points=shown(mark.points))


def _totals(account: Account, lang: str) -> list[tuple[str, str]]:
    """The lines of the table of totals: what it is called, what it is."""
    possible, pending = shown(account.possible), account.status == PENDING

    def of(points):
        return say("feedback.of", lang=lang, points=shown(points), possible=possible)

    rows = [("raw", of(account.raw))]
    if account.penalty:
        rows.append(("late", f"\u2212{shown(account.penalty)}"))
    rows.append(("final", say("report.pending", lang=lang) if pending else of(account.final)))
    return [(say("feedback.total." + name, lang=lang), text) for name, text in rows]


def _answers(one: dict, columns: list[str], lang: str) -> list[tuple[str, str]]:
    """What was answered, and on which data: first the answer that stands in the student's own sheet."""
    marked = "answer_unseen" if one.get("graded") == "unseen" and one["type"] != MEMO else "answer"
    given = {marked: (one["value"], one.get("value_json"))}
    if own := one.get("own"):
        given = {"answer_own": (own["value"], own.get("json"))} | given
    texts = {key: _answer(one["type"], *pair, columns) for key, pair in given.items()}
    return [(say(f"feedback.{key}", lang=lang), text) for key, text in texts.items() if text]


def _answer(kind: str, short: str, given: str | None, columns: list[str]) -> str:
    """An answer; of a table its first rows."""
    return spelled(json.loads(given), columns) if kind == "table" and given else short


def _key(results: Round, pseudonym: str) -> dict:
    """The right answers by question."""
    return results.key.get("unseen", {}) | results.key.get("own", {}).get(pseudonym, {})


def spelled(value, columns=()) -> str:
    """A plain answer as text: numbers at six digits, a table as rows, its ``columns`` in order.

    >>> spelled({"mean": [1.23456789, 2], "store": ["North", "West"]}, ["store", "mean"])
    'store  mean\\nNorth  1.23457\\nWest   2'
    """
    if isinstance(value, dict):
        return _rows({name: value[name] for name in dict.fromkeys([*columns, *value]) if name in value})
    if isinstance(value, list):
        return ", ".join(map(spelled, value[:ITEMS])) + (", \u2026" if len(value) > ITEMS else "")
    return f"{value:.6g}" if isinstance(value, float) else line(value)


def _rows(columns: dict) -> str:
    texts = [
        [line(name, 40), *(line(spelled(one), 40) for one in column[:ROWS])]
        for name, column in columns.items()
    ]
    widths = [max(map(len, column)) for column in texts]
    rows = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in zip_longest(*texts, fillvalue=""))
    more = max(map(len, columns.values()), default=0) > ROWS
    return "\n".join([*rows, *["\u2026"] * more])
