"""What a reader asked `quiz` for: each parameter read, or refused by its name and what it may be."""

import operator
from collections.abc import Iterable
from pathlib import Path

from crmlib.workbook.outcome import Refused
from crmlib.workbook.plain import type_name
from crmlib.workbook.quizzes.pose import KINDS

SHOWN = 60


def whole(name: str, given, *, least: int | None = None) -> int:
    """The whole number; ``True``, ``2.0`` and ``"5"`` are none."""
    try:
        number = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = None
    if number is None or (least is not None and number < least):
        raise _refused("whole" if least is None else "count", name, given)
    return number


def kinds(given) -> tuple[str, ...]:
    """The kinds of questions, each once."""
    fit = isinstance(given, Iterable) and not isinstance(given, (str, bytes))
    names = tuple(dict.fromkeys(map(str, given))) if fit else ()
    if not names:
        raise _refused("kinds", "kinds", given, names=", ".join(KINDS))
    return names


def tolerance(given) -> float | None:
    """The accuracy that numeric questions are to have, or None for any."""
    if given is not None and (type(given) not in (int, float) or not given >= 0):
        raise _refused("tolerance", "within", given)
    return given


def place(name: str, given) -> Path | None:
    """The path, or None for the default."""
    if given is not None and not (isinstance(given, (str, Path)) and str(given).strip()):
        raise _refused("place", name, given)
    return None if given is None else Path(given)


def _refused(key, name, given, **values) -> Refused:
    shown = repr(given) if isinstance(given, (str, int, float, tuple, type(None))) else type_name(given)
    return Refused(f"quiz.asked.{key}", name=name, given=shown[:SHOWN], **values)
