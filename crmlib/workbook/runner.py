"""One run of a case: its notebook executed by papermill, saved with its outcome, as a page too."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from crmlib import __version__
from crmlib.workbook import folders, notebooks
from crmlib.workbook.cases import Case
from crmlib.workbook.limits import DEFAULT, Limits
from crmlib.workbook.outcome import Outcome, Refused
from crmlib.workbook.parameters import chosen
from crmlib.workbook.results import differences, recorded


@dataclass(frozen=True)
class Job:
    """A case with the values of all its parameters, and the folder for what comes out."""

    case: Case
    values: dict
    folder: Path
    set_name: str = ""
    expected: dict = field(default_factory=dict)
    limits: Limits = DEFAULT

    @property
    def changed(self) -> dict:
        """The values that differ from the declared defaults."""
        parameters = self.case.parameters
        return {n: v for n, v in self.values.items() if v != parameters[n].default}

    @property
    def notebook_path(self) -> Path:
        return self.folder / self.case.path.name

    @property
    def page_path(self) -> Path:
        return self.notebook_path.with_suffix(".html")


@dataclass(frozen=True)
class Ran:
    """What came out of a job."""

    job: Job
    outcome: Outcome
    results: dict = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    answer: str = ""


def prepare(case: Case, given: dict, *, set_name: str = "", out: Path, limits: Limits = DEFAULT) -> Job:
    """The job of running ``case`` with the set ``set_name`` and, over it, the values ``given``."""
    named = case.set_named(set_name) if set_name else {"parameters": {}, "expected": {}}
    values = chosen(case.parameters, {**named["parameters"], **given})
    exact = bool(set_name) and values == chosen(case.parameters, named["parameters"])
    label = set_name if exact else _label(case, values)
    expected = named["expected"] if exact else {}
    folder = Path(out).absolute() / case.name / label
    return Job(case, values, folder, set_name if exact else "", expected, limits)


def _label(case: Case, values: dict) -> str:
    if all(value == case.parameters[name].default for name, value in values.items()):
        return "default"
    text = json.dumps(values, sort_keys=True)
    return "p-" + hashlib.sha256(text.encode()).hexdigest()[:10]


def check_folder(job: Job) -> None:
    """Refuse, before a kernel starts, a folder that cannot be written or that holds the source."""
    try:
        folders.make(job.folder)
        probe = job.folder / f".{os.getpid()}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Refused("run.out.unwritable", path=job.folder, reason=error.strerror) from error
    for path in (job.notebook_path, job.page_path):
        if path.exists() and path.samefile(job.case.path):
            raise Refused("run.out.source", path=path)
    if job.folder.samefile(job.case.folder):
        raise Refused("run.out.source", path=job.folder)


def execute(
    case: Case, changed: dict, limits: Limits, on_cell: Callable = lambda: None
) -> tuple[Outcome, NotebookNode]:
    """Run the case's notebook by papermill, in its own folder, with the ``changed`` parameters."""
    import papermill  # costs most of a second, which `crmlib list` need not pay

    from crmlib.workbook import engine

    run = engine.Run(case.folder, limits, on_cell)
    papermill.execute_notebook(
        NotebookNode(case.notebook),
        None,
        parameters=changed,
        engine_name=engine.NAME,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        run=run,
    )
    return run.outcome, run.notebook


def run(job: Job, on_cell: Callable = lambda: None) -> Ran:
    """Run the job and write the executed notebook and its page."""
    from crmlib.workbook import page

    check_folder(job)
    outcome, notebook = execute(job.case, job.changed, job.limits, on_cell)
    found = recorded(notebook)
    differ = differences(job.expected, found) if outcome.ok else []
    if differ:
        outcome = Outcome("unexpected results", reason="; ".join(differ))
    ran = Ran(job, outcome, found, differ, answer(notebook))
    _sign(notebook, ran)
    notebooks.write(notebook, job.notebook_path)
    notebooks.write_text(page.render(notebook, outcome, job.case.folder), job.page_path)
    return ran


def _sign(notebook: NotebookNode, ran: Ran) -> None:
    """Put the outcome into the notebook, in place of what papermill says about it."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata["crmlib"] = {
        "outcome": ran.outcome.word,
        "cell": ran.outcome.cell,
        "message": ran.outcome.sentence(),
        "case": ran.job.case.name,
        "set": ran.job.set_name,
        "parameters": ran.job.values,
        "differences": ran.differences,
        "version": __version__,
    }


def answer(notebook: NotebookNode) -> str:
    """The text of the cells tagged ``answer``, in Markdown."""
    outputs = [o for cell in notebooks.tagged(notebook, "answer") for o in cell.outputs]
    return "\n\n".join(filter(None, map(_text, outputs)))


def _text(output: NotebookNode) -> str:
    data = output.get("data", {})
    return str(data.get("text/markdown") or data.get("text/plain") or output.get("text", "")).strip()
