"""The pages of the concept bank: one a chapter with its questions, and a glossary in both directions."""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path

from page_text import markdown, title_of, toctree

from crmlib.catalogue import say, say_count
from crmlib.workbook.quizzes import controls
from crmlib.workbook.quizzes.bank import Bank, Chapter, Concept
from crmlib.workbook.quizzes.pose import pose

SEED = 1
QUIZ = "quiz"
TEXT = re.compile(r"\b00[0-4]\b")
ASKS = re.compile(r'\bquiz\(\s*"([\w-]+)"')


def write(write: Callable[[str, str], None], bank: Bank, notebooks: dict[str, str]) -> None:
    """Write all pages; ``notebooks`` holds the code of each notebook of the book, by path."""
    taught = {name: path for path, code in notebooks.items() for name in ASKS.findall(code)}
    for chapter in bank.chapters:
        lesson = taught.get(chapter.name, "")
        write(f"concepts/{chapter.name}.md", _chapter(bank, chapter, lesson, set(notebooks)))
    write("concepts/index.md", _contents(bank))
    write("glossary.md", _glossary(bank))


def _contents(bank: Bank) -> str:
    glossary = f"[{say('book.glossary.word')}](../glossary.md)"
    sources = f"[{say('book.concepts.texts')}](../sources.md)"
    lead = say("book.concepts.lead", glossary=glossary, sources=sources)
    lines = [f"# {say('book.concepts.title')}", "", lead, ""]
    for one in bank.chapters:
        counts = say("book.concepts.counts", concepts=len(one.concepts), questions=len(one.questions))
        lines.append(f"- [{_both(one.title, one.zh)}]({one.name}.md): {counts}")
    return "\n".join([*lines, "", toctree({one.name: f"{one.title} ({one.zh})" for one in bank.chapters})])


def _chapter(bank: Bank, chapter: Chapter, lesson: str, notebooks: set[str]) -> str:
    lines = [f"# {_both(chapter.title, chapter.zh)}", "", _where(lesson), ""]
    for concept in chapter.concepts:
        lines += [*_index(concept), f"({_anchor(concept)})=", f"## {_both(concept.term, concept.zh)}", ""]
        notebook = _notebook(concept, lesson, notebooks)
        lines += [markdown(concept.means), "", *_facts(bank, concept, chapter, notebook), ""]
    quiz = controls.page(controls.payload([pose(question, seed=SEED) for question in chapter.questions]))
    lines += [
        f'<div id="{QUIZ}"></div>',
        "",
        f"## {say('book.concepts.quiz')}",
        "",
        "```{raw} html",
        quiz,
        "```",
        "",
    ]
    return "\n".join(lines)


def _index(concept: Concept) -> list[str]:
    """Entries by which the search leads to the very place, in both languages."""
    texts = [text.replace(";", ",") for text in (concept.term, concept.zh)]
    return [line for text in texts for line in ("```{index} ! single: " + text, "```", "")]


def _where(lesson: str) -> str:
    """What stands at the top: first a way past all definitions to the questions."""
    quiz = f'<a href="#{QUIZ}">{say("book.concepts.to_quiz")}</a>'
    glossary = f"[{say('book.glossary.word')}](../glossary.md)"
    if not lesson:
        return say("book.concepts.no_lesson", glossary=glossary, quiz=quiz)
    return say("book.concepts.lesson", lesson=_link(lesson), glossary=glossary, quiz=quiz)


def _notebook(concept: Concept, lesson: str, notebooks: set[str]) -> str:
    """Where the term is computed or explained; where it is in no notebook, the lesson of its chapter."""
    # The bank may be ahead of the cases: what is not written yet has no page to lead to.
    if links := ", ".join(_link(path) for path in concept.computed if path in notebooks):
        return say("book.concepts.computed", links=links)
    return say("book.concepts.chapter_lesson", link=_link(lesson)) if lesson else ""


def _facts(bank: Bank, concept: Concept, chapter: Chapter, notebook: str) -> list[str]:
    """What stands below a definition, one line each."""
    see = [f"[{markdown(bank.concepts[one].term)}](#{one.lower()})" for one in concept.see]
    asked = [(i, q.id) for i, q in enumerate(chapter.questions, 1) if concept.id in q.of]
    questions = [
        f'<a href="#{controls.anchor(name)}">{say("book.concepts.question", number=i)}</a>'
        for i, name in asked
    ]
    numbers = "; ".join(map(markdown, concept.numbers))
    lines = [say_count("book.concepts.numbers", len(concept.numbers), text=numbers)] * bool(numbers)
    lines += [say("book.concepts.doubt", text=markdown(concept.doubt))] * bool(concept.doubt)
    lines += [notebook] * bool(notebook)
    lines += [say("book.concepts.see", links=", ".join(see))] * bool(see)
    lines += [say("book.concepts.questions", links=", ".join(questions))] * bool(questions)
    lines += [say("book.concepts.source", text=TEXT.sub(_source, markdown(concept.source)))]
    return [f"- {line}" for line in lines]


def _source(found: re.Match) -> str:
    """The number of a text, leading to what the text is."""
    return f"[{found[0]}](/sources.md#text-{found[0]})"


def _link(path: str) -> str:
    return f"[{title_of(Path(path))}](/{path})"


def _anchor(concept: Concept) -> str:
    return concept.id.lower()


def _both(term: str, zh: str) -> str:
    return f"{markdown(term)} ({markdown(zh)})"


def _glossary(bank: Bank) -> str:
    """Two tables; a row's first word leads to the definition, its second to its row in the other table."""
    concepts = bank.concepts.values()
    english = [(one, one.term, one.zh) for one in sorted(concepts, key=lambda one: one.term.casefold())]
    chinese = [(one, one.zh, one.term) for one in sorted(concepts, key=lambda one: one.zh)]
    lines = [f"# {say('book.glossary.title')} (术语表)", "", say("book.glossary.lead"), ""]
    for here, there, rows in (("english", "chinese", english), ("chinese", "english", chinese)):
        lines += [f"({here})=", f"## {say('book.glossary.' + here)}", ""]
        lines += [say("book.table." + here), "|---|---|", *(_row(here, there, *row) for row in rows), ""]
    return "\n".join(lines)


def _row(here: str, there: str, concept: Concept, first: str, second: str) -> str:
    name = _anchor(concept)
    target = f'<span id="{here}-{name}"></span>'
    return f'| {target}[{markdown(first)}](#{name}) | <a href="#{there}-{name}">{escape(second)}</a> |'
