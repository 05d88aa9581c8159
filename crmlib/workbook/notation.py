"""The first words of an author's cells: the heading of a question, the type of a solution."""

import ast
import builtins
import keyword
import re
from dataclasses import dataclass, replace

from crmlib.catalogue import say
from crmlib.workbook.answers import SCALARS, TYPES, Spec
from crmlib.workbook.outcome import Refused

HEADING = re.compile(r"\A(#{1,6})\s+(.*?)\s*\{#([^\s}]+)([^}]*)\}\s*$", re.MULTILINE)
ROLE = re.compile(r"\A#\s*(solution|mistake|also)\s*:\s*(.*)\Z", re.IGNORECASE)
TEXT = re.compile(r"\A#\s*text\s*:", re.IGNORECASE)
COLUMN = re.compile(r"#\s*column\s+(.+?)\s*:\s*(.+)\Z")
WORD = re.compile(r"\A(Hint|Read|Mistakes|Rubric):\s*", re.IGNORECASE)
BULLET = re.compile(r"^\s*[-*]\s+`?([^`:\n]+?)`?\s*:\s*(\S.*?)\s*$", re.MULTILINE)
ID = re.compile(r"[a-z][a-z0-9_]*")
RUBRIC = re.compile(r"^\s*[-*]\s+`?([0-9]{1,3})`?\s*:\s*(\S.*?)\s*$", re.MULTILINE)
TAKEN = {*keyword.kwlist, *dir(builtins), "check", "hint", "open_sheet", "progress", "solution"}
FIELDS = {"points", "graded", "follows"}
GRADED = ("unseen", "own")
OPTIONS = {
    "number": {"abs", "range"},
    "text": {"case"},
    "true/false": set(),
    "choice": set(),
    "list": set(),
    "set": {"extra"},
    "table": {"key", "order"},
    "memo": {"lines"},
}


class Unclear(Exception):  # noqa: N818 (a refusal, not a fault)
    """A cell that is not what the notation asks for, in a sentence of the catalogue."""

    def __init__(self, key: str, **values):
        super().__init__(say(key, **values))


class Refusal(Refused):
    """What an author is told: the cell, what stands there, and what is wrong."""

    def __init__(self, cell: int, begins: str, reason):
        super().__init__("author.refused", cell=cell, begins=begins, reason=reason)


@dataclass(frozen=True)
class Question:
    """The heading of an exercise."""

    name: str
    title: str
    level: int
    points: int
    graded: str
    follows: tuple[str, ...]


def question(source: str) -> Question | None:
    """The heading ``### Title {#name points=2}`` at the top of a cell; None when there is none."""
    found = HEADING.match(source)
    if not found:
        return None
    hashes, title, name, rest = found.groups()
    if not ID.fullmatch(name) or name in TAKEN:
        raise Unclear("author.id", name=name)
    given = _pairs(rest.split(), FIELDS)
    graded = given.get("graded", GRADED[0])
    if graded not in GRADED:
        raise Unclear("author.graded", given=graded, names=", ".join(GRADED))
    follows = tuple(filter(None, given.get("follows", "").split(",")))
    return Question(name, title, len(hashes), _points(given.get("points", "")), graded, follows)


def _points(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1000):
        raise Unclear("author.points", given=text or "-")
    return int(text)


def _pairs(words, allowed) -> dict[str, str]:
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value or name not in allowed:
            raise Unclear("author.option", given=word, names=", ".join(sorted(allowed)) or "-")
        if name in pairs:
            raise Unclear("author.option_twice", given=name)
        pairs[name] = value
    return pairs


def role(source: str) -> tuple[str, str, list[str]]:
    """What a code cell is: ``solution``, ``mistake``, ``also``; what follows it; the comments below."""
    lines = source.strip().splitlines() or [""]
    found = ROLE.match(lines[0])
    if not found:
        return "", "", []
    comments = []
    for line in lines[1:]:
        if not line.startswith("#"):
            break
        comments.append(line)
    return found.group(1).lower(), found.group(2).strip(), comments


def is_text(source: str) -> bool:
    """Whether a set-up cell begins ``# text:``: what it assigns to ``text`` takes its place in the sheet."""
    return TEXT.match(source.strip()) is not None


def without_notation(source: str) -> str:
    """A solution's code without the comments that declare its type."""
    lines = source.strip().splitlines()
    while lines and (ROLE.match(lines[0]) or COLUMN.match(lines[0])):
        lines = lines[1:]
    return "\n".join(lines)


def is_literal(source: str) -> bool:
    """Whether all that the code does is to give names to literals: it is the same at any parameters.

    >>> is_literal("which = 'b'"), is_literal("n = len(lines)")
    (True, False)
    """
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign):
            return False
        try:
            ast.literal_eval(node.value)
        except (ValueError, TypeError):
            return False
    return True


def sentence(text: str, comments: list[str]) -> str:
    """The sentence of a mistake: its first line and the comments that go on."""
    return " ".join(filter(None, [text, *(line.lstrip("# ").strip() for line in comments)]))


def spec(text: str, comments: list[str], options: tuple[str, ...]) -> Spec:
    """The type that a solution's first line declares.

    >>> spec("number abs=0.01 range=0..", [], ())
    Spec(type='number', abs=0.01, low=0.0, high=None, case='any', options=(), of=None, key=(), \
columns={}, order='any', extra='part', lines=0)
    """
    made = _typed(text.split())
    if made.type == "choice":
        if len(options) < 2:
            raise Unclear("author.options")
        return replace(made, options=options)
    if made.type == "table":
        return _table(made, comments)
    if comments and COLUMN.match(comments[0]):
        raise Unclear("author.column_without_table")
    return made


def _typed(words: list[str]) -> Spec:
    kind = words[0] if words else ""
    if kind not in TYPES:
        raise Unclear("author.type", given=kind or "-", names=", ".join(TYPES))
    if kind in ("list", "set"):
        return _elements(kind, words[1:])
    pairs = _pairs(words[1:], OPTIONS[kind])
    low, high = _range(pairs.get("range", ".."))
    return Spec(
        kind,
        abs=_positive("abs", pairs["abs"]) if "abs" in pairs else 0.0,
        low=low,
        high=high,
        case=_one_of("case", pairs.get("case", "any"), ("any", "exact")),
        key=tuple(filter(None, pairs.get("key", "").split(","))),
        order=_one_of("order", pairs.get("order", "any"), ("any", "rows")),
        lines=int(_positive("lines", pairs["lines"])) if "lines" in pairs else 0,
    )


def _elements(kind, words):
    if len(words) < 2 or words[0] != "of" or words[1] not in SCALARS or words[1] == "choice":
        raise Unclear("author.elements", kind=kind)
    own = [word for word in words if word.partition("=")[0] in OPTIONS[kind]]
    of = _typed([word for word in words[1:] if word not in own])
    if kind == "set" and of.abs:
        raise Unclear("author.set_tolerance")
    extra = _pairs(own, OPTIONS[kind]).get("extra", "part")
    return Spec(kind, of=of, extra=_one_of("extra", extra, ("part", "none")))


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e300:
        raise Unclear("author.positive", name=name, given=text)
    return value


def _one_of(name, given, names):
    if given not in names:
        raise Unclear("author.option", given=f"{name}={given}", names=", ".join(names))
    return given


def _range(text: str) -> tuple[float | None, float | None]:
    low, dots, high = text.partition("..")
    try:
        ends = [float(end) if end else None for end in (low, high)]
    except ValueError:
        dots = ""
    if not dots or (None not in ends and not ends[0] < ends[1]):
        raise Unclear("author.range", given=text)
    return ends[0], ends[1]


def _table(made: Spec, comments: list[str]) -> Spec:
    columns = {}
    for line in comments:
        if not (found := COLUMN.match(line)):
            break
        name, words = found.group(1), found.group(2).split()
        columns[name] = _typed(words)
        if columns[name].type not in (*SCALARS, "set") or columns[name].type == "choice":
            raise Unclear("author.column_type", name=name, given=words[0])
    unknown = [name for name in made.key if name not in columns]
    if not made.key or unknown or len(columns) == len(made.key):
        raise Unclear("author.key", given=", ".join(made.key) or "-", names=", ".join(columns) or "-")
    if inexact := [name for name in made.key if columns[name].abs]:
        raise Unclear("author.key_tolerance", name=inexact[0])
    return replace(made, columns=columns)


def bullets(text: str) -> dict[str, str]:
    """The list lines ``- `name`: text`` of a cell."""
    return dict(BULLET.findall(text))


def rubric(text: str) -> dict[str, int]:
    """The lines ``- 2: what earns the points`` of a rubric."""
    return {said: int(points) for points, said in RUBRIC.findall(text)}
