"""Lesson 2: what it says against what it found."""

from pathlib import Path

import pytest
from playing import play

LESSON = Path(__file__).parents[1] / "notebooks" / "02_complaints.ipynb"


@pytest.fixture(scope="module")
def lesson():
    return play(LESSON)


def test_the_interval_keeps_its_word_in_the_simulated_surveys(lesson):
    assert 0.92 <= lesson.results["coverage"] <= 0.98
    assert "agrees with the promised 95 %" in lesson.texts["coverage-say"]


def test_a_broken_interval_would_be_called_one(lesson):
    assert "fewer than the promised" in lesson.again("coverage-say", held=[True] * 300 + [False] * 100)
    assert "safe side" in lesson.again("coverage-say", held=[True] * 400)


def test_a_story_dies_out_or_need_not(lesson):
    assert ("need not die out" in lesson.texts["reach-say"]) == (lesson.results["makes"] >= 1)
    assert "every such story dies out" in lesson.again("reach-say", makes=0.7)


def test_plain_limits_are_said_to_be_too_narrow_only_when_they_are(lesson):
    more = lesson.results["alarms"] > lesson.results["fair_alarms"]
    assert ("limits that know of the wobble 0" in lesson.texts["chart-say"]) == (
        more and lesson.results["fair_alarms"] == 0
    )
    assert "alarms and limits" in lesson.again("chart-say", alarms=0, fair_alarms=0)
