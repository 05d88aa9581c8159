"""The exercises of every case: five seeds always, fifty in the full run.

CRMLIB_CASES may name a further folder of cases, outside the repository.
"""

import os
from pathlib import Path

import pytest

from crmlib.workbook import author
from crmlib.workbook.trials import try_out

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / "casestudies", *map(Path, filter(None, [os.environ.get("CRMLIB_CASES")]))]
CASES = [path for folder in FOLDERS for path in sorted(folder.glob("*/exercises.ipynb"))]
NAMES = [path.parent.name for path in CASES]


@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_solutions_mistakes_and_blanks_get_what_they_should(path):
    assert try_out(author.read(path), range(1, 6)).troubles == ()


@pytest.mark.full
@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_fifty_seeds(path):
    assert try_out(author.read(path), range(1, 51)).troubles == ()


@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_each_exercise_has_mistakes_hints_and_a_place_to_read_again(path):
    for exercise in author.read(path).exercises:
        if exercise.spec.type != "memo":
            assert len(exercise.mistakes) >= (1 if exercise.spec.type == "true/false" else 2), exercise.name
            assert len(exercise.hints) >= 2, exercise.name
            assert exercise.read, exercise.name
