"""Other answers than the one given, and how they are put in its place."""

import numpy as np
import pandas as pd
import pytest

from crmlib.workbook.answers import Spec, out_of_range
from crmlib.workbook.grading.other import SIDES, other
from crmlib.workbook.like import like, put_in
from crmlib.workbook.plain import plain

NUMBER, TEXT = Spec("number"), Spec("text")
TABLE = Spec(
    "table", key=("service",), columns={"service": TEXT, "profit": NUMBER, "kept": Spec("true/false")}
)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("value", [0, 1, 0.0, 0.37, 400, 1e-9, 2**52, 2**999, -3, 1e308])
@pytest.mark.parametrize(("low", "high"), [(None, None), (0, None), (None, 0), (0, 1), (-5, 5), (0, 1000)])
def test_the_other_number_is_another_and_in_range(value, low, high, side):
    spec = Spec("number", abs=0.001, low=low, high=high)
    made = other(value, spec, side)
    if made is None:
        assert out_of_range(value, spec) is not None or value == 1e308
        return
    assert abs(made - value) > 0.002
    assert out_of_range(made, spec) is None
    assert type(made) is type(value)


@pytest.mark.parametrize(("low", "high"), [(None, None), (0, None), (0, 1), (-5, 5)])
def test_one_number_lies_below_and_one_above(low, high):
    spec = Spec("number", low=low, high=high)
    below, above = (other(0.5, spec, side) for side in SIDES)
    assert below < 0.5 < above


def test_where_a_sign_is_possible_it_turns():
    assert other(4.0, NUMBER, 0) < 0 < other(4.0, NUMBER, 1)
    assert other(-4.0, NUMBER, 1) < 0 < other(-4.0, NUMBER, 0)
    assert other(0, NUMBER, 0) < 0 < other(0, NUMBER, 1)


@pytest.mark.parametrize(
    ("value", "spec", "made"),
    [
        (True, Spec("true/false"), [False, False]),
        ("b", Spec("choice", options=("a", "b", "c")), ["a", "c"]),
        ("b", Spec("choice", options=("b",)), [None, None]),
        ("North", TEXT, [None, None]),
        ([1, 2, 3, 4], Spec("set", of=NUMBER), [[1, 3], [2, 4]]),
        (["a"], Spec("set", of=TEXT), [None, []]),
        ([], Spec("set", of=TEXT), [None, None]),
        (["a", "b"], Spec("list", of=TEXT), [["a"], ["a"]]),
        ([True, True], Spec("list", of=Spec("true/false")), [[False, False]] * 2),
        ([], Spec("list", of=NUMBER), [None, None]),
        ("a memo", Spec("memo"), [None, None]),
    ],
)
def test_each_type_has_its_other_answers(value, spec, made):
    assert [other(value, spec, side) for side in SIDES] == made


def test_a_table_keeps_its_rows_and_turns_every_second_number_the_other_way():
    given = {"service": ["cut", "wash", "dye"], "profit": [10.0, 10.0, 0.0], "kept": [True, False, True]}
    low, high = (other(given, TABLE, side) for side in SIDES)
    assert low["service"] == high["service"] == given["service"]
    assert [number < 0 for number in low["profit"]] == [True, False, True]
    assert [number < 0 for number in high["profit"]] == [False, True, False]
    assert low["kept"] == [False, True, False]
    assert other({"service": [], "profit": [], "kept": []}, TABLE, 0) is None


FRAME = pd.DataFrame({"service": ["cut", "wash"], "profit": [1, 2], "kept": [True, False], "mine": [5, 6]})


@pytest.mark.parametrize(
    "before",
    [
        FRAME.drop(columns="mine"),
        FRAME.drop(columns="mine").set_index("service"),
        {"service": ["cut", "wash"], "profit": [1, 2], "kept": [True, False]},
    ],
    ids=["frame", "indexed", "dict"],
)
def test_a_table_is_put_in_as_the_learner_has_it(before):
    value = {"service": ["cut", "wash"], "profit": [-3.5, 11], "kept": [False, True]}
    made = like(before, value)
    assert type(made) is type(before)
    assert plain(made, TABLE) == value
    assert getattr(made, "shape", None) == getattr(before, "shape", None)


def test_further_columns_and_the_index_stay():
    made = like(
        FRAME.set_index("service"), {"service": ["cut", "wash"], "profit": [7, 8], "kept": [True, True]}
    )
    assert made["mine"].tolist() == [5, 6]
    assert made.index.tolist() == ["cut", "wash"]
    named = pd.Series([1, 2], index=pd.Index(["cut", "wash"], name="service"), name="profit")
    made = like(named, {"service": ["cut", "wash"], "profit": [7, 8]})
    assert (made.index.equals(named.index), made.name, made.tolist()) == (True, "profit", [7, 8])


@pytest.mark.parametrize(
    "before",
    [{1, 2}, frozenset([1, 2]), [1, 2], (1, 2), pd.Series([1, 2]), pd.Index([1, 2]), np.array([1, 2])],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize("value", [[1], []], ids=str)
def test_members_are_put_in_as_the_learner_has_them(before, value):
    made = like(before, value)
    assert type(made) is type(before)
    assert list(made) == value


def test_a_number_of_numpy_stays_one():
    assert type(like(np.float64(2), 3.5)) is np.float64
    assert like(2, 3.5) == 3.5


def test_aliases_are_what_is_the_same_number_or_the_same_object():
    frame = pd.DataFrame({"a": [1]})
    names = {"n": 5, "mine": np.int64(5), "again": 5, "flag": True, "one": 1, "list": [5], "frame": frame}
    put_in(names, "n", 7)
    assert (names["n"], names["again"]) == (7, 5)
    put_in(names, "again", 9, aliases=True)
    assert (names["again"], names["mine"], names["one"], names["flag"]) == (9, 9, 1, True)
    names["other"] = frame
    put_in(names, "frame", {"a": [2]}, aliases=True)
    assert names["other"]["a"].tolist() == [2]
    assert names["list"] == [5]
