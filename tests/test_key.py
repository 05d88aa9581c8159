"""The key: solutions and mistakes run at any parameters; what cannot be a key is refused with its cell."""

import numpy as np
import pytest
from toycase import make_toy, toy, toy_keys

from crmlib.workbook import author, key
from crmlib.workbook.answers import Spec
from crmlib.workbook.outcome import Refused
from crmlib.workbook.wellposed import implies, problems

# No pandas unless it is needed: most of the time would go into its import.
START = ["md:# Title", "parameters", "code:x = list(range(seed))"]
PANDAS = "code:import pandas as pd\nd = pd.DataFrame({'x': x})"
FIRST = ["md:### A {#a points=1}", "code:# solution: number\nhelp_ = 3\na = help_ + seed"]


def made(tmp_path, *cells, parameters=None):
    return key.make_key(author.read(make_toy(tmp_path, [*START, *cells])), parameters or {"seed": 5})


def refusal(tmp_path, *cells, parameters=None):
    with pytest.raises(Refused) as refused:
        made(tmp_path, *cells, parameters=parameters)
    return str(refused.value)


def ill(tmp_path, *cells, parameters=None):
    exercises = author.read(make_toy(tmp_path, [*START, *cells]))
    return [str(p) for p in problems(exercises, key.make_key(exercises, parameters or {"seed": 5}))]


def test_the_key_computes_what_the_author_computes():
    own, _ = toy_keys()
    rng = np.random.default_rng(7)
    store = rng.choice(["North", "South", "West"], size=400, p=[0.35, 0.33, 0.32])
    beer = rng.random(400) < 0.3 + 0.1 * rng.random()
    assert own.answers["n_beer"] == beer.sum()
    assert own.answers["support"] == beer.mean()
    assert own.mistakes["n_beer"] == [(~beer).sum(), 400]
    assert own.answers["by_store"]["baskets"] == [(store == s).sum() for s in ("North", "South", "West")]
    assert own.wrong(toy().by_name["which"]) == ["a", "c"]
    types = {type(value) for value in own.answers.values()}
    assert types == {int, float, str, bool, list, dict}


def test_a_key_at_other_parameters_differs():
    own, practice = toy_keys()
    assert own.parameters["seed"] == 7 != practice.parameters["seed"]
    assert own.answers["lift"] != practice.answers["lift"]
    assert own.fingerprints != practice.fingerprints


def test_given_answers_take_the_place_of_the_solutions_for_what_follows():
    carried = key.make_key(toy(), {"seed": 7}, given={"n_beer": 10, "lift": 2.0})
    assert carried.answers["money"] == pytest.approx(30)
    assert carried.answers["support"] == 10 / 400


def test_parameters_are_held_to_their_declaration(tmp_path):
    assert "seed" in refusal(tmp_path, *FIRST, parameters={"seed": -1})
    assert "Did you mean seed?" in refusal(tmp_path, *FIRST, parameters={"sed": 1})


@pytest.mark.parametrize(
    ("cells", "cell", "reason"),
    [
        (
            ["md:### B {#b points=1}", "code:# solution: number\nb = help_"],
            7,
            "only the solution of a computes",
        ),
        (["md:### B {#b points=1}", "code:# solution: number\nb = a"], 7, "follows=a"),
        (
            ["md:### B {#b points=1}", "code:# solution: number\nb = nothing"],
            7,
            "name 'nothing' is not defined",
        ),
        (["md:### B {#b points=1}", "code:# solution: number\nb = 1 / 0"], 7, "ZeroDivisionError"),
        (["md:### B {#b points=1}", "code:# solution: number\nb = exit(0)"], 7, "SystemExit"),
        (["md:### B {#b points=1}", "code:# solution: number\nb = float('nan')"], 7, "not_finite"),
        (["md:### B {#b points=1}", "code:# solution: text\nb = 3"], 7, "type"),
        (["md:### B {#b points=1}", "code:# solution: list of text\nb = ['a', 3]"], 7, "item 2"),
        (["md:### B {#b points=1}", "code:# solution: number\nb = 10**5000"], 7, "huge"),
        (
            ["md:### B {#b points=1}", "code:# solution: number\nb = 3", "code:# mistake: M.\nb = 'x'"],
            8,
            "type",
        ),
    ],
)
def test_what_cannot_be_a_key_is_refused_with_its_cell(tmp_path, cells, cell, reason):
    said = refusal(tmp_path, *FIRST, *cells)
    assert said.startswith(f"cell {cell}, ")
    assert reason in said


def test_a_set_up_changed_in_place_is_refused(tmp_path):
    exercise = ["md:### B {#b points=1}", "code:# solution: number\nd['y'] = 1\nb = 3"]
    with pytest.raises(Refused, match=r"cell 6, .*changes d of the set-up"):
        made(tmp_path, PANDAS, *exercise)


def test_a_set_up_that_fails_is_refused_with_its_cell(tmp_path):
    with pytest.raises(Refused, match=r'cell 3, "1 / 0"'):
        key.make_key(author.read(make_toy(tmp_path, [*START[:2], "code:1 / 0", *FIRST])), {})


def test_cells_that_print_or_kill_the_process_do_not_confuse(tmp_path):
    printing = [FIRST[0], "code:# solution: number\nprint('{' * 9)\na = 3"]
    assert made(tmp_path, *printing).answers == {"a": 3}
    killing = [FIRST[0], "code:# solution: number\nimport os\nos._exit(3)\na = 3"]
    assert "died with code 3" in refusal(tmp_path, *killing)


def test_an_endless_solution_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(key, "SECONDS", 3)
    assert "3 seconds" in refusal(tmp_path, FIRST[0], "code:# solution: number\nwhile True: pass\na = 3")


QUESTION = "md:### B {#b points=1}"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["code:# solution: number\nb = 5", "code:# mistake: M.\nb = seed"], "is the right one here"),
        (["code:# solution: number abs=1\nb = 5.0", "code:# mistake: M.\nb = 6.9"], "twice the tolerance"),
        (
            ["code:# solution: number\nb = 5", "code:# mistake: M.\nb = 1", "code:# mistake: O.\nb = 1"],
            "cannot be told",
        ),
        (["code:# solution: number range=0..3\nb = 5"], "outside its own range"),
        (["code:# solution: number abs=1 range=0..6\nb = 5"], "narrower"),
        (["code:# solution: number\nb = 5.5"], "no whole number"),
        (["code:# solution: number abs=1e-20\nb = 5.5"], "too fine"),
        (["code:# solution: list of number\nb = []"], "empty"),
        (["code:# solution: number abs=0.01\nb = 0.42", "md:Hint: About 42 %."], "gives the answer away"),
        (["code:# solution: text\nb = 'Beer'", "md:Hint: Think of beer."], "gives the answer away"),
        (
            ["code:# solution: number\nb = 5", "code:# mistake: It is 5, not 6.\nb = 6"],
            "gives the answer away",
        ),
        (
            [
                "code:# solution: table key=k\n# column k: text\n# column n: number\n"
                "b = {'k': ['u', 'u'], 'n': [1, 2]}"
            ],
            "same key",
        ),
    ],
)
def test_what_is_ill_posed_is_said(tmp_path, cells, reason):
    (said,) = ill(tmp_path, QUESTION, *cells)
    assert reason in said


def test_what_is_well_posed_is_not(tmp_path):
    assert problems(toy(), toy_keys()[0]) == []
    fine = ["code:# solution: number\nb = 5", "code:# mistake: M.\nb = seed", "md:Hint: Two steps."]
    assert ill(tmp_path, QUESTION, *fine, parameters={"seed": 6}) == []


@pytest.mark.parametrize(
    ("text", "answer", "spec", "gives_away"),
    [
        ("about 0.3", 0.3, Spec("number", abs=0.01), True),
        ("30%", 0.3, Spec("number", abs=0.01), True),
        ("77,700 baskets", 77700, Spec("number"), True),
        ("minus \u22123.5", -3.5, Spec("number", abs=0.1), True),
        ("in v0.3b or x3", 3, Spec("number"), False),
        ("0.4", 0.3, Spec("number", abs=0.01), False),
        ("two lists of 2", [2, 3], Spec("list", of=Spec("number")), False),
        ("first 250", [250, 3], Spec("list", of=Spec("number")), True),
        ("look at `b`", "b", Spec("choice", options=("a", "b")), True),
        ("a better one", "b", Spec("choice", options=("a", "b")), False),
        ("beers and more", "beer", Spec("text"), False),
    ],
)
def test_when_a_sentence_gives_an_answer_away(text, answer, spec, gives_away):
    assert implies(text, answer, spec) is gives_away
