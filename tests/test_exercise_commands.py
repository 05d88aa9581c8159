"""The commands around exercises: what is written, said and refused, and the exit codes."""

import pytest
from toycase import LIGHT, make_toy, solved_sheet, toy

from crmlib.cli import main
from crmlib.workbook import learner, notebooks


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(make_toy(tmp_path / "a private folder" / "案例", LIGHT).parent)


def test_a_sheet_is_written_once_and_never_over_anybodys_answers(case, tmp_path, capsys):
    assert main(["sheet", case, "--seed", "7"]) == 0
    assert "案例-7.ipynb" in capsys.readouterr().out
    written = learner.read(tmp_path / "案例-7.ipynb").sheet
    assert (written.parameters["seed"], written.kind, written.language) == (7, "self-study", "en")
    assert main(["sheet", case, "--seed", "7"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_parameters_and_the_file_can_be_named(case, tmp_path):
    assert main(["sheet", case, "-p", "seed", "3", "-p", "share", "0.25", "--out", "new/x.ipynb"]) == 0
    assert learner.read(tmp_path / "new" / "x.ipynb").sheet.parameters == {"seed": 3, "share": 0.25}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--seed", "-1"], "out of range"),
        (["--seed", "x"], "no whole number"),
        (["--seed", "1", "-p", "seed", "2"], "given twice"),
        (["-p", "sed", "2"], "Did you mean seed?"),
        (["--out", "/proc/none/x.ipynb"], "cannot be written"),
    ],
)
def test_what_makes_no_sheet_is_refused(case, capsys, words, reason):
    assert main(["sheet", case, *words]) == 2
    assert reason in capsys.readouterr().err


def test_a_case_that_is_not_there_is_refused(case, tmp_path, capsys):
    assert main(["sheet", "nowhere"]) == 2
    assert f"no folder casestudies in {tmp_path} or above it" in capsys.readouterr().err
    make_toy(tmp_path / "casestudies" / "light", LIGHT)
    assert main(["sheet", "nowhere"]) == 2
    said = capsys.readouterr().err
    assert "no exercises for nowhere" in said
    assert "There are: light" in said


def test_preflight_says_whether_all_is_fine(tmp_path, capsys):
    notebooks.write(solved_sheet(cells=LIGHT), tmp_path / "fine.ipynb")
    notebooks.write(solved_sheet({"first": "first = 1 / 0"}, LIGHT), tmp_path / "not.ipynb")
    assert main(["preflight", str(tmp_path / "fine.ipynb")]) == 0
    assert main(["preflight", str(tmp_path / "not.ipynb")]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert main(["preflight", str(toy().path)]) == 2
    assert main(["preflight", str(tmp_path / "none.ipynb")]) == 2


def test_an_author_can_try_a_private_case(case, capsys):
    assert main(["try", case, "--seeds", "2"]) == 0
    assert "2 seeds, nothing to mend" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["try", case, "--seeds", "0"])


def test_the_doctor_says_a_line_each(capsys, monkeypatch):
    from crmlib.workbook import doctor

    monkeypatch.setattr(doctor, "_kernel", lambda: doctor.Line("kernel", "no", False, "mend it"))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "MEND  kernel: no - mend it" in said
    assert [line.split(":")[0].split(maxsplit=1)[1] for line in said[-3:]] == [
        "kernel",
        "grading",
        "sandbox for grading",
    ]
