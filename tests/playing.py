"""Notebooks played in this process: their code cells one by one, at any parameters, without a kernel."""

import ast
import io
import re
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from pathlib import Path
from unittest import mock

import matplotlib as mpl
import pytest
from IPython.display import Markdown

from crmlib.display import Results
from crmlib.workbook.cases import Case
from crmlib.workbook.notebooks import code_cells, tags
from crmlib.workbook.parameters import chosen

mpl.use("Agg")


@dataclass
class Played:
    """What a notebook said and left behind at certain parameters.

    ``texts``: what each ``say`` cell said, by cell id; ``alts``: the descriptions of each cell's figures;
    ``results``: what was recorded by name; ``namespace``: every name at the end.
    """

    case: Case
    values: dict
    namespace: dict = field(default_factory=dict)
    texts: dict = field(default_factory=dict)
    alts: dict = field(default_factory=dict)
    results: dict = field(default_factory=dict)

    def again(self, cell_id: str, **changed) -> str:
        """What the ``say`` cell would say if these names had other values."""
        return spoken(self.rerun(cell_id, **changed))

    def rerun(self, cell_id: str, **changed):
        """What the cell would return if these names had other values."""
        cell = next(cell for cell in code_cells(self.case.notebook) if cell.id == cell_id)
        return _run(cell.source, {**self.namespace, **changed})


def play(path, **given) -> Played:
    """Play the notebook at ``path`` with the parameters ``given``; the last two plays are kept."""
    path = Path(path).resolve()
    return _play(path, path.stat().st_mtime_ns, tuple(sorted(given.items())))


@lru_cache(maxsize=2)
def _play(path, _changed, given):
    case = Case(path.stem if path.stem != "study" else path.parent.name, path)
    played = Played(case, chosen(case.parameters, dict(given)))
    with mpl.rc_context():
        for cell in code_cells(case.notebook):
            _play_cell(cell, played)
    return played


def _play_cell(cell, played):
    pictures = []
    with mock.patch("crmlib.plots.style.display", pictures.append):
        value = _run(cell.source, played.namespace)
    if "parameters" in tags(cell):
        played.namespace.update(played.values)
    if pictures:
        played.alts[cell.id] = [picture.alt for picture in pictures]
    elif "say" in tags(cell):
        played.texts[cell.id] = spoken(value)
    if isinstance(value, Results):
        played.results.update(value)


def spoken(value) -> str:
    """The words of what a ``say`` cell returned: text, or a table cell by cell; `TypeError` otherwise."""
    if isinstance(value, Markdown):
        return value.data
    if not hasattr(value, "_repr_html_"):
        raise TypeError(f"a say cell returned {type(value).__name__}, neither text nor a table")
    html = re.sub(r"<style.*?</style>", "", value._repr_html_(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def _run(source, namespace):
    """Run ``source`` as a notebook does; the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()):
        exec(compile(tree, "<cell>", "exec"), namespace)
        return last and eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)


def chances(sets: dict, quick: tuple[str, ...]) -> list:
    """Parameters to play a study at: the sets named always; the others, and more seeds, in the full run."""
    marks = {name: [] if name in quick else [pytest.mark.full] for name in sets}
    of_sets = [pytest.param(values, id=name, marks=marks[name]) for name, values in sets.items()]
    small = ({**sets["small"], "seed": seed} for seed in (1, 3, 4, 7))
    full = [pytest.param(values, id=f"seed {values['seed']}", marks=pytest.mark.full) for values in small]
    return [*of_sets, *full]


def words_said(text: str, words: dict[str, str]) -> set[str]:
    """Those of the words whose phrase stands in the text."""
    return {word for word, phrase in words.items() if phrase in text}
