"""Policies and hand marks: every rule by a hand-worked case at its edge, every slip refused by name."""

import inspect
from datetime import datetime, timedelta

import pytest

from crmlib.workbook.outcome import Refused
from crmlib.workbook.rounds import hand_marks, policy
from crmlib.workbook.rounds.hand_marks import HandMark, Question
from crmlib.workbook.rounds.policy import Late, Policy
from crmlib.workbook.rounds.roster import Named

RULES = """\
timezone: Asia/Shanghai
deadline: 2026-03-01 23:59
grace_minutes: 15
late_penalty: 10 % per day
floor: 50 %
attempts: first
missing: 0
extensions:
  007: 2026-03-08 23:59
  anna: 2026-03-02T12:00:00+00:00
"""


@pytest.fixture
def read(tmp_path):
    def reads(text, ids=None):
        (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
        return policy.read(tmp_path / "policy.yaml", ids)

    return reads


@pytest.mark.parametrize(
    ("submitted", "final"),
    [
        ("2026-02-01 00:00", 8),
        ("2026-03-01 23:59", 8),
        ("2026-03-02 00:14", 8),  # the last moment of the grace
        ("2026-03-02 00:14:01", 7.2),
        ("2026-03-02 23:59", 7.2),  # one day to the second
        ("2026-03-02 23:59:01", 6.4),
        ("2026-03-05 23:58", 4.8),
        ("2026-03-07 00:00", 4),  # the floor
        ("2036-03-07 00:00", 4),
        ("2026-03-01T16:14:00+00:00", 8),  # the same last moment, elsewhere
        ("2026-03-01T16:14:01+00:00", 7.2),
        ("2026-03-01T16:15:00Z", 7.2),
    ],
)
def test_lateness_counts_by_days_begun_once_the_grace_is_over(read, submitted, final):
    assert read(RULES).apply("x", 8, submitted).final == final


def test_the_reason_says_how_late_and_what_it_cost(read):
    rules = read(RULES)
    assert rules.apply("x", 8, "2026-03-02 00:30").reason == "Handed in one day late: 0.8 points off."
    assert rules.apply("x", 8, "2026-03-04 00:30").reason == "Handed in 3 days late: 2.4 points off."
    assert rules.apply("x", 8, "2026-03-01 00:30") == Late(8)


def test_an_extension_is_another_deadline_for_one_student(read):
    rules = read(RULES, ["007", "anna", "x"])
    assert rules.apply("007", 8, "2026-03-08 23:59").final == 8
    assert rules.apply("007", 8, "2026-03-09 23:00").final == 7.2
    assert rules.apply("7", 8, "2026-03-08 23:59").final == 4
    assert rules.apply("anna", 8, "2026-03-02 20:15").final == 8
    assert rules.apply("anna", 8, "2026-03-02 20:16").final == 7.2


def test_where_no_time_is_known_nothing_is_taken_off_and_it_is_said(read):
    rules = read(RULES)
    assert rules.apply("x", 8, None) == Late(8, "When it was handed in is not known: it counts as in time.")
    assert "by how much is not known" in rules.apply("x", 8, None, late=True).reason
    assert Policy().apply("x", 8, None, late=True) == Late(8)


@pytest.mark.parametrize(
    ("rule", "raw", "final"),
    [
        ("2 points per hour", 8, 2),
        ("2 points per hour\nfloor: 3 points", 8, 3),
        ("2 points per hour\nfloor: 3 points", 2.5, 2.5),  # a floor never adds points
        ("1.5 points per hour", 8, 3.5),
        ("1 point per hour", 2, 0),
        ("100 % per day", 8, 0),
        ("7 % per day", 7.35, 6.84),  # 6.8355
        ("0 % per day", 8, 8),
    ],
)
def test_penalties_in_points_and_hundredths_with_and_without_a_floor(read, rule, raw, final):
    rules = read(f"deadline: 2026-03-01T12:00:00+01:00\nlate_penalty: {rule}\n")
    assert rules.apply("x", raw, "2026-03-01T14:00:01+01:00").final == final


def test_lateness_is_real_time_also_when_the_clocks_are_put_forward(read):
    # In Berlin 2026-03-29 has 23 hours.
    rules = read("timezone: Europe/Berlin\ndeadline: 2026-03-28 12:00\nlate_penalty: 1 point per hour\n")
    assert rules.apply("x", 100, "2026-03-29 12:00").final == 77
    rules = read("timezone: Europe/Berlin\ndeadline: 2026-03-28 12:00\nlate_penalty: 1 point per day\n")
    assert rules.apply("x", 100, "2026-03-29 13:00").final == 99


def test_later_is_never_better(read):
    rules, start = read(RULES), datetime(2026, 3, 1, 12)
    finals = [rules.apply("x", 9, str(start + timedelta(minutes=17 * i))).final for i in range(800)]
    assert finals == sorted(finals, reverse=True)
    assert (finals[0], finals[-1]) == (9, 4.5)


def test_the_policy_that_the_module_shows_is_one(read):
    shown = inspect.cleandoc(policy.__doc__).partition("\n\n")[2]
    rules = read(inspect.cleandoc(shown), ["20260017"])
    assert (rules.attempts, rules.missing, rules.grace.seconds) == ("last", 0.0, 900)
    assert rules.apply("20260017", 10, "2026-03-09 00:30").final == 9
    assert rules.apply("x", 10, "2026-03-09 00:30").final == 5


def test_the_other_rules_and_no_rules(read):
    rules = read(RULES)
    assert (rules.attempts, rules.missing) == ("first", 0.0)
    assert read("missing: empty\n").missing is None
    assert read("attempts: last\n") == Policy()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("deadlin: 2026-03-01 23:59", r"no rule called deadlin\. Did you mean deadline\?"),
        ("deadline: 2026-03-01 23:59", "a time needs a zone"),
        ("timezone: Mars/Base\ndeadline: 2026-03-01 23:59", "Mars/Base is not known"),
        ("timezone: ../../etc/passwd", "is not known"),
        ("timezone: [1]", "list is not known"),
        ("timezone: +08:00\ndeadline: 2026-03-01", "2026-03-01 cannot be understood"),
        ("timezone: +08:00\ndeadline: 01.03.2026 23:59", "01.03.2026 23:59 cannot be understood"),
        ("timezone: +08:00\ndeadline: [2026]", "list cannot be understood"),
        ("late_penalty: 10 % per day", "late_penalty says nothing without a deadline"),
        ("grace_minutes: 15", "grace_minutes says nothing without a deadline"),
        ("attempts: best", "best cannot be understood; either last or first counts"),
        ("floor: half", "half cannot be understood; a floor is written as 50 % or 3 points"),
        ("floor: 120 %", "120 % is more than everything"),
        ("floor: -5 %", "cannot be understood"),
        ("missing: 3", "either 0 or empty"),
        ("attempts: last\nattempts: first", "stands twice"),
        ("- a\n- b", "policy.yaml"),
        ("{", "policy.yaml"),
    ],
)
def test_a_slip_in_a_policy_is_refused_with_what_to_write(read, text, reason):
    with pytest.raises(Refused, match=reason):
        read(text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("late_penalty: 10 per day", "written as 10 % per day or 2 points per hour"),
        ("late_penalty: 10 % per week", "written as 10 % per day"),
        ("late_penalty: 101 % per day", "more than everything"),
        ("grace_minutes: 1.5", "a whole number of minutes"),
        ("grace_minutes: -5", "a whole number of minutes"),
        ("extensions: 5", "a line for each student"),
        ("extensions:\n  x: 2026-03-01 23:58", "2026-03-01 23:58 for x is before the deadline"),
        ("extensions:\n  x: tomorrow", "tomorrow cannot be understood"),
        ("extensions:\n  ana: 2026-03-02 23:58", r"no student ana\. Did you mean anna\?"),
        ("extensions:\n  x: 2026-03-02 23:58\n  x: 2026-03-03 23:58", "stands twice"),
    ],
)
def test_a_slip_beside_a_deadline_is_refused(read, line, reason):
    with pytest.raises(Refused, match=reason):
        read(f"timezone: +08:00\ndeadline: 2026-03-01 23:59\n{line}\n", ["anna", "x"])


NAMES = {
    "s-aaaaaaaaaa": Named("s-aaaaaaaaaa", "007", "Anna", "", "a.ipynb"),
    "s-bbbbbbbbbb": Named("s-bbbbbbbbbb", "008", "Bob", "", "b.ipynb"),
}
QUESTIONS = {"memo": Question(4, True), "lift": Question(3, False)}


@pytest.fixture
def marks(tmp_path):
    def reads(text):
        (tmp_path / "marks.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return hand_marks.read(tmp_path / "marks.csv", NAMES, QUESTIONS)

    return reads


def test_marks_are_read_by_id_or_pseudonym(marks):
    found = marks(
        "student,question,points,comment,override\n"
        '007,memo,3.5,"names an action, not its cost",\n'
        "s-bbbbbbbbbb,memo,0,,no\n"
        "008,lift,3,appeal granted,YES\n"
    )
    assert found == {
        "s-aaaaaaaaaa": {"memo": HandMark(3.5, "names an action, not its cost")},
        "s-bbbbbbbbbb": {"memo": HandMark(0), "lift": HandMark(3, "appeal granted")},
    }


def test_a_row_without_points_is_still_to_be_marked(marks):
    assert marks("student,question,points\n007,memo,\n008,memo,2\n") == {
        "s-bbbbbbbbbb": {"memo": HandMark(2)}
    }
    assert marks("student,question,points\n") == {}


def test_a_file_of_a_chinese_or_german_excel_is_read(marks):
    text = "student;question;points;comment\r\n007;memo;1,5;很好\r\n"
    expected = {"s-aaaaaaaaaa": {"memo": HandMark(1.5, "很好")}}
    assert marks(text.encode("gb18030")) == expected
    assert marks(text.replace(";", "\t").encode("utf-16")) == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7,memo,1", "row 3: there is no student 7"),
        (",memo,1", "row 3: there is no student"),
        ("008,mem,1", r"row 3: there is no question mem\. Did you mean memo\?"),
        ("008,memo,5", "row 3: 5 is more than the 4 points that memo is worth"),
        ("008,memo,-1", "row 3: -1 is no number of points"),
        ("008,memo,nan", "row 3: nan is no number of points"),
        ("008,memo,1e1", "row 3: 1e1 is no number of points"),
        ("008,memo,good", "row 3: good is no number of points"),
        ("008,lift,2", "row 3: lift is marked by machine; to replace its mark write yes under override"),
        ("008,lift,2,,no", "row 3: lift is marked by machine"),
        ("008,lift,2,,ja", "row 3: under override stands ja"),
        ("008,memo,2," + "x" * 5001, "row 3: the comment has more than 5000 characters"),
        ("007,memo,2", "row 3: this student's mark for this question stands in row 2 already"),
        ("s-aaaaaaaaaa,memo,2", "row 3: this student's mark for this question stands in row 2 already"),
    ],
)
def test_a_wrong_row_is_refused_and_no_mark_is_taken(marks, row, reason):
    with pytest.raises(Refused, match=reason):
        marks(f"student,question,points,comment,override\n007,memo,1,,\n{row}\n")


def test_every_wrong_row_is_said_at_once(marks):
    with pytest.raises(Refused) as refused:
        marks("student,question,points\n9,memo,9\n007,lift,1\n")
    assert str(refused.value).count("row ") == 3


def test_a_file_without_a_column_is_refused(marks):
    with pytest.raises(Refused, match="no column points; its columns are: student, question"):
        marks("student,question\n007,memo\n")
