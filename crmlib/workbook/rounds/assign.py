"""A sheet for every student of a roster: the same roster, key and case give the same bytes.

The manifest is written before the sheets that it names, and each file whole or not at all: after an
interruption the same command makes what is missing and touches nothing else.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

import crmlib
from crmlib.workbook import notebooks
from crmlib.workbook.author import Exercises
from crmlib.workbook.key import Key, try_keys
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import chosen
from crmlib.workbook.payload import ASSIGNED
from crmlib.workbook.rounds import course_key, manifest, roster
from crmlib.workbook.rounds.files import read_bytes, slug, write
from crmlib.workbook.rounds.manifest import Manifest
from crmlib.workbook.rounds.roster import Named, Roster, Student
from crmlib.workbook.sheet import PRACTICE, SEED, is_good, make_sheet, seeds

MOST = 20 * 2**20
BATCH = 25
SHOWN = 10
TRIES = 40


@dataclass(frozen=True)
class Assigned:
    """What an assignment did: students whose sheets it wrote or found in place, the ids of who left."""

    written: tuple[Student, ...]
    kept: tuple[Student, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """A student with the pseudonym and the file's name that follow from the course key."""

    student: Student
    pseudonym: str
    file: str

    @property
    def named(self) -> Named:
        student = self.student
        return Named(self.pseudonym, student.id, student.name, student.email, self.file)


@dataclass(frozen=True)
class Round:
    """One case handed out to one class: whose data are drawn, and where the files stand."""

    exercises: Exercises
    key: bytes
    out: Path
    language: str = "en"

    @property
    def path(self) -> Path:
        return self.out / manifest.FILE

    def person(self, student: Student) -> Person:
        """The file is named after the id; where that cannot stand in a name, the pseudonym helps."""
        pseudonym = roster.pseudonym(self.key, self.exercises.case, student.id)
        readable = slug(student.id)
        parts = [slug(self.exercises.case) or "sheet", readable]
        parts += [pseudonym[2:8]] if readable != student.id else []
        return Person(student, pseudonym, "-".join(filter(None, parts)) + ".ipynb")

    def draws(self, who: list[str], taken: set) -> Iterator[dict]:
        """The parameters to try for one purpose, first to last."""
        parameter = self.exercises.parameters[SEED]
        values = course_key.draws(self.key, [self.exercises.case, *who], parameter, taken=taken)
        for seed in islice(values, TRIES):
            yield chosen(self.exercises.parameters, {SEED: seed})


def assign(
    made: Round,
    students: Roster,
    *,
    only: str | None = None,
    force: bool = False,
    on_sheet: Callable[[int], object] = int,
) -> Assigned:
    """Write the sheets that are missing, the manifest and the names; ``on_sheet(count)`` as they come.

    ``force`` writes over sheets that were changed, and over those of another version or course key.
    """
    chosen_ones = (students.student(only),) if only is not None else students.students
    people = [made.person(student) for student in chosen_ones]
    known = _standing(made, anew=force and only is None)
    missing = [person for person in people if known is None or not _stands(made, known, person)]
    if not force:
        _refuse_in_the_way(made, missing)
    left = _write_names(made, people, whole=only is None)
    if missing:
        practice = _practice(made.exercises)
        known = known or _fresh(made, practice)
        _make(made, known, missing, practice, on_sheet)
    written = tuple(person.student for person in missing)
    return Assigned(written, tuple(student for student in chosen_ones if student not in written), left)


def _standing(made: Round, *, anew: bool) -> Manifest | None:
    """The manifest that an earlier run left, where it is of this very round."""
    if not made.path.exists() or anew:
        return None
    known = Manifest.read(made.path)
    this = {
        "case": made.exercises.case,
        "version": made.exercises.version,
        "language": made.language,
        "course": course_key.fingerprint(made.key),
    }
    for name, value in this.items():
        if getattr(known, name) != value:
            values = {"path": made.path, "was": getattr(known, name), "now": value}
            raise Refused(f"assign.other.{name}", **values)
    return known


def _fresh(made: Round, practice: Key) -> Manifest:
    """A manifest without students, with the parameters that the class is graded at."""
    exercises = made.exercises
    taken = {exercises.parameters[SEED].default, practice.parameters[SEED]}
    unseen = _first_good(exercises, made.draws(["unseen"], taken))
    return Manifest(
        case=exercises.case,
        version=exercises.version,
        crmlib=crmlib.__version__,
        language=made.language,
        course=course_key.fingerprint(made.key),
        unseen=unseen.parameters,
    )


def _practice(exercises: Exercises) -> Key:
    """The key at the public parameters that every sheet rehearses with."""
    candidates = ({SEED: seed} for seed in seeds(exercises, PRACTICE))
    return _first_good(exercises, (chosen(exercises.parameters, values) for values in candidates))


def _first_good(exercises: Exercises, candidates: Iterator[dict]) -> Key:
    for parameters in candidates:
        (key,) = try_keys(exercises, [parameters])
        if is_good(exercises, key):
            return key
    raise Refused("assign.no_seed", case=exercises.case, tries=TRIES)


def _stands(made: Round, known: Manifest, person: Person) -> bool:
    """Whether the student's sheet is in its place as it was written."""
    path, entry = made.out / person.file, known.students.get(person.pseudonym)
    if entry is None or not path.is_file():
        return False
    return sha256(read_bytes(path, MOST)).hexdigest() == entry["file"]


def _refuse_in_the_way(made: Round, missing: list[Person]) -> None:
    """A file that is not what was written there may hold somebody's work: nothing is written over it."""
    found = [person.file for person in missing if os.path.lexists(made.out / person.file)]
    if found:
        more = ", ..." if len(found) > SHOWN else ""
        raise Refused("assign.in_the_way", out=made.out, files=", ".join(found[:SHOWN]) + more)


def _write_names(made: Round, people: list[Person], *, whole: bool) -> tuple[str, ...]:
    """Add the students to the names that stand; the ids of those whom a ``whole`` roster no longer has.

    Who has left the class keeps sheet and name, and is not waited for.
    """
    path = made.out / roster.NAMES
    known = roster.names(path) if path.exists() else {}
    here = {person.pseudonym: person.named for person in people}
    if whole:
        known = {pseudonym: replace(one, left=True) for pseudonym, one in known.items()}
    roster.write_names(known | here, path)
    return tuple(one.id for pseudonym, one in known.items() if whole and pseudonym not in here)


def _make(made: Round, known: Manifest, missing: list[Person], practice: Key, on_sheet) -> None:
    """Write the sheets of the students, some at a time, as their keys come from all the cores."""
    taken = {known.unseen[SEED], practice.parameters[SEED]}
    cores = os.cpu_count() or 1
    pool, groups = ThreadPoolExecutor(cores), _groups(missing, cores)
    try:
        for group, keys in zip(groups, pool.map(lambda g: _keys(made, g, taken), groups), strict=True):
            texts = {person: _sheet(made, known, person, (keys[person], practice)) for person in group}
            known.write(made.path)
            for person, text in texts.items():
                write(text, made.out / person.file)
            on_sheet(len(group))
    finally:
        pool.shutdown(cancel_futures=True)


def _groups(people: list[Person], cores: int) -> list[list[Person]]:
    """The people in as many groups for each core, none larger than `BATCH`: each costs a process."""
    count = cores * -(-len(people) // (BATCH * cores))
    size = -(-len(people) // count)
    return [people[i : i + size] for i in range(0, len(people), size)]


def _keys(made: Round, group: list[Person], taken: set) -> dict[Person, Key]:
    """Each student's key at the first of their draws that is well posed."""
    waiting = {person: made.draws(["student", person.student.id], taken) for person in group}
    found = {}
    while waiting:
        tried = {person: next(draws, None) for person, draws in waiting.items()}
        if None in tried.values():
            raise Refused("assign.no_seed", case=made.exercises.case, tries=TRIES)
        keys = try_keys(made.exercises, list(tried.values()))
        good = {person: key for person, key in zip(tried, keys, strict=True) if is_good(made.exercises, key)}
        found |= good
        waiting = {person: draws for person, draws in waiting.items() if person not in good}
    return found


def _sheet(made: Round, known: Manifest, person: Person, keys: tuple[Key, Key]) -> str:
    """The text of a student's sheet; the manifest learns of it."""
    sheet = make_sheet(
        made.exercises,
        keys[0].parameters,
        kind=ASSIGNED,
        language=made.language,
        student=person.pseudonym,
        keys=keys,
    )
    text = notebooks.dumps(sheet)
    known.students[person.pseudonym] = {
        "parameters": keys[0].parameters,
        "sheet": manifest.digest(_payload(sheet)),
        "file": sha256(text.encode()).hexdigest(),
    }
    return text


def _payload(sheet) -> str:
    source = next(cell.source for cell in sheet.cells if cell.source.startswith("open_sheet("))
    return source.split('"""')[1]
