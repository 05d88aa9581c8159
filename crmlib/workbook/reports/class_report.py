"""The class report: its notebook run on a folder of results, kept beside its page, for the owner only."""

from pathlib import Path

from crmlib.workbook import folders, notebooks, page, runner
from crmlib.workbook.cases import Case
from crmlib.workbook.parameters import chosen
from crmlib.workbook.runner import Job, Ran

NOTEBOOK = Path(__file__).with_name("class_report.ipynb")


def run(results: Path, folder: Path, *, case: Path, totals: Path | None = None) -> Ran:
    """Run the notebook on ``results`` and write it, executed, and its page, without code, into ``folder``."""
    report = Case("class_report", NOTEBOOK)
    folders.make(folder, private=True)
    given = {"results": str(results.resolve()), "case": str(case), "totals": str(totals or "")}
    job = Job(report, chosen(report.parameters, given), folder)
    ran = runner.run(job)
    notebook = notebooks.read(job.notebook_path)
    for cell in notebooks.code_cells(notebook):
        cell.metadata["tags"] = ["say"]
    notebooks.write_text(page.render(notebook, ran.outcome, folder), job.page_path)
    for path in (job.notebook_path, job.page_path):  # as the folder, which is closed from the first
        path.chmod(0o600)
    return ran
