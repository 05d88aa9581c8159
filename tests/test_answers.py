"""Plain answers: what is taken, what is refused and named, and that nothing of an answer runs."""

import decimal
import fractions
import json

import numpy as np
import pandas as pd
import pytest

from crmlib.workbook.answers import Spec, Unfit, canonical, out_of_range, restore
from crmlib.workbook.plain import MOST_ITEMS, from_json, plain, type_name

NUMBER, TEXT, TRUTH = Spec("number", abs=0.01), Spec("text"), Spec("true/false")
LIST, SET = Spec("list", of=NUMBER), Spec("set", of=TEXT)
TABLE = Spec("table", key=("item",), columns={"item": TEXT, "n": Spec("number"), "lift": NUMBER})
FRAME = pd.DataFrame({"item": ["a", "b"], "n": [1, 2], "lift": [0.5, 1.5]})


class Hidden(type):
    @property
    def __name__(cls):
        raise RuntimeError("ran")


class Hostile(metaclass=Hidden):
    def _run(self, *_):
        raise RuntimeError("ran")

    __eq__ = __repr__ = __str__ = __len__ = __iter__ = __float__ = __int__ = __bool__ = _run
    __array__ = __index__ = __hash__ = __getattr__ = _run
    __class__ = property(_run)


class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Number(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def kind(value, spec=NUMBER):
    with pytest.raises(Unfit) as unfit:
        plain(value, spec)
    return unfit.value.kind


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int8(3), np.uint64(3), np.float32(3), np.float16(3), np.longdouble(3), np.float64(3)]
)
def test_numbers_of_python_and_numpy_are_one_answer(value):
    assert canonical(plain(value, NUMBER), NUMBER) == "3"
    assert type(plain(value, NUMBER)) in (int, float)


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.True_,
        "3",
        np.array(3.0),
        np.array([3.0]),
        decimal.Decimal(3),
        fractions.Fraction(3),
        pd.Timestamp(3),
        np.timedelta64(3),
        np.datetime64("2017-01-01"),
        3j,
        [3],
        Number(3),
        (x for x in [3]),
        len,
        pd.Series([3]),
    ],
    ids=type_name,
)
def test_what_is_no_number_is_named(value):
    assert kind(value) == "type"


def test_nothing_of_a_hostile_answer_runs():
    assert type_name(Hostile()) == "Hostile"
    for spec in (NUMBER, TEXT, TRUTH, LIST, SET, TABLE, Spec("memo")):
        assert kind(Hostile(), spec) == "type"
    assert kind([Hostile()], LIST) == kind([Hostile()], SET) == "type"
    assert kind({"item": [Hostile()], "n": [1], "lift": [1]}, TABLE) == "type"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan"), 1e400])
def test_a_number_is_finite(value):
    assert kind(value) == "not_finite"


@pytest.mark.parametrize("value", [10**400, -(10**5000)], ids=["400", "5000"])
def test_endless_digits_are_no_answer(value):
    assert kind(value) == "huge"
    assert kind([value], LIST) == "huge"


@pytest.mark.parametrize("value", [..., None])
def test_a_stub_is_missing(value):
    assert kind(value) == kind(value, TEXT) == kind(value, TABLE) == "missing"


def test_truth_is_neither_one_nor_text():
    assert plain(np.False_, TRUTH) is False
    assert kind(1, TRUTH) == kind("True", TRUTH) == "type"


def test_texts():
    assert plain(np.str_("a"), TEXT) == "a"
    assert plain("\ud800", TEXT) == "\ud800"
    assert kind(Text("a"), TEXT) == kind(b"a", TEXT) == "type"
    assert kind("a" * 100_001, TEXT) == "long"


def test_texts_are_compared_without_case_and_spaces_unless_exact():
    assert canonical(" \uff22eer  and\nDIAPERS ", TEXT) == canonical("beer and diapers", TEXT)
    exact = Spec("text", case="exact")
    assert canonical("Beer", exact) != canonical("beer", exact)


def test_a_choice_is_one_of_its_options():
    choice = Spec("choice", options=("a", "b"))
    assert plain(" A", choice) == "a"
    assert kind("c", choice) == "option"


@pytest.mark.parametrize(
    "value",
    [[1, 2.5], (1, 2.5), np.array([1, 2.5]), pd.Series([1, 2.5]), pd.Index([1, 2.5])],
    ids=type_name,
)
def test_lists_of_many_types(value):
    assert plain(value, LIST) == [1, 2.5]


def test_an_element_is_named_by_its_place():
    with pytest.raises(Unfit) as unfit:
        plain([1, "x"], LIST)
    assert (unfit.value.where, unfit.value.values) == (("item", 2), {"given": "str"})
    assert kind([1, None], LIST) == "gap"


def test_endless_and_recursive_lists_are_no_answer():
    recursive = []
    recursive.append(recursive)
    nested = []
    for _ in range(200_000):
        nested = [nested]
    assert kind(recursive, LIST) == kind(nested, LIST) == "type"
    assert kind([0] * (MOST_ITEMS + 1), LIST) == "size"
    assert kind(range(10**12), LIST) == "type"


def test_a_set_forgets_order_and_repetition():
    assert plain({"b", "a"}, SET) == plain(["b", "a", "b"], SET) == ["a", "b"]
    assert len(plain(["a", "b", "A"], SET)) == 2


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.set_index("item"),
        FRAME[["lift", "n", "item"]],
        FRAME.convert_dtypes(),
        FRAME.astype({"item": "category", "n": "float32"}),
        FRAME.astype(object),
        FRAME.to_dict("list"),
        FRAME.rename(index={0: "x"}),
    ],
    ids=range(8),
)
def test_tables_of_many_kinds_are_one_answer(frame):
    assert plain(frame, TABLE) == {"item": ["a", "b"], "n": [1, 2], "lift": [0.5, 1.5]}


def test_a_named_column_with_its_key_as_index_is_a_table():
    spec = Spec("table", key=("item",), columns={"item": TEXT, "n": Spec("number")})
    assert plain(FRAME.set_index("item").n, spec) == {"item": ["a", "b"], "n": [1, 2]}


def test_columns_are_told_missing_and_extra():
    with pytest.raises(Unfit) as unfit:
        plain(FRAME.rename(columns={"n": "count"}), TABLE)
    assert unfit.value.values == {"missing": ["n"], "extra": ["count"]}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (FRAME.set_axis(["item", "n", "n"], axis=1), "labels"),
        (FRAME.set_axis(["item", "n", 3], axis=1), "labels"),
        (pd.concat({"x": FRAME}, axis=1), "labels"),
        (FRAME.assign(lift=[1, np.nan]), "gap"),
        (FRAME.assign(n=pd.array([1, None], dtype="Int64")), "gap"),
        (FRAME.assign(lift=[1, np.inf]), "not_finite"),
        (FRAME.assign(n=pd.Series([1, Text()], dtype=object)), "type"),
        (FRAME.assign(n=pd.Timestamp(0)), "type"),
        (FRAME.groupby("item"), "type"),
        ({"item": ["a"], "n": [1, 2], "lift": [1, 2]}, "lengths"),
        ({"item": "a", "n": 1, "lift": 1}, "type"),
        ({1: [2]}, "labels"),
    ],
    ids=range(12),
)
def test_odd_tables_are_named(frame, expected):
    assert kind(frame, TABLE) == expected


def test_the_cell_that_is_odd_is_named():
    with pytest.raises(Unfit) as unfit:
        plain(FRAME.assign(n=[1, "two"]), TABLE)
    assert unfit.value.where == ("cell", "n", 2)


def test_a_column_may_hold_itemsets():
    spec = Spec("table", key=("items",), columns={"items": Spec("set", of=TEXT), "n": Spec("number")})
    table = plain(pd.DataFrame({"items": [frozenset("ba")], "n": [1]}), spec)
    assert table == {"items": [["a", "b"]], "n": [1]}
    assert restore(table, spec)["items"].tolist() == [frozenset("ab")]


def test_out_of_range_finds_the_first():
    spec = Spec("list", of=Spec("number", low=0, high=1))
    assert out_of_range([0, 1], spec) is None
    assert out_of_range([0, 1.5, -1], spec)[0] == ("item", 2)


def test_specs_survive_json():
    for spec in (NUMBER, LIST, SET, TABLE, Spec("choice", options=("a", "b")), Spec("memo", lines=5)):
        assert Spec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "1e999",
        "9" * 5000,
        "1" + "0" * 400,
        "[" * 200_000,
        '{"item": [], "item": []}',
        "",
        "nul",
        '"\\ud800"x',
    ],
    ids=range(10),
)
def test_hostile_json_is_no_answer(text):
    with pytest.raises(Unfit):
        from_json(text, NUMBER)
    with pytest.raises(Unfit):
        from_json(text, TABLE)


def test_json_of_plain_answers_comes_back():
    table = plain(FRAME, TABLE)
    assert from_json(json.dumps(table), TABLE) == table
    assert from_json('"\\ud800"', TEXT) == "\ud800"
    with pytest.raises(Unfit) as caught:
        from_json("[" + "{}," * 2 * MOST_ITEMS + "{}]", TABLE)
    assert caught.value.kind == "size"
