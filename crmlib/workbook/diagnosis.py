"""What is to be said first about an answer: missing, waiting, unfit, known mistake, range, value."""

from dataclasses import dataclass

from crmlib.workbook.answers import Unfit, out_of_range
from crmlib.workbook.compare import Verdict, judge, row_keys, same
from crmlib.workbook.payload import Asked
from crmlib.workbook.plain import plain, type_name

OUTCOMES = ("right", "partly", "wrong", "unfit", "missing", "waits", "recorded")
DONE = ("right", "recorded")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check, with what a card needs to explain it."""

    outcome: str
    share: float = 0.0
    value: object = None
    unfit: Unfit | None = None
    beyond: tuple | None = None
    mistake: int | None = None
    verdict: Verdict | None = None
    waits_for: str = ""


def diagnose(value, asked: Asked, digests: dict | None, salt: bytes, *, waits_for: str = "") -> Finding:
    """The finding on ``value``: ``digests`` are those of the answer, None where it is only recorded.

    ``waits_for`` names an earlier exercise that this one follows and that is not right yet.
    """
    try:
        read = _read(value, asked.spec)
    except Unfit as unfit:
        outcome = "missing" if unfit.kind == "missing" else "waits" if waits_for else "unfit"
        return Finding(outcome, unfit=unfit, waits_for=waits_for)
    if waits_for:
        return Finding("waits", value=read, waits_for=waits_for)
    if digests is None:
        beyond = out_of_range(read, asked.spec)
        return Finding("unfit" if beyond else "recorded", value=read, beyond=beyond)
    return _judged(read, asked, digests, salt)


def _read(value, spec):
    try:
        return plain(value, spec)
    except Unfit:
        raise
    except Exception as error:  # whatever a lazy column or a broken index raises
        raise Unfit("unreadable", given=type_name(value), reason=type_name(error)) from None


def _judged(value, asked, digests, salt) -> Finding:
    verdict = judge(value, asked.spec, asked.reference(salt, digests))
    if verdict.right:
        return Finding("right", 1.0, value, verdict=verdict)
    mistake = _mistake(value, asked, salt, verdict.columns) if digests is asked.answer else None
    outcome = "partly" if verdict.share else "wrong"
    beyond = out_of_range(value, asked.spec)
    return Finding(outcome, verdict.share, value, beyond=beyond, mistake=mistake, verdict=verdict)


def _mistake(value, asked, salt, columns) -> int | None:
    """The first known mistake that explains the answer, as a whole or in its wrong columns."""
    ids = None
    for number, digests in enumerate(asked.wrong):
        reference = asked.reference(salt, digests)
        if asked.spec.type == "table":
            # One salt for all: what a row is called is computed once.
            ids = ids or reference.row_ids(row_keys(asked.spec, value))
        if same(value, asked.spec, reference, columns=columns, ids=ids):
            return number
    return None
