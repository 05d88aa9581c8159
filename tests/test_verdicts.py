"""What notebooks say at other seeds and parameter sets: finished sentences, in step with the numbers.

A notebook's own verdicts are held against its own intervals in a module of its own (test_lesson_01, …),
through `playing.play`.
"""

import re
from pathlib import Path

import nbformat.v4 as v4
import pandas as pd
import pytest
from playing import play

from crmlib.workbook import notebooks
from crmlib.workbook.cases import Case
from crmlib.workbook.outcome import Refused

ROOT = Path(__file__).parents[1]
LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))
STUDIES = sorted(ROOT.glob("casestudies/*/study.ipynb"))
SEEDS = (1, 2, 3, 4, 7)
HEAVY = ("beauty_club",)  # ten seconds a play; a module of its own plays three of its sets
UNFINISHED = re.compile(
    r"\b[Nn]a[Nn]\b|\b-?inf\b|\bNone\b|[{}]|frozenset|np\.|\b(?:dtype|array)\b|<class|  |\.\.(?!\.)| [,.;:]"
)


def plays():
    """(notebook, parameters): lessons at seeds, studies at every set and at seeds of the small set."""
    for path in LESSONS:
        for seed in SEEDS:
            yield _param(path, f"seed {seed}", {"seed": seed}, slow=seed != SEEDS[-1])
    for path in STUDIES:
        sets = {name: body["parameters"] for name, body in Case(path.stem, path).sets.items()}
        for name, parameters in sets.items():
            yield _param(path, name, parameters, slow=path.parent.name in HEAVY and name != "small")
        for seed in SEEDS:
            parameters = {**sets.get("small", {}), "seed": seed}
            slow = path.parent.name in HEAVY or seed != SEEDS[-1]
            yield _param(path, f"seed {seed}", parameters, slow=slow)


def _param(path, what, parameters, *, slow=False):
    name = f"{path.parent.name if path.stem == 'study' else path.stem}-{what}"
    return pytest.param(path, parameters, id=name, marks=[pytest.mark.full] if slow else [])


def unfinished(text: str) -> list[str]:
    """What a reader should never see: missing values, open placeholders, Python's own words."""
    found = UNFINISHED.findall(text)
    return found if text.strip() else ["empty"]


@pytest.mark.parametrize(("path", "parameters"), list(plays()))
def test_every_sentence_is_finished(path, parameters):
    played = play(path, **parameters)
    said = {**played.texts, **{name: " ".join(alts) for name, alts in played.alts.items()}}
    assert played.texts
    assert {name: unfinished(text) for name, text in said.items() if unfinished(text)} == {}


# The machinery itself, on a notebook made here.


def toy(folder: Path) -> Path:
    def code(name, source, *tags):
        return v4.new_code_cell(source, id=name, metadata={"tags": list(tags)})

    cells = [
        code("imports", "from crmlib.display import results, text"),
        code("parameters", "seed = 1  # none | 1..99 | which", "parameters"),
        code("data", "count = 2 * seed\ncount"),
        code("count-say", 'text("catalogue.example", count=count, what="baskets")', "say"),
        code("results", "results(count=count)", "results"),
    ]
    path = folder / "toy.ipynb"
    notebooks.write(v4.new_notebook(cells=cells), path)
    return path


def test_a_notebook_is_played_at_the_parameters_given(tmp_path):
    played = play(toy(tmp_path), seed=21)
    assert played.texts == {"count-say": "42 baskets"}
    assert played.results == {"count": 42}
    assert play(toy(tmp_path)).results == {"count": 2}


def test_a_play_is_kept_until_the_notebook_changes(tmp_path):
    path = toy(tmp_path)
    assert play(path) is play(path)
    path.write_text(path.read_text().replace("2 * seed", "3 * seed"))
    assert play(path).results == {"count": 3}


def test_a_cell_can_be_asked_again_with_other_numbers(tmp_path):
    played = play(toy(tmp_path))
    assert played.again("count-say", count=5) == "5 baskets"
    assert played.namespace["count"] == 2


def test_a_table_is_read_cell_by_cell(tmp_path):
    played = play(toy(tmp_path))
    table = pd.DataFrame({"rule": ["a & b"]})
    assert played.again("count-say", text=lambda *_, **__: table) == "rule 0 a & b"
    assert played.again("count-say", text=lambda *_, **__: table.style) == "rule 0 a & b"


def test_parameters_are_held_to_their_declaration(tmp_path):
    with pytest.raises(Refused, match="seeds"):
        play(toy(tmp_path), seeds=3)
    with pytest.raises(Refused, match=r"1\.\.99"):
        play(toy(tmp_path), seed=100)


def test_a_say_cell_that_says_nothing_is_an_error(tmp_path):
    played = play(toy(tmp_path))
    with pytest.raises(TypeError, match="returned int, neither"):
        played.again("count-say", text=lambda *_, **__: 5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a lift of nan",
        "up to inf",
        "a limit of None",
        "{share} of them",
        "frozenset({'BEER'})",
        "np.float64(2.0)",
        "a  gap",
        "so .",
    ],
)
def test_unfinished_sentences_are_noticed(text):
    assert unfinished(text)


@pytest.mark.parametrize("text", ["Of 12 pairs none attract; info on nans.", "A lift of 1.2 … and more."])
def test_finished_sentences_are_not(text):
    assert unfinished(text) == []
