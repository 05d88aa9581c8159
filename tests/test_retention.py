"""Retention: curves, weeks kept, log-rank, hours and win-back against toys, published numbers and oracles."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.stats import CensoredData, ecdf, logrank

from crmlib import plots
from crmlib import retention as rt

# Freireich et al. 1963: weeks in remission of leukaemia, with 6-MP and with a placebo.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def followed(text, **columns):
    words = text.split()
    table = {
        "weeks": [float(w.rstrip("+")) for w in words],
        "left": [int(not w.endswith("+")) for w in words],
    }
    return pd.DataFrame(table).assign(**columns)


def freireich():
    return pd.concat([followed(SIX_MP, group="6-MP"), followed(PLACEBO, group="placebo")])


def drawn(n, seed, *, groups=3, strata=2):
    """Customers with ties, censoring and groups that do leave at different rates."""
    rng = np.random.default_rng(seed)
    group, stratum = rng.integers(groups, size=n), rng.integers(strata, size=n)
    stay = np.ceil(rng.exponential(20 / (1 + 0.4 * group + stratum)))
    seen = rng.integers(5, 40, size=n)
    return pd.DataFrame(
        {
            "weeks": np.minimum(stay, seen),
            "left": (stay <= seen).astype(int),
            "group": group,
            "stratum": stratum,
        }
    )


# Curves


def test_six_customers_by_hand():
    six = followed("4 9 9+ 15 20+ 30+")
    curve = rt.stay_curve(six)
    assert curve["time"].tolist() == [0, 4, 9, 15, 20, 30]
    assert curve["at_risk"].tolist() == [6, 6, 5, 3, 2, 1]
    assert curve["left"].tolist() == [0, 1, 1, 1, 0, 0]
    assert curve["stay"].tolist() == pytest.approx([1, 5 / 6, 4 / 6, 4 / 9, 4 / 9, 4 / 9])
    kept = rt.weeks_kept(six, horizon_weeks=20).iloc[0]
    areas = [4 * 1, 5 * 5 / 6, 6 * 4 / 6, 5 * 4 / 9]
    assert kept["weeks"] == pytest.approx(sum(areas))
    later = [sum(areas[1:]), sum(areas[2:]), areas[3]]
    squares = [a * a / (n * (n - 1)) for a, n in zip(later, (6, 5, 3), strict=True)]
    assert kept["se"] == pytest.approx(sum(squares) ** 0.5)
    assert (kept["customers"], kept["left"]) == (6, 3)


def test_klein_moeschberger_example_4_1_the_6_mp_curve():
    curve = rt.stay_curve(followed(SIX_MP))
    steps = curve[curve["left"] > 0].set_index("time")["stay"].round(3)
    assert steps.to_dict() == {
        6: 0.857,
        7: 0.807,
        10: 0.753,
        13: 0.690,
        16: 0.627,
        22: 0.538,
        23: 0.448,
    }


def test_the_log_rank_test_of_the_6_mp_trial():
    found = rt.log_rank(freireich(), by="group")
    assert round(found["statistic"], 1) == 16.8
    assert found["freedom"] == 1
    assert found["p_value"] == pytest.approx(4.17e-5, rel=0.01)


def test_curves_are_those_of_statsmodels():
    from statsmodels.duration.survfunc import SurvfuncRight

    for seed in range(5):
        data = drawn(80, seed)
        curve = rt.stay_curve(data)
        oracle = SurvfuncRight(data["weeks"], data["left"])
        found = curve[curve["left"] > 0]
        assert np.allclose(found["stay"], oracle.surv_prob)
        assert (found["at_risk"].to_numpy() == oracle.n_risk).all()
        assert (found["left"].to_numpy() == oracle.n_events).all()


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_are_those_of_scipy(confidence):
    data = drawn(60, 1)
    curve = rt.stay_curve(data, confidence=confidence).iloc[1:]
    censored = CensoredData(
        uncensored=data.loc[data["left"] == 1, "weeks"], right=data.loc[data["left"] == 0, "weeks"]
    )
    oracle = ecdf(censored).sf.confidence_interval(confidence, method="log-log")
    inside = curve["stay"].between(0, 1, inclusive="neither").to_numpy()
    assert np.allclose(curve["lower"][inside], oracle.low.probabilities[inside])
    assert np.allclose(curve["upper"][inside], oracle.high.probabilities[inside])


def test_everybody_left_and_nobody_left():
    gone = rt.stay_curve(followed("1 2 3"))
    assert gone.iloc[-1][["stay", "lower", "upper"]].tolist() == [0, 0, 1]
    there = rt.stay_curve(followed("5+ 6+"))
    assert there["stay"].tolist() == [1, 1, 1]
    assert rt.weeks_kept(followed("5+ 6+"), horizon_weeks=6).iloc[0]["weeks"] == 6
    # All gone before the horizon: the area ends with them, and nobody needs to have been followed longer.
    assert rt.weeks_kept(followed("1 2 3"), horizon_weeks=50).iloc[0]["weeks"] == pytest.approx(2)


def test_groups_keep_the_order_of_their_categories():
    bands = pd.Categorical(["slow", "quick", "slow"], categories=["quick", "slow"])
    kept = rt.weeks_kept(followed("4 9+ 20+", band=bands), horizon_weeks=9, by=["band"])
    assert kept["band"].tolist() == ["quick", "slow"]
    assert kept["band"].dtype == bands.dtype


def test_curves_by_group_are_those_of_each_group():
    data = drawn(90, 3)
    curves = rt.stay_curve(data, by=["stratum", "group"])
    assert list(curves.columns[:3]) == ["stratum", "group", "time"]
    for (stratum, group), part in data.groupby(["stratum", "group"]):
        own = curves[(curves["stratum"] == stratum) & (curves["group"] == group)]
        pd.testing.assert_frame_equal(
            own.drop(columns=["stratum", "group"]).reset_index(drop=True), rt.stay_curve(part)
        )
    at = rt.stay_at(curves, 4.0, by=["stratum", "group"])
    assert len(at) == 6
    assert (at["time"] <= 4).all()


def test_the_share_at_a_week_holds_until_the_next_departure():
    curve = rt.stay_curve(followed("4 9 9+ 15 20+ 30+"))
    assert [rt.stay_at(curve, week)["stay"].item() for week in (0, 3.9, 4, 14)] == pytest.approx(
        [1, 1, 5 / 6, 4 / 6]
    )
    with pytest.raises(ValueError, match="week=31: the curve runs from 0 to 30"):
        rt.stay_at(curve, 31)
    with pytest.raises(ValueError, match="week=nan"):
        rt.stay_at(curve, float("nan"))
    assert rt.stay_at(rt.stay_curve(followed("1 2 3")), 9)["stay"].item() == 0  # all had left by then


def test_weeks_kept_is_the_area_under_the_curve():
    data = drawn(70, 4)
    curve = rt.stay_curve(data)
    grid = (np.arange(30_000) + 0.5) / 1000
    heights = curve["stay"].to_numpy()[np.searchsorted(curve["time"], grid, side="right") - 1]
    assert rt.weeks_kept(data, horizon_weeks=30).iloc[0]["weeks"] == pytest.approx(
        30 * heights.mean(), abs=1e-3
    )


def test_without_censoring_weeks_kept_is_a_plain_mean():
    weeks = pd.Series([3.0, 8, 8, 20, 45])
    data = pd.DataFrame({"weeks": weeks, "left": 1})
    kept = rt.weeks_kept(data, horizon_weeks=25).iloc[0]
    capped = weeks.clip(upper=25)
    assert kept["weeks"] == pytest.approx(capped.mean())
    assert kept["se"] == pytest.approx((capped.var(ddof=0) / 5) ** 0.5)


def test_weeks_kept_covers_the_truth_at_its_rate():
    truth, held, naive = -np.expm1(-52 * 0.02) / 0.02, [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        stay, seen = rng.exponential(50, 120), rng.uniform(20, 90, 120)
        data = pd.DataFrame({"weeks": np.minimum(stay, seen), "left": (stay <= seen).astype(int)})
        kept = rt.weeks_kept(data, horizon_weeks=52).iloc[0]
        held.append(kept["lower"] <= truth <= kept["upper"])
        naive.append(data.loc[data["left"] == 1, "weeks"].mean() - truth)
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(naive) < -5  # the mean of those who left, which looks like an answer


def test_that_nobody_left_is_not_certainty():
    # Five followed to the horizon, one not: .025^(1/5) of a share still lets all five stay.
    kept = rt.weeks_kept(followed("40+ 52+ 52+ 60+ 60+ 70", band="fast"), horizon_weeks=52, by="band")
    row, least = kept.iloc[0], 0.025 ** (1 / 5)
    assert (row["weeks"], row["upper"], row["left"]) == (52, 52, 0)
    assert row["lower"] == pytest.approx(52 * least)
    assert row["se"] == pytest.approx(52 * (1 - least) / 1.959964, rel=1e-6)
    slow = rt.weeks_kept(followed("9 30 52+ 60+", band="slow"), horizon_weeks=52, by="band")
    gained = rt.weeks_gained(pd.concat([kept, slow]), to="fast", band="band").iloc[-1]
    reach = 1.959964 * np.hypot(row["se"], slow["se"].item())
    assert gained["gain"] - gained["gain_lower"] == pytest.approx(reach, rel=1e-6)


def test_weeks_kept_covers_the_truth_where_hardly_anybody_leaves():
    hazard = -np.log(0.95) / 52  # of ten, six times in ten none leaves within the year
    truth, held = -np.expm1(-52 * hazard) / hazard, []
    for seed in range(300):
        stay = np.random.default_rng(seed).exponential(1 / hazard, 10)
        data = pd.DataFrame({"weeks": np.minimum(stay, 60.0), "left": (stay <= 60).astype(int)})
        kept = rt.weeks_kept(data, horizon_weeks=52).iloc[0]
        held.append(kept["lower"] <= truth <= kept["upper"])
    assert np.mean(held) >= 0.93


def test_the_figure_shows_each_curve_until_the_end_and_names_do_not_touch():
    curves = rt.stay_curve(freireich(), by="group")
    curves = pd.concat([curves, curves[curves["group"] == "6-MP"].assign(group="twin")])
    words = {"title": "t", "x_label": "x", "y_label": "y"}
    ax = plots.stay_plot(curves, by="group", until=20, names={"twin": "the same"}, **words)
    assert [line.get_xdata()[-1] for line in ax.lines] == [20, 20, 20]
    ends = [line.get_ydata()[-1] for line in ax.lines]
    assert ends == pytest.approx([62.7, 100 * 2 / 21, 62.7], abs=0.05)
    assert [text.get_text() for text in ax.texts] == ["6-MP", "placebo", "the same"]
    low, high = ax.get_ylim()
    heights = sorted(text.xy[1] for text in ax.texts)
    assert min(np.diff(heights)) >= 0.059 * (high - low)
    plots.show(ax, alt="three curves")


# Log-rank


def test_log_rank_is_that_of_statsmodels_with_groups_and_strata():
    from statsmodels.duration.survfunc import survdiff

    for seed in range(3):
        data = drawn(120, seed)
        for strata in (None, "stratum"):
            oracle = survdiff(
                data["weeks"],
                data["left"],
                data["group"],
                strata=None if strata is None else data[strata],
            )
            found = rt.log_rank(data, by="group", strata=strata)
            assert (found["statistic"], found["p_value"]) == pytest.approx(oracle)
            assert found["freedom"] == 2


def test_two_groups_as_scipy_has_it():
    six, placebo = (followed(text) for text in (SIX_MP, PLACEBO))
    parts = [
        CensoredData(uncensored=p.loc[p["left"] == 1, "weeks"], right=p.loc[p["left"] == 0, "weeks"])
        for p in (six, placebo)
    ]
    oracle = logrank(*parts)
    found = rt.log_rank(freireich(), by="group")
    assert found["statistic"] == pytest.approx(oracle.statistic**2)
    assert found["p_value"] == pytest.approx(oracle.pvalue)


def mixed(seed):
    """Big customers wait longer and leave more; within their kind the wait makes no difference."""
    rng = np.random.default_rng(seed)
    big = rng.random(150) < 0.4
    late = rng.random(150) < np.where(big, 0.8, 0.2)
    stay = rng.exponential(np.where(big, 15.0, 60.0))
    return pd.DataFrame(
        {
            "weeks": np.minimum(stay, 40.0),
            "left": (stay <= 40).astype(int),
            "big": big,
            "late": late,
        }
    )


def test_like_with_like_rejects_at_its_level_and_the_plain_test_does_not():
    p = [[rt.log_rank(mixed(s), by="late", strata=x)["p_value"] for x in ("big", None)] for s in range(120)]
    within, plain = (np.array(p) < 0.05).mean(axis=0)
    assert within <= 0.10
    assert plain > 0.7


# Gains


def kept_table():
    return pd.DataFrame(
        {
            "tier": ["key", "key", "other", "other"],
            "band": ["fast", "slow"] * 2,
            "customers": [10, 30, 50, 50],
            "weeks": [50.0, 40.0, 48.0, 47.0],
            "se": [3.0, 4.0, 0.6, 0.8],
        }
    )


def test_gains_by_hand():
    gained = rt.weeks_gained(kept_table(), to="fast", band="band")
    assert gained["gain"].tolist() == [0, 10, 0, 1]
    assert gained["gain_lower"].tolist() == pytest.approx([0, 10 - 1.96 * 5, 0, 1 - 1.96], abs=1e-3)
    average = rt.average_gain(kept_table(), to="fast", band="band").set_index("tier")
    assert average["estimate"].tolist() == [7.5, 0.5]
    assert average["upper"].tolist() == pytest.approx([7.5 + 1.96 * 0.75 * 5, 0.5 + 1.96 * 0.5], abs=1e-3)
    one = kept_table().query("tier == 'key'").drop(columns="tier")
    assert rt.average_gain(one, to="fast", band="band")["estimate"].tolist() == [7.5]
    assert rt.weeks_gained(one, to="slow", band="band")["gain"].tolist() == [-10, 0]


def test_gains_need_somebody_to_compare_with():
    with pytest.raises(ValueError, match="to='quick': column 'band' holds"):
        rt.weeks_gained(kept_table(), to="quick", band="band")
    with pytest.raises(ValueError, match=r"'tier': 'other'.*nobody of band 'fast'"):
        rt.average_gain(kept_table().drop(2), to="fast", band="band")
    with pytest.raises(ValueError, match="'se' is missing"):
        rt.weeks_gained(kept_table().drop(columns="se"), to="fast", band="band")


# Hours

HOW = {"gain": "gain", "hours": "hours"}


def shops(seed, n=9):
    rng = np.random.default_rng(seed)
    gain = rng.lognormal(4, 1, n) - 20
    return pd.DataFrame({"gain": gain, "hours": rng.uniform(1, 12, n)}), rng.uniform(5, 60)


@pytest.mark.parametrize("hour_cost", [0.0, 6.0])
def test_shares_solve_the_linear_programme(hour_cost):
    for seed in range(40):
        customers, budget = shops(seed)
        net = customers["gain"] - hour_cost * customers["hours"]
        oracle = linprog(-net, A_ub=[customers["hours"]], b_ub=[budget], bounds=(0, 1))
        found = rt.allocate_hours(customers, **HOW, budget=budget, hour_cost=hour_cost)
        assert found["share"] @ net == pytest.approx(-oracle.fun)
        assert found["share"] @ customers["hours"] <= budget + 1e-9
        assert found["share"].between(0, 1, inclusive="neither").sum() <= 1
        more = linprog(-net, A_ub=[customers["hours"]], b_ub=[budget + 1], bounds=(0, 1))
        worth = rt.hour_worth(customers, **HOW, budget=budget, hour_cost=hour_cost)
        assert worth == pytest.approx(oracle.fun - more.fun, abs=1e-6)


def test_the_chosen_are_within_one_customer_of_the_best_choice():
    for seed in range(15):
        customers, budget = shops(seed, n=10)
        gain, hours = customers.to_numpy().T
        picks = np.array(list(product([0, 1], repeat=10)))
        best = (picks @ gain)[picks @ hours <= budget].max()
        found = rt.allocate_hours(customers, **HOW, budget=budget)
        got = gain[found["chosen"]].sum()
        part = gain[(found["share"] > 0) & (found["share"] < 1)].sum()
        assert got <= best + 1e-9
        assert best <= got + part + 1e-9


def test_hours_that_do_not_pay_stay_unused():
    three = pd.DataFrame({"gain": [90, 60, 10], "hours": [30, 10, 10]})
    assert rt.allocate_hours(three, **HOW, budget=99, hour_cost=4)["chosen"].tolist() == [False, True, False]
    assert rt.hour_worth(three, **HOW, budget=99, hour_cost=4) == 0
    assert not rt.allocate_hours(three, **HOW, budget=0)["chosen"].any()
    assert rt.hour_worth(three, **HOW, budget=0) == 6


# Win-back


def lost(cells):
    """(reason, offer, came back, of how many) as rows."""
    rows = [(r, o, y) for r, o, k, n in cells for y in [1] * k + [0] * (n - k)]
    return pd.DataFrame(rows, columns=["reason", "offer", "returned"])


def test_uplift_with_newcombe_1998_table_ii_case_a():
    # 56 of 70 against 48 of 80: difference .2, interval .0524 to .3339.
    toy = lost([("slow", 1, 56, 70), ("slow", 0, 48, 80), ("price", 1, 1, 10), ("price", 0, 2, 10)])
    found = rt.offer_uplift(toy, by="reason", cost=600)
    slow = found.loc["slow"]
    assert slow[["alone", "with_offer", "uplift"]].tolist() == pytest.approx([0.6, 0.8, 0.2])
    assert slow[["lower", "upper"]].round(4).tolist() == [0.0524, 0.3339]
    assert slow["break_even"] == pytest.approx(3000)
    assert found.loc["price", "uplift"] == pytest.approx(-0.1)
    assert found.loc["price", "break_even"] == np.inf
    assert found["customers"].to_dict() == {"price": 20, "slow": 150}


WRONG = [
    (lambda d: rt.stay_curve(d, duration="days"), "column 'days' is missing"),
    (lambda d: rt.stay_curve(d.assign(weeks=[0.0, 1, 2])), "'weeks': 0.0 is no finite number over 0"),
    (lambda d: rt.stay_curve(d.assign(weeks=[np.inf, 1, 2])), "'weeks': inf"),
    (lambda d: rt.stay_curve(d.assign(left=[0, 1, 2])), "'left': 2"),
    (lambda d: rt.stay_curve(d.assign(left=["yes", "no", "no"])), "'left': 'yes'"),
    (lambda d: rt.stay_curve(d.assign(weeks=[None, 1, 2])), "'weeks': 1 values are missing"),
    (lambda d: rt.stay_curve(d.iloc[:0]), "no rows at all; wanted some with left"),
    (lambda d: rt.stay_curve(d, confidence=95), "confidence=95"),
    (lambda d: rt.weeks_kept(d, horizon_weeks=30), "nobody was followed for longer than 20"),
    (lambda d: rt.weeks_kept(d, horizon_weeks=-1), "horizon_weeks=-1"),
    (lambda d: rt.log_rank(d.assign(band="a"), by="band"), "all customers are 'a'"),
    (lambda d: rt.log_rank(d, by="band"), "column 'band' is missing"),
    (
        lambda d: rt.allocate_hours(d, gain="weeks", hours="left", budget=5),
        "'left': 0 is no finite number over 0",
    ),
    (lambda d: rt.allocate_hours(d, gain="weeks", hours="weeks", budget=-1), "budget=-1"),
    (
        lambda d: rt.allocate_hours(d.assign(g=np.nan), gain="g", hours="weeks", budget=1),
        "'g': 3 values are missing",
    ),
    (lambda d: rt.hour_worth(d, gain="g", hours="weeks", budget=1), "column 'g' is missing"),
    (lambda d: rt.offer_uplift(d, by="reason", cost=1), "column 'reason' is missing"),
    (lambda d: rt.offer_uplift(lost([("a", 1, 1, 2)]), by="reason", cost=1), "'a': column 'offer': 0 rows"),
    (lambda d: rt.offer_uplift(lost([("a", 1, 1, 2)]), by="reason", cost=-1), "cost=-1"),
]


@pytest.mark.parametrize(("call", "match"), WRONG)
def test_bad_input_is_answered_by_column_and_value(call, match):
    with pytest.raises(ValueError, match=match):
        call(followed("4 9+ 20+"))


def test_the_caller_s_table_is_left_alone():
    data = drawn(40, 1)
    before = data.copy()
    rt.stay_curve(data, by="group")
    rt.weeks_kept(data, horizon_weeks=10, by="group")
    rt.log_rank(data, by="group", strata="stratum")
    rt.allocate_hours(data, gain="left", hours="weeks", budget=10)
    pd.testing.assert_frame_equal(data, before)
