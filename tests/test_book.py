"""The book: laid out complete, links that lead somewhere, and a reader at the screen who needs no network."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from browser.book import OpenBook, broken, pages
from browser.chromium import Chromium, missing

from crmlib.workbook.quizzes import bank, controls
from crmlib.workbook.quizzes.pose import KINDS, pose

ROOT = Path(__file__).parents[1]
BANK = bank.shipped()
AXE = "axe-core@4.10.3"
NO_SPHINX = "" if find_spec("myst_nb") and find_spec("furo") else "Sphinx, myst-nb or furo is not installed"
NO_BROWSER = NO_SPHINX or missing()
NO_AXE = NO_BROWSER or ("" if shutil.which("npm") else "npm is not installed")


def slow(lacks):
    """Marks of a test that `make test-full` runs where nothing is lacking."""
    return lambda test: pytest.mark.full(
        pytest.mark.skipif(bool(lacks), reason=f"no book read: {lacks}")(test)
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """What Sphinx would read."""
    target = tmp_path_factory.mktemp("book") / "source"
    subprocess.run([sys.executable, ROOT / "book/assemble.py", target], check=True, cwd=ROOT)
    return target


@pytest.fixture(scope="module")
def book(source):
    """The book made as `make book` makes it: a warning is an error."""
    target = source.parent / "book"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", ROOT / "book"]
    made = subprocess.run([*command, "-d", target.parent / "doctrees", source, target], capture_output=True)
    assert made.returncode == 0, made.stderr.decode()[-3000:]
    return target


@pytest.fixture(scope="module")
def found(book):
    return pages(book)


@pytest.fixture(scope="module")
def reader(book):
    with Chromium(logs=True) as browser:
        yield OpenBook(browser, book)


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The accessibility checker's program."""
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, AXE]
    subprocess.run(command, check=True)
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def text_of(source, name):
    return (source / name).read_text(encoding="utf-8")


# Laid out


def test_every_notebook_is_a_leaf_of_the_side_bar(source):
    notebooks = {path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.ipynb")}
    shipped = [*ROOT.glob("notebooks/[0-9]*.ipynb"), *ROOT.glob("casestudies/*/*.ipynb")]
    assert notebooks == {path.relative_to(ROOT).with_suffix("").as_posix() for path in shipped}
    assert notebooks - set(_leaves(source)) == set()


def _leaves(source):
    """Every page that some list of pages names."""
    for path in source.rglob("*.md"):
        for block in re.findall(r":::\{toctree\}\n(.*?):::", path.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                if line and not line.startswith(":"):
                    page = re.sub(r".*<(.*)>", r"\1", line)
                    base = source if page.startswith("/") else path.parent
                    yield (base / page.lstrip("/")).relative_to(source).as_posix()


def test_every_page_is_a_leaf_of_the_side_bar(source):
    written = {path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.md")}
    assert written - set(_leaves(source)) == {"index"}


def test_the_glossary_is_complete_both_ways(source):
    english, chinese = text_of(source, "glossary.md").split("(chinese)=")
    for concept in BANK.concepts.values():
        name = concept.id.lower()
        assert f'<span id="english-{name}"></span>[' in english, concept.term
        assert f'<a href="#chinese-{name}">{concept.zh}</a>' in english, concept.term
        assert f'<span id="chinese-{name}"></span>[' in chinese, concept.zh
        assert f'<a href="#english-{name}">' in chinese, concept.zh


def test_from_a_definition_one_click_leads_to_its_questions(source):
    for chapter in BANK.chapters:
        text = text_of(source, f"concepts/{chapter.name}.md")
        sections = dict(re.findall(r"^\((k\d+)\)=\n(.*?)(?=^\(k\d+\)=|\Z)", text, re.DOTALL | re.MULTILINE))
        for concept in chapter.concepts:
            links = re.findall(r'href="#(q-[\w-]+)"', sections[concept.id.lower()])
            assert set(links) >= {f"q-{q.id}" for q in chapter.questions if concept.id in q.of}
            assert links, concept.id
            # The place is there before any script runs.
            assert all(f'<div id="{link}">' in text for link in links)


def test_from_a_definition_one_click_leads_to_the_notebook(source):
    for chapter in BANK.chapters:
        text = text_of(source, f"concepts/{chapter.name}.md")
        lesson = re.search(r"Taught in the lesson \[.*?\]\(/(.*?)\)", text)
        assert lesson, chapter.name
        assert f'quiz("{chapter.name}"' in (source / lesson[1]).read_text(encoding="utf-8").replace(
            '\\"', '"'
        )


def test_links_of_concepts_lead_to_pages_that_are_there(source):
    for path in source.glob("concepts/*.md"):
        for link in re.findall(r"\]\(/([^)]+)\)", path.read_text(encoding="utf-8")):
            assert (source / link).exists(), (path.name, link)


def test_exercises_show_no_notation_and_fold_their_solutions(source):
    for path in source.glob("casestudies/*/exercises.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "points=" not in text
        assert text.count('"hide-cell"') >= text.count('"# solution') > 0


def test_the_start_page_of_the_lab_names_every_notebook():
    text = (ROOT / "notebooks/start.md").read_text(encoding="utf-8")
    for door in ("Read", "Learn", "Teach"):
        assert f"## {door}" in text
    for path in [*ROOT.glob("notebooks/[0-9]*.ipynb"), *ROOT.glob("casestudies/*/study.ipynb")]:
        link = path.name if path.parent.name == "notebooks" else f"../{path.relative_to(ROOT).as_posix()}"
        assert f"]({link})" in text, link


# Made


@slow(NO_SPHINX)
def test_every_link_leads_somewhere(book, found):
    assert len(found) > 40
    assert broken(book, found) == []


@slow(NO_SPHINX)
def test_a_place_that_a_link_leads_to_stands_once(found):
    asked = {link.rpartition("#")[2] for page in found.values() for link in page.links if "#" in link}
    for name, page in found.items():
        twice = {one for one in asked & set(page.ids) if page.ids.count(one) > 1}
        assert twice == set(), name


@slow(NO_SPHINX)
def test_every_picture_can_be_read_aloud(found):
    assert sum(len(page.pictures) for page in found.values()) > 20
    for name, page in found.items():
        assert all(alt and alt.strip() for alt in page.pictures), name


# Read


@slow(NO_BROWSER)
def test_no_page_complains_asks_the_network_or_is_wider_than_a_phone(reader, found):
    reader.use(width=390)
    wide = []
    for name in found:
        reader.go(name)
        wide.append(reader.wider_than_screen())
    assert [one for one in wide if one] == []
    assert reader.complaints() == []
    assert reader.strangers() == []


@slow(NO_BROWSER)
def test_the_search_finds_chinese_and_english(reader):
    reader.use()
    value = next(one for one in BANK.concepts.values() if one.zh == "客户终身价值")
    for words, page in (
        (value.zh, f"concepts/{value.chapter}.html#"),  # the definition itself
        (value.term, f"concepts/{value.chapter}.html#"),
        ("终身", f"concepts/{value.chapter}.html"),  # a part of a term, too
        ("lift", "notebooks/01_association_rules.html#lift"),
    ):
        assert any(one.startswith(page) for one in reader.search(words)[:4]), words
    assert (reader.complaints(), reader.strangers()) == ([], [])


def wrong_of(posed):
    """An answer with nothing right, and one that is half right where there is such a thing."""
    letters, key, kind = list(posed.labelled), posed.key, posed.question.kind
    if kind == "choice":
        return next(letter for letter in letters if letter != key), None
    if kind == "several":
        return [letter for letter in letters if letter not in key], key[:1] if len(key) > 1 else None
    if kind == "numeric":
        return key + 17 * (posed.question.within or 1) + 1234.5, None
    wrong = [letters[(letters.index(letter) + 1) % len(letters)] for letter in key]
    return wrong, [key[0], *wrong[1:]]


def fill_in(browser, form, posed, answer):
    """Answer as a reader does."""
    if posed.question.kind in ("choice", "several"):
        browser.run("document.querySelector(arguments[0]).reset()", form)
        for letter in answer:
            browser.click(f'{form} input[value="{letter}"]')
    elif posed.question.kind == "numeric":
        browser.run("document.querySelector(arguments[0] + ' input').value = ''", form)
        browser.type(f"{form} input", f"{answer:.12g}")
    else:
        for place, letter in enumerate(answer, 1):
            browser.click(f'{form} .crm-quiz-place:nth-of-type({place}) option[value="{letter}"]')


def said(browser, form):
    browser.click(f"{form} button[type=submit]")
    return browser.run("return document.querySelector(arguments[0]).className", f"{form} output").split("-")[
        -1
    ]


@slow(NO_BROWSER)
@pytest.mark.parametrize("kind", KINDS)
def test_a_question_answers_clicks(reader, kind):
    # One of each kind that can be half right, where the kind can.
    asked = [pose(question, seed=1) for question in BANK.questions.values() if question.kind == kind]
    posed = next((one for one in asked if wrong_of(one)[1]), asked[0])
    form = f"#{controls.anchor(posed.question.id)}"
    reader.use()
    reader.go(f"concepts/{posed.question.chapter}.html{form}")
    browser = reader.browser
    assert said(browser, form) == "missing"
    wrong, half = wrong_of(posed)
    for answer, word in ((wrong, "wrong"), (half, "partly"), (posed.key, "right")):
        if answer is not None:
            fill_in(browser, form, posed, answer)
            assert said(browser, form) == word, (posed.question.id, answer)
        if word == "wrong":
            browser.click(f"{form} button[type=button]")
            assert browser.run(f"return document.querySelector('{form} output').innerText").startswith(
                "The answer"
            )
    assert reader.complaints() == []


@slow(NO_BROWSER)
def test_the_keyboard_reaches_the_questions_and_one_sees_where_it_is(reader):
    reader.use()
    question = BANK.chapter("churn").questions[0]
    reader.go(f"concepts/churn.html#{controls.anchor(question.id)}")
    steps = [reader.focus() for _ in range(12)]
    assert controls.anchor(question.id) in {form for *_, form in steps}
    reader.go("index.html")
    steps += [reader.focus() for _ in range(25)]
    # The page itself has the focus where a round through it ends.
    assert [text for tag, text, seen, _ in steps if not seen and tag != "BODY"] == []


READ = (
    "index.html",
    "casestudies/walmart/index.html",
    "casestudies/walmart/study.html",
    "casestudies/walmart/exercises.html",
    "notebooks/01_association_rules.html",
    "concepts/churn.html",
    "glossary.html",
    "methods.html",
    "api/baskets.html",
    "search.html?q=lift",
)


@slow(NO_AXE)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", READ)
def test_a_page_can_be_read_by_everybody(reader, axe, page, theme):
    reader.use(theme=theme)
    reader.go(page)
    assert reader.browser.run("return document.body.dataset.theme") == theme
    assert reader.violations(axe) == []
