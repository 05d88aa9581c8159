"""The rehearsal: which question errs, hangs, is hard-coded or does not generalise; never a mark."""

import pytest
from nbformat import v4
from toycase import LIGHT, make_toy, solved_sheet, toy, toy_keys

from crmlib.workbook import learner, notebooks
from crmlib.workbook.learner import Cell, bindings, with_parameters
from crmlib.workbook.outcome import Refused
from crmlib.workbook.preflight import preflight


def report(tmp_path, answers=None, change=None, **options):
    sheet = solved_sheet(answers, LIGHT)
    if change:
        change(sheet.cells)
    notebooks.write(sheet, tmp_path / "mine.ipynb")
    return preflight(tmp_path / "mine.ipynb", **options)


def states(said):
    return {line.name: line.state for line in said.lines}


def test_a_solved_sheet_is_fine(tmp_path):
    said = report(tmp_path)
    assert said.fine, said.text()
    assert set(states(said).values()) == {"ok", "recorded"}
    assert "seed = 1001" in said.head
    assert "points" not in said.text()


def test_one_rehearsal_tells_every_kind_of_trouble(tmp_path):
    said = report(
        tmp_path,
        {
            "n_beer": f"n_beer = {toy_keys(LIGHT)[0].answers['n_beer']}",
            "first": "first = 1 / 0",
            "places": "while True:\n    pass",
            "draws": "import os\nos._exit(1)",
            "which": 'which = "a"',
            "memo": "if seed == 1001:\n    raise KeyError\nmemo = 'x'",
        },
        cell_seconds=3,
    )
    assert states(said) == {
        "n_beer": "hard_coded",
        "support": "waits_practice",
        "first": "error",
        "places": "error",
        "draws": "error",
        "which": "wrong",
        "memo": "recorded",
    }
    text = said.text()
    assert 'under "First (1 point)": ZeroDivisionError: division by zero' in text
    assert 'under "Places (1 point)": did not end within 3 seconds' in text
    assert 'under "Draws (1 point)": ended the whole process' in text
    assert "looks hard-coded" in text


def test_one_rehearsal_tells_what_is_no_right_answer(tmp_path):
    said = report(
        tmp_path,
        {
            "n_beer": "n_beer = 3",
            "first": "first = ...",
            "places": "places = {1}",
            "draws": "draws = [*baskets[:10], *[None] * 10]",
        },
    )
    expected = {"n_beer": "wrong", "support": "waits", "first": "missing", "draws": "unfit"}
    assert states(said).items() >= expected.items()
    assert states(said)["places"] in ("wrong", "partly")


@pytest.mark.parametrize(
    ("code", "told"),
    [("n_beer / len(baskets)", False), ("sum(baskets) / len(baskets)", True), ("...", False)],
)
def test_what_computes_past_the_answer_before_it_is_told_so(tmp_path, code, told):
    said = report(tmp_path, {"support": f"support = {code}"})
    assert ("does not name `n_beer`" in said.text()) is told
    assert said.fine is (code != "...")


def test_what_is_right_at_home_only_does_not_generalise(tmp_path):
    said = report(tmp_path, {"n_beer": "n_beer = sum(baskets) + (seed != 7)"})
    assert states(said)["n_beer"] == "not_general"
    assert not said.fine


def test_an_error_at_other_data_only_is_told(tmp_path):
    said = report(tmp_path, {"n_beer": "n_beer = {7: sum(baskets)}[seed]"})
    assert states(said)["n_beer"] == "error_practice"
    assert "KeyError: 1001" in said.text()


def change_parameter(cells):
    declared = next(cell for cell in cells if cell.source.startswith("seed"))
    declared.source = declared.source.replace("seed = 7", "seed = 8")


def set_again(cells):
    stub = next(cell for cell in cells if cell.source.startswith("# solution: number range=0.."))
    stub.source = "for seed in range(3):\n    pass\n" + stub.source


@pytest.mark.parametrize(("change", "word"), [(change_parameter, "is not 7"), (set_again, "is set again")])
def test_a_parameter_overwritten_is_told(tmp_path, change, word):
    said = report(tmp_path, change=change)
    assert not said.fine
    assert any(f"The parameter seed {word}" in note for note in said.notes)


@pytest.mark.parametrize(("mib", "told"), [(18, False), (20, True)])
def test_a_file_too_large_to_be_handed_in_is_told_with_what_to_do(tmp_path, mib, told):
    def print_much(cells):
        text = v4.new_output("stream", text="x" * (mib * 2**20))
        cells[2].outputs = [text]

    notes = report(tmp_path, change=print_much).notes
    assert [note.startswith("The file has 21 MiB, and one of more than 20 MiB") for note in notes] == [
        True
    ] * told
    assert ["Clear Outputs of All Cells" in note for note in notes] == [True] * told


def test_a_set_up_that_fails_is_told_outside_of_the_questions(tmp_path):
    def break_setup(cells):
        cells[2].source += "\nraise OSError('no data here')"

    said = report(tmp_path, change=break_setup)
    assert any("Outside the questions" in n and "OSError: no data here" in n for n in said.notes)


def test_magics_shell_lines_and_display_run_as_in_a_kernel(tmp_path):
    def magics(cells):
        cells[2].source += "\n%matplotlib inline\n%time 1\n!echo hello\ndisplay(baskets)\nget_ipython()"
        cells[2].source += "\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"

    assert report(tmp_path, change=magics).fine


def test_a_timed_cell_is_read_like_any_other(tmp_path):
    said = report(tmp_path, {"n_beer": "%%time\nn_beer = 1 / 0"})
    assert states(said)["n_beer"] == "error"
    timed = learner.python("%%time\nseed = 3")
    assert len(list(bindings(timed, {"seed"}))) == 1


def test_a_sheet_never_filled_in_is_told_and_no_error(tmp_path):
    blank = {name: f"{name} = ..." for name in toy(LIGHT).by_name}
    assert set(states(report(tmp_path, blank)).values()) == {"missing"}


def test_deleted_checks_are_told(tmp_path):
    def delete(cells):
        cells[:] = [cell for cell in cells if not cell.source.startswith('check("n_beer"')]

    said = report(tmp_path, change=delete)
    assert states(said)["n_beer"] == "unchecked"
    assert states(said)["support"] == "waits"


def test_the_last_of_duplicated_checks_counts(tmp_path):
    def duplicate(cells):
        at = next(i for i, cell in enumerate(cells) if cell.source.startswith('check("n_beer"'))
        cells.insert(at, notebooks.NotebookNode(cells[at] | {"id": "again", "source": 'check("n_beer", 0)'}))

    assert report(tmp_path, change=duplicate).fine


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda cells: cells.clear(), "is no sheet"),
        (
            lambda cells: cells.append(
                notebooks.NotebookNode({**cells[-1], "source": 'open_sheet("x")', "id": "x"})
            ),
            "one sheet",
        ),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path, change, word):
    with pytest.raises(Refused, match=word):
        report(tmp_path, change=change)


def test_a_damaged_sheet_is_refused(tmp_path):
    def damage(cells):
        cell = next(cell for cell in cells if cell.source.startswith("open_sheet"))
        cell.source = cell.source.replace(cell.source[40:60], "")

    with pytest.raises(Refused, match="damaged"):
        report(tmp_path, change=damage)


def test_an_authors_notebook_is_no_sheet(tmp_path):
    with pytest.raises(Refused, match="is no sheet"):
        preflight(make_toy(tmp_path))


def test_parameters_are_set_by_the_syntax_alone():
    source = 'note = "seed = 3"\nseed = (\n    7\n)  # é\nshare = -0.5; other = 1\nseed = 9'
    (cell,) = with_parameters((Cell(1, "", source),), {"seed": 1001, "share": 0.25, "gone": 1})
    names = {}
    exec(cell.source, names)
    assert (names["note"], names["share"], names["other"], names["seed"]) == ("seed = 3", 0.25, 1, 9)
    assert "1001\n)  # é" in cell.source


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ("seed = 1", 1),
        ("seed += 1", 1),
        ("a, (seed, b) = 1, (2, 3)", 1),
        ("for seed in x: pass", 1),
        ("with x as seed: pass", 1),
        ("import numpy as seed", 1),
        ("from seed import seed", 1),
        ("(seed := 3)", 1),
        ("del seed", 1),
        ("def seed(): pass", 1),
        ("if x:\n    seed = 1", 1),
        ("def f(seed):\n    seed = 1", 0),
        ("[seed for seed in x]", 0),
        ("f(seed=1)", 0),
        ("x.seed = 1", 0),
        ("print(seed)", 0),
        ("%%bash\nseed=1", 0),
        ("seed = (", 0),
    ],
)
def test_every_way_to_bind_a_name_is_seen(source, bound):
    assert len(list(bindings(learner.python(source), {"seed"}))) == bound
