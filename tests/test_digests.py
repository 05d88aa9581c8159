"""Digests accept what is within tolerance and nothing much beyond; grading never accepts less."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.workbook.answers import Spec
from crmlib.workbook.compare import Answer, close, judge, row_keys, same
from crmlib.workbook.digests import Sealed, fits, seal

SALT = b"salt of a test"
TABLE = Spec(
    "table",
    key=("a", "b"),
    columns={
        "a": Spec("text"),
        "b": Spec("number"),
        "n": Spec("number"),
        "x": Spec("number", abs=0.01),
        "t": Spec("text"),
    },
)
ROWS = {"a": ["p", "p", "q"], "b": [1, 2, 1], "n": [5, 6, 7], "x": [0.5, 1.5, 2.5], "t": ["u", "v", "w"]}
ORDERED = Spec(**vars(TABLE) | {"order": "rows"})


def sealed(value, spec):
    return Sealed(spec, seal(value, spec, SALT), SALT)


numbers = st.floats(-1e6, 1e6)
tolerances = st.floats(1e-6, 1e3)


@given(numbers, tolerances, st.floats(-3, 3))
def test_a_sheet_accepts_within_tolerance_and_grading_never_less(answer, tolerance, times):
    spec = Spec("number", abs=tolerance)
    value = answer + times * tolerance
    distance = abs(value - answer) / tolerance
    rounding = 1e-9 + 1e-15 * abs(answer) / tolerance
    accepted = sealed(answer, spec).leaf(value)
    if distance <= 1 - rounding:
        assert accepted
    if distance > 1.1 + 1e-5 + rounding:
        assert not accepted
    if accepted:
        assert close(value, answer, spec, slack=1.15)


@given(st.lists(st.tuples(numbers, st.floats(-3, 3)), min_size=1, max_size=20), tolerances)
def test_so_does_a_column_of_a_table(pairs, tolerance):
    spec = Spec("table", key=("k",), columns={"k": Spec("number"), "x": Spec("number", abs=tolerance)})
    answers, values = [a for a, _ in pairs], [a + t * tolerance for a, t in pairs]
    keys = list(range(len(pairs)))
    reference = sealed({"k": keys, "x": answers}, spec)
    wrong = set(reference.wrong("x", reference.row_ids(row_keys(spec, {"k": keys})), values))
    for i, (answer, value) in enumerate(zip(answers, values, strict=True)):
        distance, rounding = abs(value - answer) / tolerance, 1e-9 + 1e-15 * abs(answer) / tolerance
        assert i not in wrong or distance > 1 - rounding
        assert i in wrong or distance <= 1.1 + 1e-5 + rounding
        assert i in wrong or close(value, answer, spec.columns["x"], slack=1.15)


@pytest.mark.parametrize("value", [10**300, 2**60, 1e308, -(2.0**53), 2.5, 4])
def test_numbers_off_the_grid_are_wrong_in_a_column_too(value):
    spec = Spec(
        "table", key=("k",), columns={"k": Spec("text"), "n": Spec("number"), "x": Spec("number", abs=0.5)}
    )
    reference = sealed({"k": ["a"], "n": [3], "x": [9.0]}, spec)
    ids = reference.row_ids(["a"])
    assert list(reference.wrong("n", ids, [value])) == list(reference.wrong("x", ids, [value])) == [0]
    assert list(reference.wrong("n", ids, [3.0])) == []


@pytest.mark.parametrize("value", [10**400, -(2**1000), 1e308, 1e17])
def test_numbers_beyond_the_grid_are_wrong_not_errors(value):
    spec = Spec("number", abs=0.01)
    assert not fits(value, spec)
    assert not sealed(1.0, spec).leaf(value)
    assert not close(value, 1.0, spec)


def test_an_answer_beyond_the_grid_is_refused():
    with pytest.raises(ValueError, match="too large"):
        seal(1e17, Spec("number", abs=0.01), SALT)


def test_whole_numbers_are_exact():
    reference = sealed(3, Spec("number"))
    assert reference.leaf(3.0)
    assert not any(map(reference.leaf, (3.0000001, 2, -3, 3e300)))


@pytest.mark.parametrize("make", [sealed, lambda value, spec: Answer(spec, value)], ids=["sealed", "known"])
class TestBothReferences:
    def test_the_order_of_rows_does_not_matter(self, make):
        turned = {name: column[::-1] for name, column in ROWS.items()}
        assert judge(turned, TABLE, make(ROWS, TABLE)).right
        assert same(turned, TABLE, make(ROWS, TABLE))

    def test_unless_it_is_asked_for(self, make):
        turned = {name: column[::-1] for name, column in ROWS.items()}
        verdict = judge(turned, ORDERED, make(ROWS, ORDERED))
        assert (verdict.misordered, verdict.right, verdict.good) == (True, False, 3)
        assert 0 < verdict.share < 1
        assert judge(ROWS, ORDERED, make(ROWS, ORDERED)).right

    def test_the_wrong_cell_is_named(self, make):
        wrong = ROWS | {"x": [0.5, 1.5, 9.0]}
        verdict = judge(wrong, TABLE, make(ROWS, TABLE))
        assert verdict.parts == (("row", "q / 1", "x"),)
        assert (verdict.good, verdict.total, verdict.columns) == (2, 3, ("x",))
        assert not same(wrong, TABLE, make(ROWS, TABLE))
        assert same(wrong, TABLE, make(ROWS, TABLE), columns=("n",))

    def test_rows_missing_twice_and_unknown(self, make):
        reference = make(ROWS, TABLE)
        less = {name: column[:2] for name, column in ROWS.items()}
        assert (judge(less, TABLE, reference).missing, judge(less, TABLE, reference).good) == (1, 2)
        double = {name: [*column[:2], column[0]] for name, column in ROWS.items()}
        assert judge(double, TABLE, reference).twice == "p / 1"
        other = ROWS | {"b": [1, 2, 3]}
        assert (judge(other, TABLE, reference).extra, judge(other, TABLE, reference).right) == (1, False)

    def test_a_table_with_rows_repeated_is_never_right(self, make):
        double = {name: [*column, column[0]] for name, column in ROWS.items()}
        verdict = judge(double, TABLE, make(ROWS, TABLE))
        assert not verdict.right
        assert verdict.share < 1

    def test_nothing_is_worth_nothing(self, make):
        empty = {name: [] for name in ROWS}
        assert judge(empty, TABLE, make(ROWS, TABLE)).share == 0
        spec = Spec("list", of=Spec("number"))
        assert judge([], spec, make([1, 2], spec)).share == 0

    def test_the_whole_list_is_compared(self, make):
        spec = Spec("list", of=Spec("number", abs=0.1))
        reference = make([float(i) for i in range(300)], spec)
        value = [float(i) for i in range(300)]
        assert judge(value, spec, reference).right
        assert judge([*value[:-1], 7.0], spec, reference).parts == (("item", 300),)
        assert judge([*value, 7.0], spec, reference).extra == 1

    def test_a_set_counts_what_does_not_belong(self, make):
        spec = Spec("set", of=Spec("text"))
        verdict = judge(["a", "x"], spec, make(["a", "b"], spec))
        assert (verdict.good, verdict.missing, verdict.extra, verdict.parts) == (1, 1, 1, (("member", "x"),))
        everything = judge(["a", "b", *"cdefgh"], spec, make(["a", "b"], spec))
        assert everything.share == 0.25

    def test_lone_surrogates(self, make):
        spec = Spec("text")
        assert make("\ud800", spec).leaf("\ud800")
        assert not make("\ud800", spec).leaf("\udfff")


@given(st.integers(0, 5), st.integers(0, 10**6))
def test_both_references_agree_on_tables(edits, seed):
    draw = random.Random(seed)
    value = {name: list(column) for name, column in ROWS.items()}
    for _ in range(edits):
        name = draw.choice(list(value))
        other = {"a": "p", "b": 2, "n": 9, "x": 1.5 + draw.choice([0, 0.009, 0.02]), "t": "v"}[name]
        value[name][draw.randrange(3)] = other
    assert judge(value, TABLE, sealed(ROWS, TABLE)) == judge(value, TABLE, Answer(TABLE, ROWS))


def test_no_answer_stands_in_its_digests():
    text = str(seal(ROWS, TABLE, SALT))
    assert not any(word in text for word in ("0.5", "'p'", "'u'"))
    assert seal(5, Spec("number"), SALT) != seal(5, Spec("number"), b"other")
