"""What a bank holds: chapters of concepts and questions, as they are once a file has been read."""

from dataclasses import dataclass
from functools import cached_property

from crmlib.workbook.outcome import Refused


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
