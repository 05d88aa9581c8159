"""What a run recorded by name, and how it differs from what was expected."""

import math

from nbformat import NotebookNode

from crmlib.catalogue import say
from crmlib.display import RESULTS_MIME
from crmlib.workbook.notebooks import code_cells

TOLERANCES = ("rel", "abs")
REL = 1e-9


def recorded(notebook: NotebookNode) -> dict:
    """The results that the notebook's cells recorded, by name; a later cell's win."""
    found = {}
    for cell in code_cells(notebook):
        for output in cell.get("outputs", []):
            data = output.get("data", {}).get(RESULTS_MIME, {})
            found.update(data if isinstance(data, dict) else {})
    return found


def differences(expected: dict, found: dict) -> list[str]:
    """One sentence for each expected result that is missing or differs."""
    return [s for name, entry in expected.items() if (s := _difference(name, entry, found))]


def _difference(name, entry, found):
    value, tolerance = _entry(entry)
    if name not in found:
        return say("run.results.missing", name=name, expected=value)
    if _agree(value, found[name], tolerance):
        return ""
    within = ", ".join(f"{kind} {size:g}" for kind, size in tolerance.items())
    return say(
        "run.results.differ", name=name, expected=value, found=found[name], within=within or f"rel {REL:g}"
    )


def _entry(entry):
    """Value and tolerances of an entry of ``expected``."""
    if not isinstance(entry, dict):
        return entry, {}
    return entry["value"], {kind: entry[kind] for kind in TOLERANCES if kind in entry}


def _agree(expected, found, tolerance) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if not isinstance(expected, int | float) or not isinstance(found, int | float):
        return expected == found
    if isinstance(expected, int) and isinstance(found, int) and not tolerance:
        return expected == found
    limits = {"rel": 0.0, "abs": 0.0, **(tolerance or {"rel": REL})}
    return math.isclose(expected, found, rel_tol=limits["rel"], abs_tol=limits["abs"])


def entry_problem(entry) -> str:
    """What is wrong with an entry of ``expected``: empty when nothing is."""
    if not isinstance(entry, dict):
        return "" if isinstance(entry, int | float | str) else type(entry).__name__
    wrong = set(entry) - {"value", *TOLERANCES}
    if wrong or isinstance(entry.get("value"), dict | list | None):
        return ", ".join(sorted(map(str, wrong))) or "value"
    sizes = [entry[kind] for kind in TOLERANCES if kind in entry]
    fine = all(type(size) in (int, float) and 0 <= size < math.inf for size in sizes)
    return "" if fine else "rel, abs"
