"""Shared answers and code: what is copied is found, what chance and the sheet explain is not."""

import numpy as np
import pandas as pd
import pytest

from crmlib.workbook.reports import similar

QUESTIONS = [f"q{n}" for n in range(8)]


def class_of(count, rng, *, values=12, rate=0.6):
    """Wrong answers of a class: each question wrong at a rate, with one of some values, some likelier."""
    drawn = rng.zipf(1.7, size=(count, len(QUESTIONS))) % values
    frame = pd.DataFrame(drawn.astype(str), columns=QUESTIONS, index=[f"s{n:02}" for n in range(count)])
    return frame.where(rng.random(frame.shape) < rate, None).astype(object)


def test_a_copied_set_of_rare_wrong_answers_is_found():
    wrong = class_of(40, np.random.default_rng(3))
    wrong.loc["s07", QUESTIONS[:5]] = [f"odd {n}" for n in range(5)]
    wrong.loc["s31", QUESTIONS[:5]] = [f"odd {n}" for n in range(5)]
    found = similar.shared_answers(wrong, {})
    assert found.loc[0, ["one", "other", "same"]].tolist() == ["s07", "s31", 5]
    assert found.loc[0, "chance"] == 1 / (1 + similar.DEALS)


def test_independent_classes_seldom_raise_a_pair():
    alarms = sum(
        len(similar.shared_answers(class_of(25, np.random.default_rng(seed)), {})) > 0 for seed in range(8)
    )
    assert alarms <= 2  # 5 % of 8 classes is 0.4; more than 2 in one of a hundred


def test_common_mistakes_and_followers_alone_are_no_evidence():
    wrong = pd.DataFrame("same", index=[f"s{n}" for n in range(10)], columns=QUESTIONS).astype(object)
    assert similar.shared_answers(wrong, {}).empty
    drag = class_of(40, np.random.default_rng(3))
    drag.loc[["s07", "s31"], QUESTIONS] = [[f"odd {n}" for n in range(8)]] * 2
    assert not similar.shared_answers(drag, {}).empty
    assert similar.shared_answers(drag, dict.fromkeys(QUESTIONS, "q0")).empty


@pytest.mark.parametrize("count", [0, 1, 2])
def test_small_classes_show_nothing(count):
    wrong = class_of(count, np.random.default_rng(1), rate=1.1)
    wrong.loc[:, :] = "x"
    assert similar.shared_answers(wrong, {}).empty
    assert list(similar.shared_answers(wrong, {})) == ["one", "other", "same", "both_wrong", "chance"]


def test_the_score_of_a_pair_by_hand():
    # Two of the four others who were wrong gave "x" too, one of four "y".
    codes = np.array([0, 0, 0, 1, 1, -1])
    score = similar._score(codes)
    assert score[0, 1] == pytest.approx(np.log(4 / 2))
    assert score[3, 4] == pytest.approx(np.log(4 / 1))
    assert score[0, 3] == score[5, 5] == score[0, 0] == 0
    both = similar._scores({"a": codes, "b": codes}, {})
    assert both[3, 4] == pytest.approx(2 * np.log(4))
    assert similar._scores({"a": codes, "b": codes}, {"b": "a"})[3, 4] == pytest.approx(np.log(4))


GIVEN = "import pandas as pd\nlines = pd.read_parquet('lines')\nbaskets = lines.groupby('basket').sum()\n"
MINE = """
beer = set(lines.loc[lines.category == 'BEER', 'basket'])
wine = set(lines.loc[lines.category == 'WINE', 'basket'])
lift = len(beer & wine) * lines.basket.nunique() / (len(beer) * len(wine))
gap = lines.sales.quantile(0.9) - lines.sales.quantile(0.1)
"""
RENAMED = MINE.replace("beer =", "a =").replace("beer &", "a &").replace("(beer)", "(a)").replace("wine", "b")
OTHER = """
table = lines.assign(b=lines.category.eq('BEER')).groupby('basket')['b'].any()
def ratio(x, y):
    return (x & y).mean() / x.mean() / y.mean()
lift = ratio(table, lines.groupby('basket').category.apply(lambda c: 'WINE' in set(c)))
"""


def test_renamed_code_is_found_and_other_code_is_not():
    codes = {"s1": [GIVEN, MINE], "s2": [GIVEN, OTHER], "s3": [GIVEN, RENAMED + "# my own work"]}
    found = similar.shared_code(codes, [GIVEN])
    assert found[["one", "other"]].to_numpy().tolist() == [["s1", "s3"]]
    assert found.loc[0, "share"] > 0.9


def test_what_all_were_given_or_all_write_is_left_out():
    assert similar.shared_code({"s1": [GIVEN, MINE], "s2": [GIVEN, MINE]}, [GIVEN, MINE]).empty
    assert similar.shared_code({f"s{n}": [GIVEN, MINE] for n in range(20)}, [GIVEN]).empty


@pytest.mark.parametrize("code", ["", "'" * 1000, "((((", "\x00\ud800", "x" * 10**6, "\u202e = 1", "= = ="])
def test_any_text_is_taken_apart_in_no_time(code):
    similar.shared_code({"s1": [code], "s2": [code]}, [code[:10]])
