"""The command line: what it lists, what it refuses and with which code, and the page it writes."""

import ast
import re
from pathlib import Path
from string import Formatter

import nbformat.v4 as v4
import pytest
from babel.messages.pofile import read_po
from toys import SETS, code, house, make_case, notebook, study, text

from crmlib import cli
from crmlib.catalogue import LOCALE
from crmlib.workbook import notebooks, page, runner, terminal
from crmlib.workbook.outcome import CODES, Outcome


@pytest.fixture
def place(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(runner, "execute", fail)
    monkeypatch.chdir(house(tmp_path, "toy"))
    return tmp_path


def test_cases_are_listed_with_their_sets(place, capsys):
    assert cli.main(["list"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"toy +Toy study  \[small, base\]", out)


def test_a_broken_case_hides_no_other(place, capsys):
    make_case(place / "casestudies" / "broken", sets="- 1")
    (place / "casestudies" / "none").mkdir()
    (place / "casestudies" / "none" / "study.ipynb").write_text("{")
    assert cli.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["broken", "none", "toy"]
    assert "mapping" in lines[0]
    assert "no valid notebook" in lines[1]
    assert "Toy study" in lines[2]


def test_without_cases_nothing_is_listed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["list"]) == CODES["refused"]
    assert "casestudies" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["run", "walmart"],
        ["assign", "walmart", "--roster", "r.csv", "--out", "s", "--course-key-file", "k"],
        ["report", "walmart", "results", "--roster", "r.csv", "--out", "report"],
    ],
)
def test_outside_of_a_repository_it_is_told_where_it_looked(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == CODES["refused"]
    said = capsys.readouterr().err
    assert f"there is no walmart: no such path, and no folder casestudies in {tmp_path} or above it" in said
    assert "Give the path of a case's folder" in said
    assert ": -" not in said


def test_parameters_are_listed_whole(place, capsys):
    assert cli.main(["parameters", "toy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.split(r" {2,}", lines[1]) == [
        "customers",
        "whole number",
        "5",
        "people",
        "1..100",
        "how many customers there are",
    ]
    assert lines[-1] == "Sets: small, base"


def test_a_notebook_without_parameters_says_so(place, capsys):
    make_case(place / "casestudies" / "bare", notebook("1"))
    assert cli.main(["parameters", "bare"]) == 0
    assert "0 parameters" in capsys.readouterr().out


REFUSED = {
    "unknown case": (["run", "toi"], "Did you mean toy?"),
    "unknown parameter": (["run", "toy", "-p", "customer", "7"], "Did you mean customers?"),
    "unknown parameter of a grid": (["run", "toy", "--grid", "customer=7"], "Did you mean customers?"),
    "keyword": (["run", "toy", "-p", "class", "7"], "no parameter class"),
    "wrong type": (["run", "toy", "-p", "customers", "x"], "1..100"),
    "out of range": (["run", "toy", "-p", "customers", "-7"], "1..100"),
    "a negative power": (["run", "toy", "-p", "rate", "-1e5"], "0..1"),
    "given twice": (["run", "toy", "-p", "rate", "0", "-p", "rate", "1"], "twice"),
    "given and in the grid": (["run", "toy", "-p", "rate", "0", "--grid", "rate=0,1"], "twice"),
    "no value": (["run", "toy", "-p", "rate"], "-p takes"),
    "no name": (["run", "toy", "-p", "=7"], "no parameter"),
    "unknown set": (["run", "toy", "--set", "smal"], "Did you mean small?"),
    "one case twice": (["run", "toy", "toy"], "same place"),
    "not a notebook": (["run", "casestudies/toy/parameters.yaml"], "neither a notebook"),
    "a grid of nothing": (["run", "toy", "--grid", "rate="], "rate"),
    "a grid too large": (
        ["run", "toy", "--grid", "customers=" + "1," * 1000 + "2"],
        "1001 combinations",
    ),
    "two parameters of one grid": (["run", "toy", "--grid", "rate=0", "--grid", "rate=1"], "twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_starts_no_kernel(place, capsys, name):
    words, told = REFUSED[name]
    assert cli.main(words) == CODES["refused"]
    err = capsys.readouterr().err
    assert err.startswith("crmlib: ")
    assert told in err
    assert not (place / "runs").exists() or not list((place / "runs").rglob("*.ipynb"))


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["rum"],
        ["run"],
        ["run", "toy", "--seconds", "0"],
        ["run", "toy", "--seconds", "nan"],
        ["run", "toy", "--seconds", "x"],
        ["run", "toy", "--memory-mib", "-5"],
        ["run", "toy", "--workers", "0"],
        ["run", "toy", "--workers", "\u00b2"],
        ["run", "toy", "--sec", "5"],
    ],
)
def test_a_command_that_is_none_ends_with_usage(place, capsys, words):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == CODES["refused"]
    said = capsys.readouterr().err
    assert "usage" in said
    assert "_positive" not in said


def test_help_names_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        cli.main(["run", "--help"])
    out = capsys.readouterr().out
    for word, number in CODES.items():
        assert re.search(rf"^ +{number} +{word}$", out, re.MULTILINE)


def test_no_two_words_share_an_exit_code():
    assert len(set(CODES.values())) == len(CODES)
    for word, number in CODES.items():
        outcome = Outcome(word, 3, "Here", "why")
        assert outcome.sentence().startswith(word + ": ")
        assert outcome.ok is (number == 0)


def sentences():
    """Keys and placeholders of the machinery's sentences."""
    found = {}
    for room in ("run", "cli"):
        with (LOCALE / "en" / f"{room}.po").open("rb") as source:
            for message in read_po(source):
                forms = [message.string] if isinstance(message.string, str) else message.string
                key = message.id if isinstance(message.id, str) else message.id and message.id[0]
                names = {name for form in forms for _, name, _, _ in Formatter().parse(form)}
                found[key] = names - {None}
    return found


def calls():
    """Every call that fills a sentence of the machinery: file, key and the names it gives."""
    for path in [*Path(cli.__file__).parent.glob("workbook/*.py"), Path(cli.__file__)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            if getattr(called, "id", "") not in ("say", "say_count", "Refused"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                names = {keyword.arg for keyword in node.keywords}
                counted = {"count"} if called.id == "say_count" else set()
                yield path.name, node.args[0].value, names | counted


def test_each_sentence_is_given_what_it_says():
    known, filled = sentences(), list(calls())
    assert len(filled) > 50
    for file, key, given in filled:
        assert known.get(key, set()) <= given, f"{file}: {key}"
        assert "key" not in given, f"{file}: {key}: say() has a parameter of that name"


# ---- what a terminal shows


def test_mark_up_is_taken_away():
    source = "# The *answer*\n\nA **bold** `word`, 2 * 3 * 4, snake_case and [a link](http://x.org).\n\n- one"
    assert terminal.plain(source, 80) == (
        "The answer\n\nA bold word, 2 * 3 * 4, snake_case and a link.\n\n- one"
    )
    assert "\x1b" not in terminal.plain("\x1b[31mred\x1b[0m\x07", 80)


def test_long_text_is_wrapped():
    lines = terminal.plain("word " * 40, 30).splitlines()
    assert max(map(len, lines)) <= 30
    assert len(lines) > 6


def test_a_notebook_is_shown_without_pictures(place, capsys):
    cell = code("plot()", "x")
    cell.outputs = [
        v4.new_output("display_data", {"image/png": "AAAA" * 999}),
        v4.new_output("stream", text="said\n"),
    ]
    path = place / "shown.ipynb"
    notebooks.write(notebook(text("# T"), cell), path)
    assert cli.main(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "AAAA" not in out
    for kept in ("# T", "--- code [x]", "plot()", "<image/png>", "said"):
        assert kept in out


@pytest.mark.parametrize("name", ["missing.ipynb", "."])
def test_what_is_no_file_is_not_shown(name, tmp_path, capsys):
    assert cli.main(["show", str(tmp_path / name)]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_a_file_that_is_no_notebook_is_shown_as_it_is(tmp_path, capsys):
    path = tmp_path / "conflict.ipynb"
    path.write_text("<<<<<<< ours\n")
    assert cli.main(["show", str(path)]) == 0
    assert capsys.readouterr().out == "<<<<<<< ours\n"


# ---- the page

FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|source|object|embed)\b[^>]*?\b(?:src|href|data)=(?!["']?data:)"""
    r"""|@import|url\((?!["']?(?:data:|\#))""",
    re.IGNORECASE,
)


def rendered(*cells, outcome=Outcome("success"), folder="."):  # noqa: B008 (frozen)
    return page.render(notebook(*cells), outcome, folder)


def test_a_page_fetches_nothing(tmp_path):
    (tmp_path / "near.png").write_bytes(b"\x89PNG")
    styled = code("styled")
    styled.outputs = [
        v4.new_output(
            "display_data",
            {"text/html": "<style>@import 'http://x.org/a.css';</style><script src='//x.org/j'></script>"},
        )
    ]
    html = rendered(
        text("# T\n\n![far](https://x.org/far.png) ![near](near.png) $a_1 \\le b$ [kept](http://x.org)"),
        text("<script>alert(1)</script><img src=//x.org/p.png>"),
        styled,
        folder=tmp_path,
    )
    assert not FETCHED.search(html), FETCHED.search(html)
    assert "data:image/png;base64" in html
    assert 'href="http://x.org"' in html
    assert "<title>T</title>" in html


def test_the_proof_that_fetching_is_found():
    for tag in ("<script src=x>", '<img alt="" src="http://x">', "<style>@import 'x'</style>"):
        assert FETCHED.search(tag)


def test_a_formula_is_drawn_and_readable():
    html = rendered(text("so $P(A \\cap B)$ and\n\n$$\\frac{a}{b}$$\n\nbut $\\nosuchthing{x}$ stays"))
    assert 'aria-label="P(A \\cap B)"' in html
    assert html.count("<svg") == 2
    assert '<code class="formula">\\nosuchthing{x}</code>' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_inputs_that_a_reader_need_not_see_are_hidden():
    html = rendered(code("seen_input = 1"), code("hidden_input = 1", "say"))
    assert "seen_input" in html
    assert "hidden_input" not in html


def test_a_failure_stands_at_the_top():
    html = rendered(text("# T"), outcome=Outcome("died", 3, "<Here>", "ended by SIGKILL"))
    assert html.index("ended by SIGKILL") < html.index("<h1")
    assert "&lt;Here&gt;" in html
    assert 'role="alert"' not in rendered(text("# T"))


def test_sets_stand_beside_the_study_only(place):
    lesson = place / "casestudies" / "toy" / "exercises.ipynb"
    notebooks.write(study(), lesson)
    assert SETS
    assert cli.main(["run", str(lesson), "--set", "base"]) == CODES["refused"]
