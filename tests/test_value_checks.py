"""One numeric check for value, retention and portfolio: what is no number is refused, by its column."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from crmlib import portfolio as pf
from crmlib import retention as rt
from crmlib import value as va
from crmlib.value.checks import numbers, numeric

N = 12
RNG = np.random.default_rng(3)
ROWS = pd.DataFrame(
    {
        "customer_id": np.arange(N) // 2,
        "week": np.arange(1, N + 1),
        "paid": RNG.gamma(2, 40, N),
        "profit": RNG.normal(5, 20, N),
        "cost": RNG.gamma(2, 20, N),
        "recency_weeks": RNG.integers(0, 9, N),
        "frequency": RNG.integers(1, 9, N),
        "money": RNG.gamma(2, 40, N),
        "active_weeks": RNG.integers(1, 40, N),
        "discount_share": RNG.random(N),
        "satisfaction": RNG.integers(1, 6, N).astype(float),
        "told": RNG.integers(0, 2, N),
        "minutes": 60,
        "room_kind": "gym",
        "service": "gym",
        "season": "all",
        "tier": "a",
        "margin": RNG.gamma(2, 40, N),
        "weeks": RNG.uniform(1, 60, N),
        "left": RNG.integers(0, 2, N),
        "hours": RNG.uniform(1, 9, N),
        "wait_hours": RNG.uniform(1, 30, N),
        "se": 1.0,
        "customers": 9,
        "band": np.repeat(["fast", "slow"], N // 2),
        "segment": np.repeat([1, 2], N // 2),
        "offer": np.tile([0, 1], N // 2),
        "returned": np.tile([0, 0, 1, 1], N // 4),
        "resource": "rent",
        "kind": "gym",
        "driver": "room_minutes",
        "capacity_per_week": 1000.0,
        "amount_per_week": 500.0,
    }
)
ONE = ROWS.head(1)
KEPT = ["band", "customers", "weeks", "se"]


def ledger(rows):
    return rt.customer_ledger(
        rows.drop_duplicates("customer_id")[["customer_id", "margin"]],
        rows[["customer_id", "wait_hours", "minutes"]],
        hour_cost=10,
    )


CALLS = {
    "rfm": (lambda t: va.recency_frequency_money(t, now_week=20), ["week", "paid"]),
    "scores": (va.rfm_scores, ["recency_weeks", "frequency", "money"]),
    "false big": (va.false_big_customers, ["money", "profit", "active_weeks", "discount_share"]),
    "pyramid": (va.pyramid, ["money"]),
    "segments": (lambda t: va.customer_segments(t[["money", "paid"]], k=2), ["money", "paid"]),
    "stability": (lambda t: va.segment_stability(t[["money"]], k=2, n_resamples=2), ["money"]),
    "drivers": (lambda t: va.satisfaction_drivers(t, drivers=["told"]), ["told"]),
    "profit by": (lambda t: va.profit_by(t, "customer_id"), ["paid", "cost", "profit"]),
    "visit profit": (lambda t: va.visit_profit(t, ONE, direct=("cost",)), ["paid", "minutes", "cost"]),
    "rates": (lambda t: va.driver_rates(t.head(1)), ["capacity_per_week", "amount_per_week"]),
    "unused": (lambda t: va.unused_capacity(t, ONE, weeks=1), ["minutes"]),
    "stay": (rt.stay_curve, ["weeks"]),
    "kept": (lambda t: rt.weeks_kept(t, horizon_weeks=1), ["weeks"]),
    "log-rank": (lambda t: rt.log_rank(t, by="band"), ["weeks"]),
    "gains": (lambda t: rt.weeks_gained(t.iloc[[0, -1]][KEPT], to="fast", band="band"), KEPT[1:]),
    "hours": (lambda t: rt.allocate_hours(t, gain="money", hours="hours", budget=9), ["money", "hours"]),
    "ledger": (ledger, ["margin", "wait_hours", "minutes"]),
    "came for": (pf.came_for, ["week"]),
    "scenarios": (lambda t: pf.demand_scenarios(t, n_scenarios=2), ["margin"]),
}
BAD = {
    "text": (lambda column: column.astype(int).astype(str), "is text, no number"),
    "dates": (lambda column: pd.Timestamp("2024-01-01"), "is Timestamp, no number"),
    "spans": (lambda column: pd.to_timedelta(column.astype(int), unit="D"), "is Timedelta, no number"),
    "infinite": (lambda column: np.inf, "inf is no finite number"),
    "missing": (lambda column: column.where(column.index > 0), "1 values are missing"),
}
CASES = [(name, column) for name, (_, columns) in CALLS.items() for column in columns]


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize(("name", "column"), CASES)
def test_what_is_no_number_is_refused_by_its_column(name, column, kind):
    change, told = BAD[kind]
    with pytest.raises(ValueError, match=f"column '{column}': .*{told}"):
        CALLS[name][0](ROWS.assign(**{column: change(ROWS[column])}))


@pytest.mark.parametrize("kind", ["object", "Float64", "float32"])
@pytest.mark.parametrize("name", CALLS)
def test_numbers_of_any_kind_are_the_same_numbers(name, kind):
    call, columns = CALLS[name]
    rows = ROWS.assign(**{column: ROWS[column].round() + 1 for column in columns})
    one, two = call(rows), call(rows.astype(dict.fromkeys(columns, kind)))
    one, two = (pd.DataFrame(found if hasattr(found, "index") else [found]) for found in (one, two))
    pd.testing.assert_frame_equal(one, two, check_dtype=False)


def test_a_table_of_plain_numbers_is_given_back_as_it_is():
    assert numeric(ROWS, "week", "paid") is ROWS
    assert numeric(ROWS.astype({"week": object}), "week")["week"].dtype == float


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["2", "10"], "x: '2' is text"),
        ([1, None], "x: nan is no finite number"),
        ([1, Decimal(2)], "is Decimal, no number"),
        ([1 + 2j], "is complex, no number"),
        (np.array(["2024-01-01"], dtype="datetime64[ns]"), "is Timestamp, no number"),
        ([[1, 2]], "got shape"),
        ([], "got shape"),
    ],
)
def test_values_that_are_no_row_of_numbers_are_refused(values, told):
    with pytest.raises(ValueError, match=told):
        numbers(values, name="x")


def test_numbers_without_a_sign_are_ranked_like_others():
    money = pd.Series([5, 1, 9, 0], dtype="uint8")
    tiers = {"top": 0.25, "rest": 0.75}
    assert va.customer_tiers(money, tiers=tiers).tolist() == ["rest", "rest", "top", "rest"]
    table = pd.DataFrame({"recency_weeks": money, "frequency": money, "money": money})
    assert va.rfm_scores(table, n_scores=4)["R"].tolist() == [2, 3, 1, 4]


VISITS = pd.DataFrame({"customer_id": [7, 7, 9], "week": [1, 10, 9], "paid": [50.0, 30.0, 90.0]})
VISIT = pd.DataFrame({"paid": [60.0], "minutes": [75], "room_kind": ["gym"]})
POOL = ONE[["resource", "kind", "driver", "capacity_per_week", "amount_per_week"]]
LOST = ROWS[["band", "offer", "returned"]]
WISH = ROWS[["customer_id", "service", "tier", "season", "margin"]]
REFUSED = {
    "column 'week': 10 lies after now_week=9": lambda: va.recency_frequency_money(VISITS, now_week=9),
    "column 'week': 4.9 is no whole number": lambda: va.recency_frequency_money(
        VISITS.assign(week=[1.0, 4.9, 2]), now_week=4
    ),
    "now_week='9'": lambda: va.recency_frequency_money(VISITS, now_week="9"),
    "n_scores=5.0": lambda: va.rfm_scores(ROWS, n_scores=5.0),
    "column 'minutes': -75 is no finite number of at least 0": lambda: va.visit_profit(
        VISIT.assign(minutes=-75), POOL, direct=()
    ),
    "weeks: 0 is no finite number over 0": lambda: va.unused_capacity(VISIT, POOL, weeks=0),
    "weeks: none for period 2": lambda: va.unused_capacity(
        VISIT.assign(period=2), POOL.assign(period=2), weeks={1: 52}
    ),
    "column 'last_week': a period ends after": lambda: va.with_period(
        VISITS, pd.DataFrame({"period": [1, 2], "first_week": [1, 5], "last_week": [5, 10]})
    ),
    "k=4: only 2 of the 6 customers differ": lambda: va.customer_segments(
        pd.DataFrame({"money": [1.0, 1, 1, 2, 2, 2]}), k=4
    ),
    "features: there is no column": lambda: va.customer_segments(ROWS[[]], k=2),
    "n_resamples=0": lambda: va.segment_stability(ROWS[["money"]], k=2, n_resamples=0),
    "segments: 1 customers are in none": lambda: va.segment_differences(
        ROWS, ROWS["segment"].where(ROWS.index > 0), columns=["money"]
    ),
    "column 'service': 'gym' is text": lambda: va.segment_differences(
        ROWS, ROWS["segment"], columns=["service"]
    ),
    "'gone' and 'new' are names": lambda: va.tier_migration(pd.Series(["gone"]), pd.Series(["a"])),
    "column 'nps' is missing": lambda: va.satisfaction_drivers(ROWS, outcome="nps", drivers=["told"]),
    "wanted some with satisfaction": lambda: va.satisfaction_drivers(
        ROWS.assign(satisfaction=np.nan), drivers=["told"]
    ),
    "column 'satisfaction': 2 values, too few": lambda: va.satisfaction_drivers(
        pd.DataFrame({"customer_id": [1, 2], "satisfaction": [1, 2], "told": [0, 1]}), drivers=["told"]
    ),
    "column 'customer_id': only 5": lambda: va.satisfaction_drivers(
        ROWS.assign(customer_id=5), drivers=["told"]
    ),
    "drivers: name at least one": lambda: va.satisfaction_drivers(ROWS, drivers=[]),
    r"by=\[\]": lambda: rt.stay_curve(ROWS, by=[]),
    "budget='9'": lambda: rt.allocate_hours(ROWS, gain="money", hours="hours", budget="9"),
    "column 'band': 1 values are missing": lambda: rt.offer_uplift(
        LOST.assign(band=LOST["band"].where(LOST.index > 0)), by="band", cost=1
    ),
    "column 'offer': 2, wanted 0 or 1": lambda: rt.offer_uplift(LOST.assign(offer=2), by="band", cost=1),
    "no rows at all; wanted some with band": lambda: rt.offer_uplift(LOST.head(0), by="band", cost=1),
    "n_scenarios=0": lambda: pf.demand_scenarios(WISH, n_scenarios=0),
    "growth: -1.0 is no finite number": lambda: pf.demand_scenarios(WISH, n_scenarios=2, growth=(1, -1.0)),
    "growth: wanted": lambda: pf.demand_scenarios(WISH, n_scenarios=2, growth=()),
    "no rows at all; wanted some with customer_id": lambda: pf.demand_scenarios(WISH.head(0), n_scenarios=2),
    "column 'season' is missing": lambda: pf.demand_scenarios(WISH.drop(columns="season"), n_scenarios=2),
    "column 'week' is missing": lambda: pf.came_for(WISH),
    "stay_away='x'": lambda: pf.brought_visits(ROWS, stay_away="x"),
}


@pytest.mark.parametrize("told", REFUSED)
def test_what_cannot_be_computed_is_refused_by_name(told):
    with pytest.raises(ValueError, match=told):
        REFUSED[told]()


def test_a_treatment_of_true_and_false_is_one_of_one_and_nought():
    one = rt.offer_uplift(LOST, by="band", cost=1)
    two = rt.offer_uplift(LOST.astype({"offer": bool, "returned": bool}), by="band", cost=1)
    pd.testing.assert_frame_equal(one, two)


def test_nobody_to_serve_is_no_mistake():
    assert rt.allocate_hours(ROWS.head(0), gain="money", hours="hours", budget=9).empty
