"""The executed notebook of a sandboxed run, and papermill's way to one: the engine ``crmlib-graded``.

papermill.execute_notebook(path, None, engine_name="crmlib-graded", zygote=zygote)
"""

from copy import deepcopy

import nbformat
from nbformat import NotebookNode
from papermill.engines import Engine, papermill_engines

from crmlib.workbook.learner import python
from crmlib.workbook.sandbox.terms import Job, Limits, Ran

NAME = "crmlib-graded"


def numbered(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """The code cells with their numbers, from 1 on."""
    return list(enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1))


def write_executed(notebook: NotebookNode, ran: Ran) -> NotebookNode:
    """A copy of the notebook with what its code cells, by their numbers, showed in the run.

    Outputs are texts and pictures as data; they were checked one by one when they arrived.
    """
    written = deepcopy(notebook)
    for number, cell in numbered(written):
        shown = ran.cells.get(number)
        cell.outputs, cell.execution_count = [], number if shown else None
        for output in shown.outputs if shown else []:
            if output["output_type"] == "execute_result":
                output = output | {"execution_count": number}
            cell.outputs.append(nbformat.from_dict(output))
    return written


class GradedEngine(Engine):
    """Runs a notebook in a fork of ``zygote``, where `crmlib run` starts a kernel."""

    @classmethod
    def execute_notebook(cls, nb, kernel_name, *, zygote, limits=None, **_):
        cells = tuple((number, python(cell.source)) for number, cell in numbered(nb))
        return write_executed(nb, zygote.run(Job(cells, {}, limits or Limits())))


papermill_engines.register(NAME, GradedEngine)
