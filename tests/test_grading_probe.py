"""The probe: which numbers are put in the place of earlier answers, and where."""

import pytest
from test_grading_blocks import TITLES
from toycase import toy

from crmlib.workbook.answers import Spec, out_of_range
from crmlib.workbook.grading import probe
from crmlib.workbook.grading.probe import other_numbers, same_at_both, with_numbers

READS = {name: ["n_beer", "support"] for name in TITLES}


def attempt(**answers) -> dict:
    return {"answers": {name: {"json": text, "unfit": None, "cell": 1} for name, text in answers.items()}}


def numbers(unseen: dict, own: dict, reads=None) -> dict:
    return other_numbers(toy(), READS if reads is None else reads, attempt(**unseen), attempt(**own))


def test_only_what_stays_the_same_asks_for_a_probe():
    still, moving = {"n_beer": "0", "support": "0"}, {"n_beer": "0", "support": "0.5"}
    assert set(numbers(still, still)) == {"n_beer"}
    assert numbers(still, moving) == {}
    assert numbers(still, {"n_beer": "0"}) == {}
    assert numbers(still, still, {"support": []}) == {}


def test_almost_the_same_is_the_same():
    assert set(numbers({"n_beer": "0", "support": "0.0001"}, {"n_beer": "0", "support": "0"})) == {"n_beer"}


def test_a_question_is_not_probed_by_itself():
    assert "support" not in numbers({"n_beer": "0", "support": "0"}, {"n_beer": "0", "support": "0"})


@pytest.mark.parametrize("said", ['"0"', "[0]", "null", "nonsense", "[" * 100_000, "1e999"])
def test_nonsense_is_not_probed_and_stops_nothing(said):
    assert numbers({"n_beer": said, "support": "0"}, {"n_beer": "0", "support": "0"}) == {}
    assert not same_at_both("n_beer", Spec("number"), attempt(n_beer=said), attempt(n_beer=said))


@pytest.mark.parametrize("value", [0, 1, 0.0, 0.37, 400, 1e-9, 2**52, -3])
@pytest.mark.parametrize(("low", "high"), [(None, None), (0, None), (None, 0), (0, 1), (-5, 5), (0, 1000)])
def test_the_other_number_is_another_and_in_range(value, low, high):
    spec = Spec("number", abs=0.001, low=low, high=high)
    other = probe._other("x", spec, attempt(x=repr(value)))
    if other is None:
        assert out_of_range(value, spec) is not None
        return
    assert abs(other - value) > 0.002
    assert out_of_range(other, spec) is None
    assert type(other) is type(value)


def test_numbers_are_put_at_the_end_of_the_block():
    cells = [[1, "seed = 1"], [3, "n_beer = 0"], [4, 'check("n_beer", n_beer)'], [6, "support = n_beer"]]
    questions = {1: "", 3: "n_beer", 4: "n_beer", 6: "support"}
    changed = with_numbers(cells, questions, {"n_beer": 3})
    assert changed[2] == [4, 'check("n_beer", n_beer)\nn_beer = 3']
    assert [changed[i] for i in (0, 1, 3)] == [cells[i] for i in (0, 1, 3)]
    assert with_numbers(cells, {6: "support"}, {"n_beer": 3}) == cells
