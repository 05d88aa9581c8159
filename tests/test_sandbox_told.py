"""What a run tells is believed only after it was taken apart: forged and broken messages."""

import json
import random
import time
from itertools import product
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from crmlib.workbook.answers import Spec, Unfit
from crmlib.workbook.diagnosis import Finding
from crmlib.workbook.grading import marking, words
from crmlib.workbook.grading.said import said
from crmlib.workbook.outcome import Refused
from crmlib.workbook.plain import MOST_JSON
from crmlib.workbook.sandbox import Job, Limits, Ran, frames, told, tree
from crmlib.workbook.tutor import Tutor

TABLE = Spec("table", key=("x",), columns={"x": Spec("number"), "y": Spec("text")})
JOB = Job(((1, ""), (4, "")), {"q": Spec("number")}, Limits(output_mib=0.01))


def story(*messages):
    made = told.Story(JOB, Ran("full"))
    for message in messages:
        made.take(message, tree.Used)
    return made.tell()


START, END, DONE = (
    {"t": "start", "cell": 1},
    {"t": "end", "error": "", "stop": ""},
    {"t": "done", "rebound": []},
)
OTHER = {"t": "start", "cell": 4}


def test_the_plain_course():
    ran = story(START, {"t": "said", "name": "q", "json": "1", "unfit": None}, END, OTHER, END, DONE)
    assert ran.finished
    assert (ran.answers["q"].json, ran.answers["q"].cell) == ("1", 1)


FORGED = [
    [DONE],
    [START, DONE],
    [START, END, DONE],
    [START, END, END],
    [OTHER],
    [START, START],
    [{"t": "start", "cell": True}],
    [{"t": "start", "cell": "1"}],
    [END],
    [{"t": "out", "output": {"output_type": "stream", "name": "stdout", "text": "x"}}],
    [START, {"t": "out", "output": {"output_type": "evil"}}],
    [START, {"t": "out", "output": None}],
    [START, {"t": "out", "output": {"output_type": "display_data", "data": []}}],
    [START, {"t": "fault", "reason": "x"}],
    [{"t": "mystery"}],
    [{"t": ["start"]}],
    [[]],
    ["start"],
    [None],
    [7],
]


@pytest.mark.parametrize("messages", FORGED, ids=str)
def test_forged_messages_are_nonsense(messages):
    with pytest.raises(frames.Nonsense):
        story(*messages)


def test_a_stop_that_is_no_word_is_none():
    assert story(START, END | {"stop": ["memory"]}).stop is None
    assert story(START, END | {"stop": "memory"}).stop.word == "memory"


def test_a_fault_before_the_first_cell_is_the_graders_matter():
    with pytest.raises(Refused, match="no Landlock"):
        story({"t": "fault", "reason": "no Landlock"})


SAID = {
    "a number for JSON": {"json": 5, "unfit": None},
    "both": {"json": "1", "unfit": {"kind": "missing", "where": [], "values": {}}},
    "neither": {},
    "a list for a kind": {"json": None, "unfit": {"kind": [], "where": [], "values": {}}},
    "an unknown kind": {"json": None, "unfit": {"kind": "../../x", "where": [], "values": {}}},
    "values that are missing": {"json": None, "unfit": {"kind": "type", "where": [], "values": {}}},
    "values too many": {"json": None, "unfit": {"kind": "missing", "where": [], "values": {"a": 1}}},
    "no places": {"json": None, "unfit": {"kind": "missing", "where": 3, "values": {}}},
    "no ASCII": {"json": '"\ud800"', "unfit": None},
    "too long": {"json": "1" * (MOST_JSON + 1), "unfit": None},
}


@pytest.mark.parametrize("name", SAID)
def test_a_garbled_answer_is_an_unreadable_one(name):
    said = story(START, {"t": "said", "name": "q", **SAID[name]}).answers["q"]
    if name != "both":
        assert said.unfit == told.GARBLED
    assert said.json is None


def test_an_unfit_answer_keeps_its_words_short_and_printable():
    unfit = {
        "kind": "columns",
        "where": ["column", "a" * 999],
        "values": {"missing": ["\ud800", 10**400], "extra": "x"},
    }
    kept = story(START, {"t": "said", "name": "q", "json": None, "unfit": unfit}).answers["q"].unfit
    assert kept["where"] == ["column", "a" * 200]
    assert kept["values"]["missing"] == ["?", ""]
    json.dumps(kept).encode()


WHERES = ([], ["item"], ["cell", "x"], ["cell", "x", 1], ["column"], [["cell"]], [7, 7], [{}])
VALUES = (5, "x", ["x"], [["x"]], {"x": 1}, None, True, 10**40)


@pytest.mark.parametrize("spec", [Spec("number"), Spec("list", of=Spec("text")), TABLE], ids=lambda s: s.type)
def test_no_reason_made_up_for_an_answer_stops_its_explanation(spec):
    exercise = SimpleNamespace(name="q", question=Mock(points=1, follows=()), spec=spec, mistakes=())
    for kind, where, value in product(told.UNFIT, WHERES, VALUES):
        unfit = {"kind": kind, "where": where, "values": dict.fromkeys(told.UNFIT[kind], value)}
        kept = story(START, {"t": "said", "name": "q", "json": None, "unfit": unfit}).answers["q"]
        with pytest.raises(Unfit) as caught:
            said({"answers": {"q": {"json": None, "unfit": kept.unfit}}}, "q", spec)
        mark = marking.Mark("wrong", finding=Finding("unfit", unfit=caught.value))
        assert all(words.said(exercise, mark, Tutor()))


def test_answers_to_questions_that_are_none_are_dropped():
    assert (
        story(START, {"t": "said", "name": "z", "json": "1"}, {"t": "said", "name": [], "json": "1"}).answers
        == {}
    )


def test_outputs_lose_what_a_notebook_may_not_hold():
    data = {"text/plain": "\ud800", "application/javascript": "evil()", "text/html": ["a"], "image/png": "aa"}
    shown = {"output_type": "execute_result", "data": data, "metadata": {"x": 1}, "execution_count": "9"}
    error = {"output_type": "error", "ename": 5, "evalue": None, "traceback": [1, "x" * 99_999]}
    cells = story(START, {"t": "out", "output": shown}).cells
    assert cells[1].outputs == [
        {
            "output_type": "execute_result",
            "data": {"text/plain": "?", "image/png": "aa"},
            "metadata": {},
            "execution_count": None,
        }
    ]
    kept = told.clean(error)
    assert (kept["ename"], kept["evalue"], [len(line) for line in kept["traceback"]]) == (
        "5",
        "",
        [1, 10_000],
    )


def test_output_ends_at_its_limit_and_keeps_its_head():
    stream = {"t": "out", "output": {"output_type": "stream", "name": "stdout", "text": "x" * 4000}}
    ran = story(START, *[stream] * 9, END)
    assert (ran.stop.word, ran.stop.cell) == ("output", 1)
    assert len(ran.cells[1].outputs[0]["text"]) == 8000


def test_text_in_many_small_pieces_takes_no_longer_than_its_size():
    job = Job(((1, ""),), {}, Limits(output_mib=50))
    made, piece = told.Story(job, Ran("full")), {"output_type": "stream", "name": "stdout", "text": "x" * 400}
    made.take(START, tree.Used)
    began = time.process_time()
    for _ in range(50_000):
        made.take({"t": "out", "output": piece}, tree.Used)
    assert len(made.tell().cells[1].outputs[0]["text"]) == 20_000_000
    assert time.process_time() - began < 2


def test_empty_outputs_without_end_are_output_too():
    stream = {"t": "out", "output": {"output_type": "display_data", "data": {}}}
    assert story(START, *[stream] * 500).stop.word == "output"


BYTES = [
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x02{]",
    b"\x00\x00\x00\x05[NaN",
    frames.HEAD.pack(200_000) + b"[" * 200_000,
    frames.HEAD.pack(5_001) + b"9" * 5_001,
    frames.HEAD.pack(2) + b"\xff\xfe",
]


@pytest.mark.parametrize("data", BYTES, ids=lambda data: repr(data[:8]))
def test_broken_frames_are_nonsense_or_wait_for_more(data):
    inbox = frames.Inbox()
    try:
        assert inbox.take(data) == []
    except frames.Nonsense:
        return
    assert len(data) < 9


def test_a_message_is_texts_and_little_else():
    long = {"t": "said", "json": '{"a": ["\\"b\\\\"]}' * 100_000}
    assert frames.parsed(json.dumps(long).encode()) == long
    for part in (b"{},", b'"",', b"0,", b'"\\",'):
        with pytest.raises(frames.Nonsense):
            frames.parsed(b"[" + part * (2 * frames.MOST_BARE // len(part)) + b"0]")


def test_messages_cut_anywhere_arrive_whole():
    sent = [{"t": "start", "cell": n, "text": "ä" * n} for n in range(50)]
    stream, draw, inbox, got = b"".join(map(frames.packed, sent)), random.Random(5), frames.Inbox(), []
    while stream:
        cut = draw.randrange(1, 90)
        got += inbox.take(stream[:cut])
        stream = stream[cut:]
    assert got == sent
    assert inbox.messages == 50


def test_random_bytes_never_do_more_than_end_the_run():
    draw = random.Random(11)
    for _ in range(300):
        made, inbox = told.Story(JOB, Ran("full")), frames.Inbox()
        try:
            for message in [START, *inbox.take(draw.randbytes(60)), _mutant(draw)]:
                made.take(message, tree.Used)
        except frames.Nonsense:
            continue
        assert made.ran.answers == {} or made.ran.answers["q"].unfit == told.GARBLED


def _mutant(draw):
    kinds = ["start", "end", "out", "said", "done", "clear", "fault", 3, None]
    values = [None, 0, -1, "", "q", "x", [], {}, [[]], {"kind": []}, True, 1e308]
    names = ["t", "cell", "output", "json", "unfit", "name", "rebound", "stop", "display", "update"]
    return {draw.choice(names): draw.choice(values) for _ in range(4)} | {"t": draw.choice(kinds)}
