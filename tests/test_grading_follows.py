"""What follows from a wrong table, set or text is carried where it moves with it, not where it only fits."""

import pytest
from gradedclass import hand_in, handed_out, outcomes, pseudonym, results, solved, words

from crmlib.cli import main

CELLS = (
    "md:# Services",
    "parameters",
    "code:import numpy as np\nimport pandas as pd\n\nrng = np.random.default_rng(seed)\n"
    'names = [f"service {n % 6}" for n in range(120)]\n'
    "profit = rng.normal(0, 40, 120) + 20 * rng.permutation(6)[np.arange(120) % 6] - 50\n"
    'visits = pd.DataFrame({"service": names, "profit": profit.round(2)})',
    "md:### Profit by service {#by_service points=2}",
    "code:# solution: table key=service\n# column service: text\n# column profit: number abs=0.01\n"
    'by_service = visits.groupby("service", as_index=False).profit.sum()',
    "md:### The loss-makers {#lossy points=1 follows=by_service}",
    "code:# solution: set of text\nlossy = set(by_service[by_service.profit < 0].service)",
    "code:# mistake: These make a profit.\nlossy = set(by_service[by_service.profit >= 0].service)",
    "md:### How many? {#n_lossy points=1 follows=lossy}",
    "code:# solution: number range=0..\nn_lossy = len(lossy)",
    "md:### The worst {#worst points=1 follows=by_service}",
    "code:# solution: text\nworst = by_service.sort_values('profit').service.iloc[0]",
    "code:# mistake: That is the best.\nworst = by_service.sort_values('profit').service.iloc[-1]",
    "md:### Its visits {#profit_of_worst points=1 follows=worst}",
    "code:# solution: number abs=0.01\nprofit_of_worst = visits[visits.service == worst].profit.abs().sum()",
)
MEAN = 'visits.groupby("service").profit.mean() + 40'
WRONG = {"by_service": "wrong", "lossy": "carried forward"}
# By what is handed in: the answers that are not the author's, and the outcomes that are not "correct".
ANSWERS = [
    ({"by_service": f"by_service = ({MEAN}).reset_index()"}, WRONG),
    (
        {
            "by_service": f"by_service = {MEAN}",
            "lossy": "lossy = by_service.index[by_service < 0]",
            "worst": "worst = by_service.idxmin()",
        },
        WRONG,
    ),
    (
        {
            "by_service": 'by_service = pd.DataFrame({"service": ["service 0"], "profit": [1.0]})',
            "lossy": "lossy = set() if len(by_service) else set()",
            "n_lossy": "n_lossy = len(lossy)",
            "worst": "worst = 'service 0' if len(by_service) else ''",
        },
        {"by_service": "wrong", "lossy": "wrong", "worst": "wrong"},
    ),
    (
        {"lossy": "lossy = set()", "n_lossy": "n_lossy = 0 * len(lossy)"},
        {"lossy": "wrong", "n_lossy": "wrong"},
    ),
    ({"lossy": "lossy = set()"}, {"lossy": "wrong", "n_lossy": "carried forward"}),
    (
        {"worst": "worst = by_service.sort_values('profit').service.iloc[3]"},
        {"worst": "wrong", "profit_of_worst": "carried forward"},
    ),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The outcomes by the number of what was handed in."""
    folder, count = tmp_path_factory.mktemp("services"), len(ANSWERS)
    which = {"count": count, "cells": CELLS}
    hand_in(folder / "in", *(solved(n, answers, **which) for n, (answers, _) in enumerate(ANSWERS)))
    assert handed_out(**which)
    assert main(words(folder, **which)) == 0
    found = results(folder)
    return [outcomes(found[pseudonym(n, **which)]) for n in range(count)]


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_what_follows_is_carried_and_what_only_fits_is_not(graded, number):
    expected = ANSWERS[number][1]
    assert {name: graded[number][name] for name in expected} == expected
