"""Grading interrupted, repeated, mended and done twice: nothing lost, nothing doubled, the same bytes."""

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest
from gradedclass import hand_in, handed_out, pseudonym, solved
from nbformat import v4
from toys import hears_interrupts

from crmlib.cli import main
from crmlib.workbook import author, notebooks
from crmlib.workbook.grading import marker, regrade
from crmlib.workbook.grading.store import Store
from crmlib.workbook.reports import write as reporting
from crmlib.workbook.reports.write import Wanted
from crmlib.workbook.rounds.files import HALF_WRITTEN

COUNT = 5
FIRST = "baskets.index(True) + 1000 * baskets[:50].count(True)"


def who(number: int) -> str:
    return pseudonym(number, count=COUNT)


def submissions() -> list:
    wrong = {"n_beer": "n_beer = len(baskets)"}
    off_by_one = {"first": f"first = {FIRST} + 1"}
    stops = {"places": "while True: pass", "draws": "import os\nos._exit(0)"}
    made = [None, wrong, {"places": None}, off_by_one, stops]
    return [solved(number, answers, count=COUNT) for number, answers in enumerate(made)]


def words(case: Path, folder: Path, *more: str) -> list[str]:
    """The command that grades the class in the folder."""
    manifest = handed_out(COUNT)[1] / "manifest.json"
    given = ["grade", str(case), str(folder / "in"), "--out", str(folder / "out"), "--level", "none"]
    return [*given, "--manifest", str(manifest), "--cpu-seconds", "1", *more]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """A folder with the submissions and their results."""
    folder = tmp_path_factory.mktemp("undisturbed")
    hand_in(folder / "in", *submissions())
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 0
    return folder


@pytest.fixture
def folder(undisturbed, tmp_path) -> Path:
    """A copy of the folder, to spoil."""
    return Path(shutil.copytree(undisturbed, tmp_path / "round"))


def content(folder: Path) -> dict[str, bytes]:
    """The results by their names."""
    return {path.name: path.read_bytes() for path in sorted((folder / "out").glob("*.json"))}


def outcomes(folder: Path, number: int) -> dict[str, str]:
    result = json.loads((folder / "out" / f"{who(number)}.json").read_bytes())
    return {question["name"]: question["outcome"] for question in result["questions"]}


def times(folder: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("out/trace/*/runs.json")}


def mended(folder: Path, old: str, new: str) -> Path:
    """A copy of the case with another text in its notebook."""
    case = Path(shutil.copytree(handed_out(COUNT)[0].parent, folder / "case", dirs_exist_ok=True))
    text = (case / "exercises.ipynb").read_text(encoding="utf-8")
    assert old in text
    (case / "exercises.ipynb").write_text(text.replace(old, new), encoding="utf-8")
    return case


def test_the_results_hold_what_the_reports_need(undisturbed):
    names = {f"{who(number)}.json" for number in range(COUNT)} | {"intake.json", "key.json", "round.json"}
    assert set(content(undisturbed)) == names
    about = json.loads(content(undisturbed)["round.json"])
    assert (about["students"], about["level"]) == (COUNT, "none")
    assert (about["outcomes"]["died"], about["outcomes"]["timeout"]) == (1, 1)
    key = json.loads(content(undisturbed)["key.json"])
    assert key["own"][who(0)] == {"which": "b"}
    assert (undisturbed / "out" / "key.json").stat().st_mode & 0o077 == 0
    trace = undisturbed / "out" / "trace" / who(4)
    executed = notebooks.read(trace / "unseen.ipynb")
    assert any("os._exit" in cell.source for cell in executed.cells)
    assert set(json.loads((trace / "times.json").read_bytes())) == {"unseen", "own"}


def test_the_same_command_again_runs_nothing_and_changes_nothing(folder):
    before, runs = content(folder), times(folder)
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 0
    assert (content(folder), times(folder)) == (before, runs)


def test_a_file_that_changed_is_run_again_and_no_other(folder):
    runs = times(folder)
    hand_in(folder / "in", *submissions()[1:2], solved(1, count=COUNT))
    shutil.move(folder / "in" / "handed-in-0.ipynb", folder / "in" / "handed-in-1.ipynb")
    notebooks.write(submissions()[0], folder / "in" / "handed-in-0.ipynb")
    notebooks.write(solved(1, count=COUNT), folder / "in" / "handed-in-1.ipynb")
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 0
    changed = {student for student, at in times(folder).items() if at != runs[student]}
    assert changed == {who(1)}
    assert outcomes(folder, 1)["support"] == "correct"


def test_half_a_record_or_a_stranger_s_never_counts(folder):
    before = content(folder)
    for number, spoilt in enumerate(["{", "", '{"key": "of another run"}', "[]"]):
        (folder / "out" / "trace" / who(number) / "runs.json").write_text(spoilt, encoding="utf-8")
        (folder / "out" / f"{who(number)}.json").write_text(spoilt, encoding="utf-8")
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 0
    assert content(folder) == before


def started(given: list[str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "crmlib.cli", *given]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(given: list[str], instant: float) -> bool:
    """Start the command and kill it at the instant; whether it was still at work."""
    process = started(given)
    try:
        process.wait(instant)
    except subprocess.TimeoutExpired:
        process.kill()
    code = process.wait()
    assert code in (0, -signal.SIGKILL)
    return code != 0


def disturbed(undisturbed: Path, tmp_path: Path, count: int, seed: int) -> None:
    """Kill gradings at random instants, each again and again until it comes to its end, ``count`` times."""
    draw, hit, began = random.Random(seed), 0, time.monotonic()
    shutil.copytree(undisturbed / "in", tmp_path / "whole" / "in")
    assert started(words(handed_out(COUNT)[0].parent, tmp_path / "whole")).wait() == 0
    whole = time.monotonic() - began
    for number in range(5 * count):
        folder = tmp_path / str(number)
        shutil.copytree(undisturbed / "in", folder / "in")
        given = words(handed_out(COUNT)[0].parent, folder)
        while killed(given, draw.uniform(0.2, whole)):
            hit += 1
        assert content(folder) == content(undisturbed)
        assert not list(folder.glob("out/**/*.tmp"))
        if hit >= count:
            return
    raise AssertionError(f"only {hit} kills came in time")


def test_killed_at_random_instants_it_ends_with_the_same_bytes(undisturbed, tmp_path):
    disturbed(undisturbed, tmp_path, 2, 1)


@pytest.mark.full
def test_killed_at_50_random_instants_it_ends_with_the_same_bytes(undisturbed, tmp_path):
    disturbed(undisturbed, tmp_path, 50, 2)


def regraded(folder: Path) -> list[str]:
    """The command that writes what a mended solution changes."""
    return words(mended(folder, FIRST, FIRST + " + 1"), folder, "--regrade", "--apply")


@pytest.fixture(scope="module")
def mended_results(undisturbed, tmp_path_factory) -> dict[str, bytes]:
    """The results after a regrade that nobody disturbed."""
    folder = Path(shutil.copytree(undisturbed, tmp_path_factory.mktemp("mended") / "round"))
    assert main(regraded(folder)) == 0
    return content(folder)


def report(folder: Path) -> int:
    sheets = handed_out(COUNT)[1]
    given = ["report", str(handed_out(COUNT)[0].parent), str(folder / "out"), "--out", str(folder / "report")]
    roster = ["--roster", str(sheets.parent / "roster.csv"), "--manifest", str(sheets / "manifest.json")]
    return main([*given, *roster])


@pytest.mark.parametrize("count", [0, 1, 3, COUNT + 2])
def test_a_regrade_that_breaks_off_is_known_and_goes_on(count, folder, mended_results, monkeypatch, capsys):
    real, left = Store.put, [count]

    def put(self, *given, **how):
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        real(self, *given, **how)

    monkeypatch.setattr(Store, "put", put)
    given = regraded(folder)
    assert main(given) == 130
    monkeypatch.undo()
    capsys.readouterr()
    assert report(folder) == 2
    assert "run the same grade command again" in capsys.readouterr().err
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 2  # with the old key
    (folder / "in" / "handed-in-4.ipynb").unlink()
    assert main(given[:-2]) == 0  # not even --regrade is needed, nor every file
    after = content(folder)
    assert {name: after[name] for name in after if name != "intake.json"} == {
        name: one for name, one in mended_results.items() if name != "intake.json"
    }
    assert report(folder) == 0


def test_a_regrade_killed_at_random_instants_ends_with_the_same_bytes(folder, mended_results):
    draw, hit, given = random.Random(3), 0, regraded(folder)
    for _ in range(3):
        hit += killed(given, draw.uniform(0.2, 1.5))
    process = started(given)
    while process.poll() is None and not (folder / "out" / HALF_WRITTEN).exists():
        pass
    process.kill()
    process.wait()
    assert hit
    assert main(given) == 0
    assert content(folder) == mended_results
    assert not list(folder.glob("out/**/*.tmp"))


def test_a_regrade_marks_those_too_whose_files_are_gone(folder, mended_results, capsys):
    given, runs = regraded(folder), times(folder)
    for number in range(3):
        (folder / "in" / f"handed-in-{number}.ipynb").unlink()
    assert main(given) == 0
    said = capsys.readouterr().out
    assert "first: 1 gain, 4 lose" in said
    assert "3 submissions are not among these" in said
    assert all(who(number) in said for number in range(3))
    after = content(folder)
    assert {name: after[name] for name in after if name != "intake.json"} == {
        name: one for name, one in mended_results.items() if name != "intake.json"
    }
    assert times(folder) == runs


def test_where_the_runs_of_a_file_that_is_gone_no_longer_hold_nothing_is_written(folder, capsys):
    before = content(folder)
    (folder / "in" / "handed-in-2.ipynb").unlink()
    assert main([*regraded(folder), "--memory-mib", "2000"]) == 2
    said = capsys.readouterr().err
    assert who(2) in said
    assert who(1) not in said
    assert content(folder) == before


def test_two_graders_never_write_to_one_folder(folder, capsys):
    hold = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2)"
    hold += "; print(flush=True); time.sleep(60)"
    lock = folder / "out" / "trace" / "lock"
    other = subprocess.Popen([sys.executable, "-c", hold, str(lock)], stdout=subprocess.PIPE)
    try:
        other.stdout.readline()
        assert main(words(handed_out(COUNT)[0].parent, folder)) == 2
        assert "another grading run" in capsys.readouterr().err
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 0


def test_another_key_never_slips_in(folder, capsys):
    before = content(folder)
    case = mended(folder, FIRST, FIRST + " + 1")
    assert main(words(case, folder)) == 2
    assert "version" in capsys.readouterr().err
    assert main(words(case, folder, "--apply")) == 2
    assert content(folder) == before


def test_a_mended_solution_is_shown_first_and_written_when_told(folder, capsys):
    before, runs = content(folder), times(folder)
    case = mended(folder, FIRST, FIRST + " + 1")
    assert main(words(case, folder, "--regrade")) == 0
    said = capsys.readouterr().out
    assert "first: 1 gain, 4 lose" in said
    assert f"  +1  wrong -> correct: {who(3)}\n" in said
    assert "--apply" in said
    assert content(folder) == before
    assert main(words(case, folder, "--regrade", "--apply")) == 0
    assert (outcomes(folder, 3)["first"], outcomes(folder, 0)["first"]) == ("correct", "wrong")
    assert times(folder) == runs
    capsys.readouterr()
    assert main(words(case, folder, "--regrade")) == 0
    assert "Nothing changes" in capsys.readouterr().out


def test_everybody_who_gains_or_loses_is_named():
    names = [f"s-{'abcdefghij'[n // 10 % 10] * 5}{'abcdefghij'[n % 10] * 5}" for n in range(100)]

    def results(first, second):
        marks = {"first": first, "second": second}
        return {
            name: {"points": 4, "questions": [{"name": q, **marks[q](n)} for q in marks]}
            for n, name in enumerate(names)
        }

    def right(points, when=lambda n: True):
        return lambda n: {"outcome": "correct", "raw": points} if when(n) else {"outcome": "wrong", "raw": 0}

    before = results(right(1, lambda n: n >= 60), right(3))
    after = results(right(1, lambda n: n < 90), right(3, lambda n: n != 7))
    lines = "\n".join(regrade.report(regrade.changes(before, after), before, after)).split("\n")
    assert max(map(len, lines)) <= 100
    heads = [n for n, line in enumerate(lines) if "gain," in line]
    assert [lines[n].split(",")[:2] for n in heads] == [
        ["first: 60 gain", " 10 lose"],
        ["second: 0 gain", " 1 lose"],
    ]
    first, second = " ".join(lines[heads[0] : heads[1]]), " ".join(lines[heads[1] :])
    gains, losses = first.split("-1  correct -> wrong:")
    assert re.findall("s-[a-z]{10}", gains) == sorted(names[:60])
    assert re.findall("s-[a-z]{10}", losses) == sorted(names[90:])
    assert re.findall("s-[a-z]{10}", second) == [names[7]]


def test_another_answer_is_accepted_and_nobody_loses(folder, capsys):
    case = mended(folder, "# Toy case", "# Toy case")
    notebook = notebooks.read(case / "exercises.ipynb")
    at = next(i for i, cell in enumerate(notebook.cells) if "first = baskets.index" in cell.source)
    notebook.cells.insert(at + 1, v4.new_code_cell(f"# also: Counted from one.\nfirst = {FIRST} + 1"))
    notebooks.write(notebook, case / "exercises.ipynb")
    assert main(words(case, folder, "--regrade", "--apply")) == 0
    assert "first: 1 gain, 0 lose" in capsys.readouterr().out
    assert {outcomes(folder, number)["first"] for number in range(COUNT)} == {"correct"}


def test_a_void_question_counts_for_nobody(folder, capsys):
    void = ("--void", "first", "--void", "n_beer", "--regrade")
    assert main(words(handed_out(COUNT)[0].parent, folder, *void, "--apply")) == 0
    assert "of 35 points before" in capsys.readouterr().out
    result = json.loads((folder / "out" / f"{who(0)}.json").read_bytes())
    assert result["points"] == 5
    assert outcomes(folder, 1)["support"] == "carried forward"
    assert {outcomes(folder, number)["first"] for number in range(COUNT)} == {"void"}


def test_hand_marks_survive_a_regrade(folder, monkeypatch):
    monkeypatch.setattr(reporting, "_class_report", lambda wanted, accounts: None)  # it starts a kernel
    marks, book = folder / "marks.csv", folder / "report" / "gradebook.csv"
    given = f"{who(0)},memo,0.5,Clear.,\n{who(1)},memo,0,,\n{who(1)},n_beer,0.25,A typing error.,yes\n"
    marks.write_text("student,question,points,comment,override\n" + given, encoding="utf-8")

    def reported() -> list[dict]:
        sheets = handed_out(COUNT)[1]
        places = {"roster": sheets.parent / "roster.csv", "names": sheets / "names.csv"}
        exercises = author.read(handed_out(COUNT)[0])
        out = {"results": folder / "out", "out": folder / "report", "hand_marks": marks}
        reporting.write(Wanted(exercises, **places, **out))
        rows = csv.DictReader(book.read_text(encoding="utf-8-sig").splitlines())
        return sorted(rows, key=lambda row: [who(n) for n in range(COUNT)].index(row["Pseudonym"]))

    before = reported()
    assert [(row["memo"], row["n_beer"]) for row in before[:3]] == [("0.5", "1"), ("0", "0.25"), ("", "1")]
    # Every answer of this question was right, none is now; the other one is void.
    case = mended(folder, "n_beer = sum(baskets)", "n_beer = sum(baskets) + 5")
    assert main(words(case, folder, "--void", "first", "--regrade", "--apply")) == 0
    assert [outcomes(folder, n)["n_beer"] for n in range(2)] == ["wrong", "wrong"]
    after = reported()
    assert marks.read_text(encoding="utf-8").endswith(given)
    assert [(row["memo"], row["n_beer"]) for row in after[:3]] == [("0.5", "0"), ("0", "0.25"), ("", "0")]
    assert [row["Status"] for row in after] == [row["Status"] for row in before]
    assert "A typing error." in next((folder / "report" / "feedback").glob("*1.html")).read_text()


def test_void_must_name_a_question(folder, capsys):
    assert main(words(handed_out(COUNT)[0].parent, folder, "--void", "frist", "--regrade")) == 2
    assert "first" in capsys.readouterr().err


def test_a_fault_of_the_grader_leaves_its_question_open_and_costs_nothing_else(folder, capsys, monkeypatch):
    from crmlib.workbook.grading import marking

    before, known, real = content(folder), outcomes(folder, 1), marking.judge

    def judge(value, *rest):
        if value == 400:
            raise ZeroDivisionError
        return real(value, *rest)

    monkeypatch.setattr(marking, "judge", judge)
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 1
    assert who(1) in capsys.readouterr().err
    assert known["support"] == "carried forward"
    assert outcomes(folder, 1) == known | dict.fromkeys(("n_beer", "support"), "grader fault")
    result = json.loads((folder / "out" / f"{who(1)}.json").read_bytes())
    assert {q["name"] for q in result["questions"] if q["raw"] is None} >= {"n_beer", "support"}
    assert "ZeroDivisionError" in (folder / "out" / "trace" / who(1) / "fault.txt").read_text()
    spared = [name for name in before if name not in (f"{who(1)}.json", "round.json")]
    assert all(content(folder)[name] == before[name] for name in spared)
    monkeypatch.undo()
    assert main(words(handed_out(COUNT)[0].parent, folder)) == 0
    assert content(folder) == before


def test_nothing_of_the_machine_stands_in_the_results(undisturbed):
    told = b"".join(content(undisturbed).values())
    for word in (os.uname().nodename, str(undisturbed), str(Path.home())):
        assert not re.search(rb"(?<!\w)" + re.escape(word.encode()) + rb"(?!\w)", told)


def test_ctrl_c_leaves_a_folder_to_go_on_with(undisturbed, tmp_path):
    shutil.copytree(undisturbed / "in", tmp_path / "in")
    command = [sys.executable, "-m", "crmlib.cli", *words(handed_out(COUNT)[0].parent, tmp_path)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, preexec_fn=hears_interrupts, **quiet)
    while not (tmp_path / "out" / "trace" / "lock").exists():
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert main(words(handed_out(COUNT)[0].parent, tmp_path)) == 0
    assert content(tmp_path) == content(undisturbed)


def test_who_leaves_the_marking_waits_only_for_what_is_under_way():
    begun, marked, later = threading.Event(), [], []

    def hold() -> None:
        begun.set()
        end = time.monotonic() + 5
        while not later[0].cancelled() and time.monotonic() < end:
            pass

    def leave() -> None:
        with marker._pool(1) as pool:
            later.append(pool.submit(marked.append, pool.submit(hold)))
            assert begun.wait(5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert marked == []


ENDED = """
import atexit, os, signal
from crmlib import cli
cli.main = lambda: 0
atexit.register(os.kill, os.getpid(), signal.SIGINT)
raise SystemExit(cli.run())
"""


def test_ctrl_c_while_python_winds_up_changes_nothing():
    command = [sys.executable, "-c", ENDED]
    ran = subprocess.run(command, capture_output=True, timeout=60, preexec_fn=hears_interrupts)
    assert (ran.returncode, ran.stderr) == (0, b"")
    scripts = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert scripts["project"]["scripts"] == {"crmlib": "crmlib.cli:run"}
