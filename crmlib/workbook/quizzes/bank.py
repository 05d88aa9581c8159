"""The concept bank read from its chapters: concepts with their terms, questions with their keys.

One YAML file a chapter, held against ``schema.json``. The shipped chapters are public practice; a
private bank is another folder of such files.
"""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from crmlib.workbook import yamlfile
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import arithmetic

SHIPPED = Path(__file__).parent / "bank"
SCHEMA = Path(__file__).parent / "schema.json"


@dataclass(frozen=True)
class Concept:
    """One term: what it means in our words, where it stands, and what is doubtful about it."""

    id: str
    term: str
    zh: str
    means: str
    source: str
    chapter: str
    numbers: tuple[str, ...] = ()
    doubt: str = ""
    see: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """What a reader chooses or places: its text, where it belongs, and why."""

    text: str
    place: str
    why: str


@dataclass(frozen=True)
class Question:
    """One question; ``parts`` are options, pairs, steps or items, by ``kind``.

    ``places`` are the classes, the right-hand sides or nothing. Of a numeric question ``draw`` holds
    (low, high, step) by name and ``mistakes`` (formula, why).
    """

    id: str
    of: tuple[str, ...]
    kind: str
    asks: str
    text: str
    chapter: str
    parts: tuple[Part, ...] = ()
    places: tuple[str, ...] = ()
    why: str = ""
    draw: tuple[tuple[str, tuple[float, float, float]], ...] = ()
    answer: str = ""
    within: float = 0.0
    unit: str = ""
    mistakes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A chapter: its place in the book and what it holds."""

    name: str
    number: int
    title: str
    zh: str
    concepts: tuple[Concept, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Bank:
    """All chapters, in order."""

    chapters: tuple[Chapter, ...]

    @cached_property
    def concepts(self) -> dict[str, Concept]:
        return {one.id: one for chapter in self.chapters for one in chapter.concepts}

    @cached_property
    def questions(self) -> dict[str, Question]:
        return {one.id: one for chapter in self.chapters for one in chapter.questions}

    def chapter(self, name: str) -> Chapter:
        """The chapter called ``name``; `Refused` with the chapters there are."""
        found = next((one for one in self.chapters if one.name == name), None)
        if found is None:
            names = ", ".join(one.name for one in self.chapters)
            raise Refused("quiz.no_chapter", name=name, names=names)
        return found


def read(folder: Path | str = SHIPPED) -> Bank:
    """The bank in the folder; `Refused` names the file and the entry that is wrong."""
    paths = sorted(Path(folder).resolve().glob("*.yaml"))
    if not paths:
        raise Refused("quiz.no_bank", path=folder)
    return _read(tuple((path, path.stat().st_mtime_ns) for path in paths))


@cache
def _read(stamped: tuple[tuple[Path, int], ...]) -> Bank:
    """As `read`; an exam asks for the same chapters once a question."""
    paths = [path for path, _ in stamped]
    bank = Bank(tuple(sorted((_chapter(path) for path in paths), key=lambda one: one.number)))
    _check_unique(bank, paths[0].parent)
    return bank


def shipped() -> Bank:
    """The bank that comes with the package."""
    return read()


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _chapter(path: Path) -> Chapter:
    content = yamlfile.read(path)
    if error := best_match(_validator().iter_errors(content), key=_telling):
        raise Refused("quiz.schema", path=path, where=_where(content, error), reason=error.message[:300])
    name = content["chapter"]
    concepts = tuple(_concept(one, name) for one in content["concepts"])
    questions = tuple(_question(one, name, path) for one in content["questions"])
    return Chapter(name, content["number"], content["title"], content["zh"], concepts, questions)


def _telling(error) -> tuple:
    """The error that names the cause: what is left over follows from something else being wrong."""
    return error.validator != "unevaluatedProperties", len(error.absolute_path)


def _where(content, error) -> str:
    """The id of the entry that an error of the schema is in, and the way to it from there."""
    way = list(error.absolute_path)
    if len(way) < 2 or not isinstance(way[1], int):
        return "/".join(map(str, way)) or "-"
    entry = content[way[0]][way[1]]
    name = entry.get("id", way[1]) if isinstance(entry, dict) else way[1]
    return "/".join(map(str, [way[0], name, *way[2:]]))


def _concept(given: dict, chapter: str) -> Concept:
    tuples = {name: tuple(given.get(name, ())) for name in ("numbers", "see", "computed")}
    return Concept(**given | tuples, chapter=chapter)


def _question(given: dict, chapter: str, path: Path) -> Question:
    made = Question(
        **{name: given[name] for name in ("id", "kind", "asks", "text")},
        of=tuple(given["of"]),
        chapter=chapter,
        parts=_parts(given),
        places=_places(given),
        why=given.get("why", ""),
        draw=tuple((name, tuple(three)) for name, three in given.get("draw", {}).items()),
        answer=str(given.get("answer", "")),
        within=float(given.get("within", 0)),
        unit=given.get("unit", ""),
        mistakes=tuple((str(one["answer"]), one["why"]) for one in given.get("mistakes", ())),
    )
    _check_question(made, path)
    return made


def _parts(given) -> tuple[Part, ...]:
    if given["kind"] in ("choice", "several"):
        return tuple(Part(o["text"], "right" if o.get("right") else "", o["why"]) for o in given["options"])
    if given["kind"] == "match":
        return tuple(Part(pair["left"], pair["right"], pair["why"]) for pair in given["pairs"])
    if given["kind"] == "order":
        return tuple(Part(text, str(i), "") for i, text in enumerate(given["steps"], 1))
    return tuple(Part(one["text"], one["class"], one["why"]) for one in given.get("items", ()))


def _places(given) -> tuple[str, ...]:
    if given["kind"] == "match":
        return tuple(dict.fromkeys([*(pair["right"] for pair in given["pairs"]), *given.get("others", ())]))
    return tuple(given.get("classes", ()))


def _check_question(question: Question, path: Path) -> None:
    """What a schema cannot say: how many options are right, known classes, formulas that compute."""

    def refuse(key, **values):
        raise Refused(key, path=path, name=question.id, **values)

    right = sum(part.place == "right" for part in question.parts)
    texts = [part.text for part in question.parts]
    if question.kind == "choice" and right != 1:
        refuse("quiz.one_right", count=right)
    if question.kind == "several" and not 0 < right < len(question.parts):
        refuse("quiz.some_right", count=right)
    if len(set(texts)) < len(texts):
        refuse("quiz.same_text", text=max(texts, key=texts.count))
    if question.kind == "classify":
        for part in question.parts:
            if part.place not in question.places:
                refuse("quiz.no_class", given=part.place, names=", ".join(question.places))
    if question.kind == "numeric":
        try:
            _check_formulas(question)
        except ValueError as error:
            refuse("quiz.formula", reason=error)


def _check_formulas(question: Question) -> None:
    """Every formula must compute at the ends of each range, and name nothing that is not drawn."""
    for name, (low, high, step) in question.draw:
        if not (low < high and step > 0):
            raise ValueError(f"{name}: {low}, {high}, {step} is no range")
        if f"{{{name}}}" not in question.text:
            raise ValueError(f"the text does not show {{{name}}}")
    for end in (0, 1):
        values = {name: three[end] for name, three in question.draw}
        question.text.format(**values)
        for formula in (question.answer, *(formula for formula, _ in question.mistakes)):
            arithmetic.evaluate(formula, values)


def _check_unique(bank: Bank, folder: Path) -> None:
    seen = {}
    for chapter in bank.chapters:
        for entry in (*chapter.concepts, *chapter.questions):
            if entry.id in seen:
                raise Refused(
                    "quiz.id_twice", path=folder, name=entry.id, first=seen[entry.id], second=chapter.name
                )
            seen[entry.id] = chapter.name
    for chapter in bank.chapters:
        named = [(q.id, k) for q in chapter.questions for k in q.of] + [
            (c.id, k) for c in chapter.concepts for k in c.see
        ]
        for name, known in named:
            if known not in bank.concepts:
                raise Refused("quiz.no_concept", path=folder, name=name, given=known)
