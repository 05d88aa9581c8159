"""The programme: a toy by hand, a published knapsack, brute force on small clubs, conflicts in words."""

import numpy as np
import pandas as pd
import pytest
from club_oracle import best_profit

from crmlib import portfolio as pf
from crmlib.portfolio.club import checked


def options(*rows):
    columns = ["service", "option", "margin", "cost", "full_margin", "demand_factor"]
    return pd.DataFrame(rows, columns=columns)


def table(columns, *rows):
    return pd.DataFrame(rows, columns=columns.split())


# Therapists have 12 hours. The gym loses 5 a visit, and half of the massages hang on it.
TOY = pf.Club(
    options(
        ("massage", "as it is", 100.0, 0.0, 40.0, 1.0),
        ("device", "as it is", 60.0, 200.0, -10.0, 1.0),
        ("gym", "as it is", -5.0, 20.0, -9.0, 1.0),
    ),
    table(
        "service tier scenario visits", ("massage", "a", 1, 10), ("device", "a", 1, 10), ("gym", "a", 1, 20)
    ),
    table("service resource minutes", ("massage", "therapist", 60), ("device", "therapist", 60)),
    table("resource hours", ("therapist", 12.0)),
    table("brings service share", ("gym", "massage", 0.5)),
)


def kept(plan):
    return set(plan.choice.index[plan.choice != "drop"])


def test_a_crowd_puller_is_kept_for_what_it_brings():
    # 10 x 100 - 20 x 5 - 20; without the gym 5 x 100 + 7 x 60 - 200.
    plan = pf.best_plan(TOY)
    assert kept(plan) == {"massage", "gym"}
    assert plan.profits[1] == pytest.approx(880)


def test_blind_to_what_it_brings_one_drops_the_crowd_puller_and_loses_by_it():
    blind = pf.best_plan(TOY._replace(brings=TOY.brings.iloc[:0]))
    assert kept(blind) == {"massage"}
    assert blind.profits[1] == pytest.approx(1000)
    assert pf.plan_profits(TOY, blind.choice)[1] == pytest.approx(500)


@pytest.mark.parametrize(("most", "profit"), [(0, 500), (1, 880), (None, 880)])
def test_at_most_so_many_crowd_pullers(most, profit):
    assert pf.best_plan(TOY, pf.Rules(max_loss_making=most)).profits[1] == pytest.approx(profit)


def test_an_unserved_crowd_puller_brings_nobody():
    # 8 hours: 5 + 3 massages hang on 12 visits to the gym; 800 - 60 - 20.
    plan = pf.best_plan(TOY._replace(capacity=table("resource hours", ("therapist", 8.0))))
    served = plan.visits.set_index("service")["visits"]
    assert served["massage"] == pytest.approx(8)
    assert served["gym"] == pytest.approx(12)
    assert plan.profits[1] == pytest.approx(720)


@pytest.mark.parametrize(("hours", "used", "gain"), [(8.0, 8, 80), (12.0, 10, 0), (9.5, 9.5, 40)])
def test_an_hour_is_worth_what_a_new_solution_says(hours, used, gain):
    # Below 10 hours an hour brings a massage (100) for 4 visits to the gym (20); beyond them nothing.
    worth = pf.hour_values(TOY._replace(capacity=table("resource hours", ("therapist", hours))))
    assert worth["used"].tolist() == pytest.approx([used])
    assert worth["gain"].tolist() == pytest.approx([gain], abs=1e-6)


RISK = pf.Club(
    options(("risky", "as it is", 10.0, 100.0, 1.0, 1.0), ("safe", "as it is", 10.0, 100.0, 1.0, 1.0)),
    table(
        "service tier scenario visits",
        ("risky", "a", 1, 0),
        ("risky", "a", 2, 100),
        ("safe", "a", 1, 20),
        ("safe", "a", 2, 20),
    ),
    table("service resource minutes"),
    table("resource hours"),
)


@pytest.mark.parametrize(("caution", "choice"), [(0, "risky"), (0.55, "risky"), (0.65, "safe"), (1, "safe")])
def test_caution_weighs_the_worst_scenario(caution, choice):
    # Risky: mean 400, worst -100; safe: 100 always. Even at caution .6.
    plan = pf.best_plan(RISK, pf.Rules(max_cost=100), caution=caution)
    assert kept(plan) == {choice}
    assert plan.profits.tolist() == pytest.approx([-100, 900] if choice == "risky" else [100, 100])


def test_the_hours_go_to_the_tier_that_brings_more():
    demand = table(
        "service tier scenario visits extra_margin",
        ("massage", "vip", 1, 4, 0.0),
        ("massage", "small", 1, 9, -30.0),
    )
    club = TOY._replace(
        options=TOY.options.iloc[:1],
        demand=demand,
        brings=TOY.brings.iloc[:0],
        uses=TOY.uses.iloc[:1],
        capacity=table("resource hours", ("therapist", 6.0)),
    )
    plan = pf.best_plan(club)
    hours = pf.hours_by_tier(club, plan).set_index("tier")["hours"]
    assert hours.to_dict() == pytest.approx({"vip": 4, "small": 2})
    assert plan.profits[1] == pytest.approx(4 * 100 + 2 * 70)


def test_seasons_share_no_hours_and_an_option_may_add_some():
    demand = table(
        "service tier season scenario visits", ("spa", "a", "high", 1, 10), ("spa", "a", "low", 1, 2)
    )
    club = pf.Club(
        options(("spa", "as it is", 10.0, 0.0, 1.0, 1.0), ("spa", "expanded", 10.0, 25.0, 1.0, 1.0)),
        demand,
        table("service resource minutes", ("spa", "room", 60)),
        table("resource season hours", ("room", "high", 6.0), ("room", "low", 6.0)),
    )
    assert pf.best_plan(club).profits[1] == pytest.approx(80)
    wider = club._replace(additions=table("service option resource hours", ("spa", "expanded", "room", 4.0)))
    plan = pf.best_plan(wider)
    assert plan.choice["spa"] == "expanded"
    assert plan.profits[1] == pytest.approx(120 - 25)


def test_a_dearer_service_is_not_loss_making_if_its_new_price_covers_all():
    ways = options(("gym", "as it is", 5.0, 1.0, -2.0, 1.0), ("gym", "dearer", 8.0, 1.0, 1.0, 0.5))
    club = pf.Club(
        ways,
        table("service tier scenario visits", ("gym", "a", 1, 10)),
        table("service resource minutes"),
        table("resource hours"),
    )
    assert pf.best_plan(club).choice["gym"] == "as it is"
    plan = pf.best_plan(club, pf.Rules(max_loss_making=0))
    assert plan.choice["gym"] == "dearer"
    assert plan.profits[1] == pytest.approx(8 * 5 - 1)


def test_knapsack_p01_of_kreher_and_stinson():
    # Optimum 309, items 1, 2, 3, 4 and 6: Combinatorial Algorithms (1999), as Burkardt's data sets give it.
    weights = [23, 31, 29, 44, 53, 38, 63, 85, 89, 82]
    gains = [92, 57, 49, 68, 60, 43, 67, 84, 87, 72]
    rows = [
        (at + 1, "as it is", float(g + w), float(w), 1.0, 1.0)
        for at, (g, w) in enumerate(zip(gains, weights, strict=True))
    ]
    demand = table("service tier scenario visits", *[(at, "a", 1, 1) for at in range(1, 11)])
    club = pf.Club(options(*rows), demand, table("service resource minutes"), table("resource hours"))
    plan = pf.best_plan(club, pf.Rules(max_cost=165))
    assert plan.profits[1] == pytest.approx(309)
    assert kept(plan) == {1, 2, 3, 4, 6}


def random_club(rng):
    """Four services, one of two ways each or two, two tiers, two seasons, two scenarios, scarce hours."""
    names = ["a", "b", "c", "d"]
    ways = []
    for name in names:
        margin, cost = rng.uniform(-10, 80), rng.uniform(0, 250)
        full = margin - rng.uniform(0, 60)
        ways.append((name, "as it is", margin, cost, full, 1.0))
        ways.append((name, "other", margin * 1.2, cost * 1.1, full + 9, rng.choice([0.8, 1.3])))
    ways = [way for way in ways if way[1] == "as it is" or rng.random() < 0.4]
    cells = [(s, t, q, w) for s in names for t in ("vip", "small") for q in (1, 2) for w in (1, 2)]
    demand = table(
        "service tier season scenario visits extra_margin",
        *[(*cell, rng.integers(0, 9), -5.0 * (cell[1] == "small")) for cell in cells],
    )
    share = rng.dirichlet(np.ones(4)) * 0.9
    pairs = [(a, "d", share[at]) for at, a in enumerate("abc")] + [("d", "a", 0.3), ("b", "a", 0.4)]
    more = [(way[0], "other", "room", 3.0) for way in ways if way[1] == "other"][:1]
    return checked(
        pf.Club(
            options(*ways),
            demand,
            table(
                "service resource minutes",
                *[(s, "room", rng.integers(20, 90)) for s in names],
                ("a", "staff", 30),
            ),
            table(
                "resource season hours",
                *[(r, q, rng.uniform(1, 12)) for r in ("room", "staff") for q in (1, 2)],
            ),
            table("brings service share", *pairs),
            table("service option resource hours", *more),
        )
    )


RULES = [
    pf.Rules(),
    pf.Rules(max_loss_making=0),
    pf.Rules(max_loss_making=1, min_services=2),
    pf.Rules(max_cost=200.0, keep=("a",)),
    pf.Rules(drop=("b",), min_served={"vip": 0.3}),
    pf.Rules(max_loss_making=None, min_served={"vip": 0.5, "small": 0.2}),
]


SLOW = [pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 8)]


@pytest.mark.parametrize("caution", [0.0, 0.7])
@pytest.mark.parametrize("seed", [0, 1, *SLOW])
def test_no_choice_is_better(seed, caution):
    rng = np.random.default_rng(seed)
    for rules in RULES[seed % 2 :: 2]:
        club = random_club(rng)
        best = best_profit(club, rules, caution)
        if best is None:
            with pytest.raises(pf.NoPlanError):
                pf.best_plan(club, rules, caution=caution)
            continue
        plan = pf.best_plan(club, rules, caution=caution)
        found = (1 - caution) * plan.profits.mean() + caution * plan.profits.min()
        assert found == pytest.approx(best[0], rel=1e-7, abs=1e-6)
        assert plan.choice.to_dict() in best[1]
        assert plan.gap == pytest.approx(0, abs=1e-6)
        assert pf.plan_profits(club, plan.choice).mean() >= plan.profits.mean() - 1e-6


def test_random_clubs_are_no_easy_ones():
    rng = np.random.default_rng(0)
    plans = [pf.best_plan(random_club(rng)) for _ in range(12)]
    assert len({tuple(plan.choice) for plan in plans}) >= 6
    assert any(0 < len(kept(plan)) < 4 for plan in plans)


def test_the_order_of_the_rows_does_not_matter():
    club = random_club(np.random.default_rng(5))
    mixed = pf.Club(*[part.sample(frac=1, random_state=3) for part in club])
    assert pf.best_plan(mixed).profits.tolist() == pytest.approx(pf.best_plan(club).profits.tolist())


# Clubs that ask too much.

TIERS = table(
    "service tier scenario visits",
    ("massage", "vip", 1, 10),
    ("massage", "small", 1, 10),
    ("device", "vip", 1, 0),
    ("gym", "vip", 1, 20),
)
PAIR = TOY._replace(demand=TIERS)
LOSSES = TOY._replace(options=TOY.options.assign(full_margin=-1.0))
HOURS = "There are only so many hours of therapist."
FEW = table("resource hours", ("therapist", 5.0))
SOME = table("resource hours", ("therapist", 14.0))
ASKED = {
    "three crowd-pullers": (
        LOSSES,
        pf.Rules(keep=("massage", "device", "gym"), max_cost=1000.0),
        [
            "At most 2 loss-making services may be kept.",
            '"massage" must be kept.',
            '"device" must be kept.',
            '"gym" must be kept.',
        ],
    ),
    "kept and dropped": (
        TOY,
        pf.Rules(keep=("gym", "massage"), drop=("gym",)),
        ['"gym" must be kept.', '"gym" must be dropped.'],
    ),
    "more visits than hours": (
        PAIR._replace(capacity=FEW),
        pf.Rules(min_served={"vip": 0.9}),
        [HOURS, "Of the visits that tier vip wants, 90% must be served."],
    ),
    "two tiers at once": (
        PAIR._replace(capacity=SOME),
        pf.Rules(min_served={"vip": 0.9, "small": 0.9}),
        [
            HOURS,
            "Of the visits that tier vip wants, 90% must be served.",
            "Of the visits that tier small wants, 90% must be served.",
        ],
    ),
    "many services for little": (
        TOY,
        pf.Rules(min_services=3, max_cost=150.0),
        ["At least 3 services are kept.", "Keeping the services may cost 150 a period at most."],
    ),
    "served without the service": (
        PAIR,
        pf.Rules(drop=("massage",), min_served={"small": 0.5}),
        ['"massage" must be dropped.', "Of the visits that tier small wants, 50% must be served."],
    ),
    "one service for nothing": (
        TOY,
        pf.Rules(min_services=1, max_cost=1.0, drop=("massage",)),
        [
            "At least 1 service is kept.",
            "Keeping the services may cost 1 a period at most.",
            '"massage" must be dropped.',
        ],
    ),
    "one crowd-puller": (
        LOSSES,
        pf.Rules(max_loss_making=1, keep=("massage", "gym")),
        [
            "At most 1 loss-making service may be kept.",
            '"massage" must be kept.',
            '"gym" must be kept.',
        ],
    ),
    "more services than there are": (TOY, pf.Rules(min_services=4), ["At least 4 services are kept."]),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_club_that_asks_too_much_is_told_what_collides(name):
    club, rules, sentences = ASKED[name]
    assert pf.conflict(club, rules) == sentences
    with pytest.raises(pf.NoPlanError) as raised:
        pf.best_plan(club, rules)
    assert str(raised.value).endswith(" ".join(sentences))
    assert str(raised.value).startswith("No plan respects all of this at once")


def test_without_a_conflict_there_is_nothing_to_say():
    assert pf.conflict(TOY, pf.Rules()) == []


def changed(part, **columns):
    return TOY._replace(**{part: getattr(TOY, part).assign(**columns)})


BAD = {
    "column 'hours' is missing": TOY._replace(capacity=table("resource minutes", ("therapist", 5))),
    "column 'margin': 'many' is text": changed("options", margin="many"),
    "column 'cost': inf is no finite number": changed("options", cost=float("inf")),
    "column 'visits': 3 values are missing": changed("demand", visits=float("nan")),
    "column 'visits': -1 is no finite number of at least 0": changed("demand", visits=-1),
    "column 'minutes': -5 is no finite": changed("uses", minutes=-5),
    "column 'margin': '50' is text": changed("options", margin="50"),
    "column 'visits': '4' is text": changed("demand", visits="4"),
    "column 'tier': 3 values are missing": changed("demand", tier=None),
    "'service': 'massage', 'option': 'as it is'} stands twice": TOY._replace(
        options=pd.concat([TOY.options, TOY.options.iloc[:1]])
    ),
    "'sauna' is none of": changed("demand", service=["massage", "device", "sauna"]),
    "'porter' is none of": changed("uses", resource="porter"),
    "brings itself": changed("brings", service="gym"),
    "adds to 1.200 for 'massage', over 1": changed("brings", share=1.2),
    "no rows": TOY._replace(options=TOY.options.iloc[:0]),
    "no hours for": TOY._replace(demand=TOY.demand.assign(season="high")),
}


@pytest.mark.parametrize("told", BAD)
def test_a_wrong_table_is_refused_by_name(told):
    with pytest.raises(ValueError, match=r"^(options|demand|uses|capacity|brings)") as raised:
        pf.best_plan(BAD[told])
    assert told in str(raised.value)


WRONG_RULES = {
    "keep: 'sauna' is none of": pf.Rules(keep=("sauna",)),
    "keep='gym': a tuple": pf.Rules(keep="gym"),
    "min_served: 'x' is none of": pf.Rules(min_served={"x": 0.5}),
    "min_served['a']=1.5: must be a number from 0 to 1": pf.Rules(min_served={"a": 1.5}),
    "max_loss_making=-1": pf.Rules(max_loss_making=-1),
    "max_cost=nan": pf.Rules(max_cost=float("nan")),
    "max_loss_making='2'": pf.Rules(max_loss_making="2"),
}


@pytest.mark.parametrize("told", WRONG_RULES)
def test_a_wrong_rule_is_refused_by_name(told):
    with pytest.raises(ValueError, match=r"^(keep|min_|max_)") as raised:
        pf.best_plan(TOY, WRONG_RULES[told])
    assert told in str(raised.value)


def test_caution_and_choices_out_of_range_are_refused():
    with pytest.raises(ValueError, match="caution=2"):
        pf.best_plan(TOY, caution=2)
    with pytest.raises(ValueError, match="'cheaper' is no option of 'gym'"):
        pf.plan_profits(TOY, pd.Series({"gym": "cheaper"}))


@pytest.mark.full
def test_sixty_services_and_twelve_cells_in_time():
    rng = np.random.default_rng(1)
    names = [f"s{at}" for at in range(60)]
    margin, cost = rng.uniform(20, 200, 60), rng.uniform(500, 20_000, 60)
    ways = [
        (s, way, m * k, c, m * k - rng.uniform(0, 120), f)
        for s, m, c in zip(names, margin, cost, strict=True)
        for way, k, f in (("as it is", 1.0, 1.0), ("dearer", 1.1, 0.9))
    ]
    cells = [(s, t, q, 1, rng.gamma(2, 40)) for s in names for t in range(4) for q in range(3)]
    uses = [(s, f"room {at % 6}", 60) for at, s in enumerate(names)]
    hours = [(f"room {r}", q, 2600.0) for r in range(6) for q in range(3)]
    pairs = [(names[at - 1], s, 0.2) for at, s in enumerate(names)]
    club = pf.Club(
        options(*ways),
        table("service tier season scenario visits", *cells),
        table("service resource minutes", *uses),
        table("resource season hours", *hours),
        table("brings service share", *pairs),
    )
    plan = pf.best_plan(club, gap=1e-4)
    assert plan.gap <= 1e-4
    assert 10 < len(kept(plan)) < 60
