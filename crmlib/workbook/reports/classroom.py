"""A round as tables that the class report works on: pseudonyms in the rows, no name anywhere.

``points`` are those of the results, or, after `crmlib report`, those with hand marks in them.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from crmlib.workbook import author, notebooks
from crmlib.workbook.author import Exercises
from crmlib.workbook.outcome import Refused
from crmlib.workbook.reports import graded, similar, statistics
from crmlib.workbook.reports.graded import FAULT, VOID, Round
from crmlib.workbook.reports.marks import FINAL, PENDING, Account, verdicts
from crmlib.workbook.sheet import with_values

WRONG = ("wrong", "partial", "hard-coded", "does not generalise")
# A question's id is one word in lower case: no column of our own is.
STUDENT, RAW, TOTAL, STATUS = "Student", "Raw", "Total", "Status"
DOORS = "from crmlib.student import check, hint, open_sheet, progress, solution"
SHEET = re.compile(r'open_sheet\(\s*"""[^"]*"""\s*\)')


@dataclass(frozen=True)
class Classroom:
    """A round and the exercises it was graded by; ``accounts`` as `totals_text` wrote them, else None."""

    results: Round
    exercises: Exercises
    accounts: pd.DataFrame | None = None

    @cached_property
    def totals(self) -> pd.DataFrame | None:
        """The accounts of the students with a result."""
        return None if self.accounts is None else self.accounts[self.accounts[RAW].notna()]

    @cached_property
    def questions(self) -> pd.DataFrame:
        """Title and points of each question that counts, by name."""
        frame = pd.DataFrame(self.results.questions, columns=["name", "title", "points"]).set_index("name")
        return frame[~frame.index.isin(self.results.voided)]

    @cached_property
    def groups(self) -> dict[str, str]:
        """The questions that are tied together because one builds on another."""
        follows = {e.name: e.question.follows for e in self.exercises.exercises}
        return statistics.groups(list(self.questions.index), follows)

    @cached_property
    def answers(self) -> pd.DataFrame:
        """One row a student and question: outcome, points, mistake, answer."""
        keys = ("name", "outcome", "raw", "mistake", "value_json")
        rows = [
            {"student": student} | {key: question.get(key) for key in keys}
            for student, result in self.results.students.items()
            for question in result["questions"]
            if question["outcome"] != VOID
        ]
        return pd.DataFrame(rows, columns=["student", *keys])

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row a student, one column a question; without questions and students not wholly marked."""
        wide = self.answers.pivot(index="student", columns="name", values="raw").astype(float)
        wide = wide.reindex(columns=self.questions.index)
        if self.totals is not None:
            marked = self.totals.reindex(wide.index).reindex(columns=wide.columns)
            wide = marked.where(marked.notna(), wide)
        faults = self.answers.loc[self.answers.outcome.isin([FAULT]), "student"]
        return wide.drop(index=faults[faults.isin(wide.index)].unique()).dropna(axis="columns")

    @property
    def unmarked(self) -> list[str]:
        """The questions that are left out because a person has to mark them."""
        return [name for name in self.questions.index if name not in self.points]

    @cached_property
    def totals_shown(self) -> pd.Series:
        """The total of each student: final ones where all are, else everybody's points marked so far.

        The few that are final first, such as those without a memo, would say nothing of the class.
        """
        return self.totals[TOTAL] if self._all_final else self.points.sum(axis=1)

    @property
    def _all_final(self) -> bool:
        return self.totals is not None and len(self.totals) > 0 and bool(self.totals[TOTAL].notna().all())

    @property
    def possible(self) -> float:
        """The points that `totals_shown` counts."""
        counted = self.questions if self._all_final else self.questions.loc[self.points.columns]
        return counted["points"].sum()

    @cached_property
    def item_table(self) -> pd.DataFrame:
        """Title, points, mean share and discrimination of each question, hardest first."""
        maximum = self.questions["points"].to_dict()
        shares = statistics.share_intervals(self.points, maximum)
        table = self.questions.join(shares, how="inner")
        table["discrimination"] = statistics.discrimination(self.points)
        return table.dropna(subset="estimate").sort_values("estimate", kind="stable")

    @cached_property
    def alpha(self) -> statistics.Alpha:
        """Cronbach's alpha, questions that build on each other counted together."""
        follows = {name: (first,) for name, first in self.groups.items() if name != first}
        return statistics.cronbach_alpha(statistics.merged(self.points, follows))

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """How many students came out how, by question."""
        table = pd.crosstab(self.answers["name"], self.answers["outcome"])
        order = table.sum().sort_values(ascending=False, kind="stable").index
        return table.reindex(index=self.questions.index)[order].rename_axis(index=None, columns=None)

    @cached_property
    def mistakes(self) -> pd.DataFrame:
        """Known mistakes, commonest first: question, what went wrong, how many students, which share."""
        known = self.answers.dropna(subset="mistake")
        counts = known.groupby(["name", "mistake"]).size().sort_values(ascending=False, kind="stable")
        rows = [
            {
                "question": name,
                "mistake": self._mistake(name, int(number)),
                "students": int(count),
                "share": count / len(self.results.students),
            }
            for (name, number), count in counts.items()
        ]
        return pd.DataFrame(rows, columns=["question", "mistake", "students", "share"])

    def _mistake(self, name: str, number: int) -> str:
        exercise = self.exercises.by_name.get(name)
        known = exercise.mistakes if exercise else ()
        return known[number].text if number < len(known) else str(number)

    @cached_property
    def shared_answers(self) -> pd.DataFrame:
        """Pairs of students who share wrong answers beyond chance."""
        own = self.answers[self.answers.outcome.isin(WRONG) & self.answers.mistake.isna()]
        wide = own.pivot(index="student", columns="name", values="value_json")
        wide = wide.reindex(columns=[name for name in self.questions.index if name in wide])
        return similar.shared_answers(wide.astype(object).where(wide.notna(), None), self.groups)

    @cached_property
    def shared_code(self) -> pd.DataFrame:
        """Pairs of students who share code that few others have."""
        codes = {}
        for student in self.results.students:
            codes[student] = _code(self.results.folder / "trace" / student / "unseen.ipynb")
        return similar.shared_code(codes, self._given())

    def _given(self) -> list[str]:
        """The code that every sheet came with, at the parameters of the run, and the author's solutions."""
        unseen = next((one["parameters"]["unseen"] for one in self.results.students.values()), {})
        values = {name: unseen.get(name, one.default) for name, one in self.exercises.parameters.items()}
        cells = [
            with_values(cell.source, values) if "parameters" in notebooks.tags(cell) else cell.source
            for cell in self.exercises.cells
            if cell.cell_type == "code"
        ]
        for one in self.exercises.exercises:
            cells += [f"{one.name} = ...", f'check("{one.name}", {one.name})', one.solution.source]
        return [*cells, DOORS]

    @cached_property
    def seconds(self) -> pd.DataFrame:
        """Processor time of each question over the students, in seconds, slowest first."""
        rows = []
        for student in self.results.students:
            times = _times(self.results.folder / "trace" / student / "times.json")
            rows += [(name, seconds) for name, seconds in times.items() if name in self.questions.index]
        frame = pd.DataFrame(rows, columns=["question", "seconds"]).groupby("question")["seconds"]
        table = frame.agg(median="median", longest="max", students="size")
        return table.sort_values("median", ascending=False, kind="stable").rename_axis(index=None)

    @property
    def absent(self) -> dict[str, int]:
        """How many students have no result, by the reason: each counts once, as in the gradebook."""
        if self.accounts is not None:
            words = [word for word in self.accounts[STATUS] if word not in (FINAL, PENDING)]
        else:
            found = verdicts(self.results)
            words = [word for student, word in found.items() if student not in self.results.students]
        return _counted(words)

    @property
    def unowned(self) -> dict[str, int]:
        """How many files are of nobody who is known, by verdict."""
        return _counted([one["verdict"] for one in self.results.files if not one.get("student")])


def read(results: str, *, case: str = "", totals: str = "") -> Classroom:
    """The class whose results stand in a folder; ``case`` by name or path, else as the results say."""
    found = graded.read(Path(results))
    name = case or str(found.about.get("case", ""))
    exercises = author.read(author.find(name))
    return Classroom(found, exercises, _totals(Path(totals)) if totals else None)


def _totals(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, index_col=STUDENT)
    except (OSError, ValueError) as error:
        raise Refused("report.unreadable", path=path, reason=error) from error


def totals_text(accounts: list[Account]) -> str:
    """Points of each question, raw and final total and status of everybody by pseudonym, as CSV."""
    rows = [
        {STUDENT: one.who.pseudonym, RAW: one.raw, TOTAL: one.final, STATUS: one.status}
        | {mark.name: mark.points for mark in one.marks}
        for one in accounts
    ]
    names = [mark.name for mark in next((one.marks for one in accounts if one.marks), ())]
    frame = pd.DataFrame(rows, columns=[STUDENT, *names, RAW, TOTAL, STATUS])
    return frame.to_csv(index=False, lineterminator="\n")


def _counted(words: list[str]) -> dict[str, int]:
    """How often each word stands there, the commonest first, then by the alphabet."""
    return dict(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def _code(path: Path) -> list[str]:
    """The student's code cells; none where there is no notebook that can be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
    return [SHEET.sub("", source) for source in sources]


def _times(path: Path) -> dict[str, float]:
    """Processor seconds by question of the run at unseen parameters; empty where they are not known."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["unseen"]
        return {name: float(one["cpu_seconds"]) for name, one in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
