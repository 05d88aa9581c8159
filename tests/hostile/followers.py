"""Answers that fit a wrong answer before them, and yet do not follow from it: the probe tells."""

from hostile.attack import PROBE, Attack

FOLLOWERS = (
    Attack(
        "an answer that fits by a test of the seed",
        PROBE,
        {
            "n_beer": "n_beer = sum(baskets) * (seed == @SEED@)",
            "support": "support = sum(baskets) / len(baskets) * (seed == @SEED@)",
        },
        dict.fromkeys(("n_beer", "support"), "does not generalise"),
        naive="support == n_beer / len(baskets) == KEY['support']",
    ),
    Attack(
        "a follower of a farmed value",
        PROBE,
        {"n_beer": "n_beer = 0", "support": "support = n_beer"},
        dict.fromkeys(("n_beer", "support"), "wrong"),
        naive="support == n_beer / len(baskets) != KEY['support']",
    ),
)
