"""A learner's own rehearsal: everything run afresh, at their data and at practice data; no marks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from crmlib.catalogue import languages, say
from crmlib.workbook import learner
from crmlib.workbook.diagnosis import DONE
from crmlib.workbook.grading.submission import MOST_BYTES
from crmlib.workbook.learner import Learners, with_parameters
from crmlib.workbook.payload import Asked
from crmlib.workbook.rehearsal import Rehearsal, rehearse

SECONDS = 60.0
FINE = ("ok", "recorded")


@dataclass(frozen=True)
class Line:
    """What a rehearsal says of one question."""

    name: str
    title: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class Report:
    """A rehearsal: a line for each question, and what is wrong outside of them."""

    head: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    language: str

    @property
    def fine(self) -> bool:
        return not self.notes and all(line.state in FINE for line in self.lines)

    def text(self) -> str:
        """The report as lines for a terminal."""
        words = [say("preflight.state." + line.state, lang=self.language) for line in self.lines]
        width = max(map(len, words), default=0)
        names = max((len(line.name) for line in self.lines), default=0)
        table = [
            f"  {word:<{width}}  {line.name:<{names}}  {line.why or line.title}".rstrip()
            for word, line in zip(words, self.lines, strict=True)
        ]
        end = say("preflight.fine" if self.fine else "preflight.not_fine", lang=self.language)
        return "\n".join([self.head, *table, *self.notes, end])


def preflight(path: Path, *, cell_seconds: float = SECONDS) -> Report:
    """Rehearse the learner's notebook at ``path``: which question errs, is hard-coded, or is blank."""
    learners, size = learner.read(path), Path(path).stat().st_size
    sheet, folder = learners.sheet, Path(path).resolve().parent
    own, other = (sheet.parameters, False), (sheet.practice, True)
    with ThreadPoolExecutor(2) as both:
        runs = list(both.map(lambda one: _run(learners, folder, cell_seconds, *one), (own, other)))
    return _Writer(learners, *runs, cell_seconds, size).report()


def _run(learners, folder, cell_seconds, parameters, practice) -> Rehearsal:
    cells = with_parameters(learners.cells, parameters)
    return rehearse(cells, parameters, folder=folder, practice=practice, cell_seconds=cell_seconds)


class _Writer:
    """Puts the two runs of a rehearsal into words."""

    def __init__(self, learners: Learners, own: Rehearsal, practice: Rehearsal, seconds: float, size: int):
        self.learners, self.own, self.practice = learners, own, practice
        self.seconds, self.size = seconds, size
        self.sheet = learners.sheet
        self.language = self.sheet.language if self.sheet.language in languages() else "en"
        self.cells = {cell.number: cell for cell in learners.cells}

    def say(self, key: str, **values) -> str:
        return say("preflight." + key, lang=self.language, **values)

    def report(self) -> Report:
        other = [n for n, v in self.sheet.practice.items() if v != self.sheet.parameters[n]]
        practice = ", ".join(f"{name} = {self.sheet.practice[name]!r}" for name in other)
        head = self.say("head", title=self.sheet.title, practice=practice)
        lines = tuple(self._line(asked) for asked in self.sheet.exercises)
        return Report(head, lines, tuple(self._notes()), self.language)

    def _notes(self):
        if self.size > MOST_BYTES:
            yield self.say("big", size=-(-self.size // 2**20), most=MOST_BYTES // 2**20)
        for r in learner.rebindings(self.learners):
            key = "set_again" if r.again else "changed"
            value = repr(self.sheet.parameters[r.name])
            yield self.say(key, name=r.name, value=value, cell=r.cell.number, heading=r.cell.heading)
        for number, trouble in self._troubles(self.own).items():
            cell = self.cells.get(number)
            if cell is None or not cell.question:
                heading = cell.heading if cell else ""
                yield self.say("outside", cell=number, heading=heading, trouble=trouble)

    def _troubles(self, run: Rehearsal) -> dict[int, str]:
        """What went wrong in which cell, stops before errors."""
        stops = {n: self.say("stop." + kind, seconds=f"{self.seconds:g}") for n, kind in run.stops.items()}
        return dict(sorted((run.errors | stops).items()))

    def _line(self, asked: Asked) -> Line:
        for run, key in ((self.own, "error"), (self.practice, "error_practice")):
            for number, trouble in self._troubles(run).items():
                if (cell := self.cells.get(number)) and cell.question == asked.name:
                    why = self.say("cell", cell=number, heading=cell.heading, trouble=trouble)
                    return Line(asked.name, asked.title, key, why)
            if asked.graded == "own":
                break
        return Line(asked.name, asked.title, self._state(asked), self._goes_past(asked))

    def _goes_past(self, asked: Asked) -> str:
        """Told where an answer that builds on others names none of them: nothing could be carried forward."""
        cells = [cell for cell in self.learners.cells if cell.question == asked.name]
        last = self.own.last(asked.name)
        if (
            not asked.follows
            or last is None
            or last["outcome"] == "missing"
            or learner.reads(cells, asked.follows)
        ):
            return ""
        return self.say(
            "goes_past", title=asked.title, names=", ".join(f"`{name}`" for name in asked.follows)
        )

    def _state(self, asked: Asked) -> str:
        own, practice = (run.last(asked.name) for run in (self.own, self.practice))
        if own is None:
            return "unchecked"
        if own["outcome"] == "right" and asked.graded == "unseen":
            return _general(own, practice or {})
        return "ok" if own["outcome"] == "right" else own["outcome"]


def _general(own: dict, practice: dict) -> str:
    """How an answer that is right at the learner's own data does at others."""
    outcome = practice.get("outcome", "missing")
    if outcome in DONE:
        return "ok"
    if outcome == "waits":
        return "waits_practice"
    return "hard_coded" if own["value"] == practice.get("value") else "not_general"
