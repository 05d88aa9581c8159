"""A notebook's parameters: declared once, in its ``parameters`` cell, and held to that.

A line of the cell is ``name = literal  # unit | range | meaning``; a range is ``low..high``
(either end may be empty), a list of the allowed values, or ``any`` for a text such as a path.
"""

import ast
import difflib
import io
import math
import re
import tokenize
from dataclasses import dataclass

from nbformat import NotebookNode

from crmlib.catalogue import say
from crmlib.workbook.notebooks import tagged
from crmlib.workbook.outcome import Refused

WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
ANY = "any"
KINDS = {bool: "true/false", int: "whole number", float: "number", str: "text"}
Value = int | float | str | bool


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; ``low`` and ``high`` are inclusive, ``choices`` exhaustive."""

    name: str
    default: Value
    unit: str
    range: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[Value, ...] = ()

    @property
    def kind(self) -> str:
        return KINDS[type(self.default)]

    def read(self, text: str) -> Value:
        """The value that ``text`` spells; `Refused` when type or range do not fit."""
        value = _spelled(text.strip(), type(self.default))
        if value is None:
            raise self._refusal("run.parameter.type", text)
        return self._in_range(value, text)

    def accept(self, value) -> Value:
        """``value`` in this parameter's type; `Refused` when type or range do not fit."""
        if isinstance(value, str) and not isinstance(self.default, str):
            return self.read(value)
        if isinstance(self.default, float) and type(value) is int and abs(value) < 1e300:
            value = float(value)
        if type(value) is not type(self.default) or _not_finite(value):
            raise self._refusal("run.parameter.type", value)
        return self._in_range(value, value)

    def _in_range(self, value, given):
        if self.choices and value not in self.choices:
            raise self._refusal("run.parameter.range", given)
        if isinstance(value, int | float) and not self.low <= value <= self.high:
            raise self._refusal("run.parameter.range", given)
        return value

    def _refusal(self, key, given):
        shown = str(given) if len(str(given)) <= 60 else str(given)[:57] + "..."
        shown = shown if shown.strip() else repr(shown)
        hint = " " + say("run.parameter.minus") if "\u2212" in shown else ""
        return Refused(key, name=self.name, value=shown, kind=self.kind, range=self.range, hint=hint)


def _not_finite(value) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _spelled(text: str, kind: type) -> Value | None:
    """The value of type ``kind`` that ``text`` spells, None when it spells none."""
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    if kind is int:
        return int(text) if WHOLE.fullmatch(text) else None
    if kind is float:
        value = float(text) if DECIMAL.fullmatch(text) else math.inf
        return value if math.isfinite(value) else None
    return text


def declared(notebook: NotebookNode) -> dict[str, Parameter]:
    """The notebook's parameters by name, from the syntax tree of its one ``parameters`` cell."""
    cells = tagged(notebook, "parameters")
    if len(cells) > 1:
        raise Refused("run.declaration.several", count=len(cells))
    return declaration(cells[0].source) if cells else {}


def declaration(source: str) -> dict[str, Parameter]:
    """The parameters that ``source`` declares; `Refused` names the line that is no declaration.

    >>> declaration("seed = 0  # none | 0..99 | 0: all households")["seed"].high
    99.0
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        raise Refused("run.declaration.syntax", reason=error) from error
    comments, found = _comments(source), {}
    for statement in statements:
        parameter = _parameter(statement, comments.get(statement.lineno, ""), source)
        if parameter.name in found:
            raise Refused("run.declaration.twice", name=parameter.name)
        found[parameter.name] = parameter
    return found


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def _parameter(statement, comment, source) -> Parameter:
    line = source.splitlines()[statement.lineno - 1]
    name, default = _assigned(statement, line)
    fields = [field.strip() for field in comment.split("|", 2)]
    if len(fields) != 3 or not all(fields):
        raise Refused("run.declaration.comment", line=line)
    unit, allowed, meaning = fields
    parameter = Parameter(name, default, unit, allowed, meaning, **_limits(allowed, default, line))
    try:
        parameter.accept(default)
    except Refused as error:
        raise Refused("run.declaration.default", line=line) from error
    return parameter


def _assigned(statement, line):
    """Name and literal of an assignment on one line; anything derived is refused."""
    simple = isinstance(statement, ast.Assign) and len(statement.targets) == 1
    if not simple or not isinstance(statement.targets[0], ast.Name):
        raise Refused("run.declaration.literal", line=line)
    try:
        value = ast.literal_eval(statement.value)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise Refused("run.declaration.literal", line=line) from error
    if type(value) not in KINDS or statement.lineno != statement.end_lineno or statement.col_offset:
        raise Refused("run.declaration.literal", line=line)
    return statement.targets[0].id, value


def _limits(allowed: str, default: Value, line: str) -> dict:
    if allowed == ANY and type(default) is str:
        return {}
    if ".." in allowed and type(default) in (int, float):
        low, high = (text.strip() for text in allowed.split("..", 1))
        ends = {"low": _end(low, -math.inf), "high": _end(high, math.inf)}
        if None not in ends.values() and ends["low"] <= ends["high"]:
            return ends
    elif ".." not in allowed:
        choices = tuple(_spelled(text.strip(), type(default)) for text in allowed.split(","))
        if None not in choices and "" not in choices:
            return {"choices": choices}
    raise Refused("run.declaration.range", line=line, range=allowed)


def _end(text: str, without: float) -> float | None:
    return _spelled(text, float) if text else without


def nearest(name: str, names) -> str:
    """A sentence that suggests the name most like ``name``; empty when none is near."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return " " + say("run.nearest", name=close[0]) if close else ""


def lookup(name: str, parameters: dict[str, Parameter]) -> Parameter:
    """The parameter ``name``; `Refused` with the nearest name when there is none."""
    if name in parameters:
        return parameters[name]
    if not parameters:
        raise Refused("run.parameter.none", name=name)
    hint, names = nearest(name, parameters), ", ".join(parameters)
    raise Refused("run.parameter.unknown", name=name, hint=hint, names=names)


def chosen(parameters: dict[str, Parameter], given: dict) -> dict[str, Value]:
    """The value of every parameter: those ``given``, checked, and the defaults of the others."""
    values = {name: lookup(name, parameters).accept(value) for name, value in given.items()}
    return {name: values.get(name, p.default) for name, p in parameters.items()}
