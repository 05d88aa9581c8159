"""The author's notation: read as meant, and what is wrong is refused with its cell and a reason."""

import re

import nbformat.v4 as v4
import pytest
from toycase import CELLS, book, make_toy, toy

from crmlib.workbook import author, notation, notebooks
from crmlib.workbook.answers import Spec
from crmlib.workbook.notation import Unclear, spec
from crmlib.workbook.outcome import Refused

START = ["md:# Title", "parameters", "code:x = 1"]
QUESTION = "md:### Lift {#lift points=2}\n\nText."
FOLLOWER = "md:### More {#more points=1 follows=lift}"
SOLUTION = "code:# solution: number abs=0.1\nlift = 1.5"


def refusal(tmp_path, *cells):
    with pytest.raises(Refused) as refused:
        author.read(make_toy(tmp_path, list(cells)))
    return str(refused.value)


def test_the_toy_case_is_read_as_written():
    lift = toy().by_name["lift"]
    assert (lift.question.title, lift.question.points, lift.question.graded) == ("Lift", 3, "unseen")
    assert lift.spec == Spec("number", abs=0.005, low=0.0)
    assert lift.mistakes[1].text == "You took the baskets that hold either, not those that hold both."
    assert lift.hints[1] == "Three shares are needed."
    assert toy().by_name["money"].question.follows == ("lift", "n_beer")
    assert toy().by_name["n_beer"].read == 'Lesson 1, section "Support"'
    assert toy().by_name["which"].spec.options == ("a", "b", "c")
    assert [mistake.option for mistake in toy().by_name["which"].mistakes] == ["a", "c"]
    assert toy().by_name["memo"].rubric == {"names an action": 2, "gives its cost": 2}
    assert [code.cell for code in toy().setup] == [3]


def test_a_table_declares_its_columns():
    by_store = toy().by_name["by_store"].spec
    assert (by_store.key, by_store.values) == (("store",), ("baskets", "mean_sales"))
    assert by_store.columns["mean_sales"] == Spec("number", abs=0.01, low=0.0)


def test_further_text_and_empty_cells_belong_to_the_question(tmp_path):
    cells = [*START, QUESTION, "md:More text.", "md:", "code:", SOLUTION, "md:Still more."]
    assert author.read(make_toy(tmp_path, cells)).exercises[0].text == "Text.\n\nMore text.\n\nStill more."


@pytest.mark.parametrize(
    ("cells", "cell", "reason"),
    [
        ([QUESTION], 4, "no solution"),
        ([QUESTION, SOLUTION, SOLUTION], 6, "already has a solution, in cell 5"),
        ([SOLUTION], 4, "before the first question"),
        ([QUESTION, SOLUTION, QUESTION, SOLUTION], 6, "two exercises"),
        ([QUESTION, "code:lift = 1"], 5, "begins with"),
        ([QUESTION, "code:# solution: numbr\nlift = 1"], 5, "type numbr is unknown"),
        ([QUESTION, "code:# solution:\nlift = 1"], 5, "type - is unknown"),
        ([QUESTION, "code:# solution: number abs=0\nlift = 1"], 5, "abs=0"),
        ([QUESTION, "code:# solution: number abs=nan\nlift = 1"], 5, "abs=nan"),
        ([QUESTION, "code:# solution: number tol=1\nlift = 1"], 5, "tol=1"),
        ([QUESTION, "code:# solution: number abs=1 abs=2\nlift = 1"], 5, "abs stands twice"),
        ([QUESTION, "code:# solution: number range=2..1\nlift = 1"], 5, "range=2..1"),
        ([QUESTION, "code:# solution: number range=2\nlift = 1"], 5, "range=2"),
        ([QUESTION, "code:# solution: choice\nlift = 'a'"], 5, "two options"),
        ([QUESTION, "code:# solution: list\nlift = [1]"], 5, "say what the list is of"),
        ([QUESTION, "code:# solution: set of number abs=1\nlift = {1}"], 5, "whole numbers"),
        ([QUESTION, "code:# solution: table\nlift = 1"], 5, "key="),
        ([QUESTION, "code:# solution: table key=a\n# column a: text\nlift = 1"], 5, "key: a"),
        (
            [QUESTION, "code:# solution: table key=b\n# column a: text\n# column c: text\nlift = 1"],
            5,
            "key: b",
        ),
        ([QUESTION, "code:# solution: table key=a\n# column a: memo\n# column b: text\nlift = 1"], 5, "memo"),
        ([QUESTION, "code:# solution: number\n# column a: text\nlift = 1"], 5, "not table"),
        (
            [QUESTION, "code:# solution: table key=a\n# column a: number abs=1\n# column b: text\nlift = 1"],
            5,
            "tolerance",
        ),
        ([QUESTION, "code:# solution: number\nlft = 1"], 5, "does not assign lift"),
        ([QUESTION, "code:# solution: number\nlift = ("], 5, "no valid Python"),
        ([QUESTION, SOLUTION, "code:# mistake:\nlift = 2"], 6, "says what went wrong"),
        (
            [QUESTION, SOLUTION, "code:# mistake: M.\nlift = 2", "code:# mistake: M.\nlift = 3"],
            4,
            "same text",
        ),
        ([QUESTION, SOLUTION, "md:Hint:"], 6, "nothing stands after Hint"),
        ([QUESTION, SOLUTION, "md:Mistakes:\n- `a`: no"], 4, "none of the options"),
        ([QUESTION, "code:# solution: memo\nlift = 'm'", "md:Rubric:\n- 1: a"], 4, "add up to 1 points"),
        (["md:### Lift {#lift}", SOLUTION], 4, "points=-"),
        (["md:### Lift {#lift points=0}", SOLUTION], 4, "points=0"),
        (["md:### Lift {#lift points=-1}", SOLUTION], 4, "points=-1"),
        (["md:### Lift {#lift points=1.5}", SOLUTION], 4, "points=1.5"),
        (["md:### Lift {#Lift points=1}", SOLUTION], 4, "id Lift"),
        (["md:### Lift {#2x points=1}", SOLUTION], 4, "id 2x"),
        (["md:### Lift {#class points=1}", SOLUTION], 4, "id class"),
        (["md:### Lift {#check points=1}", SOLUTION], 4, "id check"),
        (["md:### Lift {#list points=1}", SOLUTION], 4, "id list"),
        (["md:### Lift {# points=1}", SOLUTION], 4, "heading with an id"),
        (["md:### Lift {#lift points=1 graded=never}", SOLUTION], 4, "graded=never"),
        (["md:### Lift {#lift points=1 weight=2}", SOLUTION], 4, "weight=2"),
        (["md:### Lift {#lift points=1 follows=support}", SOLUTION], 4, "follows=support"),
        (["md:### Lift {#lift points=1 follows=lift}", SOLUTION], 4, "follows=lift"),
        (
            [
                QUESTION,
                SOLUTION,
                FOLLOWER,
                "code:# solution: number\nmore = len(table.query(f'x == {lift}'))",
            ],
            7,
            "must do without query",
        ),
        (
            [QUESTION, SOLUTION, FOLLOWER, "code:# solution: number\nmore = eval(str(lift))"],
            7,
            "without eval",
        ),
        (["md:### Seed {#seed points=1}", "code:# solution: number\nseed = 1"], 4, "parameter's name"),
    ],
)
def test_a_mistake_in_authoring_is_refused_with_its_cell(tmp_path, cells, cell, reason):
    said = refusal(tmp_path, *START, *cells)
    assert said.startswith(f"cell {cell}, ")
    assert reason in said


def test_a_lost_parameters_tag_is_told(tmp_path):
    notebook = book([*START, QUESTION, SOLUTION])
    for cell in notebook.cells:
        cell.metadata.clear()
    tmp_path.joinpath("exercises.ipynb").write_text(notebooks.dumps(notebook), encoding="utf-8")
    with pytest.raises(Refused, match="carries the tag parameters"):
        author.read(tmp_path / "exercises.ipynb")


def test_a_raw_cell_in_an_exercise_is_refused(tmp_path):
    notebook = book([*START, QUESTION, SOLUTION])
    notebook.cells.append(v4.new_raw_cell("x"))
    notebooks.write(notebook, tmp_path / "exercises.ipynb")
    with pytest.raises(Refused, match=r"cell 6.*type raw"):
        author.read(tmp_path / "exercises.ipynb")


def test_a_notebook_without_exercises_is_refused(tmp_path):
    assert "there is no exercise" in refusal(tmp_path, *START)
    assert "there is no exercise" in refusal(tmp_path)


def test_the_version_follows_what_is_asked_and_nothing_else(tmp_path):
    version = author.read(make_toy(tmp_path / "a")).version
    assert author.read(make_toy(tmp_path / "b")).version == version
    changed = [cell.replace("abs=0.005", "abs=0.006") for cell in CELLS]
    assert author.read(make_toy(tmp_path / "c", changed)).version != version


def test_a_case_is_found_by_folder_or_file_also_outside_the_house(tmp_path, monkeypatch):
    path = make_toy(tmp_path / "casestudies" / "toy")
    monkeypatch.chdir(tmp_path / "casestudies")
    assert author.find("toy") == path
    private = make_toy(tmp_path / "private room" / "案例")
    assert author.find(str(private.parent)) == author.find(str(private)) == private
    with pytest.raises(Refused, match=r"Did you mean toy\?"):
        author.find("tyo")


def test_every_type_of_the_notation_is_read():
    for words in (
        "number abs=1e-3 range=..5",
        "text case=exact",
        "true/false",
        "list of true/false",
        "memo lines=5",
    ):
        assert spec(words, [], ()).type == words.split()[0]
    with pytest.raises(Unclear, match=re.escape("one of")):
        raise Unclear("card.asked.choice", options="")


def test_a_heading_without_braces_is_no_question():
    assert notation.question("### Lift") is None
