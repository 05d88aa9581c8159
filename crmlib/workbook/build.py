"""Rebuild executed notebooks in place, so that a rebuild with nothing changed gives no diff."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from crmlib.catalogue import say
from crmlib.workbook import notebooks
from crmlib.workbook.cases import Case, home
from crmlib.workbook.limits import DEFAULT, Limits
from crmlib.workbook.outcome import Outcome, Refused
from crmlib.workbook.processes import each
from crmlib.workbook.runner import execute

VOLATILE = ("papermill", "execution", "crmlib", "collapsed", "scrolled", "ExecuteTime", "trusted")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
STYLER = re.compile(r"\bT_([0-9a-f]{5})(?=_|\b)")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}


@dataclass(frozen=True)
class Built:
    """What a rebuild did to one notebook."""

    path: Path
    outcome: Outcome
    changed: bool = False


def all_notebooks(start: Path | None = None) -> list[Path]:
    """The notebooks of the house: lessons, then cases."""
    house = home(start)
    if house is None:
        raise Refused("run.build.nowhere")
    found = [*house.glob("notebooks/*.ipynb"), *house.glob("casestudies/*/*.ipynb")]
    return sorted(found, key=lambda path: (path.parent.parent != house, path))


def build_all(
    paths: list[Path], limits: Limits, *, workers: int, on_done: Callable = lambda: None
) -> list[Built]:
    """`build` of every path, each in a process of its own."""
    items = [(path, limits) for path in dict.fromkeys(paths)]
    return each(_build, items, workers=workers, lost=_lost, on_done=on_done)


def _build(item) -> Built:
    try:
        return build(*item)
    except Refused as error:
        return Built(item[0], Outcome("refused", reason=str(error)))


def _lost(item, code: int) -> Built:
    return Built(item[0], Outcome("died", reason=say("run.process", code=code)))


def build(path: Path, limits: Limits = DEFAULT, on_cell: Callable = lambda: None) -> Built:
    """Run the notebook at its default parameters and write it back; a failed run writes nothing."""
    case = Case(path.stem, Path(path).resolve())
    _ = case.parameters
    before = case.path.read_text(encoding="utf-8")
    outcome, notebook = execute(case, {}, limits, on_cell)
    if not outcome.ok:
        return Built(path, outcome)
    text = notebooks.dumps(normal(notebook))
    if text != before:
        notebooks.write_text(text, case.path)
    return Built(path, outcome, text != before)


def normal(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what differs from run to run or from machine to machine."""
    copy = deepcopy(notebook)
    for key in (*VOLATILE, "widgets"):
        copy.metadata.pop(key, None)
    copy.metadata.update(deepcopy(METADATA))
    copy.nbformat_minor = max(copy.nbformat_minor, 5)
    used = {cell.get("id") for cell in copy.cells}
    for number, cell in enumerate(copy.cells, start=1):
        if not cell.get("id"):
            cell["id"] = next(i for i in _ids(number) if i not in used)
            used.add(cell["id"])
        _normal_cell(cell)
    return copy


def _ids(number):
    yield f"cell-{number}"
    yield from (f"cell-{number}-{again}" for again in range(1, 10_000))


def _normal_cell(cell: NotebookNode) -> None:
    for key in VOLATILE:
        cell.metadata.pop(key, None)
    if not cell.metadata.get("tags", True):  # papermill gives every cell an empty list
        del cell.metadata["tags"]
    if cell.cell_type == "code":
        cell.outputs = [_normal_output(output) for output in cell.outputs]


def _normal_output(output: NotebookNode) -> NotebookNode:
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    if "text" in output:
        output.text = ADDRESS.sub("at 0x0", output.text)
    if "data" in output:
        output.data = NotebookNode({kind: _normal_text(v) for kind, v in output.data.items()})
    return output


def _normal_text(value):
    if not isinstance(value, str):
        return value
    numbers: dict[str, int] = {}
    for name in STYLER.findall(value):  # pandas draws a random id for each styled table
        numbers.setdefault(name, len(numbers))
    value = STYLER.sub(lambda m: f"T_{numbers[m[1]]:05x}", value)
    return ADDRESS.sub("at 0x0", value)
