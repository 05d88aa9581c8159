"""The shell that runs a submission's cells inside the sandbox and tells what they show.

Modelled on a notebook's kernel: rich output, figures, tracebacks, magics, and on with the next cell
after an error. What it tells is untrusted: student code lives in the same process.
"""

import errno
import io
import random
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from crmlib.workbook.sandbox.teller import Teller

SHOWN = ("text/plain", "text/html", "image/png", "image/svg+xml", "text/markdown", "text/latex")


class Printed(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a notebook."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name: str, descriptor: int):
        self.name, self._descriptor = f"<{name}>", descriptor
        self._which = name

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        return Desk.teller.write(self._which, text)

    def fileno(self):
        return self._descriptor


class Desk:
    """The one run of this process: where it tells, and the cell it is at."""

    teller = Teller()
    source = ""


class Hook(DisplayHook):
    """The value of a cell's last expression, told as an output."""

    def quiet(self):
        return self.semicolon_at_end_of_expression(Desk.source)

    def write_output_prompt(self):
        """There is none in a notebook."""

    def write_format_data(self, format_dict, md_dict=None):
        Desk.teller.tell(t="out", output=_bundle("execute_result", format_dict))

    def log_output(self, format_dict):
        """There is no history."""

    def finish_displayhook(self):
        self._is_active = False


class Publisher(DisplayPublisher):
    """What ``display`` shows, told as an output."""

    def publish(self, data, metadata=None, *_, transient=None, update=False, **__):
        name = (transient or {}).get("display_id")
        shown = _bundle("display_data", data)
        Desk.teller.tell(t="out", output=shown, display=name and str(name)[:80], update=bool(update))

    def clear_output(self, wait=False):
        Desk.teller.tell(t="clear")


def _bundle(kind, data) -> dict:
    kept = {mime: data[mime] for mime in SHOWN if mime in data}
    return {"output_type": kind, "data": {m: _ascii(v) for m, v in kept.items() if _ascii(v) is not None}}


def _ascii(value):
    """A text, or bytes as base64; None for what is neither."""
    if isinstance(value, bytes):
        from base64 import b64encode

        return b64encode(value).decode()
    return value if isinstance(value, str) else None


class Shell(InteractiveShell):
    """A shell without history, windows or a terminal."""

    def enable_gui(self, gui=None):
        """There is no window to enable; ``%matplotlib inline`` asks for one nevertheless."""

    def ask_exit(self):
        """``exit`` ends the cell, as an error does."""
        raise SystemExit

    def _showtraceback(self, etype, evalue, stb):
        output = {"output_type": "error", "ename": name_of(evalue), "evalue": text_of(evalue)}
        Desk.teller.tell(t="out", output=output | {"traceback": [line[:10_000] for line in stb[:200]]})


def name_of(error: BaseException) -> str:
    """The name of an exception's class."""
    return str(type.__dict__["__name__"].__get__(type(error)))[:200]


def text_of(error: BaseException) -> str:
    """The text of an exception; its own code may fail."""
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def make_shell() -> Shell:
    """The shell of this process, made once before the forks, with figures shown in the notebook."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.displayhook_class = Hook
    shell = Shell.instance(config=config, displayhook_class=Hook, display_pub_class=Publisher)
    sys.stdout, sys.stderr = Printed("stdout", 1), Printed("stderr", 2)
    if "matplotlib" in sys.modules:
        shell.enable_matplotlib("inline")
    return shell


def warm_up(shell: Shell) -> None:
    """Do once, before the forks, what nearly every run does first: a cell, an error, a table, a figure."""
    shell.run_cell("", store_history=False)
    try:
        raise ValueError
    except ValueError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
    if pandas := sys.modules.get("pandas"):
        shell.display_formatter.format(pandas.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]}))
    if "matplotlib" in sys.modules:
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2], label="a")
        axes.bar([1, 2], [1, 2])
        axes.legend(title="b")
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def run_cells(shell: Shell, cells: list, seed: int, parameters: list[str], doors) -> None:
    """Run the cells in order; an error ends its cell only, as in "run all" of a notebook."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    first, rebound = {}, set()
    for number, source in cells:
        Desk.teller.ask(t="start", cell=number)
        Desk.source = source
        result = shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        rebound |= _changed(shell.user_ns, parameters, first)
        Desk.teller.tell(t="end", cell=number, error=_line(error), stop=_stop(error))
    doors.rest(shell.user_ns)
    Desk.teller.tell(t="done", rebound=sorted(rebound))


def _line(error) -> str:
    return f"{name_of(error)}: {' '.join(text_of(error).split())}"[:300] if error else ""


def _changed(names, parameters, first) -> set[str]:
    """The parameters that are no longer what they first were."""
    changed = set()
    for name in parameters:
        if name in names:
            value = names[name]
            kept = (type(value), value) if type(value) in (bool, int, float, str) else (object, id(value))
            if first.setdefault(name, kept) != kept:
                changed.add(name)
    return changed


def _stop(error) -> str:
    """The limit that an error stands for, if any."""
    if isinstance(error, MemoryError):
        return "memory"
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return "files"
    started = isinstance(error, RuntimeError) and "can't start new thread" in text_of(error)
    return "processes" if number == errno.EAGAIN or started else ""
