"""The book made and read: links that lead somewhere, and a reader at the screen who needs no network."""

import shutil
import subprocess
from importlib.util import find_spec

import pytest
from browser.answering import TYPED, fill_in, said, typed, wrong_of
from browser.book import OpenBook, broken, lay_out, make, pages
from browser.chromium import Chromium, missing

from crmlib.workbook.quizzes import bank, controls
from crmlib.workbook.quizzes.pose import KINDS, pose

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
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    return make(lay_out(folder / "source"), folder / "book")


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
def test_on_a_phone_figures_keep_their_size_and_nothing_covers_a_heading(reader):
    reader.use(width=390)
    reader.go("notebooks/05_satisfaction_and_loyalty.html")
    # It scrolls in its place, by keyboard too.
    assert reader.figure() == {"shown": 720, "drawn": 720, "overflow": "auto", "tab": 0}
    assert reader.wider_than_screen() is None
    # Up to a term from further down: the way to the top shows, and lies below the heading.
    reader.go("concepts/churn.html")
    reader.browser.run("scrollTo(0, document.body.scrollHeight)")
    reader.go("concepts/churn.html#k143")
    reader.browser.run("document.documentElement.classList.add('show-back-to-top')")
    (_, heading_ends), (top_begins, _) = reader.ends("#k143 h2"), reader.ends(".back-to-top")
    assert heading_ends < top_begins


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


@slow(NO_BROWSER)
def test_two_clicks_lead_from_a_term_to_its_question_and_to_its_lesson(reader):
    concept = next(one for one in BANK.concepts.values() if one.zh == "客户终身价值")
    question = next(one for one in BANK.questions.values() if concept.id in one.of)
    form, term = f"#{controls.anchor(question.id)}", f'a[href$="#{concept.id.lower()}"]'
    reader.use()
    lesson = f'#{concept.id.lower()} a[href*="notebooks/"]'
    for second, there in ((f'a[href="{form}"]', form), (lesson, "h1")):
        reader.go("glossary.html")
        reader.browser.click(term)
        assert reader.in_view(f"#{concept.id.lower()}")
        reader.browser.click(second)
        assert reader.in_view(there)
    assert "/notebooks/" in reader.browser.run("return location.href")
    assert concept.zh in reader.browser.run("return document.querySelector('article').innerText")


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
def test_a_number_may_be_typed_as_people_write_it(reader):
    asked = [pose(q, seed=1) for q in BANK.questions.values() if q.kind == "numeric" and q.within]
    reader.use()
    for unit, text, word in TYPED:
        posed = next(p for p in asked if p.question.unit == (unit or p.question.unit) and 1 < p.key < 1000)
        assert typed(reader, posed, text.format(round(posed.key, 3))) == word, (text, posed.question.id)
    # A decimal comma where the answer itself has decimals.
    posed = next(p for p in asked if round(p.key, 2) != round(p.key) and 1 < p.key < 1000)
    assert typed(reader, posed, f"{posed.key:.2f}".replace(".", ",")) == "right", posed.question.id
    assert reader.complaints() == []


@slow(NO_BROWSER)
def test_the_keyboard_reaches_the_questions_and_one_sees_where_it_is(reader):
    reader.use()
    question = BANK.chapter("churn").questions[0]
    reader.go(f"concepts/churn.html#{controls.anchor(question.id)}")
    steps = [reader.focus() for _ in range(12)]
    assert controls.anchor(question.id) in {form for *_, form in steps}
    # From the top of the page: past the side bar, past the definitions, and in.
    reader.go("index.html")
    reader.go("concepts/churn.html")
    for words in ("Skip to content", "To the questions"):
        assert any(words in reader.focus()[1] for _ in range(6)), words
        reader.browser.press("\ue007")
    assert any(form == controls.anchor(question.id) for *_, form in [reader.focus() for _ in range(3)])
    reader.go("index.html")
    steps += [reader.focus() for _ in range(25)]
    # The page itself has the focus where a round through it ends.
    assert [text for tag, text, seen, _ in steps if not seen and tag != "BODY"] == []


@slow(NO_AXE)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(reader, axe, found, theme):
    reader.use(theme=theme)
    wrong = {}
    for page in [*found, "search.html?q=lift"]:
        reader.go(page)
        assert reader.browser.run("return document.body.dataset.theme") == theme
        if violations := reader.violations(axe):
            wrong[page] = violations
    assert wrong == {}
