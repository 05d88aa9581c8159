"""The book laid out: complete, every term with its questions and its lesson one click away."""

import re
from pathlib import Path

import pytest
from browser.book import lay_out

from crmlib.workbook.quizzes import bank

ROOT = Path(__file__).parents[1]
BANK = bank.shipped()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return lay_out(tmp_path_factory.mktemp("book") / "source")


def text_of(source, name):
    return (source / name).read_text(encoding="utf-8")


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
            assert (source / link.partition("#")[0]).exists(), (path.name, link)


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
