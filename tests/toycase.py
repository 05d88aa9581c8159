"""A small case with exercises of every type, for the tests of the machinery around them."""

import tempfile
from functools import cache
from pathlib import Path

import nbformat.v4 as v4

from crmlib.workbook import author, notebooks
from crmlib.workbook.sheet import make_sheet, sheet_keys

PARAMETERS = """\
seed = 1        # none | 0..99999 | which customers are drawn
share = 0.5     # share | 0.1..1 | the share of customers that is drawn
"""
SETUP = """\
import numpy as np
import pandas as pd

rng = np.random.default_rng(seed)
baskets = pd.DataFrame({
    "store": rng.choice(["North", "South", "West"], size=400, p=[0.35, 0.33, 0.32]),
    "beer": rng.random(400) < 0.3 + 0.1 * rng.random(),
    "diapers": rng.random(400) < 0.2 + 0.1 * rng.random(),
    "sales": (rng.gamma(2, 10, size=400)).round(2),
})
"""
CELLS = [
    "md:# Toy case: exercises\n\nA few baskets, drawn for you.",
    "parameters",
    "code:" + SETUP,
    "md:### Baskets with beer {#n_beer points=1}\n\nIn how many baskets is beer?",
    "code:# solution: number range=0..\nn_beer = int(baskets.beer.sum())",
    "code:# mistake: You counted the baskets without beer.\nn_beer = int((~baskets.beer).sum())",
    "code:# mistake: You counted all baskets: nothing is filtered by beer.\nn_beer = len(baskets)",
    "md:Hint: A column of true and false can be summed.",
    "md:Hint: Count the rows for which `baskets.beer` holds.",
    'md:Read: Lesson 1, section "Support"',
    "md:### Support of beer {#support points=2 follows=n_beer}\n\nWhich share of all baskets has beer?",
    "code:# solution: number abs=0.001 range=0..1\nsupport = n_beer / len(baskets)",
    "code:# mistake: You gave a percentage; asked for is a share.\nsupport = 100 * n_beer / len(baskets)",
    "code:# mistake: You divided by the baskets without beer, which gives odds.\n"
    "support = n_beer / (len(baskets) - n_beer)",
    "md:Hint: A share divides by everything there is.",
    "md:Hint: How many rows has `baskets`?",
    "md:### Lift {#lift points=3}\n\nThe lift of beer and diapers.",
    "code:# solution: number abs=0.005 range=0..\n"
    "both = (baskets.beer & baskets.diapers).mean()\n"
    "lift = both / (baskets.beer.mean() * baskets.diapers.mean())",
    "code:# mistake: That is the confidence of beer, then diapers: divide once more.\n"
    "lift = (baskets.beer & baskets.diapers).mean() / baskets.beer.mean()",
    "code:# mistake: You took the baskets that hold either,\n# not those that hold both.\n"
    "lift = (baskets.beer | baskets.diapers).mean() / (baskets.beer.mean() * baskets.diapers.mean())",
    "md:Hint: Compare what is bought together with what chance would give.",
    "md:Hint: Three shares are needed.",
    "md:### Is beer in more than half? {#more_than_half points=1 graded=own}\n\nYes or no?",
    "code:# solution: true/false\nmore_than_half = bool(baskets.beer.mean() > 0.5)",
    "md:### Which to believe {#which points=1 graded=own}\n\n"
    "- `a`: the rule with the higher confidence\n- `b`: the rule with the higher lift\n- `c`: neither",
    'code:# solution: choice\nwhich = "b"',
    "md:Mistakes:\n- `a`: High confidence comes with a frequent item, whatever the first item is.\n"
    "- `c`: One of them does tell more than chance.",
    "md:Hint: What would the confidence be if the items had nothing to do with each other?",
    "md:### The best store {#best_store points=1}\n\nWhich store sells most?",
    "code:# solution: text\nbest_store = str(baskets.groupby('store').sales.sum().idxmax())",
    "code:# mistake: That is the store that sells least.\n"
    "best_store = str(baskets.groupby('store').sales.sum().idxmin())",
    "md:### Sales by store {#by_store points=3}\n\nBaskets and mean sales of each store, columns as named.",
    "code:# solution: table key=store\n# column store: text\n# column baskets: number range=0..\n"
    "# column mean_sales: number abs=0.01 range=0..\n"
    'by_store = baskets.groupby("store").agg(baskets=("sales", "size"), mean_sales=("sales", "mean"))',
    "code:# mistake: The mean is over all stores, not over each.\n"
    'by_store = baskets.groupby("store").agg(baskets=("sales", "size")).assign(\n'
    "    mean_sales=baskets.sales.mean() + 1)",
    "code:# mistake: You took the sum of the sales for their mean.\n"
    'by_store = baskets.groupby("store").agg(baskets=("sales", "size"), mean_sales=("sales", "sum"))',
    "md:Hint: Group, then compute two things of each group.",
    "md:### Stores in order {#ranking points=2}\n\nThe stores, most baskets first.",
    "code:# solution: list of text\nranking = baskets.store.value_counts().index.tolist()",
    "code:# mistake: The order is upside down.\nranking = baskets.store.value_counts().index.tolist()[::-1]",
    "md:### Large baskets {#large points=2}\n\nThe row numbers of the five largest baskets, as a set.",
    "code:# solution: set of number\nlarge = set(baskets.sales.nlargest(5).index)",
    "code:# mistake: These are the smallest.\nlarge = set(baskets.sales.nsmallest(5).index)",
    "md:### Money {#money points=2 follows=lift,n_beer}\n\nA point of lift is worth 3 dollars a basket.",
    "code:# solution: number abs=0.5\nmoney = 3 * (lift - 1) * n_beer",
    "code:# mistake: You left out that a lift of one is worth nothing.\nmoney = 3 * lift * n_beer",
    "md:### Memo {#memo points=4 graded=own}\n\nWhat would you do? Five lines.",
    'code:# solution: memo lines=5\nmemo = "Do nothing."',
    "md:Rubric:\n- 2: names an action\n- 2: gives its cost",
]


def book(cells=None):
    """The toy case's notebook; ``cells`` replaces its cells."""
    made = []
    for text in CELLS if cells is None else cells:
        kind, _, source = text.partition(":")
        if text == "parameters":
            made.append(v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}))
        elif kind == "code":
            made.append(v4.new_code_cell(source))
        else:
            made.append(v4.new_markdown_cell(source))
    return v4.new_notebook(cells=made)


def make_toy(folder: Path, cells=None) -> Path:
    """The path of a case folder's exercises."""
    folder.mkdir(parents=True, exist_ok=True)
    notebooks.write(book(cells), folder / "exercises.ipynb")
    return folder / "exercises.ipynb"


# Without NumPy and pandas, for tests that start many processes.
BEER = (
    "code:import random\ndraw = random.Random(seed)\nbaskets = [draw.random() < 0.4 for _ in range(400)]",
    "md:### Baskets {#n_beer points=1}\n\nIn how many baskets is beer?",
    "code:# solution: number range=0..\nn_beer = sum(baskets)",
    "code:# mistake: You counted all baskets.\nn_beer = len(baskets)",
    "md:### Support {#support points=2 follows=n_beer}",
    "code:# solution: number abs=0.001 range=0..1\nsupport = n_beer / len(baskets)",
    "code:# mistake: You gave a percentage.\nsupport = 100 * n_beer / len(baskets)",
)
LIGHT = (
    CELLS[0],
    "parameters",
    *BEER,
    "md:### First {#first points=1}",
    "code:# solution: number\nfirst = baskets.index(True) + 1000 * baskets[:50].count(True)",
    "md:### Places {#places points=1}",
    "code:# solution: set of number\nplaces = {i for i in range(50) if baskets[i]}",
    "md:### Draws {#draws points=1}",
    "code:# solution: list of true/false\ndraws = baskets[:20]",
    "md:### Which {#which points=1 graded=own}\n\n- `a`: this\n- `b`: that",
    'code:# solution: choice\nwhich = "b"',
    "md:### Memo {#memo points=1 graded=own}",
    'code:# solution: memo\nmemo = "Do nothing."',
    "md:Rubric:\n- 1: does something",
)
# The same with a question that is graded at the student's own data, where its answer is another.
OWN_DRAW = (
    *LIGHT[:-5],
    "md:### Drawn {#drawn points=1 graded=own}",
    "code:# solution: number\ndrawn = sum(n for n in range(400) if baskets[n])",
    *LIGHT[-5:],
)


@cache
def toy(cells=None):
    """The exercises of the toy case, or of these cells, in a folder of their own."""
    return author.read(make_toy(Path(tempfile.mkdtemp()) / "toy", cells))


@cache
def toy_keys(cells=None):
    """The keys at seed 7 and at the practice seed."""
    return sheet_keys(toy(cells), {"seed": 7})


def toy_sheet(cells=None, **options):
    """A fresh sheet at seed 7."""
    return make_sheet(toy(cells), {"seed": 7}, keys=toy_keys(cells), **options)


def solved_sheet(answers: dict | None = None, cells=None, **options):
    """The sheet with the author's solutions filled in; ``answers`` replaces the code of some."""
    sheet = toy_sheet(cells, **options)
    code = {e.name: e.solution.source for e in toy(cells).exercises} | (answers or {})
    for cell in sheet.cells:
        name = cell.source.removesuffix(" = ...")
        if cell.source == f"{name} = ..." and name in code:
            cell.source = code[name]
    return sheet


def opened(**options) -> dict:
    """The names of a session in which the sheet's first cells, up to `open_sheet`, were run."""
    names = {"__name__": "__main__"}
    for cell in toy_sheet(**options).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
        if cell.source.startswith("open_sheet("):
            return names


def run(source: str, names: dict):
    """The value of an expression in a session, as a cell would show it."""
    return eval(source, names)
