"""The rules by which a raw total becomes a final one: deadline, grace, lateness, attempts, extensions.

timezone: Asia/Shanghai          # of every time without one of its own; or +08:00
deadline: 2026-03-01 23:59
grace_minutes: 15                # once they are over, lateness counts from the deadline
late_penalty: 10 % per day       # of the raw total, for each day begun; or: 2 points per hour
floor: 50 %                      # lateness leaves at least this much of the raw total; or: 3 points
attempts: last                   # which of several counts; or: first
missing: 0                       # the total of who handed in nothing; or: empty
extensions:                      # a later deadline, by student id
  20260017: 2026-03-08 23:59
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmlib.catalogue import say, say_count
from crmlib.workbook import yamlfile
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import nearest
from crmlib.workbook.rounds.intake import ATTEMPTS, LAST

FIELDS = (
    "timezone",
    "deadline",
    "grace_minutes",
    "late_penalty",
    "floor",
    "attempts",
    "missing",
    "extensions",
)
UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
AMOUNT = re.compile(r"(\d{1,4}(?:\.\d{1,4})?) ?(%|points?)")
PENALTY = re.compile(rf"{AMOUNT.pattern} per (day|hour)")
MINUTES = re.compile(r"\d{1,6}")


class Texts(yamlfile.Loader):
    """Everything is a text: an id keeps its zeros, a time its digits."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (PyYAML's own class attribute)


@dataclass(frozen=True)
class Amount:
    """A number of points, or of hundredths of a raw total."""

    number: float = 0.0
    percent: bool = False

    def of(self, raw: float) -> float:
        """The points that it is of a raw total."""
        return raw * self.number / 100 if self.percent else self.number


@dataclass(frozen=True)
class Late:
    """What lateness leaves of a raw total, and why; no reason where there is nothing to say."""

    final: float
    reason: str = ""


@dataclass(frozen=True)
class Policy:
    """The rules of a round; without a file nothing is late and the last attempt counts."""

    zone: tzinfo | None = None
    deadline: datetime | None = None
    grace: timedelta = timedelta()
    penalty: Amount = Amount()
    per: str = "day"
    floor: Amount = Amount()
    attempts: str = LAST
    missing: float | None = None
    extensions: dict[str, datetime] = field(default_factory=dict)

    def apply(
        self, identity: str, raw: float, submitted: str | None, *, late: bool = False, lang: str = "en"
    ) -> Late:
        """What is left of a student's raw total; ``late``: the platform says so without a time.

        ``submitted`` is a time as in ``submitted.csv``. Where no time is known, nothing is taken off, and
        the reason says it.
        """
        if self.deadline is None:
            return Late(raw)
        if submitted is None:
            return Late(raw, say("policy.late_unknown" if late else "policy.unknown", lang=lang))
        deadline = self.extensions.get(identity, self.deadline)
        over = self._moment(submitted) - deadline.astimezone(UTC)
        if over <= self.grace:
            return Late(raw)
        begun = -(-over // UNITS[self.per])
        least = min(raw, self.floor.of(raw))
        final = _rounded(max(raw - begun * self.penalty.of(raw), least, 0.0))
        time = say_count(f"policy.{self.per}", begun, lang=lang)
        return Late(final, say("policy.late", lang=lang, time=time, off=f"{_rounded(raw - final):g}"))

    def _moment(self, text: str) -> datetime:
        return _aware(datetime.fromisoformat(text), self.zone or self.deadline.tzinfo).astimezone(UTC)


def _rounded(points: float) -> float:
    return round(points + 1e-9, 2)


def read(path: Path, ids: Iterable[str] | None = None) -> Policy:
    """The policy in the file; `Refused` names the line's word. ``ids`` are the students' there are."""
    given = yamlfile.read(path, loader=Texts)
    try:
        return _policy(given, ids)
    except _Wrong as wrong:
        raise Refused("policy.wrong", path=path, reason=wrong) from None


class _Wrong(Exception):  # noqa: N818 (becomes a refusal that names the file)
    """What is wrong with one field, in a sentence."""

    def __init__(self, key: str, **values):
        super().__init__(say(f"policy.{key}", **values))


def _policy(given: dict, ids) -> Policy:
    for name in given:
        if name not in FIELDS:
            raise _Wrong("field", name=name, hint=nearest(name, FIELDS), names=", ".join(FIELDS))
    zone = _zone(given["timezone"]) if "timezone" in given else None
    deadline = _time("deadline", given["deadline"], zone) if "deadline" in given else None
    for name in ("grace_minutes", "late_penalty", "extensions"):
        if name in given and deadline is None:
            raise _Wrong("no_deadline", name=name)
    penalty = _match("late_penalty", given, PENALTY, "0 points per day")
    return Policy(
        zone=zone,
        deadline=deadline,
        grace=timedelta(minutes=int(_match("grace_minutes", given, MINUTES, "0")[0])),
        penalty=_amount(penalty),
        per=penalty[3],
        floor=_amount(_match("floor", given, AMOUNT, "0 points")),
        attempts=_match("attempts", given, re.compile("|".join(ATTEMPTS)), LAST)[0],
        missing={"0": 0.0}.get(_match("missing", given, re.compile("0|empty"), "empty")[0]),
        extensions=_extensions(given.get("extensions", {}), zone, deadline, ids),
    )


def _match(name: str, given: dict, pattern: re.Pattern, default: str) -> re.Match:
    """The field's text, matched; its form in a sentence where it does not match."""
    text = given.get(name, default)
    found = pattern.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise _Wrong("form", name=name, value=_shown(text), form=say(f"policy.form.{name}"))
    return found


def _shown(value) -> str:
    return value[:60] if isinstance(value, str) else type(value).__name__


def _amount(found: re.Match) -> Amount:
    number, percent = float(found[1]), found[2] == "%"
    if percent and number > 100:
        raise _Wrong("percent", value=found[0])
    return Amount(number, percent)


def _zone(text) -> tzinfo:
    try:
        if re.fullmatch(r"[+-]\d\d:\d\d", text):
            return datetime.fromisoformat(f"2000-01-01T00:00{text}").tzinfo
        return ZoneInfo(text)
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise _Wrong("zone", value=_shown(text)) from None


def _time(name: str, text, zone) -> datetime:
    try:
        time = datetime.fromisoformat(text) if ":" in text else None
    except (TypeError, ValueError):
        time = None
    if time is None:
        raise _Wrong("form", name=name, value=_shown(text), form=say("policy.form.deadline"))
    if time.tzinfo is None and zone is None:
        raise _Wrong("no_zone", name=name)
    return _aware(time, zone)


def _aware(time: datetime, zone: tzinfo | None) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=zone)


def _extensions(given, zone, deadline, ids) -> dict[str, datetime]:
    if not isinstance(given, dict):
        raise _Wrong("form", name="extensions", value=_shown(given), form=say("policy.form.extensions"))
    known = None if ids is None else list(ids)
    found = {}
    for identity, text in given.items():
        if known is not None and identity not in known:
            raise _Wrong("student", id=identity, hint=nearest(identity, known))
        found[identity] = _time(f"extensions: {identity}", text, zone)
        if found[identity] < deadline:
            raise _Wrong("earlier", id=identity, time=text)
    return found
