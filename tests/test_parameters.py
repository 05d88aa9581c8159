"""Parameters: declared in one cell, and refused before anything runs when they do not fit."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import DECLARATION, code, notebook

from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import chosen, declaration, declared, lookup

PARAMETERS = declaration(DECLARATION)


def test_a_declaration_is_read_whole():
    customers = PARAMETERS["customers"]
    assert (customers.default, customers.unit, customers.range) == (5, "people", "1..100")
    assert (customers.low, customers.high, customers.kind) == (1, 100, "whole number")
    assert customers.meaning == "how many customers there are"
    assert PARAMETERS["level"].choices == ("type", "category")
    assert PARAMETERS["loud"].choices == (True, False)
    assert list(PARAMETERS) == ["customers", "rate", "level", "loud"]


def test_either_end_of_a_range_may_be_empty():
    up = declaration("a = 3  # days | 0.. | from now on")["a"]
    down = declaration("a = -3.5  # days | ..0 | until now")["a"]
    assert (up.low, up.high) == (0, math.inf)
    assert (down.low, down.high) == (-math.inf, 0)
    assert down.read("-1e3") == -1000


def test_a_comment_may_hold_bars_hashes_and_semicolons():
    source = 'a = "#"  # none | #, x | read a|b; # and c'
    assert declaration(source)["a"].meaning == "read a|b; # and c"


WRONG = {
    "derived": ("n = 2  # a | 1..9 | b\nm = n * 2  # a | 1..9 | b", "m = n \\* 2"),
    "called": ("n = int(2)  # a | 1..9 | b", "injected"),
    "a list": ("n = [1, 2]  # a | 1..9 | b", "literal"),
    "none": ("n = None  # a | 1..9 | b", "literal"),
    "complex": ("n = 1 + 2j  # a | 1..9 | b", "literal"),
    "two on a line": ("n = 1; m = 2  # a | 1..9 | b", "m = 2"),
    "two targets": ("n = m = 1  # a | 1..9 | b", "literal"),
    "a tuple of names": ("n, m = 1, 2  # a | 1..9 | b", "literal"),
    "an attribute": ("n.m = 1  # a | 1..9 | b", "literal"),
    "a statement": ("import os", "import os"),
    "over two lines": ('n = ("x"\n "y")  # a | xy | b', "n = "),
    "no comment": ("n = 1", "unit"),
    "two fields": ("n = 1  # a | 1..9", "unit"),
    "an empty field": ("n = 1  # | 1..9 | b", "unit"),
    "no range": ("n = 1  # a | many | b", "many"),
    "turned round": ("n = 1  # a | 9..1 | b", "9..1"),
    "text with ends": ('n = "x"  # a | a..z | b', "a..z"),
    "default outside": ("n = 10  # a | 1..9 | b", "own range"),
    "default no choice": ('n = "z"  # a | x, y | b', "own range"),
    "infinite": ("n = 1e400  # a | 1.. | b", "own range"),
    "twice": ("n = 1  # a | 1..9 | b\nn = 2  # a | 1..9 | b", "twice"),
    "a keyword": ("class = 1  # a | 1..9 | b", "Python"),
    "magic": ("%matplotlib inline", "Python"),
    "5,000 digits": ("n = " + "9" * 5000 + "  # a | 1.. | b", "Python"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_declaration_is_refused_with_its_line(name):
    source, told = WRONG[name]
    with pytest.raises(Refused, match=told):
        declaration(source)


def test_any_is_a_range_for_a_text_and_for_nothing_else():
    parameter = declaration('results = "results"  # folder | any | where they stand')["results"]
    assert parameter.read("../a folder, and more") == "../a folder, and more"
    with pytest.raises(Refused, match="any"):
        declaration("seed = 1  # none | any | which half")


def test_two_parameters_cells_are_refused():
    book = notebook(code(DECLARATION, "parameters"), code(DECLARATION, "parameters"))
    with pytest.raises(Refused, match="2 cells"):
        declared(book)


def test_without_a_parameters_cell_there_is_nothing_to_set():
    assert declared(notebook("a = 1")) == {}
    with pytest.raises(Refused, match="declares none"):
        lookup("a", {})


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(Refused, match=r"no parameter customer\. Did you mean customers\?"):
        chosen(PARAMETERS, {"customer": 7})
    with pytest.raises(Refused, match="no parameter class") as refused:
        chosen(PARAMETERS, {"class": 7})
    assert "customers, rate, level, loud" in str(refused.value)


READ = [
    ("customers", "7", 7),
    ("customers", " +7 ", 7),
    ("rate", "1e-3", 0.001),
    ("rate", ".5", 0.5),
    ("rate", "1", 1.0),
    ("level", "category", "category"),
    ("loud", "TRUE", True),
]


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_a_text_is_read_in_the_parameter_s_type(name, text, value):
    read = PARAMETERS[name].read(text)
    assert (read, type(read)) == (value, type(value))


REFUSED = [
    ("customers", "7.0", "whole number"),
    ("customers", "7_0", "whole number"),
    ("customers", "\uff17", "whole number"),
    ("customers", "\u22127", "hyphen"),
    ("customers", "seven", "1..100"),
    ("customers", "", "'' is no whole number"),
    ("customers", "[1, 2]", "whole number"),
    ("customers", "9" * 5000, "whole number"),
    ("customers", "0", "1..100"),
    ("customers", "101", "1..100"),
    ("customers", "9" * 30, "out of range"),
    ("rate", "1e400", "number"),
    ("rate", "nan", "number"),
    ("rate", "inf", "number"),
    ("rate", "0x1p-1", "number"),
    ("rate", "1,5", "number"),
    ("rate", "1.0001", "0..1"),
    ("level", "Type", "type, category"),
    ("level", "__import__('os')", "type, category"),
    ("loud", "1", "true/false"),
    ("loud", "yes", "true/false"),
]


@pytest.mark.parametrize(("name", "text", "told"), REFUSED)
def test_a_text_that_does_not_fit_is_refused(name, text, told):
    with pytest.raises(Refused, match=name) as refused:
        PARAMETERS[name].read(text)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("customers", True),
        ("customers", 7.0),
        ("customers", None),
        ("customers", [7]),
        ("customers", 10**400),
        ("rate", True),
        ("rate", 10**400),
        ("rate", float("nan")),
        ("level", 1),
        ("loud", 1),
    ],
)
def test_a_value_of_another_type_is_refused(name, value):
    with pytest.raises(Refused, match=name):
        PARAMETERS[name].accept(value)


def test_a_whole_number_is_a_number():
    accepted = PARAMETERS["rate"].accept(1)
    assert (accepted, type(accepted)) == (1.0, float)


def test_what_is_not_given_keeps_its_default():
    assert chosen(PARAMETERS, {"rate": 0.25}) == {
        "customers": 5,
        "rate": 0.25,
        "level": "type",
        "loud": False,
    }


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    for parameter in PARAMETERS.values():
        try:
            value = parameter.read(text)
        except Refused:
            continue
        assert type(value) is type(parameter.default)
        assert not isinstance(value, float) or 0 <= value <= 1


@given(st.text(max_size=60))
def test_any_source_is_read_or_refused(source):
    with contextlib.suppress(Refused):
        declaration(source)
