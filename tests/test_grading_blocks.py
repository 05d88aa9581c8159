"""Which cells belong to which question, and how parameters are set: by names and headings, not by tags."""

import pytest
from toycase import LIGHT, solved_sheet, toy

from crmlib.workbook.grading.blocks import ENTROPY, blocks, checks, with_parameters
from crmlib.workbook.grading.submission import Cell
from crmlib.workbook.learner import reads

TITLES = {"n_beer": "Baskets", "support": "Support of beer", "lift": "Lift"}
OWN, UNSEEN = {"seed": 7, "share": 0.5}, {"seed": 99, "share": 0.25}


def cells(*texts: str) -> tuple[Cell, ...]:
    """Markdown where a text begins with "#", else numbered code."""
    made, number = [], 0
    for text in texts:
        number += not text.startswith("#")
        made.append(Cell(0, "markdown", text) if text.startswith("#") else Cell(number, "code", text))
    return tuple(made)


def code(*texts: str) -> list[Cell]:
    return list(cells(*texts))


FULL = (
    "# Toy",
    "import pandas",
    "### Baskets (1 point)",
    "n_beer = 3",
    'check("n_beer", n_beer)',
    "### Support of beer (2 points)",
    "support = 1",
    'check("support", support)',
    "scratch = 1",
    "### Lift (3 points)",
    "lift = 2",
    'check("lift", lift)',
)


def test_a_block_runs_from_its_heading_to_the_next():
    assert list(blocks(cells(*FULL), TITLES).values()) == [
        "",
        *["n_beer"] * 2,
        *["support"] * 3,
        *["lift"] * 2,
    ]


def test_what_a_sheet_looks_like_is_what_blocks_expect():
    given, number = [], 0
    for cell in solved_sheet(cells=LIGHT).cells:
        number += cell.cell_type == "code"
        given.append(Cell(number if cell.cell_type == "code" else 0, cell.cell_type, cell.source))
    titles = {exercise.name: exercise.question.title for exercise in toy(LIGHT).exercises}
    found = blocks(tuple(given), titles)
    for name in titles:
        mine = [c.source for c in given if c.kind == "code" and found[c.number] == name]
        assert mine[-1] == "progress()" if name == "memo" else mine[-1] == f'check("{name}", {name})'


def test_without_its_heading_a_question_is_what_ends_at_its_check():
    lost = [text for text in FULL if not text.startswith("###")]
    found = blocks(cells(*lost), TITLES)
    assert list(found.values()) == [
        "n_beer",
        "n_beer",
        "n_beer",
        "support",
        "support",
        "lift",
        "lift",
        "lift",
    ]


def test_one_lost_heading_takes_no_cell_from_the_questions_beside_it():
    lost = [text for text in FULL if "Support" not in text]
    found = blocks(cells(*lost), TITLES)
    assert list(found.values()) == ["", "n_beer", "n_beer", "support", "support", "n_beer", "lift", "lift"]


@pytest.mark.parametrize(
    "heading",
    [
        "# support OF  beer",
        "##### Support of beer ##",
        "### \uff33upport of beer\uff082 points\uff09",
        "intro\n\n### Support of beer",
    ],
)
def test_a_heading_is_known_however_it_is_set(heading):
    given = (*cells("n_beer = 1"), Cell(0, "markdown", heading), Cell(2, "code", "support = 1"))
    assert blocks(given, TITLES) == {1: "", 2: "support"}


def test_headings_of_a_student_s_own_change_nothing():
    given = cells("### Baskets (1 point)", "a = 1", "### My notes on Lift and more", "b = 2")
    assert set(blocks(given, TITLES).values()) == {"n_beer"}


def test_a_title_that_two_questions_share_is_no_evidence():
    titles = {"a": "Same", "b": "Same"}
    given = cells("# Same", "a = 1", 'check("a", a)', "# Same", "b = 1", 'check("b", b)')
    assert blocks(given, titles) == {1: "a", 2: "a", 3: "b", 4: "b"}


def test_a_look_alike_id_is_not_the_question_s():
    assert checks(
        cells('check("n_b\u0435er", 1)', 'check("lift", 2)', "if 1:\n  check('lift', 3)"), TITLES
    ) == {"lift": 3}


def test_parameters_are_set_by_name_wherever_they_stand():
    given = code("import numpy", "x = 1; seed = 7  # whole\nshare = 0.5", "y = seed")
    changed, again = with_parameters(given, UNSEEN, OWN)
    assert changed[1].source == "x = 1; seed = 99  # whole\nshare = 0.25"
    assert again == []


def test_the_cell_of_the_parameters_may_stand_twice_or_be_edited():
    changed, again = with_parameters(code("seed = 12345\nshare = 0.5", "seed = 7\nshare = 0.5"), UNSEEN, OWN)
    assert [cell.source for cell in changed] == ["seed = 99\nshare = 0.25"] * 2
    assert again == []


def test_lost_parameters_are_put_before_everything():
    changed, again = with_parameters(code("y = 1", "z = 2"), UNSEEN, OWN)
    assert changed[0].source == "seed = 99\nshare = 0.25\ny = 1"
    assert again == []


@pytest.mark.parametrize(
    "source",
    [
        "seed = 8",
        "seed = True",
        "seed += 1",
        "for seed in range(9): pass",
        "import x as seed",
        "del seed",
        "(seed, b) = 1, 2",
        "if (seed := 7): pass",
        "with open(p) as seed: pass",
        "seed: int = 7",
        "a = seed = 7",
        "def seed(): pass",
    ],
)
def test_setting_a_parameter_otherwise_is_noticed_with_its_cell(source):
    _, again = with_parameters(code("seed = 7\nshare = 0.5", "x = 1", source), UNSEEN, OWN)
    assert again == [("seed", 3)]


@pytest.mark.parametrize(
    "source",
    [
        "def f(seed): return seed",
        "[seed for seed in [1]]",
        "f(seed=3)",
        "x.seed = 3",
        "# seed = 3",
        "'seed = 3'",
    ],
)
def test_what_only_looks_like_setting_a_parameter_is_none(source):
    _, again = with_parameters(code("seed = 7\nshare = 0.5", source), UNSEEN, OWN)
    assert again == []


def test_what_does_not_parse_is_left_alone():
    given = code("seed = 7\nshare = 0.5", "x = (", "'\0'")
    changed, again = with_parameters(given, UNSEEN, OWN)
    assert [cell.source for cell in changed[1:]] == ["x = (", "'\0'"]
    assert again == []


def test_which_earlier_answers_a_block_works_with():
    given = code("support = n_beer / 400", 'check("support", lift)', "money = 1")
    assert reads(given, TITLES) == ["n_beer"]
    in_one = code('support = n_beer / 400\ncheck("support", support)', 'check("lift", lift(money))')
    assert reads(in_one, TITLES) == ["n_beer", "lift"]


@pytest.mark.parametrize(
    "source",
    [
        *("os.urandom(4)", "time.time()", "np.random.default_rng()", "uuid.uuid4()", "random.seed()"),
        *("hash(x)", "x = id(x)", "object()"),
    ],
)
def test_entropy_and_the_clock_are_noticed(source):
    assert ENTROPY.search(source)


@pytest.mark.parametrize(
    "source",
    ["np.random.default_rng(seed)", "random.seed(3)", "grid(3)", "times = 3", "weeks_time = 2", "rehash(x)"],
)
def test_what_is_drawn_from_a_seed_is_not(source):
    assert not ENTROPY.search(source)
