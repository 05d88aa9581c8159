"""What a learner calls in a sheet. Each call answers with a card and never with a traceback.

Imports nothing that Windows lacks and no library beside the catalogue's: it is imported in every
learner's kernel.
"""

import difflib
import sys
from collections.abc import Callable
from functools import wraps

import crmlib
from crmlib.workbook.cards import Card, mark, short
from crmlib.workbook.diagnosis import DONE, Finding, diagnose
from crmlib.workbook.fingerprint import fingerprint
from crmlib.workbook.payload import SELF_STUDY, Asked, Damaged, Sheet, unpack
from crmlib.workbook.plain import type_name
from crmlib.workbook.tutor import Tutor

ABSENT = object()


class Session:
    """An open sheet in one kernel: what was checked and which hints were shown.

    ``practice`` is set by a rehearsal only: answers are then held against the practice parameters.
    """

    def __init__(self, sheet: Sheet, *, practice: bool = False):
        self.sheet, self.practice = sheet, practice
        self.tutor = Tutor(sheet.language)
        self.findings: dict[str, Finding] = {}
        self.hints: dict[str, int] = {}

    @property
    def parameters(self) -> dict:
        return self.sheet.practice if self.practice else self.sheet.parameters

    @property
    def salt(self) -> bytes:
        return bytes.fromhex(self.sheet.salt)

    def check(self, asked: Asked, value, namespace: dict) -> Card:
        waits_for = next((name for name in asked.follows if not self.done(name)), "")
        digests = asked.practice if self.practice else asked.answer
        found = diagnose(value, asked, digests, self.salt, waits_for=waits_for)
        self.findings[asked.name] = found
        left = max(0, len(asked.hints) - self.hints.get(asked.name, 0))
        notes = [] if found.outcome in DONE else self.notes(namespace)
        return self.tutor.finding(found, asked, notes, left)

    def done(self, name: str) -> bool:
        return name in self.findings and self.findings[name].outcome in DONE

    def notes(self, namespace: dict) -> list[str]:
        """What is unusual about the data or the installed version, in sentences."""
        said = []
        changed = [n for n, p in self.sheet.fingerprints.items() if _fingerprint(namespace, n) not in ("", p)]
        if changed and not self.practice:
            said.append(self.tutor.say("card.data", names=", ".join(f"`{name}`" for name in changed)))
        if self.sheet.crmlib != crmlib.__version__:
            versions = {"made": self.sheet.crmlib, "installed": crmlib.__version__}
            said.append(self.tutor.say("card.version", **versions))
        return said

    def changed_parameters(self, namespace: dict) -> str:
        """The sentence on a parameter that is not the sheet's own; empty when all are."""
        for name, value in self.parameters.items():
            given = namespace.get(name, ABSENT)
            if given is ABSENT:
                return self.tutor.say("card.parameter_missing", name=name)
            if type(given) not in (bool, int, float, str) or given != value:
                said = repr(given) if type(given) in (bool, int, float, str) else type_name(given)
                return self.tutor.say("card.parameter", name=name, given=short(said), value=repr(value))
        return ""


class Desk:
    """Where the open sheet of this kernel lies: one place, since a cell cannot hand it on."""

    session: Session | None = None
    practice = False
    on_check: Callable = staticmethod(lambda name, finding, card: None)


def _fingerprint(namespace, name) -> str:
    try:
        return fingerprint(namespace.get(name))
    except Exception:  # a frame that cannot be read says nothing about the data
        return ""


def _door(function):
    """Calls ``function`` with the caller's names; whatever it raises becomes a card."""

    @wraps(function)
    def call(*args, **kwargs):
        namespace = sys._getframe(1).f_globals
        try:
            return function(namespace, *args, **kwargs)
        except Exception as error:
            tutor = Desk.session.tutor if Desk.session else Tutor()
            return tutor.card("stop", tutor.say("card.fault", kind=type_name(error)))

    return call


def _opened(function):
    """As `_door`, for what needs an open sheet: ``function(session, namespace, ...)``."""

    @wraps(function)
    def with_session(namespace, *args, **kwargs):
        if Desk.session is None:
            tutor = Tutor()
            return tutor.card("stop", tutor.say("card.closed"))
        return function(Desk.session, namespace, *args, **kwargs)

    return _door(with_session)


def _unknown(session, name) -> Card | None:
    """The card for a name that is no exercise's; None for one that is."""
    say, names = session.tutor.say, list(session.sheet.by_name)
    if type(name) is not str:
        return session.tutor.card("stop", say("card.name_first", name=names[0]))
    if name in names:
        return None
    near = difflib.get_close_matches(name[:60], names, n=1, cutoff=0.5)
    known = say("card.near", name=near[0]) if near else say("card.names", names=", ".join(names))
    return session.tutor.card("stop", say("card.unknown", name=short(name)), known)


@_door
def open_sheet(namespace, text="") -> Card:
    """Open the sheet: the text stands in the sheet itself."""
    try:
        sheet = unpack(text)
    except Damaged:
        return Tutor().card("stop", Tutor().say("card.damaged"))
    session = Desk.session = Session(sheet, practice=Desk.practice)
    tutor = session.tutor
    opened = tutor.count("card.opened", len(sheet.exercises), title=sheet.title, points=sheet.points)
    wrong = session.changed_parameters(namespace)
    return tutor.card("stop" if wrong else "note", opened, wrong, *session.notes(namespace))


@_opened
def check(session, namespace, name=ABSENT, value=ABSENT) -> Card:
    """Check the answer to the exercise ``name``; without a value, the one of that name."""
    if wrong := _unknown(session, name):
        return wrong
    if value is ABSENT:
        value = namespace.get(name)
    if wrong := session.changed_parameters(namespace):
        return session.tutor.card("stop", wrong)
    card = session.check(session.sheet.by_name[name], value, namespace)
    Desk.on_check(name, session.findings[name], card)
    return card


@_opened
def hint(session, namespace, name=ABSENT) -> Card:
    """The next hint for the exercise ``name``; after the last, the first again."""
    if wrong := _unknown(session, name):
        return wrong
    asked, say = session.sheet.by_name[name], session.tutor.say
    if not asked.hints:
        return session.tutor.card("hint", say("card.no_hint"), title=asked.title)
    session.hints[name] = session.hints.get(name, 0) + 1
    shown = (session.hints[name] - 1) % len(asked.hints)
    place = say("card.hint_of", number=shown + 1, total=len(asked.hints))
    return session.tutor.card("hint", *asked.hints[shown].split("\n\n"), title=f"{asked.title} ({place})")


@_opened
def solution(session, namespace, name=ABSENT) -> Card:
    """The author's solution of the exercise ``name``, in a sheet for self-study."""
    if wrong := _unknown(session, name):
        return wrong
    asked, tutor = session.sheet.by_name[name], session.tutor
    if session.sheet.kind != SELF_STUDY:
        return tutor.card("note", tutor.say("card.no_solution"), title=asked.title)
    return tutor.card("note", tutor.say("card.solution"), title=asked.title, code=asked.solution)


@_opened
def progress(session, namespace) -> Card:
    """Points so far, exercise by exercise."""
    tutor, sheet = session.tutor, session.sheet
    rows = tuple(_row(session, asked) for asked in sheet.exercises)
    points = sum(_points(session, asked) for asked in sheet.exercises)
    unmarked = {asked.name: asked.points for asked in sheet.exercises if asked.answer is None}
    rest = sum(unmarked.values())
    said = [tutor.say("card.progress", points=f"{points:g}", total=sheet.points - rest)]
    if unmarked:
        said.append(
            tutor.count("card.progress_open", rest, names=", ".join(f"`{name}`" for name in unmarked))
        )
    return tutor.card("note", *said, title=sheet.title, rows=rows)


def _points(session, asked) -> float:
    found = session.findings.get(asked.name)
    return round(asked.points * found.share, 2) if found else 0


def _row(session, asked) -> tuple[str, ...]:
    found = session.findings.get(asked.name)
    word = mark(found.outcome) + " " if found else ""
    word += session.tutor.say("card.word." + (found.outcome if found else "unchecked"))
    points = "-" if found and found.outcome == "recorded" else f"{_points(session, asked):g}"
    return asked.name, asked.title, word, session.tutor.say("card.of", points=points, total=asked.points)
