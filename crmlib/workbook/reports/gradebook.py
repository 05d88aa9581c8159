"""The gradebook: one row a student, one column a question, as a spreadsheet opens it without harm."""

from crmlib.catalogue import say
from crmlib.workbook.reports.graded import FAULT, HAND, VOID, Round
from crmlib.workbook.reports.marks import FINAL, MEMO, PENDING, Account, shown
from crmlib.workbook.reports.safe import cell
from crmlib.workbook.rounds import tables

# A question's id is one word in lower case: no column of our own is.
BEFORE = ("id", "name", "pseudonym", "status")
AFTER = ("raw", "possible", "late", "final", "note")
WAITING = (FAULT, HAND)


def gradebook(results: Round, accounts: list[Account]) -> str:
    """The gradebook as CSV with a byte-order mark: without it Excel spoils names outside of English."""
    lang = results.language
    questions = [question["name"] for question in results.questions]
    head = [[say(f"report.column.{key}", lang=lang) for key in keys] for keys in (BEFORE, AFTER)]
    rows = ([cell(one) for one in _row(account, questions, lang)] for account in accounts)
    return "\ufeff" + tables.text([*head[0], *questions, *head[1]], rows)


def _row(account: Account, questions: list[str], lang: str):
    who, marks = account.who, {mark.name: mark for mark in account.marks}
    yield from (who.id, who.name, who.pseudonym, status(account.status, lang))
    for name in questions:
        yield shown(marks[name].points) if name in marks else ""
    yield shown(account.raw)
    yield shown(account.possible) if marks else ""
    yield shown(account.penalty)
    yield say("report.pending", lang=lang) if account.status == PENDING else shown(account.final)
    yield note(account, lang)


def status(word: str, lang: str) -> str:
    """The status in words."""
    return say("report.status." + word.replace(" ", "_"), lang=lang)


def note(account: Account, lang: str) -> str:
    """What the numbers do not say: why points are off, what is not marked yet, what was changed by hand."""
    groups = {
        "report.note.waits": [m.name for m in account.marks if m.points is None and m.outcome in WAITING],
        "report.note.void": [m.name for m in account.marks if m.outcome == VOID],
        "report.note.hand": [m.name for m in account.marks if m.by_hand and m.type != MEMO],
    }
    said = [say(key, lang=lang, names=", ".join(names)) for key, names in groups.items() if names]
    if account.status not in (FINAL, PENDING) and account.final is not None:
        said.append(say("report.note.absent", lang=lang, points=shown(account.final)))
    if account.kept:
        said.append(say("report.note.kept", lang=lang, status=status(account.kept, lang)))
    return " ".join(filter(None, [account.reason, *said]))
