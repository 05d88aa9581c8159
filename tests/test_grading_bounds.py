"""Replays and time of one file are bounded, and a question that was not reached is told the truth."""

import json

import pytest
from gradedclass import hand_in, outcomes, pseudonym, questions, results, solved, words
from toycase import LIGHT

from crmlib.cli import main

MORE = [(f"md:### {n} {{#q{n} points=1}}", f"code:# solution: number\nq{n} = seed") for n in range(3)]
CLASS = {"count": 4, "cells": (*LIGHT, *MORE[0], *MORE[1], *MORE[2])}
ENDS = ("n_beer", "first", "places", "draws", "q0", "q1")


def stopping(code: str, *names: str) -> dict:
    return dict.fromkeys(names, code)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The results of a class, by the student's number."""
    folder = tmp_path_factory.mktemp("bounds")
    answers = [stopping("import os\nos._exit(0)", *ENDS[:count]) for count in (6, 4, 0)]
    hand_in(folder / "in", *(solved(n, one, **CLASS) for n, one in enumerate(answers)))
    assert main(words(folder, **CLASS)) == 0
    found = results(folder)
    return [found[pseudonym(number, **CLASS)] for number in range(3)]


def test_a_question_after_the_last_replay_is_told_whose_code_ended_the_run(graded):
    asked = questions(graded[0])
    assert {asked[name]["outcome"] for name in (*ENDS, "q2")} == {"died"}
    for name in ENDS[:5]:
        assert "Your code for this question ended the whole run." in asked[name]["said"][0]
    for name in ("q1", "q2"):
        (said,) = asked[name]["said"]
        assert "did not get as far as this question: the code for `q0` ended the run" in said
        assert "begun anew 4 times" in said
        assert asked[name]["raw"] == 0
    assert "run again at most 4 times" in graded[0]["notes"][1]


def test_with_one_stop_less_every_honest_question_counts(graded):
    found = outcomes(graded[1])
    assert [found[name] for name in ("q0", "q1", "q2", "which")] == ["correct"] * 4
    assert len(graded[1]["notes"]) == 1


def test_the_bounds_stand_in_each_result(graded):
    for result in graded:
        assert result["limits_together"] == {"cpu_seconds": 360, "wall_seconds": 720, "replays": 4}


@pytest.mark.full
def test_what_the_time_of_a_file_does_not_reach_says_so(tmp_path):
    loops = stopping("while True: pass", *ENDS[:5], "which")
    hand_in(tmp_path / "in", solved(0, loops, **CLASS))
    assert main(words(tmp_path, "--cpu-seconds", "1", **CLASS)) == 0
    (result,) = results(tmp_path).values()
    asked = questions(result)
    assert {asked[name]["outcome"] for name in (*ENDS[:5], "which")} == {"timeout"}
    assert "Your code for this question did not come to an end." in asked["which"]["said"][0]
    assert asked["memo"]["outcome"] == "timeout"
    assert asked["memo"]["said"] == [
        "Your notebook did not get as far as this question: all its runs together took more than "
        "6 seconds of processor time, and it is run no more."
    ]
    assert "took more than 6 seconds" in result["notes"][-1]
    record = json.loads((tmp_path / "out" / "trace" / result["student"] / "runs.json").read_bytes())
    assert (len(record["unseen"]), len(record["own"])) == (5, 1)
    assert record["settled"]
