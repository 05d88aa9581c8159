"""Customer value: toys by hand, published figures, naive versions and simulations of known truth."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from crmlib import value as va

VISITS = pd.DataFrame(
    {
        "customer_id": [3, 1, 1, 2, 3, 3],
        "week": [2, 10, 4, 1, 8, 9],
        "paid": [10.0, 200.0, 100.0, 500.0, 20.0, 30.0],
    }
)


# Recency, frequency, money


def naive_rfm(visits, now_week):
    weeks, sums = defaultdict(list), defaultdict(float)
    for who, week, paid in visits[["customer_id", "week", "paid"]].itertuples(index=False):
        weeks[who].append(week)
        sums[who] += paid
    return {who: (now_week - max(weeks[who]), len(weeks[who]), sums[who]) for who in sorted(weeks)}


def test_the_toy_by_hand():
    table = va.recency_frequency_money(VISITS, now_week=10)
    assert table.to_dict("index") == {
        1: {"recency_weeks": 0, "frequency": 2, "money": 300.0},
        2: {"recency_weeks": 9, "frequency": 1, "money": 500.0},
        3: {"recency_weeks": 1, "frequency": 3, "money": 60.0},
    }


@pytest.mark.parametrize("ids", ["dense", "sparse", "text", "small"])
def test_the_fast_table_is_the_naive_one(ids):
    rng = np.random.default_rng(5)
    who = rng.integers(1, 300, 1000)
    names = {"dense": who, "sparse": who * 10**9, "text": np.char.add("c", who.astype(str))}
    names["small"] = who.astype(np.int16)
    visits = pd.DataFrame({"customer_id": names[ids], "week": rng.integers(1, 53, 1000)})
    visits["paid"] = rng.gamma(2, 50, 1000)
    found = va.recency_frequency_money(visits, now_week=60)
    expected = naive_rfm(visits, 60)
    assert found.index.tolist() == list(expected)
    assert np.allclose(found.to_numpy(float), list(expected.values()))


def test_shuffled_rows_change_nothing():
    shuffled = VISITS.sample(frac=1, random_state=2)
    one, two = (va.recency_frequency_money(rows, now_week=10) for rows in (VISITS, shuffled))
    pd.testing.assert_frame_equal(one, two)


def test_scores_of_ten_customers_by_fifths():
    table = pd.DataFrame(
        {"recency_weeks": range(10), "frequency": [1] * 6 + [2, 3, 4, 5], "money": np.arange(10) * 10.0}
    )
    scores = va.rfm_scores(table)
    assert scores["R"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["M"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    # Six who came once: 1 + floor(5 * 2.5 / 10). The next has six of ten below: 1 + floor(5 * 6 / 10).
    assert scores["F"].tolist() == [2] * 6 + [4, 4, 5, 5]
    assert scores["cell"].iloc[0] == "521"


def test_hughes_1994_nested_fifths_make_125_cells_of_the_same_size():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.random((1000, 3)), columns=["recency_weeks", "frequency", "money"])
    sizes = va.rfm_scores(table, nested=True)["cell"].value_counts()
    assert len(sizes) == 125
    assert set(sizes) == {8}
    assert va.rfm_scores(table)["cell"].value_counts().nunique() > 1


def test_equal_customers_get_equal_scores_in_any_order():
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.integers(0, 4, (200, 3)), columns=["recency_weeks", "frequency", "money"])
    for nested in (False, True):
        scores = va.rfm_scores(table, nested=nested)
        again = va.rfm_scores(table.sample(frac=1, random_state=1), nested=nested)
        pd.testing.assert_frame_equal(again.loc[table.index], scores)
        cells = scores["cell"].groupby([table[name] for name in table]).nunique()
        assert set(cells) == {1}


# Pyramid


def test_one_percent_of_5000_customers_are_50():
    money = pd.Series(np.random.default_rng(1).permutation(5000).astype(float))
    tiers = va.customer_tiers(money)
    assert tiers.value_counts().to_dict() == {"VIP": 50, "main": 950, "ordinary": 2000, "small": 2000}
    assert money[tiers == "VIP"].min() > money[tiers == "main"].max()


@pytest.mark.parametrize(("n", "vips"), [(1, 1), (30, 1), (100, 1), (101, 2), (250, 3)])
def test_a_top_percent_is_rounded_up(n, vips):
    tiers = va.customer_tiers(pd.Series(np.arange(n, dtype=float)))
    assert (tiers == "VIP").sum() == vips


def test_equal_money_is_equal_tier_and_ties_fall():
    money = pd.Series([9.0, 5, 5, 5, 1, 1, 1, 1, 1, 1])
    tiers = va.customer_tiers(money, tiers={"top": 0.2, "rest": 0.8})
    assert tiers.tolist() == ["top"] + ["rest"] * 9
    assert set(va.customer_tiers(pd.Series([7.0] * 50))) == {"small"}


def test_the_pyramid_adds_up():
    table = pd.DataFrame({"tier": list("abbb"), "money": [70.0, 10, 10, 10], "profit": [5.0, -1, -2, -2]})
    found = va.pyramid(table, sums=("money", "profit"))
    assert found.loc["a", ["customers", "customer_share", "money_share"]].tolist() == [1, 0.25, 0.7]
    assert found["profit_share"].isna().all()
    assert found["profit"].tolist() == [5, -5]


def test_migration_counts_the_new_and_the_gone():
    before = pd.Series(["top", "top", "low", "low", "low"], index=list("abcde"))
    after = pd.Series(["top", "low", "top", "low", "low"], index=list("abcdf"))
    moved = va.tier_migration(before, after).set_index(["before", "after"])
    assert moved["count"].loc["top"].to_dict() == {"top": 1, "low": 1, "gone": 0}
    assert moved["count"].loc["low"].to_dict() == {"top": 1, "low": 1, "gone": 1}
    assert moved["count"].loc["new"].to_dict() == {"top": 0, "low": 1, "gone": 0}
    assert moved.groupby("before")["share"].sum().to_dict() == pytest.approx({"low": 1, "new": 1, "top": 1})
    assert ((moved["lower"] <= moved["share"]) & (moved["share"] <= moved["upper"])).all()


def test_migration_recovers_the_chain_that_made_it():
    rng = np.random.default_rng(3)
    truth = np.array([[0.7, 0.3, 0.0], [0.1, 0.6, 0.3]])
    held = []
    for _ in range(120):
        start = rng.integers(0, 2, 300)
        end = (rng.random(300)[:, None] > np.cumsum(truth, axis=1)[start]).sum(axis=1)
        before = pd.Series(np.array(["top", "low"])[start])
        after = pd.Series(np.array(["top", "low", "gone"])[end])[end < 2]
        moved = va.tier_migration(before, after).set_index(["before", "after"])
        row = moved.loc[("low", "gone")]
        held.append(row["lower"] <= 0.3 <= row["upper"])
    assert 0.91 <= np.mean(held) <= 0.99


# Concentration


def test_lorenz_and_gini_by_hand():
    curve = va.lorenz_curve([6, 1, 3])
    assert curve["value_share"].tolist() == pytest.approx([0, 0.1, 0.4, 1])
    # Twice the area between diagonal and curve: 1 - (0.1 + 0.5 + 1.4) / 3.
    assert va.gini([6, 1, 3]) == pytest.approx(1 / 3)
    assert va.gini([5, 5, 5]) == pytest.approx(0)


def test_gini_is_half_the_relative_mean_difference():
    x = np.random.default_rng(2).gamma(0.5, 10, 400)
    oracle = np.abs(x[:, None] - x).mean() / (2 * x.mean())
    assert va.gini(x) == pytest.approx(oracle, rel=1e-12)


def test_pareto_s_20_to_80_within_the_best_fifth_again_20_to_80():
    x = np.array([1.0])
    for _ in range(4):  # the best fifth gets four fifths, and shares them in the same way
        x = np.append(0.8 * x, np.full(4 * len(x), 0.05 / len(x)))
    for depth in (1, 2, 3, 4):
        found = va.top_share(x, customers=0.2**depth)["estimate"]
        assert found == pytest.approx(0.8**depth)


@pytest.mark.parametrize(("quantiles", "known"), [(lambda u: u, 1 / 3), (lambda u: -np.log(1 - u), 1 / 2)])
def test_gini_of_the_uniform_and_of_the_exponential_distribution(quantiles, known):
    assert va.gini(quantiles((np.arange(10_000) + 0.5) / 10_000)) == pytest.approx(known, abs=1e-3)


def test_the_share_of_the_best_lies_on_the_lorenz_curve():
    x = np.random.default_rng(2).gamma(1, 10, 103)
    curve = va.lorenz_curve(x)
    for customers in (0.01, 0.2, 0.5, 0.99):
        on_curve = 1 - np.interp(1 - customers, curve["customer_share"], curve["value_share"])
        assert va.top_share(x, customers=customers)["estimate"] == pytest.approx(on_curve)


@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_the_interval_of_the_share_is_that_of_the_bootstrap(shift):
    rng = np.random.default_rng(6)
    x = rng.gamma(1.5, 10, 800) - shift
    found = va.top_share(x)
    draws = [va.top_share(rng.choice(x, len(x)))["estimate"] for _ in range(300)]
    assert (found["upper"] - found["lower"]) / (2 * 1.96) == pytest.approx(np.std(draws), rel=0.15)


def test_the_interval_holds_the_share_at_its_rate():
    # A fifth of exponential customers hold .2 (1 - log .2) = .522 of the total.
    truth, held = 0.2 * (1 - np.log(0.2)), []
    rng = np.random.default_rng(7)
    for _ in range(400):
        found = va.top_share(rng.exponential(1, 400))
        held.append(found["lower"] <= truth <= found["upper"])
    assert 0.92 <= np.mean(held) <= 0.98


def test_a_share_of_money_ends_at_all_of_it():
    money = np.array([100.0, 50, 1, 1, 1, 1, 1, 1, 1, 1])
    found = va.top_share(money)
    assert found["estimate"] == pytest.approx(150 / 158)
    assert found["upper"] == 1 < 2 * found["estimate"] - found["lower"]  # 1.016 if it were not bounded
    assert va.top_share(money - 1)["upper"] == 1  # from 0 on is not negative
    assert va.top_share(money - 2)["upper"] > 1  # profits: the others together may lose
    # The best fifth of nearly equal customers hold a fifth or more, however few they are.
    alike = va.top_share([5, 5, 5, 5, 5.1])
    assert 0.2 == alike["lower"] < alike["estimate"]
    equal = va.top_share([5.0, 5, 5, 5, 5])
    assert equal["lower"] <= equal["estimate"] <= equal["upper"]


# Whale curve


def test_kaplan_1989_kanthal_a_fifth_earns_225_percent():
    # 20 % of the customers earn 225 % of the profit, 70 % hover at zero, 10 % lose 125 %.
    profits = pd.Series([11.25] * 20 + [0.0] * 70 + [-12.5] * 10)
    curve, found = va.whale_curve(profits), va.whale_summary(profits)
    assert curve["cumulative_share"].max() == pytest.approx(2.25)
    assert curve.loc[curve["customer_share"] == 0.9, "cumulative_share"].item() == pytest.approx(2.25)
    assert found["peak_ratio"] == pytest.approx(2.25)
    assert (found["peak_customers"], found["losing_customers"]) == (0.2, 0.1)
    assert found["lost"] == -125


def test_the_whale_ends_at_the_total_whatever_the_order():
    profits = pd.Series(np.random.default_rng(1).normal(3, 20, 500))
    curve = va.whale_curve(profits)
    assert curve["cumulative"].iloc[-1] == pytest.approx(profits.sum())
    assert curve["profit"].is_monotonic_decreasing
    assert curve["cumulative"].max() == pytest.approx(profits[profits > 0].sum())
    assert va.whale_curve(-profits.abs())["cumulative_share"].isna().all()
    assert va.whale_summary(-profits.abs())["peak_ratio"] == np.inf


# Costing


def test_kaplan_and_anderson_2004_the_service_department():
    costs = pd.DataFrame(
        {
            "resource": ["department"],
            "kind": ["all"],
            "driver": ["staff_minutes"],
            "capacity_per_week": [700_000.0],
            "amount_per_week": [560_000.0],
        }
    )
    activities = {"order": (49_000, 8), "inquiry": (1_400, 44), "credit check": (2_500, 50)}
    visits = pd.DataFrame(
        [(name, minutes) for name, (count, minutes) in activities.items() for _ in range(count)],
        columns=["service", "staff_minutes"],
    ).assign(staff_kind="all", paid=100.0)
    charged = va.visit_profit(visits, costs, direct=())
    assert va.driver_rates(costs)["rate"].item() == pytest.approx(0.80)
    assert charged.groupby("service")["cost"].first().to_dict() == pytest.approx(
        {"order": 6.40, "inquiry": 35.20, "credit check": 40.0}
    )
    assert charged.groupby("service")["cost"].sum().round().to_dict() == pytest.approx(
        {"order": 313_600, "inquiry": 49_280, "credit check": 100_000}
    )
    row = va.unused_capacity(visits, costs, weeks=1).iloc[0]
    assert (row["used"], row["charged"], row["unused"]) == pytest.approx((578_600, 462_880, 97_120))


COSTS = pd.DataFrame(
    [
        (1, "rent", "room", "room_minutes", 100.0, 50.0),
        (1, "rent", "gym", "room_minutes", 200.0, 20.0),
        (2, "rent", "room", "room_minutes", 100.0, 80.0),
        (2, "rent", "gym", "room_minutes", 200.0, 20.0),
        (1, "equipment", "laser", "uses", 10.0, 30.0),
        (2, "equipment", "laser", "uses", 10.0, 40.0),
        (1, "admin", "all", "visits", 20.0, 60.0),
        (2, "admin", "all", "visits", 20.0, 80.0),
    ],
    columns=["period", "resource", "kind", "driver", "capacity_per_week", "amount_per_week"],
)
DONE = pd.DataFrame(
    {
        "customer_id": [1, 1, 2],
        "week": [1, 2, 2],
        "service": ["laser", "laser", "gym"],
        "room_kind": ["room", "room", "gym"],
        "minutes": [30, 30, 60],
        "paid": [40.0, 40.0, 10.0],
        "materials_cost": [5.0, 5.0, 0.0],
    }
)
PERIODS = pd.DataFrame({"period": [1, 2], "first_week": [1, 2], "last_week": [1, 2]})


def test_costs_by_hand_with_a_rate_for_each_period():
    found = va.visit_profit(va.with_period(DONE, PERIODS), COSTS, direct=("materials_cost",))
    assert found["rent"].tolist() == [15.0, 24.0, 6.0]
    assert found["equipment"].tolist() == [3.0, 4.0, 0.0]
    assert found["admin"].tolist() == [3.0, 4.0, 4.0]
    assert found["profit"].tolist() == [14.0, 3.0, 0.0]
    by = va.profit_by(found, "customer_id")
    assert by["visits"].tolist() == [2, 1]
    assert by["margin"].tolist() == pytest.approx([17 / 80, 0])


def test_charged_and_unused_are_what_the_books_say():
    visits = va.with_period(DONE, PERIODS)
    charged = va.visit_profit(visits, COSTS, direct=())
    unused = va.unused_capacity(visits, COSTS, weeks={1: 1, 2: 1})
    assert unused["amount"].tolist() == COSTS["amount_per_week"].tolist()
    assert charged["cost"].sum() + unused["unused"].sum() == pytest.approx(unused["amount"].sum())


@pytest.mark.parametrize(
    ("visits", "costs", "match"),
    [
        (DONE.assign(room_kind="bath"), COSTS, "no pool of 'room_minutes' for .*'bath'"),
        (DONE, COSTS.assign(driver="hours"), "'hours' is none of"),
        (DONE, COSTS.assign(capacity_per_week=0.0), "'capacity_per_week': 0.0"),
        (DONE, COSTS.assign(amount_per_week=-5.0), "'amount_per_week': -5.0"),
        (DONE, pd.concat([COSTS, COSTS.head(1)]), "two pools of 'room_minutes'"),
        (DONE.drop(columns="minutes"), COSTS, "'minutes' is missing"),
        (DONE.assign(minutes=[1.0, np.nan, 3.0]), COSTS, "'minutes': 1 values are missing"),
        (DONE.drop(columns="week").assign(period=9), COSTS, "no pool of 'room_minutes' for .*9"),
    ],
)
def test_costs_that_do_not_fit_the_visits_are_refused(visits, costs, match):
    visits = va.with_period(visits, PERIODS) if "week" in visits else visits
    with pytest.raises(ValueError, match=match):
        va.visit_profit(visits, costs, direct=())


def test_a_week_in_no_period_is_refused():
    with pytest.raises(ValueError, match="'week': 3 lies in no period"):
        va.with_period(DONE.assign(week=[1, 2, 3]), PERIODS)


# Big customers


def test_the_three_false_kinds_of_the_source():
    customers = pd.DataFrame(
        [
            ("true", 1000.0, 200.0, 40, 0.05),
            ("once", 900.0, 300.0, 2, 0.10),
            ("squeezer", 800.0, -10.0, 45, 0.45),
            ("busy for nothing", 700.0, 0.0, 50, 0.02),
            ("small", 60.0, -5.0, 3, 0.50),
        ],
        columns=["who", "money", "profit", "active_weeks", "discount_share"],
    ).set_index("who")
    found = va.false_big_customers(customers, big_share=0.8)
    assert found["kind"].to_dict() == {
        "true": "key account",
        "once": "occasional bulk",
        "squeezer": "squeezer",
        "busy for nothing": "repeat without profit",
    }
    strict = va.false_big_customers(customers, big_share=0.2, least_margin=0.3)
    assert strict["kind"].tolist() == ["repeat without profit"]


# Segments


def clouds(n=60, apart=8.0, seed=1):
    rng = np.random.default_rng(seed)
    centres = np.repeat([[0.0, 0.0], [apart, 0.0], [0.0, apart]], n, axis=0)
    return pd.DataFrame(centres + rng.normal(size=centres.shape), columns=["money", "visits"])


def test_clouds_that_lie_apart_are_found_and_found_again():
    features = clouds()
    segments = va.customer_segments(features, k=3)
    assert pd.crosstab(segments, np.repeat([0, 1, 2], 60)).gt(0).sum().sum() == 3
    assert segments.iloc[70] == 1
    assert (va.segment_stability(features, k=3, n_resamples=10)["jaccard"] > 0.99).all()


def test_segment_numbers_do_not_depend_on_the_seed():
    features = clouds(apart=6)
    one, two = (va.customer_segments(features, k=3, seed=seed) for seed in (0, 9))
    assert one.equals(two)


@pytest.mark.parametrize("outliers", [1, 2])
def test_a_sample_without_a_segment_says_nothing_of_it(outliers):
    # One of 121 is not drawn in (1 - 1/121)^121 = 37 % of the samples, and is found whenever it is.
    rng = np.random.default_rng(0)
    money = [*rng.normal(0, 1, 60), *rng.normal(20, 1, 60), *[200.0, 201.0][:outliers]]
    found = va.segment_stability(pd.DataFrame({"money": money}), k=3, n_resamples=40)
    assert found.loc[1, "customers"] == outliers
    assert found.loc[1, ["jaccard", "dissolved"]].tolist() == [1, 0]


def test_samples_with_fewer_customers_than_segments_are_asked_without_a_warning():
    found = va.segment_stability(pd.DataFrame({"money": [1.0, 2.0, 4.0, 9.0]}), k=3, n_resamples=20)
    assert found["customers"].tolist() == [1, 1, 2]
    assert found["jaccard"].between(0.5, 1).all()


def test_a_cut_through_one_cloud_is_not_stable():
    rng = np.random.default_rng(2)
    one = pd.DataFrame(rng.normal(size=(200, 2)), columns=["money", "visits"])
    assert va.segment_stability(one, k=5, n_resamples=20)["jaccard"].min() < 0.6


def test_differences_are_those_of_kruskal_and_wallis_without_the_missing():
    from scipy.stats import kruskal

    segments = pd.Series([1, 1, 1, 2, 2, 2, 2])
    table = pd.DataFrame({"wait": [5.0, 7.0, np.nan, 1.0, 2.0, 2.0, 6.0], "same": 1.0})
    found = va.segment_differences(table, segments, columns=["wait", "same"])
    oracle = kruskal([5, 7], [1, 2, 2, 6])
    assert found.loc["wait", "p_value"] == pytest.approx(oracle.pvalue)
    assert found.loc["wait", "epsilon2"] == pytest.approx(oracle.statistic / 5)
    assert found.loc["wait", [1, 2]].tolist() == [6.0, 2.75]
    assert found.loc["same", ["epsilon2", "p_value"]].tolist() == [0, 1]


# Refusals


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: va.recency_frequency_money(VISITS, now_week=9), "'week': 10 lies after now_week=9"),
        (lambda: va.recency_frequency_money(VISITS.head(0), now_week=9), "no rows"),
        (lambda: va.recency_frequency_money(VISITS.drop(columns="paid"), now_week=10), "'paid' is missing"),
        (lambda: va.rfm_scores(va.recency_frequency_money(VISITS, now_week=10), n_scores=1), "n_scores=1"),
        (lambda: va.customer_tiers(pd.Series([1.0, np.nan])), "money: nan"),
        (lambda: va.customer_tiers(pd.Series([1.0]), tiers={"a": 0.5, "b": 0.4}), "add to 1"),
        (lambda: va.lorenz_curve([1.0, -2.0]), "-2.0 is no finite number of at least 0"),
        (lambda: va.gini([0.0, 0.0]), "positive total"),
        (lambda: va.top_share([1.0, -3.0, 1.0]), "their total is -1"),
        (lambda: va.top_share([1.0, 2.0], customers=1.0), "customers=1.0"),
        (lambda: va.top_share([1.0]), "two or more"),
        (lambda: va.whale_curve(pd.Series([np.inf])), "profits: inf"),
        (lambda: va.customer_segments(clouds(), k=1), "k=1"),
        (lambda: va.customer_segments(clouds().assign(visits=1.0), k=2), "'visits': all customers are alike"),
        (
            lambda: va.segment_differences(clouds(), pd.Series([1, 2]), columns=["money"]),
            "the same index",
        ),
        (
            lambda: va.tier_migration(pd.Series(["a", "b"], index=[1, 1]), pd.Series(["a"])),
            "before: customer 1 stands twice",
        ),
        (lambda: va.tier_migration(pd.Series(["a", None]), pd.Series(["a"])), "1 customers are in none"),
    ],
)
def test_impossible_inputs_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
