"""Policies in money: intervals, and the lead over the best simple rule."""

import numpy as np
import pandas as pd
import pytest

from crmlib.policies import policy_table

PROFITS = pd.Series({"nothing": 0.0, "rule": 4.0, "model": 5.0})


def drawn(n=2000, spread=3.0, shared=True):
    rng = np.random.default_rng(1)
    noise = rng.normal(0, spread, (n, 1)) if shared else rng.normal(0, spread, (n, 2))
    table = pd.DataFrame(PROFITS.to_numpy()[None, 1:] + noise, columns=["rule", "model"])
    return table.assign(nothing=0.0)


def test_the_lead_is_over_the_simple_rule_with_the_highest_profit():
    table = policy_table(PROFITS, drawn(), simple=["nothing", "rule"])
    assert table.attrs["best_simple"] == "rule"
    assert table["lead"].tolist() == [-4.0, 0.0, 1.0]
    assert table.loc["rule", ["lead_lower", "lead_upper"]].tolist() == [0, 0]


def test_a_difference_uses_the_draw_that_both_share():
    # Each profit is uncertain by about 6 either way, their difference not at all.
    together = policy_table(PROFITS, drawn(), simple=["nothing", "rule"]).loc["model"]
    assert together["upper"] - together["lower"] > 10
    assert together["lead_lower"] == pytest.approx(1.0)
    apart = policy_table(PROFITS, drawn(shared=False), simple=["nothing", "rule"]).loc["model"]
    assert apart["lead_lower"] < -5


def test_the_interval_is_the_quantiles():
    draws = pd.DataFrame({"nothing": 0.0, "model": np.arange(101.0)})
    table = policy_table(
        pd.Series({"nothing": 0.0, "model": 50.0}), draws, simple=["nothing"], confidence=0.9
    )
    assert table.loc["model", ["lower", "upper"]].tolist() == pytest.approx([5.0, 95.0])


@pytest.mark.parametrize(
    ("profits", "draws", "simple", "word"),
    [
        (PROFITS, drawn(10), ["nobody"], "nobody"),
        (PROFITS, drawn(10), [], "name policies"),
        (PROFITS, drawn(10).drop(columns="model"), ["nothing"], "name policies"),
        (PROFITS, drawn(10).assign(model=np.nan), ["nothing"], "missing or infinite"),
    ],
)
def test_what_does_not_fit_together_is_refused(profits, draws, simple, word):
    with pytest.raises(ValueError, match=word):
        policy_table(profits, draws, simple=simple)


def test_a_confidence_out_of_range_is_refused():
    with pytest.raises(ValueError, match="confidence=1"):
        policy_table(PROFITS, drawn(10), simple=["nothing"], confidence=1)
