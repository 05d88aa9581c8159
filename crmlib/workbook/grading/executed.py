"""The executed notebook of a run, as a file."""

from crmlib.workbook.grading.bench import Done


def notebook_texts(done: Done) -> dict[str, str]:
    """The executed notebooks by the name of the run."""
    return {}
