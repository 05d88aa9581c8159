"""The same file gives the same bytes, though objects lie at other addresses in every process."""

import json

import pytest
from gradedclass import hand_in, manifest, outcomes, pseudonym, questions, results, solved, words
from toycase import LIGHT

from crmlib.cli import main
from crmlib.workbook.grading import runs
from crmlib.workbook.sandbox import Cell, Ran, Said

WORD = ("md:### Word {#word points=1}", 'code:# solution: text\nword = "beer" if seed >= 0 else ""')
TOWN = ("md:### Town {#town points=1 graded=own}", 'code:# solution: text\ntown = "North"')
CLASS = {"count": 3, "cells": (*LIGHT, *WORD, *TOWN)}
NEW = {
    "n_beer": "class A: pass\nraise ValueError(A())",
    "first": "first = id(print)",  # was there before the forks
    "places": "places = {str(object())}",
    "draws": "import time\nraise ValueError(time.time_ns())",
    "memo": "memo = str(object())",
    "town": "town = str(object())",
}
OLD = {"word": "word = str(open)"}


def on_own_data_only(number: int) -> dict:
    """Code whose answer differs from run to run only where the data are the student's own."""
    seed = manifest(**CLASS).students[pseudonym(number, **CLASS)]["parameters"]["seed"]
    return {"first": f"import time\nfirst = time.time_ns() if seed == {seed} else 7"}


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A folder in which the class was graded twice, into `one` and into `two`."""
    folder = tmp_path_factory.mktemp("twice")
    hand_in(
        folder / "in",
        *(solved(n, answers, **CLASS) for n, answers in enumerate((NEW, OLD | on_own_data_only(1), None))),
    )
    for out in ("one", "two"):
        assert main(words(folder, out=out, **CLASS)) == 0
    return folder


def test_two_gradings_give_the_same_bytes(twice):
    one, two = (
        {path.name: path.read_bytes() for path in sorted((twice / out).glob("*.json"))}
        for out in ("one", "two")
    )
    assert one == two


def of(folder, number: int) -> dict:
    return results(folder, "one")[pseudonym(number, **CLASS)]


def test_an_answer_that_depends_on_where_an_object_lies_is_unstable(twice):
    new, old, right = (outcomes(of(twice, number)) for number in range(3))
    assert {name for name, outcome in new.items() if outcome == "unstable"} == {"first", "town"}
    assert {name for name, outcome in old.items() if outcome == "unstable"} == {"word"}
    assert set(right.values()) == {"correct", "hand"}


def test_what_a_student_got_at_own_data_is_told_where_it_is_the_same_each_time(twice):
    new, old, right = (questions(of(twice, number)) for number in range(3))
    assert (new["first"]["own"], old["word"]["own"], old["first"]["own"]) == (None, None, None)
    assert old["first"]["value"] == "7"
    assert old["n_beer"]["own"]["value"] != old["n_beer"]["value"]
    assert right["first"]["own"]["value"] != right["first"]["value"]


def test_an_error_is_told_as_far_as_it_is_the_same_each_time(twice):
    asked = questions(of(twice, 0))
    assert asked["n_beer"]["said"][0].endswith("ValueError: <__main__.A object at 0x...>")
    assert asked["draws"]["said"][0].endswith("an error: ValueError")
    assert asked["memo"]["value"] == "<object object at 0x...>"


def test_only_who_may_differ_is_run_again(twice):
    records = [
        json.loads((twice / "one" / "trace" / pseudonym(number, **CLASS) / "runs.json").read_bytes())
        for number in range(3)
    ]
    assert ["second" in record for record in records] == [True, True, False]


def test_what_is_wrong_with_an_answer_names_no_address():
    unfit = {"kind": "options", "where": ["<A object at 0x7fAB12>"], "values": {"options": "0x7f00"}}
    ran = Ran("none", {"a": Said(None, unfit, 1)}, {1: Cell()}, finished=True)
    (attempt,) = runs.play(lambda _: ran, [[1, ""]], {1: "a"}).attempts
    told = {"kind": "options", "where": ["<A object at 0x...>"], "values": {"options": "0x..."}}
    assert attempt["answers"]["a"]["unfit"] == told
