"""Files that are no notebooks, or no longer the sheet that was handed out: cells lost, moved, doubled."""

import json
from copy import deepcopy

from nbformat import v3, v4

from hostile.attack import INTAKE, READING, Attack

UNREADABLE = "unreadable"
FAKED = "graded: everybody, full marks"


def _bytes(notebook) -> bytes:
    return json.dumps(notebook, indent=1).encode()


def _find(notebook, cell_id) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if cell.id == cell_id)


def _without(*ids):
    def change(notebook):
        notebook.cells = [cell for cell in notebook.cells if cell.id not in ids]
        return notebook

    return change


def _twice(cell_id, source=None):
    """The cell once more below itself, with the same id; ``source`` is what the first one says."""

    def change(notebook):
        i = _find(notebook, cell_id)
        notebook.cells.insert(i, deepcopy(notebook.cells[i]))
        notebook.cells[i].source = source or notebook.cells[i].source
        return notebook

    return change


def _reordered(notebook):
    """The blocks of `rows` and `word` change places: neither needs the other."""
    rows, word, which = (_find(notebook, f"{name}-question") for name in ("rows", "word", "which"))
    cells = notebook.cells
    notebook.cells = cells[:rows] + cells[word:which] + cells[rows:word] + cells[which:]
    return notebook


def _follower_first(notebook):
    n_beer, support, first = (_find(notebook, f"{name}-question") for name in ("n-beer", "support", "first"))
    cells = notebook.cells
    notebook.cells = cells[:n_beer] + cells[support:first] + cells[n_beer:support] + cells[first:]
    return notebook


def _without_headings(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return notebook


def _stripped(notebook) -> bytes:
    """As an old editor leaves it: no ids, no tags, no metadata."""
    given = json.loads(_bytes(notebook))
    for cell in given["cells"]:
        cell.pop("id")
        cell["metadata"] = {}
    return json.dumps(given | {"nbformat_minor": 4, "metadata": {}}).encode()


def _old(notebook) -> bytes:
    cells = [
        v3.new_code_cell(input=cell.source)
        if cell.cell_type == "code"
        else v3.new_text_cell("markdown", cell.source)
        for cell in notebook.cells
    ]
    old = v3.new_notebook(worksheets=[v3.new_worksheet(cells=cells)])
    return json.dumps(old).encode()


def _look_alike(notebook):
    """The name with a letter of another alphabet, in the answer and in the check."""
    for cell in notebook.cells:
        if cell.id in ("first-answer", "first-check"):
            cell.source = cell.source.replace("first", "f\u0456rst")
    return notebook


def _two_lists(notebook) -> bytes:
    """`cells` twice in one object: readers differ on which one counts."""
    honest, lies = _bytes(notebook).decode(), deepcopy(notebook)
    lies.cells = [v4.new_code_cell("first = 1")]
    cells = json.dumps(json.loads(_bytes(lies))["cells"])
    return honest.replace('"cells": [', f'"cells": {cells},\n "cells": [', 1).encode()


def _deep(notebook) -> bytes:
    text = _bytes(notebook).decode()
    deep = "[" * 200_000 + "]" * 200_000
    return text.replace('"metadata": {', f'"metadata": {{"deep": {deep},', 1).encode()


def _deep_source(notebook):
    notebook.cells[_find(notebook, "first-answer")].source = "first = " + "[" * 200_000 + "]" * 200_000
    return notebook


def _another_case(notebook):
    return resealed(notebook, case="another")


def _case_that_acts(notebook):
    """The case's name as the instructor reads it: codes of a terminal, then a line of another's making."""
    return resealed(notebook, case=f"\x1b]0;owned\x07\x1b[2J\r\n{FAKED}\u202e")


def _case_in_half_letters(notebook):
    """A name that no screen can be given: whoever prints it ends there."""
    return resealed(notebook, case="\ud83d")


def _damaged(notebook):
    cell = notebook.cells[_find(notebook, "open-sheet")]
    cell.source = cell.source[:40] + "AAAAAAAA" + cell.source[48:]
    return notebook


def resealed(notebook, **changes):
    """The sheet opened and packed again with other contents, its checksum right."""
    from dataclasses import replace

    from crmlib.workbook.payload import pack, unpack

    for cell in notebook.cells:
        if cell.source.startswith("open_sheet("):
            text = cell.source.split('"""')[1]
            cell.source = f'open_sheet("""\n{pack(replace(unpack(text), **changes))}\n""")'
    return notebook


def _more_points(notebook):
    """The sheet's own record of the questions changed: points, where each is graded, what is accepted."""
    from dataclasses import replace

    from crmlib.workbook.answers import Spec
    from crmlib.workbook.payload import unpack

    text = notebook.cells[_find(notebook, "open-sheet")].source.split('"""')[1]
    easy = Spec("number", abs=10.0**9)
    asked = tuple(replace(a, points=1000, graded="own", spec=easy) for a in unpack(text).exercises)
    notebook.cells[_find(notebook, "first-answer")].source = "first = 1"
    return resealed(notebook, exercises=asked)


def _other_parameters(notebook):
    """Another seed in the sheet and in its first cell: data on which the answer is known."""
    return resealed(notebook, parameters={"seed": 1, "share": 0.5})


MOVED = "clerk.misplaced(DATA, HONEST, 'rows')"
ENDS_THE_BATCH = "_raises(lambda: clerk.walked(DATA), Exception)"
# Whose file it is stands nowhere in it; to one who goes by the file's name all is well.
NOBODYS = "clerk.ran(DATA)['first'] == KEY['first']"


def paper(name, reshape, naive, outcomes=None, layer=READING):
    """``outcomes`` by question, or the verdict on a file that is not graded."""
    verdict = outcomes if isinstance(outcomes, str) else "accepted"
    return Attack(
        name, layer, {}, {} if verdict == outcomes else outcomes or {}, verdict, reshape=reshape, naive=naive
    )


LAYOUT = (
    paper(
        "answer and check deleted", _without("first-answer", "first-check"), MOVED, {"first": "not attempted"}
    ),
    paper("check deleted", _without("first-check"), MOVED),
    paper("question deleted", _without("first-question"), MOVED),
    paper(
        "answer cell doubled, a wrong one first",
        _twice("first-answer", "first = 1"),
        "clerk.by_id(DATA, 'first-answer') == 'first = 1'",
    ),
    paper("check doubled", _twice("first-check"), MOVED),
    paper("question doubled", _twice("first-question"), MOVED),
    paper("sheet opened twice", _twice("open-sheet"), MOVED),
    paper("blocks reordered", _reordered, MOVED),
    paper(
        "a follower before its source",
        _follower_first,
        "clerk.misplaced(DATA, HONEST, 'support')",
        {"support": "error"},
    ),
    paper("every heading lost", _without_headings, MOVED),
    paper(
        "tags, ids and metadata lost",
        _stripped,
        "_raises(lambda: clerk.by_id(DATA, 'rows-answer'), LookupError)",
    ),
    paper("notebook format 3", _old, "_raises(lambda: clerk.cells(DATA), LookupError)"),
    paper(
        "a look-alike name",
        _look_alike,
        "clerk.asked(DATA) != clerk.asked(HONEST) and 'first' not in clerk.asked(DATA)",
        {"first": "not attempted"},
    ),
    paper("cells twice in the file", _two_lists, "clerk.first_counts(DATA)['cells'] != clerk.cells(DATA)"),
    paper(
        "nested source",
        _deep_source,
        "not compile(clerk.script(HONEST), '', 'exec')"
        " or _raises(lambda: compile(clerk.script(DATA), '', 'exec'), SyntaxError)",
        {"first": "error"},
    ),
)
BROKEN = (
    paper("truncated JSON", lambda notebook: _bytes(notebook)[:-400], ENDS_THE_BATCH, UNREADABLE),
    paper("an empty file", lambda notebook: b"", ENDS_THE_BATCH, UNREADABLE),
    paper(
        "a picture",
        lambda notebook: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        ENDS_THE_BATCH,
        UNREADABLE,
    ),
    paper("JSON, but no notebook", lambda notebook: b'["cells", 1]', ENDS_THE_BATCH, UNREADABLE),
    paper(
        "cells that are no cells",
        lambda notebook: b'{"nbformat": 4, "cells": {"a": [null]}}',
        ENDS_THE_BATCH,
        UNREADABLE,
    ),
    paper("200,000 nested brackets in the file", _deep, ENDS_THE_BATCH, UNREADABLE),
    paper("sheet cut out", _without("open-sheet"), NOBODYS, "not a sheet"),
    paper("a damaged sheet", _damaged, NOBODYS, UNREADABLE),
    paper(
        "25 MB of spaces",
        lambda notebook: _bytes(notebook) + b" " * 25_000_000,
        "clerk.cells(DATA) == clerk.cells(HONEST)",  # taken in whole, as 25 GB would be
        UNREADABLE,
    ),
)
FORGED = (
    paper(
        "another case's sheet",
        _another_case,
        "clerk.sheet(DATA).case == 'another'",
        "another case",
        INTAKE,
    ),
    paper(
        "terminal codes and a line of its own in the case's name",
        _case_that_acts,
        f"'{FAKED}' in f'a sheet of {{clerk.sheet(DATA).case}}'.splitlines()[-1]"
        " and '\\x1b' in clerk.sheet(DATA).case",
        "another case",
        INTAKE,
    ),
    paper(
        "half a letter in the case's name",
        _case_in_half_letters,
        "_raises(lambda: print(clerk.sheet(DATA).case, flush=True), UnicodeError)",
        "another case",
        INTAKE,
    ),
    paper(
        "points and tolerances forged",
        _more_points,
        "abs(1 - KEY['first']) < clerk.sheet(DATA).by_name['first'].spec.abs"
        " and clerk.sheet(DATA).points > 1000",
        "unmatched",
        INTAKE,
    ),
    paper(
        "parameters forged",
        _other_parameters,
        "clerk.sheet(DATA).parameters != clerk.sheet(HONEST).parameters",
        "unmatched",
        INTAKE,
    ),
)
PAPERS = (*LAYOUT, *BROKEN, *FORGED)
