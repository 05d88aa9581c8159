"""A zygote that is lost in the middle of a class: another takes its place, a few times and no more."""

from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from gradedclass import hand_in, outcomes, pseudonym, results, solved, words
from sandboxes import QUICK, bare

from crmlib.cli import main
from crmlib.workbook.answers import Spec
from crmlib.workbook.grading import bench
from crmlib.workbook.grading.zygotes import ANEW, Zygotes
from crmlib.workbook.outcome import Refused
from crmlib.workbook.sandbox import Job, Zygote

JOB = Job(((1, "said = 1"),), {"said": Spec("number")}, QUICK)


class Started:
    """Starts zygotes and knows them all."""

    def __init__(self):
        self.all = []

    def __call__(self) -> Zygote:
        self.all.append(Zygote(bare(), level="none", parameters={}))
        return self.all[-1]

    def kill(self) -> None:
        self.all[-1]._process.kill()


@pytest.fixture
def started():
    return Started()


def test_one_that_is_lost_is_replaced_a_few_times_and_no_more(started):
    with Zygotes(started) as used:
        for count in range(1, ANEW + 2):
            assert used.run(JOB).finished
            assert len(started.all) == count
            started.kill()
        with pytest.raises(Refused, match="gone"):
            used.run(JOB)
    assert len(started.all) == ANEW + 1
    assert all(one._process.poll() is not None for one in started.all)


def test_several_that_find_it_lost_start_one_other(started):
    with Zygotes(started) as used, ThreadPoolExecutor(6) as pool:
        started.kill()
        assert all(ran.finished for ran in pool.map(used.run, [JOB] * 6))
        assert len(started.all) == 2


def test_what_runs_while_its_zygote_is_lost_is_not_disturbed(started):
    busy = Job(((1, "import time\ntime.sleep(1)\nsaid = 1"),), JOB.specs, QUICK)
    with Zygotes(started) as used, ThreadPoolExecutor(1) as pool:
        first = pool.submit(used.run, busy)
        while len(psutil.Process(started.all[0]._process.pid).children(recursive=True)) < 2:
            assert not first.done()
        started.kill()
        assert used.run(JOB).finished
        assert first.result().finished


def test_who_leaves_ends_what_other_threads_run_and_nothing_starts_again(started):
    endless = Job(((1, "while True: pass"),), JOB.specs, QUICK)
    with ThreadPoolExecutor(1) as pool:
        with Zygotes(started) as used:
            running = pool.submit(used.run, endless)
            while len(psutil.Process(started.all[0]._process.pid).children(recursive=True)) < 2:
                assert not running.done()
        assert running.result(5).stop.word == "died"
    with pytest.raises(Refused, match="gone"):
        used.run(JOB)
    with pytest.raises(Refused, match="gone"):
        used.run(JOB, elsewhere=True)
    assert len(started.all) == 1


def test_a_refusal_of_a_zygote_that_lives_is_not_tried_again(started, monkeypatch):
    def refuse(self, job):
        raise Refused("sandbox.fault", reason="x")

    monkeypatch.setattr(Zygote, "run", refuse)
    with Zygotes(started) as used, pytest.raises(Refused):
        used.run(JOB)
    assert len(started.all) == 1


def test_a_class_whose_zygote_is_killed_gets_its_marks(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", *(solved(number) for number in range(3)))
    real, lost = bench.Bench.do, []

    def do(self, task):
        done = real(self, task)
        if not lost:
            lost.append(self._zygotes._places[False].zygote)
            lost[0]._process.kill()
        return done

    monkeypatch.setattr(bench.Bench, "do", do)
    assert main(words(tmp_path, "--workers", "1")) == 0
    assert lost[0].gone
    marks = {student: set(outcomes(one).values()) for student, one in results(tmp_path).items()}
    assert marks == {pseudonym(number): {"correct", "hand"} for number in range(3)}
