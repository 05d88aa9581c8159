"""`quiz` and `review`: what a notebook calls to show questions of the bank."""

import os
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import asked, controls
from crmlib.workbook.quizzes import bank as banks
from crmlib.workbook.quizzes.judge import Judged, judged
from crmlib.workbook.quizzes.pose import KINDS, Posed, draw, pose
from crmlib.workbook.quizzes.record import Record, change

# Set in a run that is written down: nobody will answer, and a page holds no widget.
STATIC = "CRMLIB_STATIC"


class Quiz:
    """Some posed questions: shown as controls, checked from code with `check`."""

    def __init__(self, posed: list[Posed], record: Path | None = None, *, note: str = ""):
        self.posed, self.record, self.note = posed, record, note

    def __len__(self) -> int:
        return len(self.posed)

    def check(self, number: int, answer) -> Judged:
        """Judge the answer to question ``number``, from 1 on, and note it in the record.

        What is no answer yet, or none of the kind asked for, is not noted.
        """
        place = asked.whole("number", number, least=1)
        if place > len(self.posed):
            raise Refused("quiz.asked.no_question", number=place, count=len(self.posed))
        posed = self.posed[place - 1]
        found = judged(posed, answer)
        self._note(posed, found)
        return found

    def _note(self, posed, found) -> None:
        if found.fit:
            change(self.record, lambda record: record.answer(posed.question.id, found.right))

    def _answered(self, name: str, answer) -> None:
        posed = next(one for one in self.posed if one.question.id == name)
        given = answer[0] if posed.question.kind == "choice" else answer
        self._note(posed, judged(posed, given))

    def __repr__(self) -> str:
        questions = [f"{i}. {_plain(one)}" for i, one in enumerate(self.posed, 1)]
        return "\n\n".join([*[self.note] * bool(self.note), *questions])

    def markdown(self, *, first: int = 1) -> str:
        """The questions as text for a sheet, numbered from ``first`` on, without their answers."""
        return "\n\n".join(f"**{i}.** {_listed(one)}" for i, one in enumerate(self.posed, first))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        made = controls.payload(self.posed, note=self.note)
        shown = {"text/plain": repr(self), "text/html": controls.page(made)}
        if os.environ.get(STATIC):
            return shown
        try:
            live = controls.widget(made, self._answered)._repr_mimebundle_()
        except ImportError:  # without anywidget the page's own controls remain
            return shown
        data = live[0] if isinstance(live, tuple) else live
        return shown | {kind: value for kind, value in (data or {}).items() if kind not in shown}


def _plain(posed: Posed) -> str:
    lines = [
        posed.text + _asks_for(posed),
        *(f"   {letter}) {text}" for letter, text in posed.labelled.items()),
    ]
    if posed.question.kind in ("match", "classify"):
        lines += [f"   - {part.text}" for part in posed.items]
    return "\n".join(lines)


def _asks_for(posed: Posed) -> str:
    """The unit and the decimals that a number needs, between brackets."""
    count = [say_count("quiz.decimals", posed.decimals)] if posed.decimals else []
    asked = ", ".join(filter(None, [posed.question.unit, *count]))
    return f" ({asked})" if asked else ""


def _listed(posed: Posed) -> str:
    lines = [posed.text + _asks_for(posed), ""]
    if posed.question.kind in ("match", "classify"):
        lines += [*(f"{i}. {part.text}" for i, part in enumerate(posed.items, 1)), ""]
    return "\n".join([*lines, *(f"- `{letter}` {text}" for letter, text in posed.labelled.items())]).rstrip()


def quiz(
    chapter: str = "",
    *,
    seed: int = 1,
    number: int = 8,
    kinds: tuple[str, ...] = KINDS,
    within: float | None = None,
    bank: Path | str | None = None,
    record: Path | None = None,
) -> Quiz:
    """``number`` questions of a chapter, or of all, drawn by ``seed``: the same for the same seed.

    ``kinds`` picks some of choice, several, match, order, classify, numeric, ``within`` numeric ones that
    ask for this accuracy; ``bank`` is a folder with chapters of one's own. What is answered wrong in
    JupyterLab goes into the ``record``, for `review`.
    """
    number, seed = asked.whole("number", number, least=1), asked.whole("seed", seed)
    source, record = _bank(bank), asked.place("record", record)
    kinds, within = asked.kinds(kinds), asked.tolerance(within)
    posed = draw(source, seed=seed, chapter=chapter, kinds=kinds, number=number, within=within)
    note = "" if len(posed) == number else say("quiz.fewer", count=len(posed), asked=number)
    return Quiz(posed, record, note=note)


def review(*, number: int = 8, bank: Path | str | None = None, record: Path | None = None) -> Quiz:
    """The questions that were missed and are due again; each call counts as one review."""
    number, record = asked.whole("number", number, least=1), asked.place("record", record)
    source = _bank(bank)
    missed, seed = change(record, Record.begin)
    due = [name for name in missed if name in source.questions][:number]
    note = "" if due else say("quiz.nothing_due")
    return Quiz([pose(source.questions[name], seed=seed) for name in due], record, note=note)


def _bank(given) -> banks.Bank:
    folder = asked.place("bank", given)
    return banks.read(folder) if folder else banks.shipped()
