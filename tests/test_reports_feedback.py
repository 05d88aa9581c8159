"""Feedback pages: what a student is told, that it is text, and that the key stays where it is."""

import json
import re
from html.parser import HTMLParser

import pytest
from roundmaker import class_of, named, pseudonym, question, random_round, result, write_round

from crmlib.workbook.reports import feedback, graded
from crmlib.workbook.reports.marks import accounts
from crmlib.workbook.reports.safe import block, line, prose
from crmlib.workbook.rounds.hand_marks import HandMark
from crmlib.workbook.rounds.policy import Late

KEY = {"unseen": {"lift": 1.23456789, "by_store": {"store": ["North"], "baskets": [3]}}, "own": {}}


def page_of(tmp_path, questions, *, who=None, show_key=False, hand=None, late=None, key=KEY, **changes):
    folder = write_round(tmp_path / "results", [result(0, questions, **changes)], key=key)
    results = graded.read(folder)
    names = {pseudonym(0): who or named(0)}
    (account,) = accounts(results, names, hand=hand, late=late)
    return feedback.page(account, results, show_key=show_key)


class Page(HTMLParser):
    """The tags, attributes and text of a page; every tag must be closed in its place."""

    VOID = ("meta", "br", "img", "link", "input", "hr")

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_a_page_says_answer_outcome_diagnosis_hint_and_lesson(tmp_path):
    said = ["Your answer is what a known mistake gives: `a`."]
    own = {"value": "16", "json": "16"}
    wrong = question("n_beer", "wrong", value="17", own=own, said=said)
    text = Page(page_of(tmp_path, [wrong, question("lift", "correct")])).text
    assert "Feedback for Student 0 \u00b7 1000" in text
    answers = "Your answer on your own data 16 Your answer on the unseen data 17"
    assert f"{answers} Your answer is what a known mistake gives: a ." in text
    assert "A hint that would have helped A column of true and false can be summed." in text
    assert 'Read again Lesson 1, section "Support"' in text
    assert "\u2717 Not right" in text
    assert "\u2713 Right" in text
    assert "0 of 1 point" in text
    assert "3 of 3 points" in text
    assert "Points 3 of 4 Total 3 of 4" in text


def test_an_answer_says_on_which_data_it_was_given(tmp_path):
    columns = {"store": ["North"], "baskets": [3]}
    table = {"value": "1 row", "json": json.dumps(columns)}
    questions = [
        question("which", "wrong", graded="own", value="a"),
        question("memo", "hand", graded="unseen", value="Do nothing."),
        question("by_store", "error", own=table),
        question("lift", "not attempted"),
    ]
    text = Page(page_of(tmp_path, questions)).text
    assert "Your answer a The value" in text
    assert "Your answer Do nothing." in text
    assert "Your answer on your own data store baskets North 3" in text
    assert "on the unseen data" not in text.split("Question Outcome Points")[1]
    assert "What your code gives on the unseen data is marked" in text.split("Question Outcome Points")[0]


def test_a_right_answer_needs_no_hint(tmp_path):
    text = Page(page_of(tmp_path, [question("n_beer", "correct")])).text
    assert "would have helped" not in text
    assert "Read again" not in text


@pytest.mark.parametrize("outcome", graded.OUTCOMES)
def test_every_outcome_has_a_word_of_its_own_and_a_reason(tmp_path, outcome):
    text = Page(page_of(tmp_path, [question("lift", outcome, said=["Because."])])).text
    assert feedback.word(outcome, "en") in text
    assert "Because." in text
    assert ("data that your notebook had not seen" in text) == (outcome == "correct")
    words = {feedback.word(one, "en") for one in graded.OUTCOMES}
    assert len(words) == len(graded.OUTCOMES)


def test_raw_and_final_totals_and_why(tmp_path):
    late = lambda who, raw: Late(raw - 1.5, "Two days late: 25 % off.")  # noqa: E731
    hand = {pseudonym(0): {"memo": HandMark(3, "Names no cost.")}}
    questions = [question("lift", "correct"), question("memo", "hand", value="Do this.\nDo that.")]
    text = Page(page_of(tmp_path, questions, hand=hand, late=late)).text
    assert "Points 6 of 7 Handed in late \u22121.5 Total 4.5 of 7 Two days late: 25 % off." in text
    assert "Comment of your instructor Names no cost." in text
    assert "Marked by your instructor" in text
    assert "Total pending" in Page(page_of(tmp_path, questions)).text


def test_the_key_stands_in_a_page_only_when_asked_for(tmp_path):
    questions = [question("lift", "wrong"), question("by_store", "wrong")]
    assert "1.23457" not in page_of(tmp_path, questions)
    assert "North" not in page_of(tmp_path, questions)
    shown = Page(page_of(tmp_path, questions, show_key=True)).text
    assert "A right answer 1.23457" in shown
    assert "A right answer baskets store 3 North" in shown


def test_a_table_is_shown_in_the_order_asked_for_and_cut():
    table = {"mean": [1.5] * 11, "store": ["North"] * 11}
    shown = feedback.spelled(table, ["store", "mean"]).split("\n")
    assert shown[:2] == ["store  mean", "North  1.5"]
    assert shown[-1] == "\u2026"
    assert len(shown) == 12
    assert feedback.spelled(list(range(30))).endswith("18, 19, \u2026")
    assert feedback.spelled({}) == ""


def test_the_key_of_a_choice_is_the_students_own(tmp_path):
    key = {"unseen": {"which": "x"}, "own": {pseudonym(0): {"which": "b"}, pseudonym(1): {"which": "c"}}}
    page = page_of(tmp_path, [question("which", "wrong")], show_key=True, key=key)
    assert "A right answer b" in Page(page).text


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7*7 }}</pre></section>\u202e\x1b[31m\x00"


def test_nothing_of_a_student_is_more_than_text(tmp_path):
    one = question(
        "lift",
        "wrong",
        value=EVIL,
        said=[EVIL, f"`{EVIL}`"],
        hint=EVIL,
        read=EVIL,
        notes=[EVIL],
        title=EVIL,
        own={"value": EVIL, "json": None},
    )
    late = lambda *given: Late(0, EVIL)  # noqa: E731
    who, hand = named(0, name=EVIL, id=EVIL), {pseudonym(0): {"memo": HandMark(1, EVIL)}}
    questions = [one, question("memo", "hand", value=EVIL)]
    text = page_of(tmp_path, questions, who=who, late=late, hand=hand, notes=[EVIL], title=EVIL)
    page, plain = Page(text), Page(page_of(tmp_path, [question("lift", "wrong"), question("memo", "hand")]))
    assert set(page.tags) - set(plain.tags) <= {"div", "p", "code"}
    assert {name for name, _ in page.attributes} <= {name for name, _ in plain.attributes} | {"role"}
    assert page.text.count("<script>alert(1)</script>") >= 9
    assert "{{ 7*7 }}" in page.text
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_a_page_asks_for_nothing_from_outside(tmp_path):
    text = page_of(tmp_path, [question("lift", "wrong", value="https://example.org/x")])
    page = Page(text)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [a for a in page.attributes if a[0] in ("src", "srcset", "style", "action")]
    assert [value for name, value in page.attributes if name == "href"] == ["#lift"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_in_the_page_allows_its_own_style_and_nothing_else(tmp_path):
    from base64 import b64encode
    from hashlib import sha256

    text = page_of(tmp_path, [question("lift", "wrong")])
    policy = re.search(r'Policy" content="([^"]+)"', text)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_an_answer_without_end_is_cut(tmp_path):
    own = {"value": "w" * 10_000_000, "json": None}
    long = question(
        "lift", "wrong", value="x" * 10_000_000, own=own, said=["y" * 10_000_000], hint="z" * 10_000_000
    )
    many = question("memo", "hand", value="\n".join(["line"] * 100_000))
    assert len(page_of(tmp_path, [long, many])) < 60_000


def test_the_same_results_give_the_same_bytes(tmp_path):
    pages = []
    for name in ("one", "two"):
        results = graded.read(random_round(tmp_path / name, 12))
        pages.append([feedback.page(one, results) for one in accounts(results, class_of(12))])
    assert pages[0] == pages[1]
    assert len(set(pages[0])) == 12


def test_a_language_without_sentences_is_answered_in_english(tmp_path):
    text = page_of(tmp_path, [question("lift", "correct")], language="xx")
    assert '<html lang="en">' in text


def test_lines_and_blocks_are_visible_text():
    assert line("a\u2028b\u200fc\td", 3) == "a \u2026"
    assert line("\ud800x") == "x"
    assert line("e\u0301 \U0001f469\u200d\U0001f52c") == "e\u0301 \U0001f469\u200d\U0001f52c"
    assert block("a\r\nb\x07\n\n") == "a\nb"
    assert block("a\n" * 100, lines=2) == "a\na\n\u2026"
    assert prose("`<b>` and `") == "`&lt;b&gt;` and `"
    assert prose("`<b>`") == "<code>&lt;b&gt;</code>"
