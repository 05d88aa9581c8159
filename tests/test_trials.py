"""The tests of exercises must fail when a check is weakened: that is what they are for."""

import re
from dataclasses import replace

import pytest
from toycase import LIGHT, make_toy, toy, toy_keys

from crmlib.workbook import author, trials, wellposed
from crmlib.workbook.learner import Cell
from crmlib.workbook.payload import pack, unpack
from crmlib.workbook.trials import Trials, trial, try_out


def test_the_toy_case_has_nothing_to_mend():
    assert try_out(toy(), range(1, 4)) == Trials(())


def altered(change):
    """Changes each exercise that the sheet carries."""

    def alter(cells):
        return [replace(cell, source=_repacked(cell.source, change)) for cell in cells]

    return alter


def _repacked(source, change):
    if not source.startswith("open_sheet("):
        return source
    sheet = unpack(source.split('"""')[1])
    exercises = tuple(change(asked) for asked in sheet.exercises)
    return f'open_sheet("""{pack(replace(sheet, exercises=exercises))}""")'


def prelude(code):
    return lambda cells: [Cell(0, "", code), *cells]


def wide(asked):
    """Every tolerance a hundred times as wide: the grid of the answer is another one."""
    return replace(asked, spec=replace(asked.spec, abs=100 * asked.spec.abs))


MUTATIONS = {
    "another tolerance": altered(wide),
    "a mistake dropped": altered(lambda a: replace(a, mistakes=a.mistakes[1:], wrong=a.wrong[1:])),
    "two mistakes exchanged": altered(lambda a: replace(a, wrong=a.wrong[::-1])),
    "the answer of another exercise": altered(
        lambda a: replace(a, answer=a.wrong[0] if a.wrong else a.answer)
    ),
    "nothing is judged": altered(lambda a: replace(a, answer=None)),
    "a follower forgets what it follows": prelude(
        "from crmlib.workbook import student\nstudent.Session.done = lambda self, name: False"
    ),
    "full marks for anything": prelude(
        "from crmlib.workbook import student\nfrom crmlib.workbook.diagnosis import Finding\n"
        "student.diagnose = lambda value, *a, **k: Finding('right', 1.0, value)"
    ),
    "full marks for what is wrong": prelude(
        "from crmlib.workbook import compare, diagnosis\n"
        "diagnosis.judge = lambda value, spec, reference: compare.Verdict(1, 1)"
    ),
    "a tolerance a hundred times as wide": prelude(
        "from crmlib.workbook import digests\n"
        "digests.ceil = lambda x: int(x) - 99\n"
        "digests._opens = lambda sealed, place, value, spec: True"
    ),
    "no mistake is known": prelude(
        "from crmlib.workbook import diagnosis\ndiagnosis.same = lambda *a, **k: False"
    ),
    "a blank is an answer": prelude(
        "from crmlib.workbook import diagnosis\nreal = diagnosis.plain\n"
        "diagnosis.plain = lambda value, spec: 0 if value is ... else real(value, spec)"
    ),
    "a check that raises": prelude("from crmlib.workbook import student\nstudent.diagnose = None"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_weakened_check_is_caught(name):
    assert trial(toy(), *toy_keys(), alter=MUTATIONS[name]) != []


def test_a_card_that_tells_the_answer_is_caught():
    code = (
        "from crmlib.workbook import tutor\nreal = tutor.Tutor._wrong\n"
        "tutor.Tutor._wrong = lambda self, f, a: [*real(self, f, a), 'It is %s' % told()]"
    )
    tell = (
        "import builtins\ndef told():\n    b = baskets\n"
        "    return (b.beer & b.diapers).mean() / (b.beer.mean() * b.diapers.mean())\nbuiltins.told = told"
    )

    def alter(cells):
        at = next(i for i, cell in enumerate(cells) if cell.source.startswith("open_sheet("))
        return [*cells[:at], Cell(0, "", code), Cell(0, "", tell), *cells[at:]]

    assert any("gives the answer away" in trouble for trouble in trial(toy(), *toy_keys(), alter=alter))


def light(tmp_path, *swaps):
    cells = LIGHT
    for old, new in swaps:
        assert any(old in cell for cell in cells), old
        cells = [cell.replace(old, new) for cell in cells]
    return author.read(make_toy(tmp_path, cells))


def test_an_answer_no_seed_changes_is_told(tmp_path):
    constant = light(tmp_path, ("first = baskets.index", "first = 5  # baskets.index"))
    assert [t for t in try_out(constant, [1, 2, 3]).troubles if t.startswith("first: the answer is the same")]


def test_the_seeds_at_which_a_mistake_is_the_answer_are_told(tmp_path):
    ill = light(tmp_path, ("n_beer = len(baskets)", "n_beer = sum(baskets) + (seed != 2)"))
    (often,) = try_out(ill, [1, 2, 3]).troubles
    assert re.match(r'seed 2: cell 6, .*"You counted all baskets', often)


def test_a_seed_in_ten_may_be_ill_posed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "trial", lambda *a: [])
    ill = light(tmp_path, ("n_beer = len(baskets)", "n_beer = sum(baskets) + (seed != 2)"))
    seldom = try_out(ill, range(1, 11))
    assert (seldom.troubles, len(seldom.ill)) == ((), 1)
    assert len(try_out(ill, range(1, 10)).troubles) == 1


def test_a_solution_that_fails_at_a_seed_is_told(tmp_path):
    broken = light(tmp_path, ("n_beer = sum(baskets)", "n_beer = sum(baskets) // (seed - 2)"))
    assert [
        t for t in try_out(broken, [1, 2]).troubles if t.startswith("seed 2: cell 5,") and "ZeroDivision" in t
    ]


def test_a_tolerance_wider_than_a_mistake_is_far_is_told(tmp_path):
    troubles = try_out(light(tmp_path, ("abs=0.001", "abs=30")), [1, 2]).troubles
    assert len(troubles) == 4
    assert sum("narrower than" in trouble for trouble in troubles) == 2
    assert sum("You gave a percentage" in trouble for trouble in troubles) == 2


def test_weakened_rules_of_the_author_are_caught(monkeypatch):
    assert wellposed.problems(toy(), toy_keys()[0]) == []
    monkeypatch.setattr(wellposed, "APART", 1e6)
    assert wellposed.problems(toy(), toy_keys()[0]) != []
