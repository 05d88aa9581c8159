"""From every term one click to a notebook; one that is said to compute or explain it names it."""

import re
from pathlib import Path

import pytest
from browser.book import lay_out

from crmlib.workbook.notebooks import read
from crmlib.workbook.quizzes import bank

ROOT = Path(__file__).parents[1]
CONCEPTS = list(bank.shipped().concepts.values())
# A concept that is a statement or a list has a heading for a term: what a notebook says in its place.
SAID_AS = {
    **{"K004": "竞合型博弈", "K005": "three types", "K010": "争取", "K016": "77 % of the firms"},
    **{"K035": "客户忠诚", "K043": "tells 12", "K065": "it is mutual: how people feel"},
    **{"K070": "exceed expectation", "K071": "a source of expectation", "K072": "five dimensions"},
    **{"K093": "twenty to eighty", "K094": "vip", "K106": "关键、重要、一般", "K115": "loss-makers"},
    **{"K116": "brand and grade of materials", "K117": "标准化服务流程", "K129": "life cycle of a relation"},
    **{"K133": "if churn falls by 5 %", "K134": "five times as much as to keep", "K135": "one lost customer"},
    **{"K142": "recovery paradox", "K143": "one unresolved complaint into a resolved one is worth"},
    "K147": "to win them back",
    **{"K174": "the largest cost", "K194": "the legend", "K203": "twenty to eighty"},
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    """What stands under the heading of each concept, and whether a page is there."""
    source = lay_out(tmp_path_factory.mktemp("book") / "source")
    sections = {}
    for path in source.glob("concepts/*.md"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"^\((k\d+)\)=\n(.*?)(?=^\(k\d+\)=|\Z)", text, re.DOTALL | re.MULTILINE)
        sections |= dict(found)
    return source, sections


def test_every_definition_leads_to_its_notebook_or_to_its_chapters_lesson(definitions):
    source, sections = definitions
    lessons = {asked: path for path in ROOT.glob("notebooks/*.ipynb") for asked in _asked(path)}
    assert len(CONCEPTS) == 225
    for concept in CONCEPTS:
        own = re.findall("^- Computed or explained in (.*)", sections[concept.id.lower()], re.MULTILINE)
        chapters = re.findall("^- The chapter's lesson: (.*)", sections[concept.id.lower()], re.MULTILINE)
        assert (len(own), len(chapters)) == ((1, 0) if concept.computed else (0, 1)), concept.id
        links = re.findall(r"\]\(/([^)]+)\)", (own or chapters)[0])
        lesson = lessons[concept.chapter].relative_to(ROOT).as_posix()
        assert links == list(concept.computed or [lesson]), concept.id
        assert all((source / link).exists() for link in links), concept.id


def test_every_source_leads_to_what_the_text_is(definitions):
    source, sections = definitions
    page = (source / "sources.md").read_text(encoding="utf-8")
    for concept in CONCEPTS:
        (line,) = re.findall("^- Source: text (.*)", sections[concept.id.lower()], re.MULTILINE)
        named = re.findall(r"\b00\d\b", concept.source)
        links = re.findall(r"\[(00\d)\]\(/sources\.md#text-(00\d)\)", line)
        assert named, concept.id
        assert links == [(one, one) for one in named], concept.id
        assert all(f"(text-{one})=\n" in page for one in named), concept.id


def _asked(path):
    return [found[1] for cell in read(path).cells if (found := re.match(r'quiz\("([a-z-]+)"', cell.source))]


@pytest.mark.parametrize("concept", [one for one in CONCEPTS if one.computed], ids=lambda one: one.id)
def test_a_notebook_said_to_compute_or_explain_a_term_names_it(concept):
    names = [concept.term.lower().removesuffix("s"), concept.zh.lower(), SAID_AS.get(concept.id)]
    for path in concept.computed:
        text = _said(ROOT / path)
        assert any(name in text for name in names if name), (concept.term, path)


def test_no_other_name_is_kept_that_no_notebook_needs():
    plain = {one.id: [one.term.lower().removesuffix("s"), one.zh.lower()] for one in CONCEPTS}
    for concept in (one for one in CONCEPTS if one.id in SAID_AS):
        texts = [_said(ROOT / path) for path in concept.computed]
        assert not all(any(name in text for name in plain[concept.id]) for text in texts), concept.id


def test_lifetime_value_leads_to_a_lesson_that_discounts():
    (value,) = (one for one in CONCEPTS if one.zh == "客户终身价值")
    assert all("discounted" in _said(ROOT / path) for path in value.computed)


def _said(path):
    """What a lesson or study says before its quiz, in small letters without bold type."""
    text = ""
    for cell in read(path).cells:
        if cell.source.startswith("## Test yourself"):
            break
        outputs = [output.get("data", {}) for output in cell.get("outputs", ())]
        text += "\n".join([cell.source, *(data.get("text/markdown", "") for data in outputs), ""])
    return " ".join(text.replace("*", "").lower().split())
