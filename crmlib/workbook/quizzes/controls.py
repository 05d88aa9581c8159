"""A quiz as a reader meets it: controls in JupyterLab and in a static page, plain text everywhere else.

The page judges by itself, so that the book works without a kernel; in JupyterLab each answer also
comes back here, for the reader's record.
"""

import json
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from html import escape
from pathlib import Path

from crmlib.catalogue import say, say_count
from crmlib.workbook.quizzes.pose import Posed

# Filled in on the page.
FILLED_IN = ("number", "text", "unit")
HERE = Path(__file__).parent
WORDS = (
    *("check", "reveal", "choose", "number", "step"),
    *("choice", "several", "match", "classify", "order", "numeric"),
    *("said_right", "said_partly", "said_wrong", "said_missing", "said_answer", "said_unread"),
    *("unread", "unread_unit", "unread_comma"),
)


def payload(posed: list[Posed], *, note: str = "") -> dict:
    """Everything that the page needs, as JSON values; ``note`` stands above the questions."""
    questions = [_question(one) for one in posed]
    words = {word: say("quiz.word." + word, **{name: f"{{{name}}}" for name in FILLED_IN}) for word in WORDS}
    name = blake2b(json.dumps(questions).encode(), digest_size=6).hexdigest()
    made = {"id": f"quiz-{name}", "words": words, "questions": questions}
    return made | {"note": note} if note else made


def _question(posed: Posed) -> dict:
    question = posed.question
    made = {
        "id": question.id,
        "anchor": anchor(question.id),
        "kind": question.kind,
        "text": posed.text,
        "labels": [list(pair) for pair in posed.labelled.items()],
        "key": posed.key,
        "reason": question.why,
        "solution": solution(posed),
    }
    if question.kind in ("choice", "several"):
        made["why"] = {letter: part.why for letter, part in zip(posed.labelled, posed.items, strict=True)}
    elif question.kind in ("match", "classify"):
        made["items"] = [{"text": part.text, "why": part.why} for part in posed.items]
    elif question.kind == "numeric":
        made |= {"within": question.within, "unit": question.unit, "mistakes": posed.mistakes}
        made |= {"how": say_count("quiz.word.decimals", posed.decimals)} if posed.decimals else {}
    return made


def anchor(name: str) -> str:
    """Where in a page a question stands: what follows the # of an address."""
    return f"q-{name}"


def solution(posed: Posed) -> list[str]:
    """The answer in words, one line a part."""
    kind, labels = posed.question.kind, posed.labelled
    if kind == "numeric":
        return [f"{posed.key:,.6g} {posed.question.unit}", posed.question.why]
    if kind in ("match", "classify"):
        return [f"{part.text}: {labels[letter]}" for part, letter in zip(posed.items, posed.key, strict=True)]
    if kind == "order":
        return [f"{i}. {labels[letter]}" for i, letter in enumerate(posed.key, 1)]
    parts = dict(zip(labels, posed.items, strict=True))
    return [f"{labels[letter]} ({parts[letter].why})" for letter in posed.key]


@cache
def script() -> str:
    """The code of the controls, in which nothing closes the element that it stands in."""
    return (HERE / "quiz.js").read_text(encoding="utf-8").replace("</", "<\\/")


@cache
def style() -> str:
    return (HERE / "quiz.css").read_text(encoding="utf-8")


def page(quiz: dict) -> str:
    """The quiz as HTML that stands alone: questions and answers to unfold, controls where scripts run."""
    data = json.dumps(quiz, ensure_ascii=False).replace("<", "\\u003c")
    without = f"<p>{escape(quiz.get('note', ''))}</p>".replace("<p></p>", "") + "".join(
        _unfold(i, one, quiz["words"]) for i, one in enumerate(quiz["questions"], 1)
    )
    start = f'mountQuiz(document.getElementById("{quiz["id"]}"), {data}, () => {{}});'
    return (
        f'<div id="{quiz["id"]}" class="crm-quiz">{without}</div>\n<style>{style()}</style>\n'
        f"<script>(() => {{\n{script()}\n{start}\n}})();</script>"
    )


def _unfold(number: int, question: dict, words: dict) -> str:
    options = [text for _, text in question["labels"]]
    listed = "".join(f"<li>{escape(text)}</li>" for text in options)
    items = "".join(f"<li>{escape(item['text'])}</li>" for item in question.get("items", ()))
    answer = "".join(f"<p>{escape(text)}</p>" for text in question["solution"])
    shown = f"<p>{number}. {escape(question['text'])}</p><ul>{items}</ul><ul>{listed}</ul>"
    fold = f"<details><summary>{escape(words['reveal'])}</summary>{answer}</details>"
    shown += f"<p>{escape(question['how'])}</p>" if "how" in question else ""
    return f'<div id="{question["anchor"]}">{shown.replace("<ul></ul>", "")}{fold}</div>'


def widget(quiz: dict, on_answer: Callable[[str, object], None]):
    """The quiz as a widget that hands each answer on."""
    import anywidget
    import traitlets

    class QuizWidget(anywidget.AnyWidget):
        _esm = (HERE / "quiz.js").read_text(encoding="utf-8") + RENDER
        _css = style()
        quiz = traitlets.Dict().tag(sync=True)
        answered = traitlets.Dict().tag(sync=True)

    made = QuizWidget(quiz=quiz)
    made.observe(lambda change: on_answer(change["new"]["id"], change["new"]["answer"]), "answered")
    return made


RENDER = """
export default {
  render({ model, el }) {
    let count = 0;
    mountQuiz(el, model.get("quiz"), (id, answer) => {
      count += 1;
      model.set("answered", { id, answer, count });
      model.save_changes();
    });
  },
};
"""
