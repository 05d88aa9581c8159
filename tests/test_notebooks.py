"""The anatomy of every notebook, and a proof that each check can fail."""

from copy import deepcopy
from pathlib import Path

import anatomy
import nbformat.v4 as v4
import pytest
from prose import numbers, numbers_are_held_by_code, worked_examples

from crmlib.workbook.build import normal
from crmlib.workbook.notebooks import dumps, read

ROOT = Path(__file__).parents[1]
FOUND = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("casestudies/*/*.ipynb")])
# The author's exercises have an anatomy of their own, which the machinery that reads them checks.
FOR_ALL = [anatomy.file_is_small, anatomy.nothing_forbidden, anatomy.figures_have_words]
CHECKS = [
    *FOR_ALL,
    anatomy.parameters_are_declared,
    anatomy.imports_stand_in_one_cell,
    anatomy.cells_are_short,
    anatomy.code_fits_the_page,
    anatomy.code_is_read_aloud,
    anatomy.every_cell_ran,
    anatomy.bookends_are_in_place,
    anatomy.say_cells_speak_from_the_catalogue,
    anatomy.ids_are_readable,
    anatomy.tags_are_known,
    anatomy.written_by_the_build,
    numbers_are_held_by_code,
]


def is_exercises(path):
    return path.name == "exercises.ipynb"


def cases():
    for path in FOUND:
        for check in FOR_ALL if is_exercises(path) else CHECKS:
            name = f"{path.relative_to(ROOT).with_suffix('')}-{check.__name__}"
            yield pytest.param(path, check, id=name)


def test_there_are_notebooks():
    assert FOUND


@pytest.mark.parametrize(("path", "check"), list(cases()))
def test_anatomy(path, check):
    assert check(read(path)) == []


def test_no_helper_is_defined_in_two_notebooks():
    books = {path.relative_to(ROOT): read(path) for path in FOUND if not is_exercises(path)}
    assert anatomy.helpers_are_not_copied(books) == []


# From here on: the checks themselves. `good` passes every one of them; each way of breaking it
# must be noticed by the check that it is meant for.

TITLE = """# Toy

**Question.** Does it sell?

*Time* 5 minutes · *Needs* nothing · *Data* five rows · *Uses* `crmlib`"""
ECHO = "- one;\n- two;\n- three."


def code(name, source, *tags, shows=None, **metadata):
    outputs = [] if shows is None else [v4.new_output("execute_result", data=shows, execution_count=1)]
    if tags:
        metadata["tags"] = list(tags)
    return v4.new_code_cell(source, id=name, metadata=metadata, outputs=outputs)


def prose(name, source, *tags):
    return v4.new_markdown_cell(source, id=name, metadata={"tags": list(tags)} if tags else {})


def say(name, source, *tags):
    tags = (*(tags or ("say",)), "nbval-check-output")
    return code(name, source, *tags, shows={"text/markdown": "It sells."}, jupyter={"source_hidden": True})


def numbered(book):
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
    return normal(book)


def good():
    image = '<img alt="one bar" src="data:image/png;base64,AAAA">'
    return numbered(
        v4.new_notebook(
            cells=[
                prose("title", TITLE),
                prose("goals", "## You will be able to\n\n" + ECHO),
                code("imports", "import numpy as np"),
                code("parameters", "rows = 5  # rows | 1..9 | how many", "parameters"),
                code("toy", "12 / 8", shows={"text/plain": "1.5"}),
                prose("aloud", "A ratio of 1.5, or 150%, since 1905."),
                code("data", "sold = rows * 7\nsold", shows={"text/plain": "35"}),
                say("data-say", 'text("toy.sold", sold=sold)'),
                code("figure", "plots.show(ax)", shows={"text/html": image, "text/plain": "one bar"}),
                say("results", "results(sold=sold)", "results"),
                prose("limits", "## What this does not show\n\nMuch."),
                prose("now", "## You can now\n\n" + ECHO),
                prose("references", "## References\n\nSmith (1999). 17, 35."),
            ]
        )
    )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_good_notebook_passes(check):
    assert check(good()) == []


def changed(name, **fields):
    def change(book):
        next(cell for cell in book.cells if cell.id == name).update(fields)

    return change


def without(name):
    def change(book):
        book.cells = [cell for cell in book.cells if cell.id != name]

    return change


def instead(name, *cells):
    def change(book):
        place = [cell.id for cell in book.cells].index(name)
        book.cells[place : place + 1] = cells

    return change


def runs_code(source):
    return instead("toy", code("toy", source, shows={"text/plain": "1.5"}))


def shows(**data):
    data = {kind.replace("_", "/"): value for kind, value in data.items()}
    return instead("figure", code("figure", "plots.show(ax)", shows=data))


def first(old, new):
    return changed("title", source=TITLE.replace(old, new))


ERROR = v4.new_output("error", ename="ValueError", evalue="x", traceback=[])
WARNING = v4.new_output("stream", name="stderr", text="Warning")

BREAKS = [
    (anatomy.parameters_are_declared, without("parameters")),
    (anatomy.parameters_are_declared, changed("parameters", source="rows = 5")),
    (anatomy.parameters_are_declared, changed("parameters", source="rows = 2 + 3  # r | 1..9 | m")),
    (anatomy.parameters_are_declared, changed("parameters", source="a = b = 5  # r | 1..9 | m")),
    (anatomy.parameters_are_declared, instead("toy", code("again", "x = 1  # r | 1..9 | m", "parameters"))),
    (anatomy.imports_stand_in_one_cell, runs_code("import pandas as pd")),
    (anatomy.imports_stand_in_one_cell, runs_code("def f():\n    from math import pi\n    return pi")),
    (anatomy.imports_stand_in_one_cell, without("imports")),
    (
        anatomy.imports_stand_in_one_cell,
        lambda book: book.cells.insert(4, book.cells.pop(2)),
    ),
    (anatomy.cells_are_short, runs_code("x = 1\n" * 21)),
    (anatomy.cells_are_short, changed("imports", source="import numpy as np\n" * 21)),
    (anatomy.cells_are_short, runs_code("x = 1\n" * 11)),
    (anatomy.code_fits_the_page, runs_code(f"x = {'1' * 90}")),
    (anatomy.code_is_read_aloud, instead("aloud", code("one", "1"), code("two", "2"))),
    (anatomy.code_is_read_aloud, without("aloud")),
    (anatomy.file_is_small, changed("aloud", source="x" * 310_000)),
    (anatomy.every_cell_ran, changed("toy", execution_count=None)),
    (anatomy.every_cell_ran, changed("toy", execution_count=9)),
    (anatomy.every_cell_ran, changed("toy", outputs=[])),
    (anatomy.every_cell_ran, changed("data-say", outputs=[])),
    (anatomy.every_cell_ran, changed("toy", outputs=[ERROR])),
    (anatomy.every_cell_ran, changed("toy", outputs=[WARNING])),
    (anatomy.nothing_forbidden, runs_code("!pip install x")),
    (anatomy.nothing_forbidden, runs_code("%pip install x")),
    (anatomy.nothing_forbidden, runs_code("sys.path.append('x')")),
    (anatomy.nothing_forbidden, runs_code("pd.read_csv('/tmp/x')")),
    (anatomy.nothing_forbidden, runs_code("pd.read_csv('sales.csv')")),
    (anatomy.nothing_forbidden, runs_code("pd.read_csv('../data/sales')")),
    (anatomy.nothing_forbidden, runs_code("pd.read_csv('https://x.org/y')")),
    (anatomy.nothing_forbidden, runs_code("warnings.filterwarnings('ignore')")),
    (anatomy.nothing_forbidden, runs_code("warnings.simplefilter('ignore')")),
    (anatomy.nothing_forbidden, runs_code("start = time.time()")),
    (anatomy.nothing_forbidden, runs_code("pd.Timestamp.now()")),
    (anatomy.nothing_forbidden, runs_code("datetime.date.today()")),
    (anatomy.nothing_forbidden, runs_code("print(1)")),
    (anatomy.nothing_forbidden, runs_code("Markdown('Sales rose.')")),
    (anatomy.nothing_forbidden, runs_code("this is no code")),
    (anatomy.bookends_are_in_place, first("# Toy", "Toy")),
    (anatomy.bookends_are_in_place, first("it sell?", "it sell.")),
    (anatomy.bookends_are_in_place, first("it sell?", "it sell? Or not?")),
    (anatomy.bookends_are_in_place, first("*Needs* nothing · ", "")),
    (anatomy.bookends_are_in_place, first("five rows", "the Complete Journey data")),
    (anatomy.bookends_are_in_place, without("goals")),
    (anatomy.bookends_are_in_place, without("now")),
    (anatomy.bookends_are_in_place, without("limits")),
    (anatomy.bookends_are_in_place, without("references")),
    (anatomy.bookends_are_in_place, changed("now", source="## You can now\n\n- one;\n- two.")),
    (anatomy.bookends_are_in_place, lambda book: book.cells.append(prose("late", "## More"))),
    (anatomy.say_cells_speak_from_the_catalogue, changed("data-say", metadata={"tags": ["say"]})),
    (
        anatomy.say_cells_speak_from_the_catalogue,
        changed("data-say", metadata={"tags": ["say"], "jupyter": {"source_hidden": True}}),
    ),
    (anatomy.say_cells_speak_from_the_catalogue, changed("data-say", source="f'{sold} sold'")),
    (
        anatomy.say_cells_speak_from_the_catalogue,
        changed("data-say", source="text('toy.sold', how='very well this year')"),
    ),
    (anatomy.say_cells_speak_from_the_catalogue, changed("results", source="text('toy.sold')")),
    (anatomy.figures_have_words, shows(image_png="AAAA")),
    (anatomy.figures_have_words, shows(text_html='<img src="x">')),
    (anatomy.figures_have_words, shows(text_html='<img alt=" " src="x">')),
    (anatomy.figures_have_words, changed("aloud", source="![](shelf.png)")),
    (anatomy.ids_are_readable, changed("aloud", id="toy")),
    (anatomy.ids_are_readable, changed("aloud", id="3f2a9c1d")),
    (anatomy.ids_are_readable, changed("aloud", id="a3bb189e-8bf9-3888-9912-ace4e6543002")),
    (anatomy.ids_are_readable, changed("aloud", id="cell-7")),
    (anatomy.tags_are_known, changed("aloud", metadata={"tags": ["nbval-chek-output"]})),
    (anatomy.written_by_the_build, lambda book: book.metadata.update(papermill={"duration": 1.5})),
    (anatomy.written_by_the_build, changed("toy", metadata={"execution": {"iopub.execute_input": "x"}})),
    (numbers_are_held_by_code, changed("aloud", source="It sold 35.")),
    (numbers_are_held_by_code, changed("aloud", source="A ratio of 1.52.")),
    (numbers_are_held_by_code, changed("aloud", source="Up by 63%.")),
    (numbers_are_held_by_code, changed("aloud", source="There are 155,659 baskets.")),
]


@pytest.mark.parametrize(("check", "change"), BREAKS)
def test_a_broken_notebook_is_noticed(check, change):
    book = deepcopy(good())
    change(book)
    assert check(book)


def test_every_check_has_a_proof_that_it_can_fail():
    assert {check for check, _ in BREAKS} == set(CHECKS)


def test_a_copied_helper_is_noticed():
    one, two = good(), good()
    for book in (one, two):
        runs_code("def as_table(x):\n    return x")(book)
    assert anatomy.helpers_are_not_copied({Path("a"): one, Path("b"): two})
    assert not anatomy.helpers_are_not_copied({Path("a"): one, Path("b"): good()})


def test_numbers_are_found_in_prose_only():
    source = "Of 1,200 shops 37.5% and `12 / 8`, $x = 99$, item 3a, [x](y/31)."
    assert list(numbers(source)) == [("1,200", 1200.0, 0), ("37.5%", 0.375, 3)]


def test_worked_examples_in_prose_are_recomputed():
    assert list(worked_examples("2 \u00d7 2 / 5 = 0.8 is true, 2 \u00d7 3 / 4 = 1.6 is not")) == [0.8]


def test_a_number_that_follows_a_parameter_does_not_count_as_held():
    book = good()
    runs_code("rows * 12.5\n")(book)
    changed("aloud", source="It is 62.5.")(book)
    next(cell for cell in book.cells if cell.id == "toy").outputs[0].data["text/plain"] = "62.5"
    assert numbers_are_held_by_code(book)


def test_quoted_figures_need_no_code():
    book = good()
    instead("aloud", prose("aloud", "Smith counted 4,711.", "quoted"))(book)
    assert numbers_are_held_by_code(book) == []


def test_the_sample_is_what_a_build_would_write():
    assert dumps(normal(good())) == dumps(good())
