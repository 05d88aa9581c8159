"""What the simulated beauty club sells, who comes, and what an hour of anything costs. All invented."""

import pandas as pd

NEW_FROM_WEEK = 53
YEAR = 52

SERVICES = pd.DataFrame(
    [
        ("slimming massage", "slimming", 220, 60, "treatment", "therapist", 60, 15, 0, False, 10, 0.1, 0.5),
        ("slimming wrap", "slimming", 260, 75, "treatment", "therapist", 40, 45, 0, True, 6, 0.0, 0.4),
        ("slimming device", "slimming", 320, 60, "device", "therapist", 60, 30, 75, False, 5, 0.3, 0.3),
        ("facial", "beauty", 180, 60, "treatment", "beautician", 60, 30, 0, False, 10, 0.0, 0.5),
        ("skin care", "beauty", 240, 75, "treatment", "beautician", 75, 60, 0, True, 6, 0.1, 0.4),
        ("skin device", "beauty", 360, 60, "device", "beautician", 60, 50, 100, False, 5, 0.3, 0.3),
        ("gym", "fitness", 60, 75, "gym", "trainer", 8, 2, 3, False, 14, 0.0, 0.7),
        ("fitness class", "fitness", 35, 60, "gym", "trainer", 12, 2, 2, False, 9, 0.2, 0.8),
        ("personal training", "fitness", 260, 60, "gym", "trainer", 60, 2, 5, False, 4, 0.2, 0.4),
        ("acupuncture", "therapy", 200, 45, "treatment", "physiotherapist", 40, 12, 0, True, 5, 0.1, 0.5),
        ("physiotherapy", "therapy", 240, 45, "treatment", "physiotherapist", 45, 20, 0, False, 4, 0.1, 0.5),
        ("heat therapy", "therapy", 110, 60, "device", "physiotherapist", 15, 15, 15, False, 5, 0.2, 0.2),
    ],
    columns=[
        "service",
        "family",
        "price",
        "minutes",
        "room_kind",
        "staff_kind",
        "staff_minutes",
        "materials_cost",
        "equipment_cost_per_use",
        "brand_public",
        "appeal",
        "quality",
        "pull",
    ],
)
NEW = ("slimming device", "skin device", "heat therapy")
FAMILIES = {"slimming": 0.3, "beauty": 0.25, "fitness": 0.3, "therapy": 0.15}  # share of members
# Log-percent of visits lost per log-percent of price.
ELASTICITY = {"slimming": 0.8, "beauty": 1.2, "fitness": 0.5, "therapy": 0.6}

TYPES = pd.DataFrame(
    [
        # kind, share, visits a week, discount, minutes used / booked, leaves a week, taste for the new
        ("loyal", 0.12, 0.90, 0.03, 1.0, 0.0025, 1.0),
        ("regular", 0.38, 0.35, 0.05, 1.0, 0.005, 1.0),
        ("small", 0.38, 0.12, 0.08, 1.0, 0.009, 1.0),
        ("squeezer", 0.06, 1.00, 0.52, 1.2, 0.004, 1.0),
        ("costly", 0.04, 1.00, 0.15, 2.0, 0.004, 8.0),
        ("group", 0.02, 0.02, 0.25, 1.1, 0.004, 1.0),
    ],
    columns=["kind", "share", "rate", "discount", "overrun", "leaves", "taste"],
)
GROUP_SIZE = 14  # visits of one booking of a group

# resource, kind, driver, minutes or uses a week of one unit (a room for a day, a quarter of a post, …),
# cost of one of these
POOLS = pd.DataFrame(
    [
        ("rent", "treatment", "room_minutes", 600, 0.50),
        ("rent", "device", "room_minutes", 600, 0.50),
        ("rent", "gym", "room_minutes", 600, 0.10),
        ("staff", "therapist", "staff_minutes", 525, 0.95),
        ("staff", "beautician", "staff_minutes", 525, 0.95),
        ("staff", "trainer", "staff_minutes", 525, 1.05),
        ("staff", "physiotherapist", "staff_minutes", 525, 1.25),
        ("equipment", "slimming device", "uses", 5, 45.0),
        ("equipment", "skin device", "uses", 5, 52.0),
        ("equipment", "heat therapy", "uses", 5, 15.0),
        ("admin", "all", "visits", 25, 15.0),
    ],
    columns=["resource", "kind", "driver", "unit_capacity", "rate"],
)
SPARE = 1.08  # capacity ordered per capacity needed, before whole rooms and people
