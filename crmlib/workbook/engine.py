"""papermill's engine for runs: each cell gets a status that is true, whatever ends the run."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import Engine, papermill_engines
from traitlets import Any

from crmlib.catalogue import say
from crmlib.workbook.limits import Limits, Watch
from crmlib.workbook.notebooks import heading_above, runs, tags
from crmlib.workbook.outcome import Outcome, one_line

NAME = "crmlib"
KEPT_TEXT = 2000


class ThisPython(KernelSpecManager):
    """One kernel: this interpreter, whatever ``python3`` kernels are installed beside it."""

    def get_kernel_spec(self, kernel_name):
        command = [sys.executable, "-m", "crmlib.workbook.kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class Session(NotebookClient):
    """Executes the cells of one notebook, telling the watch where it is."""

    watch = Any()
    on_cell = Any()

    def execute(self, **kwargs) -> None:
        """Run every cell; the outcome is in ``ended``, the statuses in the cells' metadata."""
        self.ended: Outcome | None = None
        self.quit = False
        self.reset_execution_trackers()
        try:
            with self.setup_kernel(**kwargs):
                self.ended = self._cells()
                if not self.ended.ok:
                    self.watch.end()
        except (DeadKernelError, RuntimeError) as error:
            self.ended = self.ended or Outcome("died", reason=str(error))

    def _cells(self) -> Outcome:
        number, heading = 0, ""
        for index, cell in enumerate(self.nb.cells):
            if not runs(cell):
                continue
            number += 1
            if self.quit:
                return Outcome("stopped early", number - 1, heading, say("run.kernel.quit"))
            heading = heading_above(self.nb, index)
            outcome = self._cell(cell, index, number, heading)
            self.on_cell()
            if not outcome.ok:
                return outcome
        return Outcome("success")

    def _cell(self, cell, index, number, heading) -> Outcome:
        self.watch.enter_cell(number, heading)
        try:
            self.execute_cell(cell, index)
        except CellExecutionError as error:
            outcome = Outcome(_word(error), number, heading, _last_line(error))
        except DeadKernelError:
            outcome = self.watch.verdict or Outcome("died", number, heading, self._signal())
        else:
            outcome = self.watch.verdict or Outcome("success")
        self.watch.leave_cell()
        _mark(cell, "ok" if outcome.ok else outcome.word)
        return outcome

    def _signal(self) -> str:
        """How the kernel's process ended, as far as the system says."""
        process = getattr(self.km.provisioner, "process", None)
        code = process.poll() if process else None
        if code is None:
            return ""
        if code < 0:
            return say("run.kernel.signal", name=signal.Signals(-code).name)
        return say("run.kernel.exit", code=code)

    def process_message(self, msg, cell, cell_index):
        if self.watch.count(_size(msg["content"])):
            return super().process_message(msg, cell, cell_index)
        _cut(cell)
        return None

    def executed(self, cell, cell_index, execute_reply) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.quit = self.quit or any(part.get("source") == "ask_exit" for part in payload)


def _word(error: CellExecutionError) -> str:
    if error.ename == "SystemExit":
        return "stopped early"
    return "memory" if error.ename.endswith("MemoryError") else "error"


def _last_line(error: CellExecutionError) -> str:
    return one_line(f"{error.ename}: {error.evalue}")


def _size(content) -> int:
    """About how many bytes a message adds to the notebook."""
    if isinstance(content, dict):
        return 60 + sum(len(str(key)) + _size(value) for key, value in content.items())
    if isinstance(content, list):
        return sum(map(_size, content))
    return len(content) if isinstance(content, str) else 8


def _cut(cell: NotebookNode) -> None:
    """Leave the head of the output: the notebook must stay one that opens."""
    cell.outputs = [output for output in cell.outputs[:20] if output.output_type == "stream"]
    for output in cell.outputs:
        output.text = output.text[:KEPT_TEXT]


def _mark(cell: NotebookNode, status: str) -> None:
    raised = any(output.output_type == "error" for output in cell.outputs)
    declared = raised and "raises-exception" in tags(cell)
    cell.metadata["crmlib"] = {"status": "raised" if status == "ok" and declared else status}


class RunEngine(Engine):
    """What papermill calls, once it has injected the parameters."""

    @classmethod
    def execute_notebook(cls, nb, kernel_name, *, run, **_):
        run.notebook = nb
        run.execute()
        # papermill would take a deliberate error for a failure and paste cells into the
        # notebook: it gets an empty one to look at.
        return NotebookNode(cells=[], metadata=NotebookNode(papermill={}), nbformat=4)


papermill_engines.register(NAME, RunEngine)


class Run:
    """One execution of a notebook, from a kernel of its own to nothing left behind."""

    def __init__(self, folder: Path, limits: Limits, on_cell=lambda: None):
        self.folder, self.limits, self.on_cell = folder, limits, on_cell
        self.notebook: NotebookNode | None = None
        self.outcome: Outcome | None = None

    def execute(self) -> None:
        """Run ``notebook``; leaves its outputs and statuses, and ``outcome``."""
        for cell in self.notebook.cells:
            _forget(cell)
        with tempfile.TemporaryDirectory(prefix="crm-", ignore_cleanup_errors=True) as scratch:
            session = self._session(Path(scratch))
            with session.watch, _signals(session.watch):
                session.execute(cwd=str(self.folder), env=_environment(scratch))
        self.outcome = session.watch.verdict or session.ended
        if self.outcome.ok and any(_status(c) == "not run" for c in self.notebook.cells):
            raise AssertionError("a run in which a cell did not run is no success")

    def _session(self, scratch: Path) -> Session:
        session = Session(
            self.notebook,
            startup_timeout=120,
            coalesce_streams=True,
            store_widget_state=False,
            record_timing=False,
            on_cell=self.on_cell,
        )
        session.km = _kernel_manager(scratch)
        session.owns_km = True
        session.on_cell_executed = session.executed
        session.watch = Watch(self.limits, lambda: _pid(session))
        return session


def _forget(cell: NotebookNode) -> None:
    """Take away what an earlier run left in the cell."""
    for key in ("papermill", "execution", "crmlib"):
        cell.metadata.pop(key, None)
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        cell.metadata["crmlib"] = {"status": "not run" if runs(cell) else "skipped"}


def _status(cell: NotebookNode) -> str:
    return cell.metadata.get("crmlib", {}).get("status", "")


def _kernel_manager(scratch: Path) -> AsyncKernelManager:
    manager = AsyncKernelManager(kernel_spec_manager=ThisPython())
    manager.connection_file = str(scratch / "k.json")
    if hasattr(os, "fork"):  # sockets in the scratch folder: ports picked at once can collide
        manager.transport, manager.ip = "ipc", str(scratch / "k")
    return manager


def _pid(session: Session) -> int | None:
    process = getattr(getattr(session.km, "provisioner", None), "process", None)
    return process.pid if process else None


def _environment(scratch: str) -> dict[str, str]:
    """The kernel's environment, without what makes one reader's outputs another's."""
    dropped = ("PYTHONSTARTUP", "COLUMNS", "LINES", "IPYTHONDIR")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    inline = "module://matplotlib_inline.backend_inline"
    return {**kept, "IPYTHONDIR": scratch, "PYTHONHASHSEED": "0", "MPLBACKEND": inline}


@contextmanager
def _signals(watch: Watch) -> Iterator[None]:
    """While a kernel runs, a signal ends the kernel, and the run then ends in order."""
    names = [n for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    if threading.current_thread() is not threading.main_thread():
        names = []

    def interrupted(number, _frame):
        watch.stop("interrupted", signal.Signals(number).name)

    before = {}
    for name in names:
        before[name] = signal.signal(getattr(signal, name), interrupted)
    try:
        yield
    finally:
        for name, handler in before.items():
            with suppress(TypeError):
                signal.signal(getattr(signal, name), handler)
