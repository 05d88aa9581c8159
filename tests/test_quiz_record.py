"""The record of what was missed: nothing lost between two notebooks, no note of what is no answer."""

import json
import os
import subprocess
import sys
import time

import pytest

from crmlib.quiz import quiz, review
from crmlib.workbook import alone as locks
from crmlib.workbook.alone import alone
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes.record import LONGEST_REST, Record, change

WRITER = """
import sys
from pathlib import Path
from crmlib.workbook import alone
from crmlib.workbook.quizzes.record import change
if sys.argv[3] == "without":
    alone.fcntl = None
for i in range(100):
    change(Path(sys.argv[1]), lambda record: record.answer(f"{sys.argv[2]}-{i}", False))
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMLIB_QUIZ_RECORD", str(tmp_path / "record.json"))
    return tmp_path / "record.json"


@pytest.mark.parametrize("lock", ["system's", "without"])
def test_two_notebooks_at_once_lose_no_answer(path, lock):
    command = [sys.executable, "-c", WRITER, str(path)]
    both = [subprocess.Popen([*command, name, lock]) for name in "ab"]
    assert [one.wait(60) for one in both] == [0, 0]
    assert set(Record.read(path).boxes) == {f"{name}-{i}" for name in "ab" for i in range(100)}
    assert [one.name for one in path.parent.iterdir()] == ["record.json"]


def test_a_lock_that_a_dead_process_left_does_not_count_for_ever(path, monkeypatch):
    monkeypatch.setattr(locks, "fcntl", None)
    left = path.with_name("record.json.locked")
    left.touch()
    long_ago = time.time() - 2 * locks.FORGOTTEN_SECONDS
    os.utime(left, (long_ago, long_ago))
    with alone(path):
        assert left.stat().st_mtime > long_ago
    assert not left.exists()


def test_a_system_that_refuses_its_lock_is_no_obstacle(path, monkeypatch):
    class Refusing:
        LOCK_EX = 0

        @staticmethod
        def flock(handle, how):
            raise OSError("no locks here")

    monkeypatch.setattr(locks, "fcntl", Refusing)
    change(path, lambda record: record.answer("one", False))
    assert Record.read(path).missed() == ["one"]


@pytest.mark.parametrize("answer", [None, ..., "z", 7, [], "ab"])
def test_what_is_no_answer_is_not_noted(path, answer):
    asked = quiz("churn", seed=1, number=6)
    for number, posed in enumerate(asked.posed, 1):
        if answer != 7 or posed.question.kind != "numeric":
            assert not asked.check(number, answer).fit
    assert not path.exists()


def test_ticking_nothing_is_no_answer(path):
    asked = quiz("value", seed=1, number=1, kinds=("several",))
    assert asked.check(1, set()).said == ("No answer yet.",)
    assert not path.exists()


def test_a_wrong_answer_is_noted(path):
    asked = quiz("churn", seed=1, number=1, kinds=("choice",))
    wrong = next(letter for letter in asked.posed[0].labelled if letter != asked.posed[0].key)
    assert asked.check(1, wrong).fit
    assert Record.read().missed() == [asked.posed[0].question.id]


def written(path, **changed):
    content = {"format": 1, "review": 4, "boxes": {"sound": 3}, "due": {"sound": 6}} | changed
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "boxes", "due"),
    [
        ({"due": {"sound": 6, "main-cause": 1}}, {"main-cause": 1}, {"main-cause": 1}),
        ({"boxes": {"sound": 3, "main-cause": 2}}, {"main-cause": 2}, {"main-cause": 4}),
        (
            {"boxes": {"sound": 3, "main-cause": 10**9}, "due": {"sound": 6, "main-cause": 10**9}},
            {"main-cause": 6},
            {"main-cause": 4 + LONGEST_REST},
        ),
        (
            {"boxes": {"sound": 3, "main-cause": "x"}, "due": {"sound": 6, "main-cause": None}},
            {"main-cause": 1},
            {"main-cause": 4},
        ),
    ],
)
def test_an_entry_that_does_not_fit_is_mended_and_the_others_stay(path, changed, boxes, due):
    written(path, **changed)
    found = Record.read(path)
    assert (found.boxes, found.due) == ({"sound": 3} | boxes, {"sound": 6} | due)
    asked = [posed.question.id for posed in review().posed]
    assert asked == (["main-cause"] if due["main-cause"] <= 4 else [])


def test_a_record_of_a_newer_version_is_not_called_damaged(path):
    written(path, format=2)
    with pytest.raises(Refused, match="newer version"):
        review()


@pytest.mark.parametrize("changed", [{"review": True}, {"review": 1.5}, {"boxes": []}, {"format": "1"}])
def test_what_is_no_record_is_refused(path, changed):
    written(path, **changed)
    with pytest.raises(Refused, match="damaged"):
        review()
