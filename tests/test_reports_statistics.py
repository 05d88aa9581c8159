"""Statistics of a class: hand-worked, published and simulated numbers."""

import math

import numpy as np
import pandas as pd
import pytest

from crmlib.workbook.reports import statistics as st

# Bock and Lieberman (1970), section 6 of a law school admission test: how many of 1,000 people
# gave each of the 32 patterns of five answers, 00000 to 11111.
PATTERNS = (3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15)
PATTERNS += (10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298)


def lsat():
    rows = [[int(bit) for bit in f"{number:05b}"] for number in range(32)]
    return pd.DataFrame(np.repeat(rows, PATTERNS, axis=0), columns=list("abcde"))


def survey():
    """Ten customers, three questions: a worked example of many introductions."""
    return pd.DataFrame(
        {
            "q1": [1, 2, 2, 3, 2, 2, 3, 3, 2, 3],
            "q2": [1, 1, 1, 2, 3, 3, 2, 3, 3, 3],
            "q3": [1, 1, 2, 1, 2, 3, 3, 3, 2, 3],
        }
    )


def test_alpha_of_the_survey_and_its_interval_as_pingouin_prints_them():
    alpha = st.cronbach_alpha(survey())
    assert alpha.value == pytest.approx(0.7734375, rel=1e-12)
    assert (round(alpha.lower, 3), round(alpha.upper, 3)) == (0.336, 0.939)
    assert (alpha.items, alpha.students, alpha.why) == (3, 10, "")


def test_alpha_by_hand():
    # Variances 1 and 1, of the totals (2, 5, 5) 3: 2 / 1 * (1 - 2 / 3).
    marks = pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]})
    assert st.cronbach_alpha(marks).value == pytest.approx(2 / 3, rel=1e-12)


def test_the_law_school_test_as_ltm_describes_it():
    marks, points = lsat(), dict.fromkeys("abcde", 1)
    assert st.difficulty(marks, points).tolist() == [0.924, 0.709, 0.553, 0.763, 0.870]
    assert st.discrimination(marks).round(4).tolist() == [0.1128, 0.1532, 0.1728, 0.1444, 0.1216]
    assert round(st.cronbach_alpha(marks).value, 4) == 0.2950


def test_alpha_of_right_and_wrong_is_kuder_and_richardsons_formula_20():
    marks = lsat()
    p = marks.mean()
    kr20 = 5 / 4 * (1 - (p * (1 - p)).sum() / marks.sum(axis=1).var(ddof=0))
    assert st.cronbach_alpha(marks).value == pytest.approx(kr20, rel=1e-12)


def test_parallel_items_have_the_reliability_of_spearman_and_brown():
    # Eight items, each half truth and half noise: 8 * .5 / (1 + 7 * .5).
    truth, rng = 8 * 0.5 / (1 + 7 * 0.5), np.random.default_rng(1)
    inside = 0
    for _ in range(300):
        ability = rng.normal(size=(40, 1))
        alpha = st.cronbach_alpha(pd.DataFrame(ability + rng.normal(size=(40, 8))))
        inside += alpha.lower <= truth <= alpha.upper
    assert 0.92 <= inside / 300 <= 0.98


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        (pd.DataFrame({"a": [1, 2]}), "items"),
        (pd.DataFrame({"a": [1], "b": [2]}), "students"),
        (pd.DataFrame({"a": [], "b": []}, dtype=float), "students"),
        (pd.DataFrame({"a": [1, 1], "b": [2, 2]}), "alike"),
        (pd.DataFrame(), "items"),
    ],
)
def test_alpha_that_cannot_be_computed_says_why(marks, why):
    alpha = st.cronbach_alpha(marks)
    assert math.isnan(alpha.value)
    assert alpha.why == why


def test_a_question_is_not_correlated_with_itself():
    marks = pd.DataFrame({"a": [0, 1, 0, 1], "b": [0, 0, 1, 1]})
    assert st.discrimination(marks)["a"] == pytest.approx(0, abs=1e-12)  # with the total: 0.7
    assert st.discrimination(pd.DataFrame({"a": [0, 1], "b": [1, 1]})).isna().all()


def test_followers_count_with_what_they_build_on():
    follows = {"c": ("a",), "e": ("d", "c")}
    assert st.groups(list("abcde"), follows) == {"a": "a", "b": "b", "c": "a", "d": "a", "e": "a"}
    marks = pd.DataFrame([[1, 2, 3, 4, 5]], columns=list("abcde"))
    assert st.merged(marks, follows).to_dict("list") == {"a": [13], "b": [2]}
    assert st.merged(pd.DataFrame(), follows).empty


def test_a_copied_question_does_not_raise_alpha_once_merged():
    marks = survey()
    copied = marks.assign(q4=marks.q3, q5=marks.q3)
    assert st.cronbach_alpha(copied).value > st.cronbach_alpha(marks).value + 0.05
    together = st.merged(copied, {"q4": ("q3",), "q5": ("q4",)})
    assert list(together) == ["q1", "q2", "q3"]
    assert st.cronbach_alpha(together).value < st.cronbach_alpha(marks).value


def test_wilsons_interval_of_a_textbook_proportion():
    # Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611.
    for right, n, ends in ((81, 263, [0.2553, 0.3662]), (0, 20, [0.0, 0.1611])):
        marks = pd.DataFrame({"a": [2] * right + [0] * (n - right)})
        found = st.share_intervals(marks, {"a": 2})
        assert found.loc["a", ["lower", "upper"]].round(4).tolist() == ends


def test_intervals_hold_the_share_and_stay_shares():
    points = dict.fromkeys(("q1", "q2", "q3"), 2)
    for marks in (survey() - 1, (survey() - 1).head(1), survey() * 0, survey() * 0 + 2):
        frame = st.share_intervals(marks, points)
        assert ((frame.lower >= 0) & (frame.lower <= frame.estimate)).all()
        assert ((frame.estimate <= frame.upper) & (frame.upper <= 1)).all()
    assert st.share_intervals(survey().head(0).astype(float), points).isna().all(axis=None)


def test_a_gap_and_a_question_without_points_are_named():
    with pytest.raises(ValueError, match=r"question a.*'y'"):
        st.cronbach_alpha(pd.DataFrame({"a": [1, None], "b": [1, 2]}, index=["x", "y"]))
    with pytest.raises(ValueError, match="question a: None"):
        st.difficulty(pd.DataFrame({"a": [1]}), {})
