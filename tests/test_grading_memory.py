"""What a graded run holds in its memory: nothing of the key, the roster or another submission."""

import json
from threading import Thread

import pytest
from gradedclass import hand_in, handed_out, manifest, pseudonym, solved
from hostile.fort import CELLS, SPOKEN
from test_sandbox_walls import SEARCH

from crmlib.workbook import author
from crmlib.workbook.grading import submission
from crmlib.workbook.grading.bench import Bench, Setting, Task, public
from crmlib.workbook.key import make_key
from crmlib.workbook.rounds import roster
from crmlib.workbook.sandbox import Limits

CLASS = {"count": 3, "cells": CELLS}
NAME, WORDS = "Roswitha Zq9yL-Canary", "neighbour-Nm2vT-canary"
LIMITS = Limits(wall_seconds=30, cpu_seconds=20)


def task(folder, number: int, answers: dict) -> Task:
    """A student's submission with these answers, to be run; the author's own for `first` holds a secret."""
    hand_in(folder / str(number), solved(number, {"first": "first = 1"} | answers, **CLASS))
    given = submission.read((folder / str(number) / "handed-in-0.ipynb").read_bytes())
    assert given.student == pseudonym(number, **CLASS)
    own = manifest(**CLASS).students[given.student]["parameters"]
    return Task(given.student, given, manifest(**CLASS).unseen, own)


def said(done) -> str:
    """What the student answered to `word` at the class's parameters."""
    return json.loads(done.record["unseen"][-1]["answers"]["word"]["json"])


@pytest.fixture
def secrets(tmp_path):
    """What this process, the grader of the class, knows."""
    (tmp_path / "roster.csv").write_text(f"id,name\n1,{NAME}\n", encoding="utf-8")
    held = roster.read(tmp_path / "roster.csv")
    exercises = author.read(handed_out(**CLASS)[0])
    key = make_key(exercises, manifest(**CLASS).unseen)
    assert SPOKEN in exercises.by_name["first"].solution.source
    assert len(key.answers["word"]) == 16
    return exercises, [SPOKEN, key.answers["word"], held.students[0].name, WORDS]


@pytest.mark.full
def test_a_run_on_the_bench_finds_no_secret_in_its_own_memory(tmp_path, secrets):
    exercises, words = secrets
    search = SEARCH.format(halves=repr([(word[:8], word[8:]) for word in words])) + "\nword = said"
    other = {"memo": f"memo = {WORDS!r}"}
    setting = Setting(public(exercises), "full", LIMITS)
    with Bench(setting, manifest(**CLASS).unseen, readers=2) as bench:
        bench.do(task(tmp_path, 0, other))
        other["which"] = "import time\ntime.sleep(2)\nwhich = 'b'"
        beside = Thread(target=bench.do, args=(task(tmp_path, 1, other),))
        beside.start()
        assert said(bench.do(task(tmp_path, 2, {"word": search}))) == "nothing"
        planted = f"mine = {words[2][:8]!r} + {words[2][8:]!r}\n{search}"
        assert said(bench.do(task(tmp_path, 2, {"word": planted}))) == words[2][:8]
        assert beside.is_alive()
        beside.join()
