"""What an attempt said, read as plain answers: all that comes out of a run is text."""

from crmlib.workbook.answers import Spec, Unfit
from crmlib.workbook.plain import from_json


def said(attempt: dict, name: str, spec: Spec):
    """The plain answer that an attempt gave, or `Unfit`."""
    given = attempt["answers"].get(name)
    if given is None:
        raise Unfit("missing")
    if given["json"] is not None:
        return from_json(given["json"], spec)
    raise _unfit(given["unfit"])


def _unfit(given) -> Unfit:
    """What the other side says is wrong with an answer: it decides nothing but the words."""
    try:
        where = tuple(part if type(part) is int else str(part) for part in given["where"])
        return Unfit(str(given["kind"]), where, **{str(k): v for k, v in given["values"].items()})
    except Exception:  # made up by the submission
        return Unfit("unreadable", given="JSON", reason="JSON")
