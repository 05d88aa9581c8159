"""The probe: which other answers are put in, for which questions, and what they show."""

import pytest
from toycase import toy

from crmlib.workbook.grading import probe
from crmlib.workbook.grading.altered import with_answers
from crmlib.workbook.grading.marking import Mark, Paper
from crmlib.workbook.grading.probe import Probe
from crmlib.workbook.key import make_key

SUPPORT = toy().by_name["support"]


def attempt(**answers) -> dict:
    return {"answers": {name: {"json": text, "unfit": None, "cell": 1} for name, text in answers.items()}}


@pytest.fixture(scope="module")
def key():
    return make_key(toy(), {"seed": 1})


def paper(support, *, n_beer="0", own="0", reads=("n_beer",), probes=()) -> Paper:
    record = {
        "unseen": [attempt(n_beer=n_beer, support=repr(support))],
        "own": [attempt(n_beer=own, support="0")],
        "reads": {"support": list(reads)},
        "probes": list(probes),
    }
    return Paper("s-a", record, None, {"support": Mark("wrong", value=support)})


def share(names, put) -> dict:
    """The author's supports for what is put in."""
    return {"support": put["n_beer"] / 400}


def chosen(given: Paper, key, solve=share):
    return probe.probes(given, toy(), key, ["support"], solve)["support"]


def test_a_probe_is_chosen_at_which_the_author_s_answer_is_another(key):
    found = chosen(paper(0), key)
    assert found.put["n_beer"] not in (0, None)
    assert not found.aliases


def test_where_one_way_changes_nothing_the_other_way_is_tried(key):
    found = chosen(paper(0), key, lambda names, put: {"support": max(0, put["n_beer"] - 20)})
    assert found.put["n_beer"] > 20


@pytest.mark.parametrize("solved", [{"support": 0.25}, {}], ids=["stays", "fails"])
def test_where_the_author_s_answer_stays_or_fails_nothing_tells(solved, key):
    assert chosen(paper(0.25), key, lambda names, put: solved) is None
    assert not probe.follows(paper(0.25), SUPPORT, None, share)


def test_each_probe_is_run_once(key):
    one = Probe({"n_beer": 3}, aliases=False)
    assert probe.wanted({"a": one, "b": None, "c": one}) == [{"put": {"n_beer": 3}, "aliases": False}]


def test_what_does_not_name_the_answer_is_probed_with_its_aliases(key):
    assert chosen(paper(0, reads=()), key).aliases


@pytest.mark.parametrize("said", ['"0"', "[0]", "null", "nonsense", "[" * 100_000, "1e999"])
def test_nonsense_is_not_probed_and_stops_nothing(said, key):
    assert chosen(paper(0, n_beer=said), key) is None


def test_no_run_is_given_the_key(key):
    given = paper(0, own=str(key.answers["n_beer"] + 1))
    puts = [one.put["n_beer"] for one in probe._tried(given, toy(), key, ["n_beer"], aliases=False)]
    assert key.answers["n_beer"] not in puts
    assert {key.answers["n_beer"] + 1, *key.wrong(toy().by_name["n_beer"])} <= set(puts)


@pytest.mark.parametrize(("gave", "shown"), [("0.0075", True), ("0.0", False), ('"x"', False)])
def test_an_answer_follows_that_moves_as_the_author_s(gave, shown, key):
    asked = Probe({"n_beer": 3}, aliases=False)
    probes = [{"put": {"n_beer": 3}, "aliases": False, "attempt": attempt(support=gave)}]
    assert probe.follows(paper(0, probes=probes), SUPPORT, asked, share) is shown


def test_a_run_with_another_probe_shows_nothing(key):
    asked = Probe({"n_beer": 3}, aliases=False)
    probes = [{"put": {"n_beer": 4}, "aliases": False, "attempt": attempt(support="0.0075")}]
    assert not probe.follows(paper(0, probes=probes), SUPPORT, asked, share)
    assert not probe.follows(paper(0), SUPPORT, asked, share)


def test_answers_are_put_in_at_the_end_of_the_block():
    cells = [[1, "seed = 1"], [3, "n_beer = 0"], [4, 'check("n_beer", n_beer)'], [6, "support = n_beer"]]
    questions = {1: "", 3: "n_beer", 4: "n_beer", 6: "support"}
    changed = with_answers(cells, questions, {"put": {"n_beer": 3}, "aliases": False})
    assert [changed[i] for i in (0, 1, 3)] == [cells[i] for i in (0, 1, 3)]
    names = {"n_beer": 0, "check": lambda *_: None}
    exec(changed[2][1], names)
    assert names["n_beer"] == 3
    assert with_answers(cells, {6: "support"}, {"put": {"n_beer": 3}, "aliases": False}) == cells
