"""What a sheet calls, inside the sandbox: ``check`` takes the answer down; nothing is marked there."""

import json
import sys

from crmlib.workbook.answers import Spec, Unfit
from crmlib.workbook.plain import MOST_JSON, plain, type_name
from crmlib.workbook.sandbox.shell import Desk

ABSENT = object()
NAMES = ("open_sheet", "check", "hint", "solution", "progress")


class Doors:
    """Stands in the place of `crmlib.student` during a run."""

    def __init__(self, specs: dict[str, Spec]):
        self._specs, self._checked = specs, set()

    def put_in_place(self) -> None:
        """From now on the sheet's calls arrive here."""
        for module in ("crmlib.student", "crmlib.workbook.student"):
            if module in sys.modules:
                for name in NAMES:
                    setattr(sys.modules[module], name, getattr(self, name))

    def check(self, name=ABSENT, value=ABSENT) -> None:
        """Take down the answer to the exercise ``name``; without a value, the one of that name."""
        if type(name) is str and name in self._specs:
            self._checked.add(name)
            given = sys._getframe(1).f_globals.get(name) if value is ABSENT else value
            Desk.teller.tell(t="said", name=name, **said(given, self._specs[name]))

    def rest(self, names: dict) -> None:
        """Take down what was never checked, by the exercise's own name."""
        for name, spec in self._specs.items():
            if name not in self._checked:
                Desk.teller.tell(t="said", name=name, **said(names.get(name), spec))

    def open_sheet(self, text="") -> None:
        """Nothing to open: the grader has read the sheet."""

    def hint(self, name=ABSENT) -> None:
        """Nothing to say."""

    def solution(self, name=ABSENT) -> None:
        """Nothing to say."""

    def progress(self) -> None:
        """Nothing to say."""


def said(value, spec: Spec) -> dict:
    """The answer as JSON, or why it is none."""
    try:
        text = json.dumps(plain(value, spec), allow_nan=False)
        if len(text) > MOST_JSON:
            raise Unfit("long", most=MOST_JSON)
        return {"json": text, "unfit": None}
    except Unfit as unfit:
        return {"json": None, "unfit": _told(unfit)}
    except MemoryError:
        raise
    except Exception as error:  # whatever a lazy column or a broken index raises
        values = {"given": type_name(value), "reason": type_name(error)}
        return {"json": None, "unfit": {"kind": "unreadable", "where": [], "values": values}}


def _told(unfit: Unfit) -> dict:
    values = {name: _short(value) for name, value in unfit.values.items()}
    return {"kind": unfit.kind, "where": [_short(part) for part in unfit.where], "values": values}


def _short(value):
    if isinstance(value, list):
        return [str(one)[:200] for one in value[:50]]
    return value if type(value) is int else str(value)[:200]
