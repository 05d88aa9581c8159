"""The arithmetic of numeric questions: numbers, names, ``+ - * / **``, ``round``, ``min``, ``max``.

A private bank is a file from somewhere; its formulas are read, never executed.
"""

import ast
import math
import operator
from functools import lru_cache

OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
FUNCTIONS = {"round": round, "min": min, "max": max}
LONGEST = 200
HIGHEST_POWER = 100
MOST_BITS = 4096


def evaluate(formula: str | float, values: dict[str, float]) -> float:
    """The number that the formula gives; ``ValueError`` for what is not arithmetic.

    >>> evaluate("customers * 0.01", {"customers": 5000})
    50.0
    """
    text = str(formula)
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        value = _value(_parsed(text), values)
        if not math.isfinite(value):
            raise ValueError(f"the result is {value}")
        return value
    except (SyntaxError, ValueError, ArithmeticError, TypeError, RecursionError) as error:
        raise ValueError(f"formula {text[:LONGEST]!r}: {error}") from None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def names(formula: str | float) -> set[str]:
    """The names that stand in a formula, its functions left out."""
    return {n.id for n in ast.walk(ast.parse(str(formula), mode="eval")) if isinstance(n, ast.Name)} - {
        *FUNCTIONS
    }


def _value(node, values):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _power(_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_value(node.operand, values))
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in FUNCTIONS and not node.keywords:
        return FUNCTIONS[node.func.id](*(_value(one, values) for one in node.args))
    raise ValueError(f"{ast.unparse(node)} is not arithmetic")


def _power(base, exponent):
    if abs(exponent) > HIGHEST_POWER:
        raise ValueError(f"a power of {exponent}")
    if isinstance(base, int) and base.bit_length() * abs(exponent) > MOST_BITS:
        raise ValueError("a power that is too large")
    return base**exponent
