"""Everything an instructor hands on, written into one folder: the same results give the same bytes.

What is made again for each run and may differ, the executed class report, stands apart in ``trace/``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook import folders
from crmlib.workbook.author import Exercises
from crmlib.workbook.outcome import Refused
from crmlib.workbook.reports import class_report, classroom, feedback, graded, lms, marks
from crmlib.workbook.reports.gradebook import gradebook
from crmlib.workbook.reports.graded import Round
from crmlib.workbook.reports.marks import Account
from crmlib.workbook.reports.safe import line
from crmlib.workbook.rounds import files, hand_marks, policy, roster
from crmlib.workbook.rounds.hand_marks import Question
from crmlib.workbook.rounds.intake import TIMES
from crmlib.workbook.rounds.policy import Late, Policy
from crmlib.workbook.rounds.roster import Named
from crmlib.workbook.runner import Ran

SHOWN = 20


@dataclass(frozen=True)
class Wanted:
    """What the command was asked for."""

    exercises: Exercises
    results: Path
    roster: Path
    names: Path
    out: Path
    policy: Path | None = None
    hand_marks: Path | None = None
    show_key: bool = False
    canvas: Path | None = None
    canvas_column: str = ""
    moodle: Path | None = None


@dataclass
class Written:
    """What was made: the accounts, the class report's run, and what a person should know."""

    accounts: list[Account]
    class_report: Ran
    notes: list[str] = field(default_factory=list)


def write(wanted: Wanted) -> Written:
    """Make the gradebook, the feedback pages, the platforms' tables and the class report."""
    results = graded.read(wanted.results)
    notes = list(_checked(results, wanted))
    names, strange = _class(wanted, results)
    rules = policy.read(wanted.policy, [one.id for one in names.values()]) if wanted.policy else Policy()
    accounts = _accounts(wanted, results, names, rules)
    pages = _pages(wanted, results, accounts)
    tables = _tables(wanted, accounts, pages)  # before anything is written: they may be refused
    for folder in (wanted.out, wanted.out / "feedback"):
        folders.make(folder, private=True)
    _put(gradebook(results, accounts), wanted.out / "gradebook.csv")
    notes += _put_pages(accounts, pages, wanted.out / "feedback")
    for name, (content, said) in tables.items():
        _put_bytes(content, wanted.out / name)
        notes += said
    notes += _doubts(results, accounts, rules)
    ran = _class_report(wanted, accounts)
    return Written(accounts, ran, [*notes, *strange])


def _checked(results: Round, wanted: Wanted) -> Iterator[str]:
    """Refuse what belongs to another case or would be overwritten; tell of exercises that changed."""
    was = results.about.get("case", wanted.exercises.case)
    if was != wanted.exercises.case:
        raise Refused("report.case", path=results.folder, found=line(was), case=wanted.exercises.case)
    if wanted.out.resolve() == results.folder:
        raise Refused("report.own_folder", path=wanted.out)
    version = results.about.get("version")
    if version and version != wanted.exercises.version:
        yield say("report.version", was=line(version), now=wanted.exercises.version)


def _class(wanted: Wanted, results: Round) -> tuple[dict[str, Named], list[str]]:
    """The roster's students in its order, by pseudonym, and whom only one of roster and results knows."""
    if not wanted.names.is_file():
        raise Refused("report.names", path=wanted.names)
    by_id = {one.id: one for one in roster.names(wanted.names).values()}
    found, without = {}, []
    for student in roster.read(wanted.roster).students:
        who = by_id.get(student.id)
        if who is None:
            without.append(student.id)
            who = Named("", student.id, student.name, student.email, "")
        found[who.pseudonym or student.id] = who
    lists = {"report.not_assigned": without, "report.strangers": marks.strangers(results, found)}
    return found, [_listed(key, given) for key, given in lists.items() if given]


def _listed(key: str, given: list[str]) -> str:
    names = ", ".join(line(one, 60) for one in given[:SHOWN]) + (", \u2026" if len(given) > SHOWN else "")
    return say(key, count=len(given), names=names)


def _accounts(wanted: Wanted, results: Round, names: dict[str, Named], rules: Policy) -> list[Account]:
    hand = {}
    if wanted.hand_marks:
        hand = hand_marks.read(wanted.hand_marks, names, _questions(results))
    times = marks.accepted(results)

    def late(who: Named, raw: float) -> Late:
        file = times.get(who.pseudonym, {})
        platform = file.get("late") is True
        return rules.apply(who.id, raw, file.get("submitted"), late=platform, lang=results.language)

    return marks.accounts(results, names, hand=hand, late=late, absent=rules.missing)


def _doubts(results: Round, accounts: list[Account], rules: Policy) -> Iterator[str]:
    """What may be other than it looks: results of earlier files; a deadline that nobody's time is held to."""
    if kept := [one.who.id for one in accounts if one.kept]:
        yield _listed("report.kept", kept)
    those, times = [one for one in accounts if one.marks and not one.kept], marks.accepted(results)
    unknown = [one for one in those if times.get(one.who.pseudonym, {}).get("submitted") is None]
    if rules.deadline and unknown:
        yield say_count("report.times", len(unknown), total=len(those), file=TIMES)


def _questions(results: Round) -> dict[str, Question]:
    """What each question is worth, and whether a person marks it anyway."""
    first = next(iter(results.students.values()), {"questions": []})
    waiting = {q["name"] for q in first["questions"] if q["type"] == marks.MEMO}
    return {q["name"]: Question(q["points"], q["name"] in waiting) for q in results.questions}


def _pages(wanted: Wanted, results: Round, accounts: list[Account]) -> dict[str, str]:
    """The feedback pages by pseudonym, of all who have a result."""
    columns = {one.name: list(one.spec.columns) for one in wanted.exercises.exercises}
    options = {"show_key": wanted.show_key, "columns": columns}
    return {one.who.pseudonym: feedback.page(one, results, **options) for one in accounts if one.marks}


def _tables(wanted: Wanted, accounts, pages) -> dict[str, tuple[bytes, tuple[str, ...]]]:
    """The platforms' files by name, with what is to be said of them."""
    made = {}
    if wanted.canvas:
        title = wanted.exercises.case
        filled = lms.canvas(wanted.canvas, accounts, column=wanted.canvas_column, title=title)
        made["canvas.csv"] = filled.content, filled.notes
    if wanted.moodle:
        filled = lms.moodle(wanted.moodle, accounts)
        made["moodle.csv"] = filled.content, filled.notes
        made["moodle-feedback.zip"] = lms.moodle_feedback(wanted.moodle, accounts, pages), ()
    return made


def _put(text: str, path: Path) -> None:
    files.write(text, path, private=True)


def _put_bytes(content: bytes, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise Refused("report.unwritable", path=path, reason=error.strerror) from error
    finally:
        temporary.unlink(missing_ok=True)


def _put_pages(accounts: list[Account], pages: dict[str, str], folder: Path) -> list[str]:
    """One page a student, named like their sheet; pages that are not of this report are told, not touched."""
    made = set()
    for one in accounts:
        if one.who.pseudonym in pages:
            path = folder / f"{marks.stem(one.who)}.html"
            _put(pages[one.who.pseudonym], path)
            made.add(path)
    old = sorted(path.name for path in folder.glob("*.html") if path not in made)
    return [_listed("report.old_pages", old)] if old else []


def _class_report(wanted: Wanted, accounts: list[Account]) -> Ran:
    trace = wanted.out.resolve() / "trace"
    totals = trace / "totals.csv"
    _put(classroom.totals_text(accounts), totals)
    return class_report.run(wanted.results, trace, case=wanted.exercises.path, totals=totals)
