"""Replays without what stopped a run, and the second look, alone, at what ran out of time or memory."""

from contextlib import nullcontext
from dataclasses import replace
from threading import Condition

import pytest
from gradedclass import handed_out, manifest, pseudonym, solved

from crmlib.workbook import author, notebooks
from crmlib.workbook.grading import room, runs, schedulers, submission
from crmlib.workbook.grading.allowance import Allowance, together
from crmlib.workbook.grading.bench import Done, Setting, public
from crmlib.workbook.grading.marking import outcome_of
from crmlib.workbook.grading.room import Class, Intake
from crmlib.workbook.grading.schedulers import Local
from crmlib.workbook.grading.store import Store
from crmlib.workbook.sandbox import Cell, Limits, Ran, Said, Stop

CELLS = [[1, "setup"], [2, "a"], [3, "check a"], [4, "b"], [5, "check b"], [6, "c"]]
QUESTIONS = {1: "", 2: "a", 3: "a", 4: "b", 5: "b", 6: "c"}


class Sandbox:
    """Stops at the cells that hold these sources; takes down what it ran."""

    def __init__(self, **stops: str):
        self.stops, self.ran = stops, []

    def __call__(self, cells) -> Ran:
        self.ran.append([number for number, _ in cells])
        ran = Ran("none", finished=True)
        for number, source in cells:
            ran.cells[number] = Cell(error="E: x" if source == "b" else "")
            if source in self.stops:
                ran.stop, ran.finished = Stop(number, self.stops[source], "reason"), False
                return ran
        ran.answers = {"c": Said("1", None, 6)}
        return ran


def test_without_a_stop_there_is_one_attempt_and_errors_are_kept():
    sandbox = Sandbox()
    (attempt,) = runs.play(sandbox, CELLS, QUESTIONS).attempts
    assert attempt["errors"] == {"4": "E: x"}
    assert attempt["answers"] == {"c": {"json": "1", "unfit": None, "cell": 6}}
    assert runs.stops([attempt]) == {}


def test_a_stop_costs_its_question_s_block_and_the_rest_is_run_afresh():
    sandbox = Sandbox(**{"check a": "timeout", "b": "died"})
    played = runs.play(sandbox, CELLS, QUESTIONS)
    assert sandbox.ran == [[1, 2, 3, 4, 5, 6], [1, 4, 5, 6], [1, 6]]
    assert {name: stop["word"] for name, stop in runs.stops(played.attempts).items()} == {
        "a": "timeout",
        "b": "died",
    }
    assert played.attempts[-1]["finished"]
    assert set(played.cells) == {1, 2, 3, 4, 6}


def test_a_cell_before_the_first_question_is_left_out_alone():
    sandbox = Sandbox(setup="memory")
    played = runs.play(sandbox, CELLS, QUESTIONS)
    assert sandbox.ran == [[1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6]]
    assert set(runs.stops(played.attempts)) == {""}


def test_replays_are_bounded():
    many = [[number, "loop"] for number in range(1, 20)]
    sandbox = Sandbox(loop="timeout")
    played = runs.play(sandbox, many, {number: f"q{number}" for number in range(1, 20)})
    assert len(played.attempts) == len(sandbox.ran) == runs.REPLAYS + 1
    assert not played.attempts[-1]["finished"]
    assert [one["ended"] for one in played.attempts] == [None] * 4 + [{"by": "replays", "reason": "reason"}]
    few = runs.play(Sandbox(b="timeout"), CELLS, QUESTIONS)
    assert [one["ended"] for one in few.attempts] == [None, None]


def allowed(limits: Limits, *ran: Ran):
    """What runs a file within its allowance, each run as given."""
    waiting, allowance = list(ran), Allowance(limits)

    def run(cells):
        allowance.check()
        allowance.take(waiting[0])
        return waiting.pop(0)

    return run


def stopped(**used) -> Ran:
    return Ran("none", stop=Stop(2, "died", "reason"), **used)


@pytest.mark.parametrize(
    ("used", "reason"),
    [({"cpu_seconds": 30}, "60 seconds of processor time"), ({"seconds": 60}, "more than 120 seconds")],
)
def test_no_run_begins_when_the_time_of_the_file_is_used_up(used, reason):
    run = allowed(Limits(cpu_seconds=10, wall_seconds=20), stopped(**used), stopped(**used), stopped())
    first = runs.play(run, CELLS, QUESTIONS)
    (last,) = runs.play(run, CELLS, QUESTIONS, without={"a"}).attempts
    assert [one["stop"]["word"] for one in first.attempts] == ["died", "died"]
    for one in (first.attempts[-1], last):
        assert one["ended"]["by"] == "time"
        assert reason in one["ended"]["reason"]
    assert (last["left"], last["finished"], last["answers"]) == (["a"], False, {})
    assert runs.doubtful(first.attempts)
    assert runs.doubtful([last])


def test_a_file_has_time_for_a_run_that_uses_it_up_with_all_its_replays_and_one_more():
    limits = Limits(cpu_seconds=10, wall_seconds=20)
    whole = (Ran("none", stop=Stop(n, "timeout", "reason"), cpu_seconds=10, seconds=20) for n in range(1, 8))
    run = allowed(limits, *whole)
    many = [[number, "loop"] for number in range(1, 20)]
    of = {number: f"q{number}" for number in range(1, 20)}
    assert len(runs.play(run, many, of).attempts) == runs.REPLAYS + 1
    assert len(runs.play(run, many, of).attempts) == 1
    assert together(limits) == {"cpu_seconds": 60, "wall_seconds": 120, "replays": 4}


def test_a_stop_before_any_cell_is_the_grader_s_own_and_not_replayed():
    calls = []

    def broken(cells):
        calls.append(cells)
        return Ran("none", stop=Stop(0, "died", "reason"))

    (attempt,) = runs.play(broken, CELLS, QUESTIONS).attempts
    assert len(calls) == 1
    assert outcome_of(attempt["stop"]) == "grader fault"


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("timeout", "timeout"),
        ("memory", "memory"),
        ("output", "died"),
        ("files", "died"),
        ("processes", "died"),
    ],
)
def test_each_limit_has_its_outcome(word, outcome):
    assert outcome_of({"cell": 3, "word": word}) == outcome


COUNT = 8


class Scripted:
    """A scheduler whose runs are settled or not as told; takes down who was run, and whether alone."""

    def __init__(self, *doubtful: str, faulty: tuple[str, ...] = ()):
        self.doubtful, self.faulty, self.log = doubtful, faulty, []

    def run(self, setting: Setting, parameters: dict, tasks: list):
        for task in tasks:
            self.log.append((task.student, task.alone))
            if task.student in self.faulty:
                yield task, "Traceback"
                continue
            settled = task.alone or task.student not in self.doubtful
            record = {
                "key": setting.key(task),
                "student": task.student,
                "settled": settled,
                "alone": task.alone,
            }
            yield task, Done(record, {}, {})

    def alone(self):
        return self


@pytest.fixture
def classroom(tmp_path):
    """A class of three, in an empty folder of results, and what they handed in."""
    case, _ = handed_out(COUNT)
    read = [submission.read(notebooks.dumps(solved(number)).encode()) for number in range(3)]
    exercises = author.read(case)
    made = Class(exercises, manifest(COUNT), Store(tmp_path))
    with made.store.locked():
        yield made, Intake([], {given.student: given for given in read})


def run(classroom, scheduler) -> dict[str, str]:
    return room.run_all(*classroom, scheduler, lambda *_: None)


class Crowd:
    """A bench that knows how many tasks were ever on it at a time; each waits a moment for one too many."""

    def __init__(self, most: int):
        self.allowed, self.here, self.most, self.change = most, 0, 0, Condition()

    def __call__(self, *_, **__):
        return nullcontext(self)

    def do(self, task) -> Done:
        with self.change:
            self.here += 1
            self.most = max(self.most, self.here)
            self.change.notify_all()
            self.change.wait_for(lambda: self.here > self.allowed, timeout=0.2)
            self.here -= 1
        return Done({"task": task}, {}, {})


@pytest.mark.parametrize(("scheduler", "together"), [(Local(3), 3), (Local(3).alone(), 1)])
def test_tasks_run_as_many_at_a_time_as_there_are_workers_and_alone_one(scheduler, together, monkeypatch):
    crowd = Crowd(together)
    monkeypatch.setattr(schedulers, "Bench", crowd)
    done = list(scheduler.run(None, {}, [*range(6)]))
    assert sorted(one.record["task"] for _, one in done) == [*range(6)]
    assert crowd.most == together


def test_what_is_in_doubt_is_run_once_more_alone_and_that_counts(classroom):
    scheduler, one = Scripted(pseudonym(1)), pseudonym(1)
    keys = run(classroom, scheduler)
    assert sorted(scheduler.log[:3]) == sorted((pseudonym(n), False) for n in range(3))
    assert scheduler.log[3:] == [(one, True)]
    assert classroom[0].store.record(one, keys[one])["alone"]
    again = Scripted(pseudonym(1))
    assert run(classroom, again) == keys
    assert again.log == []


def test_who_was_interrupted_before_the_second_look_gets_it_first_of_all(classroom):
    one = pseudonym(1)

    class Interrupted(Scripted):
        def alone(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(classroom, Interrupted(one))
    after = Scripted(one)
    run(classroom, after)
    assert after.log == [(one, True)]


def test_a_fault_is_not_recorded_as_done(classroom):
    one = pseudonym(1)
    assert run(classroom, Scripted(faulty=(one,)))[one] == ""
    assert (classroom[0].store.trace / one / "fault.txt").read_text() == "Traceback"
    after = Scripted()
    assert run(classroom, after)[one]
    assert after.log == [(one, False)]
    assert not (classroom[0].store.trace / one / "fault.txt").exists()


def test_a_record_counts_for_its_own_file_parameters_and_limits_only(classroom):
    made, intake = classroom
    given = intake.submissions[pseudonym(0)]
    task = room.Task(given.student, given, {"seed": 1}, {"seed": 2})
    keys = {
        made.setting.key(task),
        made.setting.key(room.replace(task, unseen={"seed": 3})),
        made.setting.key(room.replace(task, own={"seed": 3})),
        made.setting.key(room.replace(task, given=intake.submissions[pseudonym(1)])),
        room.replace(made.setting, limits=Limits(cpu_seconds=1)).key(task),
        room.replace(made.setting, level="none").key(task),
    }
    assert len(keys) == 6
    assert made.setting.key(room.replace(task, alone=True)) == made.setting.key(task)


def test_a_record_is_made_anew_where_another_question_follows(classroom):
    made, intake = classroom
    given = intake.submissions[pseudonym(0)]
    task = room.Task(given.student, given, {"seed": 1}, {"seed": 2})
    asked = [replace(e, question=replace(e.question, follows=())) for e in made.setting.case.exercises]
    unlinked = replace(made.setting, case=replace(made.setting.case, exercises=tuple(asked)))
    assert unlinked.key(task) != made.setting.key(task)  # what the probe puts in depends on it


def test_a_bench_knows_no_solution():
    exercises = author.read(handed_out(COUNT)[0])
    known = repr(list(public(exercises).exercises))
    for exercise in exercises.exercises:
        assert exercise.solution.source.splitlines()[-1] not in known
        assert not any(mistake.text in known for mistake in exercise.mistakes)
