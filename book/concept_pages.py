"""The pages of the concept bank: one a chapter with its questions, and a glossary in both directions."""

from collections.abc import Callable
from html import escape

from crmlib.workbook.quizzes import controls
from crmlib.workbook.quizzes.bank import Bank, Chapter, Concept
from crmlib.workbook.quizzes.pose import pose

SEED = 1


def write(write: Callable[[str, str], None], bank: Bank) -> None:
    """Write all pages."""
    for chapter in bank.chapters:
        write(f"concepts/{chapter.name}.md", _chapter(bank, chapter))
    write("concepts/index.md", _contents(bank))
    write("glossary.md", _glossary(bank))


def _contents(bank: Bank) -> str:
    lines = [
        "# Concepts",
        "",
        "Every term of the course, chapter by chapter, each with questions to test yourself.",
        "",
    ]
    for chapter in bank.chapters:
        counts = f"{len(chapter.concepts)} concepts, {len(chapter.questions)} questions"
        lines.append(f"- [{chapter.title} ({chapter.zh})]({chapter.name}.md): {counts}")
    lines += ["", ":::{toctree}", ":hidden:", "", *(chapter.name for chapter in bank.chapters), ":::", ""]
    return "\n".join(lines)


def _chapter(bank: Bank, chapter: Chapter) -> str:
    lines = [f"# {chapter.title} ({chapter.zh})", ""]
    for concept in chapter.concepts:
        lines += [f"({concept.id.lower()})=", f"## {concept.term} ({concept.zh})", "", concept.means, ""]
        lines += [*_facts(bank, concept, chapter), ""]
    quiz = controls.payload([pose(question, seed=SEED) for question in chapter.questions])
    lines += ["## Test yourself", "", "```{raw} html", _anchored(controls.page(quiz), chapter), "```", ""]
    return "\n".join(lines)


def _facts(bank, concept: Concept, chapter: Chapter) -> list[str]:
    lines = [f"- Number: {text}" for text in concept.numbers]
    if concept.doubt:
        lines.append(f"- **Doubtful:** {concept.doubt}")
    lines += [f"- Computed in [{_name(path)}](/{path})" for path in concept.computed]
    if concept.see:
        linked = (f"[{bank.concepts[one].term}](#{one.lower()})" for one in concept.see)
        lines.append(f"- See also {', '.join(linked)}")
    numbers = [i for i, q in enumerate(chapter.questions, 1) if concept.id in q.of]
    if numbers:
        links = ", ".join(f'<a href="#{chapter.questions[i - 1].id}">question {i}</a>' for i in numbers)
        lines.append(f"- Test yourself: {links}")
    return [*lines, f"- Source: text {concept.source}"]


def _name(path: str) -> str:
    parts = path.removesuffix(".ipynb").split("/")
    kind, name = (parts[0], parts[1]) if len(parts) == 3 else ("lesson", parts[-1])
    return f"the {'case' if kind == 'casestudies' else 'lesson'} {name.replace('_', ' ')}"


def _anchored(page: str, chapter: Chapter) -> str:
    """The quiz, with a place to jump to before it for each question, filled by the controls."""
    return page


def _glossary(bank: Bank) -> str:
    english = sorted(bank.concepts.values(), key=lambda one: one.term.casefold())
    chinese = sorted(bank.concepts.values(), key=lambda one: one.zh)
    lines = ["# Glossary (术语表)", "", "[English to Chinese](#english) · [中文到英文](#chinese)", ""]
    lines += ["(english)=", "## English to Chinese", "", "| term | 中文 |", "|---|---|"]
    lines += [f"| [{_cell(one.term)}](#{one.id.lower()}) | {_cell(one.zh)} |" for one in english]
    lines += ["", "(chinese)=", "## 中文到英文", "", "| 中文 | term |", "|---|---|"]
    lines += [f"| [{_cell(one.zh)}](#{one.id.lower()}) | {_cell(one.term)} |" for one in chinese]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return escape(text).replace("|", "\\|")
