"""The sheet: self-contained, the same bytes for the same input, and no answer in it."""

import json
import zlib
from base64 import b64decode, b64encode
from random import Random

import nbformat
import pytest
from toycase import CELLS, make_toy, toy, toy_keys, toy_sheet

from crmlib.workbook import author, notebooks
from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import Damaged, pack, unpack
from crmlib.workbook.sheet import make_sheet, sheet_keys, with_values


def payload(sheet):
    source = next(c.source for c in sheet.cells if c.source.startswith("open_sheet("))
    return source.split('"""')[1]


def carried(sheet):
    return zlib.decompress(b64decode("".join(payload(sheet).split())))[8:].decode()


def test_a_sheet_is_a_valid_notebook_with_a_question_a_stub_and_a_check_each():
    sheet = toy_sheet()
    nbformat.validate(sheet)
    sources = [cell.source for cell in sheet.cells]
    for exercise in toy().exercises:
        at = sources.index(f"{exercise.name} = ...")
        assert sources[at - 1].startswith(f"### {exercise.question.title} (")
        assert "{#" not in sources[at - 1]
        assert sources[at + 1] == f'check("{exercise.name}", {exercise.name})'


def test_the_same_input_gives_the_same_bytes():
    first = notebooks.dumps(toy_sheet())
    assert notebooks.dumps(make_sheet(toy(), {"seed": 7})) == first
    assert notebooks.dumps(toy_sheet(student="x")) != first


def test_the_learners_parameters_are_set_and_their_comments_kept():
    cell = next(c.source for c in toy_sheet().cells if c.source.startswith("seed"))
    assert cell.splitlines()[0].startswith("seed = 7        # none | 0..99999")
    assert with_values('a = "é"  # é\nb = -1', {"a": "ü", "b": 2}) == "a = 'ü'  # é\nb = 2"


def test_no_solution_or_mistake_is_in_the_sheets_cells():
    text = notebooks.dumps(toy_sheet())
    for exercise in toy().exercises:
        for code in (exercise.solution, *(m.code for m in exercise.mistakes if m.code)):
            assert code.source.splitlines()[-1] not in text


@pytest.mark.parametrize("kind", ["self-study", "assigned"])
def test_no_answer_stands_in_clear_even_unpacked(kind):
    text = carried(toy_sheet(kind=kind))
    answers = toy_keys()[0].answers
    given = json.loads(text)
    exercises = json.dumps([{**e, "solution": ""} for e in given["exercises"]])
    for name in ("support", "lift", "money"):
        assert repr(answers[name])[:6] not in exercises
    for word in (*answers["ranking"], str(answers["n_beer"])):
        assert f'"{word}"' not in exercises
        assert f" {word}" not in exercises


def test_an_assigned_sheet_holds_no_solution_and_no_digest_of_what_is_graded_on_own_data():
    sheet = unpack(payload(toy_sheet(kind="assigned", student="p-17")))
    assert sheet.student == "p-17"
    assert not any(asked.solution or asked.rubric for asked in sheet.exercises)
    for asked in sheet.exercises:
        assert (asked.answer is None) == (asked.graded == "own")
        assert bool(asked.mistakes) <= (asked.graded == "unseen")
    assert "group" not in carried(toy_sheet(kind="assigned")).replace(toy().by_name["by_store"].hints[0], "")


def test_a_self_study_sheet_holds_solutions():
    sheet = unpack(payload(toy_sheet()))
    assert "both / " in sheet.by_name["lift"].solution


def test_the_payload_survives_wrapping_and_indenting_but_no_change():
    text = payload(toy_sheet())
    assert unpack("  ".join(text.split())) == unpack(text)
    assert pack(unpack(text)) == text.strip()
    for broken in ("", text[:-40], text.replace(text[60], "x", 1)[1:], "ü", "a" * 100):
        with pytest.raises(Damaged):
            unpack(broken)
    bomb = b64encode(zlib.compress(bytes(300_000_000))).decode()
    with pytest.raises(Damaged):
        unpack(bomb)
    for wrong in (None, 3, b"x", ["x"]):
        with pytest.raises(Damaged):
            unpack(wrong)


def test_the_practice_parameters_are_well_posed_and_not_the_learners():
    assert toy_keys()[1].parameters["seed"] == 1001
    assert sheet_keys(toy(), {"seed": 1001})[1].parameters["seed"] == 1002


def cells_with(text):
    at = next(i for i, cell in enumerate(CELLS) if cell.startswith("md:### Lift"))
    return [*CELLS[:at], *text]


def test_a_seed_at_which_the_exercises_are_ill_posed_is_refused_with_the_next_good_one(tmp_path):
    tail = [
        "md:### Seeds {#twice points=1}",
        "code:# solution: number\ntwice = 2 * seed + len(baskets)",
        "code:# mistake: You multiplied once too often.\ntwice = seed * seed + len(baskets)",
    ]
    exercises = author.read(make_toy(tmp_path, cells_with(tail)))
    with pytest.raises(Refused, match=r"seed 2 gives no good sheet: .*Seed 3 does\."):
        make_sheet(exercises, {"seed": 2})


def test_a_case_without_a_seed_is_refused(tmp_path):
    cells = [*START, *ONE]
    path = make_toy(tmp_path, cells)
    text = path.read_text(encoding="utf-8").replace("seed = 1 ", "sead = 1 ")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="no whole number called seed"):
        make_sheet(author.read(path), {})


START = ["md:# T", "parameters"]
ONE = ["md:### A {#a points=1}", "code:# solution: number\na = 1"]


DRAWN = (
    *CELLS[:2],
    "code:# text: what is asked\nimport random\n"
    'text = f"Your number is {random.Random(seed).randrange(10**6)}."',
    "md:### Number {#number points=1 graded=own}\n\nWhich number is yours?",
    "code:# solution: number\nimport random\nnumber = random.Random(seed).randrange(10**6)",
)


def test_a_text_is_written_for_each_learner_and_its_code_stays_behind():
    exercises = toy(DRAWN)
    sources = {}
    for seed in (7, 8):
        sheet = make_sheet(exercises, {"seed": seed})
        sources[seed] = [cell.source for cell in sheet.cells]
        assert f"Your number is {Random(seed).randrange(10**6)}." in sources[seed]
        assert not any("randrange" in source for source in sources[seed])
    assert sources[7] != sources[8]


@pytest.mark.parametrize("source", ["text = 7", "text = ' '", "words = 'x'"])
def test_a_text_cell_without_a_text_is_refused(source):
    cells = (DRAWN[0], DRAWN[1], f"code:# text: x\n{source}", *DRAWN[3:])
    with pytest.raises(Refused, match="assign words to the name text"):
        make_sheet(toy(cells), {"seed": 7})
