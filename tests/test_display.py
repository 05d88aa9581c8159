import numpy as np
import pytest

from crmlib.display import RESULTS_MIME, results, text, verdict


def test_results_are_exact_builtin_values():
    shown = results(count=np.int64(3), lift=np.float64(0.1), wins=np.bool_(True), best="a")
    bundle = shown._repr_mimebundle_()[RESULTS_MIME]
    assert bundle == {"count": 3, "lift": 0.1, "wins": True, "best": "a"}
    assert [type(value) for value in bundle.values()] == [int, float, bool, str]


def test_a_table_of_results_shows_what_a_reader_needs():
    shown = results(profit=964061.717351, share=0.123456, n=12345)._repr_mimebundle_()
    assert "| profit | 964,062 |" in shown["text/markdown"]
    assert "| share | 0.1235 |" in shown["text/markdown"]
    assert "profit = 964061.717351" in shown["text/plain"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1], None])
def test_a_result_that_cannot_be_stored_is_refused_by_name(value):
    with pytest.raises(ValueError, match="lift"):
        results(lift=value)


@pytest.mark.parametrize(
    ("lower", "upper", "word"),
    [(1.01, 2, "above"), (0.5, 0.99, "below"), (0.9, 1.1, "open"), (1, 2, "open"), (0.5, 1, "open")],
)
def test_an_interval_that_touches_the_reference_decides_nothing(lower, upper, word):
    assert verdict(lower, upper, reference=1) == word


@pytest.mark.parametrize("ends", [(2, 1), (float("nan"), 1), (0, float("nan"))])
def test_an_interval_that_is_none_is_refused(ends):
    with pytest.raises(ValueError, match="wrong order or missing"):
        verdict(*ends, reference=1)


def test_sentences_stand_in_one_paragraph_or_one_each():
    keys = ["catalogue.example", "catalogue.example"]
    assert text(*keys, count=1, what="a").data == "1 a 1 a"
    assert text(*keys, count=1, what="a", apart=True).data == "1 a\n\n1 a"
