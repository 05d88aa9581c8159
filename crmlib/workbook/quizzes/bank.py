"""The concept bank read from its chapters: concepts with their terms, questions with their keys.

One YAML file a chapter, held against ``schema.json``. The shipped chapters are public practice; a
private bank is another folder of such files, whose questions may be about the shipped concepts too.
"""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from crmlib.workbook import yamlfile
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import checks
from crmlib.workbook.quizzes.questions import Bank, Chapter, Concept, Part, Question

SHIPPED = Path(__file__).parent / "bank"
SCHEMA = Path(__file__).parent / "schema.json"


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
    folder = paths[0].parent
    checks.check_bank(bank, folder, known=() if folder == SHIPPED.resolve() else shipped().concepts)
    return bank


def shipped() -> Bank:
    """The bank that comes with the package."""
    return read()


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _chapter(path: Path) -> Chapter:
    content = yamlfile.read(path, otherwise="quiz.no_mapping")
    if error := best_match(_validator().iter_errors(content), key=_telling):
        raise Refused("quiz.schema", path=path, where=_where(content, error), reason=error.message[:300])
    name = content["chapter"]
    concepts = tuple(_concept(one, name) for one in content.get("concepts", ()))
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
    checks.check_question(made, path)
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
