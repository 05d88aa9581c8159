"""Quizzes: one draw a seed, keys judged right, mistakes told, and what was missed comes back."""

import json
from itertools import permutations

import pytest

from crmlib.quiz import quiz, review
from crmlib.workbook.outcome import Refused
from crmlib.workbook.quizzes import bank, controls
from crmlib.workbook.quizzes.judge import judged
from crmlib.workbook.quizzes.pose import KINDS, draw, pose
from crmlib.workbook.quizzes.record import Record, change

BANK = bank.shipped()
PINNED = ["life-cycle-begins", "seven-stages-markov", "seven-stages-money"]


@pytest.fixture(autouse=True)
def _own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMLIB_QUIZ_RECORD", str(tmp_path / "record.json"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_key_of_every_question_is_right_and_nothing_else_is(seed):
    for question in BANK.questions.values():
        posed = pose(question, seed=seed)
        assert judged(posed, posed.key).right, question.id
        for wrong in _others(posed):
            assert not judged(posed, wrong).right, (question.id, wrong)


def _others(posed):
    if posed.question.kind == "choice":
        return set(posed.labelled) - {posed.key}
    if posed.question.kind == "several":
        return [posed.key[1:] or ["a", "b"], list(posed.labelled)]
    if posed.question.kind == "numeric":
        return [wrong for wrong, _ in posed.mistakes]
    letters = list(posed.labelled)
    if posed.question.kind == "order":
        return [list(p) for p in list(permutations(letters))[:20] if list(p) != posed.key]
    return [[letters[0]] * len(posed.items), posed.key[:-1]]


def test_a_known_mistake_is_told_as_that_mistake():
    for question in (q for q in BANK.questions.values() if q.kind == "numeric"):
        posed = pose(question, seed=5)
        for wrong, why in posed.mistakes:
            assert why in judged(posed, wrong).said or len(posed.mistakes) > 1, question.id


def test_each_wrong_option_says_why():
    posed = pose(BANK.questions["five-times-choice"], seed=1)
    for letter in set(posed.labelled) - {posed.key}:
        (said,) = judged(posed, letter).said
        assert said == dict(zip(posed.labelled, posed.items, strict=True))[letter].why


def test_part_of_an_answer_counts_as_part():
    posed = pose(BANK.questions["erp-crm-classify"], seed=1)
    wrong = ["a" if posed.key[0] == "b" else "b", *posed.key[1:]]
    found = judged(posed, wrong)
    assert found.share == pytest.approx(0.8)
    assert found.said == (f"{posed.items[0].text}: {posed.items[0].why}",)


@pytest.mark.parametrize("answer", [None, ..., 7, "z", {"a": 1}, [["a"]], float("nan"), object()])
def test_what_is_no_answer_scores_nothing_and_says_what_one_is(answer):
    for name in ("five-times-choice", "ccpr-match", "asset-reasons", "record-fields", "call-centre-order"):
        found = judged(pose(BANK.questions[name], seed=1), answer)
        assert (found.share, len(found.said)) == (0.0, 1)


def test_the_same_seed_draws_the_same_questions_in_the_same_order():
    one, other = (draw(BANK, seed=7, number=20) for _ in range(2))
    assert [(p.text, p.labelled, p.key) for p in one] == [(p.text, p.labelled, p.key) for p in other]
    assert [p.question.id for p in one] != [p.question.id for p in draw(BANK, seed=8, number=20)]


def test_a_draw_that_is_the_same_on_every_machine():
    assert [posed.question.id for posed in draw(BANK, seed=1, chapter="life-cycle", number=3)] == PINNED


def test_chapter_and_kinds_are_kept():
    found = draw(BANK, seed=1, chapter="churn", kinds=("numeric",), number=99)
    assert {(p.question.chapter, p.question.kind) for p in found} == {("churn", "numeric")}
    assert len(found) == sum(q.kind == "numeric" for q in BANK.chapter("churn").questions)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"chapter": "chrun"}, "There is no chapter 'chrun'; there are: foundations"),
        ({"chapter": 6}, "There is no chapter 6; there are: foundations"),
        ({"kinds": ("essay",)}, "There is no kind of question essay; there are: choice"),
        ({"kinds": ()}, r"kinds is \(\); it must be a list of some of: choice, several"),
        ({"kinds": "choice"}, "kinds is 'choice'; it must be a list"),
        ({"kinds": 3}, "kinds is 3; it must be a list"),
        ({"number": 0}, "number is 0; it must be a whole number from 1 on"),
        ({"number": -1}, "number is -1; it must be a whole number from 1 on"),
        ({"number": "5"}, "number is '5'; it must be a whole number from 1 on"),
        ({"number": 2.5}, "number is 2.5; it"),
        ({"number": True}, "number is True; it"),
        ({"number": None}, "number is None; it"),
        ({"seed": None}, "seed is None; it must be a whole number[.]"),
        ({"seed": "x"}, "seed is 'x'; it"),
        ({"seed": [1]}, "seed is list; it"),
        ({"within": -1}, "within is -1; it must be a number from 0 on"),
        ({"within": "0.1"}, "within is '0.1'; it"),
        ({"within": 0.123}, "No question fits"),
        ({"bank": ""}, "bank is ''; it must be a path"),
        ({"bank": 7}, "bank is 7; it must be a path"),
        ({"record": 7}, "record is 7; it must be a path"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_by_its_name(given, says):
    with pytest.raises(Refused, match=says):
        quiz(**given)


@pytest.mark.parametrize("given", [{"number": 0}, {"number": "5"}, {"bank": 7}, {"record": 7}])
def test_a_review_refuses_as_a_quiz_does(given, tmp_path):
    with pytest.raises(Refused, match=next(iter(given))):
        review(**given)
    assert not (tmp_path / "record.json").exists()  # which would count as a review


def test_numbers_of_other_kinds_will_do():
    numpy = pytest.importorskip("numpy")
    one, other = quiz(seed=7, number=3), quiz(seed=numpy.int64(7), number=numpy.int32(3), kinds=list(KINDS))
    assert [p.text for p in one.posed] == [p.text for p in other.posed]


def test_a_quiz_shorter_than_asked_for_says_so():
    short, whole = quiz("life-cycle", number=500), quiz("life-cycle", number=2)
    said = f"These are all that there are: {len(short)}. You asked for 500."
    assert repr(short).startswith(said)
    assert said in short._repr_mimebundle_()["text/html"].partition("<script>")[0]
    assert "You asked" not in repr(whole) + whole._repr_mimebundle_()["text/html"]


def test_a_number_says_how_many_decimals_it_needs():
    for question in (q for q in BANK.questions.values() if q.kind == "numeric"):
        posed = pose(question, seed=1)
        assert abs(round(posed.key, posed.decimals) - posed.key) <= question.within or not question.within
        if posed.decimals:
            assert 0.5 / 10 ** (posed.decimals - 1) > question.within, question.id  # fewer will not do
    assert (posed_with(0.1).decimals, posed_with(0.01).decimals, posed_with(0.005).decimals) == (1, 2, 2)
    assert (posed_with(0.5).decimals, posed_with(1.0).decimals, posed_with(0.0).decimals) == (0, 0, 0)
    fine = quiz(kinds=("numeric",), within=0.01, number=1)
    for shown in (
        repr(fine),
        fine.markdown(),
        fine._repr_mimebundle_()["text/html"].partition("<script>")[0],
    ):
        assert "at least 2 decimals" in shown
    assert "decimal" not in repr(quiz(kinds=("numeric",), within=0.5, number=99))


def posed_with(within):
    return draw(BANK, seed=1, kinds=("numeric",), within=within, number=1)[0]


def test_an_accuracy_picks_the_questions_that_ask_for_it():
    found = draw(BANK, seed=1, within=0.05, number=99)
    wanted = [q.id for q in BANK.questions.values() if q.kind == "numeric" and q.within == 0.05]
    assert sorted(p.question.id for p in found) == sorted(wanted)


def test_an_empty_review_says_so():
    assert repr(review()) == "Nothing is due in this review."


@pytest.mark.parametrize("number", [0, 3, "1", None])
def test_a_question_that_is_not_there_is_refused(number):
    with pytest.raises(Refused, match="number is"):
        quiz("life-cycle", number=2).check(number, "a")


def test_an_order_is_never_posed_in_order():
    for question in (q for q in BANK.questions.values() if q.kind == "order"):
        for seed in range(30):
            posed = pose(question, seed=seed)
            assert posed.key != sorted(posed.key), question.id


def test_letters_of_right_options_are_spread_over_seeds():
    question = BANK.questions["five-times-choice"]
    assert {pose(question, seed=seed).key for seed in range(40)} == set("abcd")


def test_the_page_stands_alone_and_closes_nothing_too_early():
    made = controls.payload(draw(BANK, seed=1, number=400))
    page = controls.page(made)
    assert "http" not in page.replace("http://www.w3.org", "")
    assert page.count("<script>") == page.count("</script>") == 1
    assert page.count("<details>") == len(BANK.questions)


def test_a_bank_cannot_break_out_of_the_page(tmp_path):
    text = (bank.SHIPPED / "5_life_cycle.yaml").read_text(encoding="utf-8")
    hostile = text.replace("In May", "</script><script>alert(1)</script><img src=x onerror=alert(1)>")
    (tmp_path / "one.yaml").write_text(hostile, encoding="utf-8")
    page = controls.page(controls.payload(quiz(bank=tmp_path, number=99).posed))
    assert page.count("</script>") == 1
    assert "<img" not in page


def test_a_quiz_shows_controls_a_page_and_plain_text():
    shown = quiz("churn", number=2)._repr_mimebundle_()
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} <= set(shown)


def test_a_run_that_is_written_down_holds_no_widget(monkeypatch):
    monkeypatch.setenv("CRMLIB_STATIC", "1")
    assert set(quiz("churn", number=2)._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_what_was_missed_comes_back_and_what_is_known_does_not(tmp_path):
    asked = quiz("life-cycle", kinds=("choice",), number=2)
    first, second = asked.posed
    wrong = next(letter for letter in first.labelled if letter != first.key)
    assert asked.check(1, wrong).share == 0
    assert asked.check(2, second.key).right
    again = review()
    assert [p.question.id for p in again.posed] == [first.question.id]
    again.check(1, again.posed[0].key)
    assert [len(review()), len(review())] == [0, 0]  # answered right, it rests
    assert [p.question.id for p in review().posed] == [first.question.id]


def test_a_question_rests_longer_each_time(tmp_path):
    record = Record(tmp_path / "r.json", 0, {}, {})
    record.answer("q", False)
    rests = []
    for _ in range(4):
        record.review = record.due["q"]
        record.answer("q", True)
        rests.append(record.due["q"] - record.review)
    assert rests == [2, 4, 8, 16]
    record.answer("q", False)
    assert record.missed() == ["q"]


def test_an_answer_of_the_widget_reaches_the_record():
    asked = quiz("life-cycle", kinds=("choice",), number=1)
    (posed,) = asked.posed
    asked._answered(posed.question.id, [next(x for x in posed.labelled if x != posed.key)])
    assert Record.read().missed() == [posed.question.id]


def test_the_record_is_read_anew_before_it_is_written(tmp_path):
    path = tmp_path / "r.json"
    change(path, lambda record: record.answer("one", False))
    change(path, lambda record: record.answer("two", False))
    assert Record.read(path).missed() == ["one", "two"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 9}', '{"format":1,"review":"x","boxes":{},"due":{}}', "[" * 10**5]
)
def test_a_damaged_record_is_refused_and_kept(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="damaged"):
        review(record=path)
    assert path.read_text(encoding="utf-8") == text


def test_a_private_bank_works_by_path(tmp_path):
    text = (bank.SHIPPED / "5_life_cycle.yaml").read_text(encoding="utf-8").replace("life-cycle", "own")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    assert {p.question.chapter for p in quiz("own", bank=tmp_path).posed} == {"own"}


def test_payload_and_judge_agree_on_the_key():
    for question, posed in zip(*_payload(), strict=True):
        assert question["key"] == json.loads(json.dumps(posed.key))


def _payload():
    posed = draw(BANK, seed=4, number=400)
    return controls.payload(posed)["questions"], posed


def test_all_kinds_are_drawn_somewhere():
    assert {p.question.kind for p in draw(BANK, seed=1, number=400)} == set(KINDS)
