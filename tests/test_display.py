import numpy as np
import pytest

from crmlib.display import RESULTS_MIME, results


def test_results_are_exact_builtin_values():
    shown = results(count=np.int64(3), lift=np.float64(0.1), wins=np.bool_(True), best="a")
    bundle = shown._repr_mimebundle_()[RESULTS_MIME]
    assert bundle == {"count": 3, "lift": 0.1, "wins": True, "best": "a"}
    assert [type(value) for value in bundle.values()] == [int, float, bool, str]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1], None])
def test_a_result_that_cannot_be_stored_is_refused_by_name(value):
    with pytest.raises(ValueError, match="lift"):
        results(lift=value)
