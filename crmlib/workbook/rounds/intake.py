"""Files taken in: each is accepted for one student, or listed with the reason; none is guessed.

Who a file is of stands in the sheet inside it, and must be the very sheet that was handed out; the name of
the file may only contradict it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.grading.submission import Submission
from crmlib.workbook.grading.submission import read as read_submission
from crmlib.workbook.outcome import Refused, one_line
from crmlib.workbook.rounds import tables
from crmlib.workbook.rounds.manifest import Manifest
from crmlib.workbook.rounds.roster import Named
from crmlib.workbook.rounds.sources import Entry, Unreadable, entries
from crmlib.workbook.rounds.whose import Clue, Names, nameless

TIMES = "submitted.csv"
LAST, FIRST = "last", "first"
ATTEMPTS = (LAST, FIRST)
NO_CLUE = Clue()
# What is no notebook at all, where its name does not say that it should be one.
STRAY = ("grade.file.json", "grade.file.notebook", "grade.file.empty")


@dataclass(frozen=True)
class File:
    """A file that was handed in, or that is missing (no ``name``), and what becomes of it.

    ``student`` is a pseudonym, None where nobody is known; ``submitted`` a time as in `TIMES`; ``late``
    whether Canvas says so.
    """

    name: str
    verdict: str
    student: str | None = None
    reason: str = ""
    submitted: str | None = None
    late: bool = False
    sha256: str = ""
    entry: Entry | None = None
    clue: Clue = NO_CLUE

    def read(self) -> bytes:
        """The bytes, as they were when the file was judged; `Refused` when they have changed since."""
        data = self.entry.read()
        if sha256(data).hexdigest() != self.sha256:
            raise Refused("intake.changed", name=self.name)
        return data

    def to_dict(self) -> dict:
        """The file as it stands in a list of results: where the student is known, not by its name.

        Platforms put the students' names into the names of files.
        """
        shown = "" if self.student else nameless(self.name)
        given = {"file": shown, "student": self.student, "verdict": self.verdict, "reason": self.reason}
        return given | {"submitted": self.submitted, "late": self.late, "sha256": self.sha256}


def collect(
    path: Path,
    manifest: Manifest,
    names: dict[str, Named] | None = None,
    *,
    attempts: str = LAST,
    read: Callable[[bytes], Submission] = read_submission,
) -> list[File]:
    """Every file under ``path``, in the order of their names, then who handed in nothing.

    Of several ``attempts`` of a student the last or the first is accepted, where it is certain which
    that is.
    """
    known = Names(names or {})
    files = [_judged(entry, known.clue(entry.name), manifest, read) for entry in entries(path)]
    files = _one_each(files, attempts)
    times = _times(Path(path), manifest, names or {})
    files = [replace(file, submitted=times.get(file.student)) for file in files]
    return files + _missing(files, manifest, names or {})


def _judged(entry: Entry, clue: Clue, manifest: Manifest, read) -> File:
    """The file with its verdict, as if it were the only one."""
    # Where nothing is to be read from the file, its name may say whom to ask.
    (asked,) = clue.students if len(clue.students) == 1 else (None,)
    file = File(entry.name, "unreadable", asked, entry=entry, clue=clue, late=clue.late)
    try:
        if entry.trouble:
            raise Unreadable(entry.trouble)
        data = entry.read()
    except Unreadable as error:
        return replace(file, reason=say(str(error)))
    submission = read(data)
    file = replace(file, sha256=sha256(data).hexdigest())
    verdict, reason = _identified(submission, entry.name, manifest)
    if verdict:
        return replace(file, verdict=verdict, reason=reason)
    others = sorted(clue.students - {submission.student})
    if others:
        reason = say("intake.swapped", other=", ".join(others))
        return replace(file, verdict="swapped", student=submission.student, reason=reason)
    return replace(file, verdict="accepted", student=submission.student)


def _identified(submission: Submission, name: str, manifest: Manifest) -> tuple[str, str]:
    """Verdict and reason where the file is not certainly a student's sheet; else two empty texts."""
    trouble = submission.trouble
    if trouble:
        if trouble in STRAY and not name.lower().endswith(".ipynb"):
            return "not a sheet", say("intake.stray")
        return "not a sheet" if trouble == "grade.file.no_sheet" else "unreadable", say(trouble)
    if submission.case != manifest.case:
        return "another case", say("intake.case", case=one_line(submission.case, 60) or "-")
    if not submission.student:
        return "unmatched", say("intake.self_study")
    entry = manifest.students.get(submission.student)
    if entry is None:
        return "unmatched", say("intake.stranger")
    if submission.digest != entry["sheet"]:
        return "unmatched", say("intake.other_sheet")
    return "", ""


def _one_each(files: list[File], attempts: str) -> list[File]:
    """The files with at most one accepted for each student."""
    of = defaultdict(list)
    for file in files:
        if file.verdict == "accepted":
            of[file.student].append(file)
    changed = {}
    for several in of.values():
        if len(several) > 1:
            changed |= _chosen(several, attempts)
    return [changed.get(id(file), file) for file in files]


def _chosen(several: list[File], attempts: str) -> dict[int, File]:
    """What becomes of several files of one student, by the file's identity."""
    if len({file.sha256 for file in several}) == 1:
        return {id(file): _double(file, "intake.copy") for file in several[1:]}
    uploads = [file.clue.upload for file in several]
    certain = None not in uploads and len({base for base, _ in uploads}) == 1
    if not certain or len(set(uploads)) < len(uploads):
        return {id(file): _double(file, "intake.several") for file in several}
    ordered = sorted(several, key=lambda file: file.clue.upload, reverse=attempts == LAST)
    return {id(file): _double(file, "intake.attempt") for file in ordered[1:]}


def _double(file: File, key: str) -> File:
    return replace(file, verdict="double", reason=say(key))


def _missing(files: list[File], manifest: Manifest, names: dict[str, Named]) -> list[File]:
    """The students of whom there is no file at all, without those who have left the class."""
    seen = {file.student for file in files} | {one.pseudonym for one in names.values() if one.left}
    return [File("", "missing", student) for student in sorted(manifest.students) if student not in seen]


def _times(path: Path, manifest: Manifest, names: dict[str, Named]) -> dict[str, str]:
    """When each student handed in, by the `TIMES` beside the folder or the zip; else nothing is known.

    Not in the folder: there a student may have put it.
    """
    file = path.resolve().with_name(TIMES)
    if not file.is_file():
        return {}
    table = tables.read(file, ["id", "submitted"])
    for column in ("id", "submitted"):
        if column not in table.columns:
            raise Refused("intake.times.column", path=file, missing=column)
    ids = {one.id: pseudonym for pseudonym, one in names.items()} | {name: name for name in manifest.students}
    times, problems = {}, []
    for row in table.rows:
        identity, text = tables.plain(row.cells["id"].strip()), row.cells["submitted"].strip()
        student = ids.get(identity)
        key = "unknown" if student is None else "twice" if student in times else ""
        if key or not _is_time(text):
            problems.append((row.number, say(f"intake.times.{key or 'time'}", id=identity, value=text)))
        times[student] = text
    tables.refuse_all(file, problems)
    return times


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return ":" in text
