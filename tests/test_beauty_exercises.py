"""What the beauty club's exercises call right, against the programme itself."""

from pathlib import Path

from crmlib import portfolio as pf
from crmlib.workbook import author

EXERCISES = Path(__file__).parents[1] / "casestudies" / "beauty_club" / "exercises.ipynb"
HEAT = "heat therapy"


def test_what_is_saved_must_outweigh_takings_and_what_is_brought_added_together():
    # In this world more is saved than the service takes in, and than it brings, and yet it is worth keeping.
    book = author.read(EXERCISES)
    world = {"seed": 5}
    for code in book.setup:
        exec(code.source, world)
    exec(book.by_name["goes"].solution.source, world)
    takes = world["own"]["paid"].sum()
    brings = _brought(world["year"], world["now"])
    as_it_is = world["now"].options.set_index("service")["option"]
    without = as_it_is.where(as_it_is.index != HEAT, "drop")
    loss = (pf.plan_profits(world["now"], as_it_is) - pf.plan_profits(world["now"], without))[0]
    assert max(takes, brings) < world["goes"] < takes + brings
    assert loss > 0
    assert pf.best_plan(world["now"], pf.Rules(max_loss_making=None)).choice[HEAT] != "drop"
    right = next(line for line in book.by_name["net"].text.splitlines() if line.startswith("- `brings`"))
    assert right.endswith("takes in and what it brings to other services, added together")


def _brought(year, now):
    """What the visits that hang on the service leave at the others, before the costs of keeping these."""
    shares = now.brings[now.brings["brings"] == HEAT].set_index("service")["share"]
    margins = now.options.set_index("service")["margin"]
    return (shares * margins * year["service"].value_counts()).sum()
