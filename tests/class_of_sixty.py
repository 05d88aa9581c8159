"""A class of sixty: sheets filled in eight styles of solution, with flaws whose outcomes are known.

A style is a file under `styles/<case>/`: cells of code, each below the line `# %% question` (`*`: all in
one cell). A flaw replaces or adds to the code of some questions; what a grader must find follows from it.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode, v4
from toycase import toy

from crmlib.workbook import author
from crmlib.workbook.author import Exercises
from crmlib.workbook.key import Key, make_keys
from crmlib.workbook.payload import Sheet, unpack

STYLES = Path(__file__).parent / "styles"
AUTHOR, ONE_CELL = "author", "one_cell"
BLANK = "..."


@dataclass(frozen=True)
class Flaw:
    """What a student did otherwise: code by question, and the outcome that follows by question.

    Code is the number of one of the author's mistakes, a text that may hold `{own[name]}`, the answer
    at the student's own parameters, or, after a `+`, what is added below the right code.
    """

    code: dict[str, int | str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    calm: bool = True  # each question that has code is given a value, so an all-in-one cell may come before
    rest: str = ""  # the outcome from the first question with code on, of all that a machine marks

    @property
    def needs_key(self) -> bool:
        return "{own" in repr(self.code)


@dataclass(frozen=True)
class Member:
    """A filled sheet and the outcome of each of its questions."""

    notebook: NotebookNode
    style: str
    flaw: Flaw
    expected: dict[str, str]


WRONG_EXCESS = """+
bundles = pd.DataFrame(bundles)
bundles = bundles if "first" in bundles else bundles.reset_index()
bundles = bundles.assign(excess=bundles["excess"] + 100 * (bundles["excess"] == bundles["excess"].max()))"""
WRONG_MEAN = """+
by_store = pd.DataFrame(by_store)
by_store["mean_sales"] = by_store["mean_sales"].where(by_store["baskets"] < by_store["baskets"].max(), 0.5)"""

TWO_WRONG = {"n_beer": "wrong", "support": "carried forward", "lift": "wrong"}
HALF_CARRIED = "money = 3 * (lift - 1) * int(baskets.beer.sum())"

WALMART = (
    Flaw(),
    Flaw({"lift": 0}, {"lift": "wrong"}),
    Flaw({"excess": 1}, {"excess": "wrong", "money": "carried forward"}),
    Flaw({"n_tests": 1}, {"n_tests": "wrong", "p_corrected": "carried forward"}),
    Flaw({"lift": BLANK, "memo": BLANK}, {"lift": "not attempted", "memo": "not attempted"}),
    Flaw({"excess": BLANK}, {"excess": "not attempted", "money": "error"}, calm=False),
    Flaw({"fair_ratio": "fair_ratio = odds_of(DIAPERS, BEER)"}, {"fair_ratio": "error"}, calm=False),
    Flaw({"removed": "removed = len(itemsets"}, {"removed": "error"}, calm=False),
    Flaw({"fair_ratio": "fair_ratio = {own[fair_ratio]!r}"}, {"fair_ratio": "hard-coded"}),
    Flaw(
        {"fair_ratio": "fair_ratio = {own[fair_ratio]!r} * baskets.n_baskets / {own[n_baskets]}"},
        {"fair_ratio": "does not generalise"},
    ),
    Flaw({"lift": 'lift = f"{{100 * len(with_beer & with_diapers):.2f}} %"'}, {"lift": "wrong"}),
    Flaw({"bundles": WRONG_EXCESS}, {"bundles": "partial"}),
    Flaw({"fair_ratio": "+\nseed = 1"}, calm=False, rest="parameters overwritten"),
    Flaw(
        {"reason": 'reason = "lift"', "hence": 'hence = "together"', "memo": BLANK},
        {"reason": "wrong", "hence": "wrong", "memo": "not attempted"},
    ),
    Flaw({"fair_ratio": 0, "p_corrected": 0}, {"fair_ratio": "wrong", "p_corrected": "wrong"}),
)
TOY = (
    Flaw(),
    Flaw({"lift": 0}, {"lift": "wrong", "money": "carried forward"}),
    Flaw({"large": BLANK, "memo": BLANK}, {"large": "not attempted", "memo": "not attempted"}),
    Flaw({"lift": BLANK}, {"lift": "not attempted", "money": "error"}, calm=False),
    Flaw({"best_store": "best_store = shops.idxmax()"}, {"best_store": "error"}, calm=False),
    Flaw({"ranking": "ranking = sorted(by_store"}, {"ranking": "error"}, calm=False),
    Flaw({"large": "large = {own[large]!r}"}, {"large": "hard-coded"}),
    Flaw({"money": "money = {own[money]!r} * n_beer / {own[n_beer]}"}, {"money": "does not generalise"}),
    Flaw({"by_store": WRONG_MEAN}, {"by_store": "partial"}),
    Flaw({"money": "+\nseed = 1"}, calm=False, rest="parameters overwritten"),
    Flaw({"which": 'which = "a"'}, {"which": "wrong"}),
    # Two wrong answers before it: right for both of them, and right for one of them only.
    Flaw({"n_beer": 0, "lift": 0}, TWO_WRONG | {"money": "carried forward"}, calm=False),
    Flaw({"n_beer": 0, "lift": 0, "money": HALF_CARRIED}, TWO_WRONG | {"money": "wrong"}, calm=False),
)


@dataclass(frozen=True)
class Course:
    """A case with the styles of its class and the flaws, which take turns."""

    exercises: Exercises
    styles: dict[str, list[tuple[str, str]]]
    flaws: tuple[Flaw, ...]

    def turn(self, number: int) -> tuple[str, Flaw]:
        """The style and the flaw of a student; those of sixty in a row are sixty different pairs."""
        names = list(self.styles)
        style, flaw = names[number % len(names)], number % len(self.flaws)
        while style == ONE_CELL and not self.flaws[flaw].calm:
            flaw = (flaw + 1) % len(self.flaws)
        return style, self.flaws[flaw]


def walmart() -> Course:
    return _course(author.read(author.find("walmart")), WALMART)


def toys() -> Course:
    return _course(toy(), TOY)


def _course(exercises, flaws) -> Course:
    styles = {AUTHOR: [(e.name, e.solution.source) for e in exercises.exercises]}
    for path in sorted((STYLES / exercises.case).glob("*.txt")):
        styles[path.stem] = _cells(path.read_text(encoding="utf-8"))
    return Course(exercises, styles, flaws)


def _cells(text: str) -> list[tuple[str, str]]:
    parts = (part.partition("\n") for part in text.split("# %% ")[1:])
    return [(name.strip(), source.strip()) for name, _, source in parts]


def fill_class(course: Course, sheets: list[NotebookNode]) -> list[Member]:
    """The sheets, in order, each filled in by the student whose turn it is."""
    turns = [course.turn(number) for number in range(len(sheets))]
    wanted = [
        payload(sheet).parameters for sheet, (_, flaw) in zip(sheets, turns, strict=True) if flaw.needs_key
    ]
    keys = iter(make_keys(course.exercises, wanted) if wanted else [])
    return [
        fill(course, sheet, style, flaw, next(keys) if flaw.needs_key else None)
        for sheet, (style, flaw) in zip(sheets, turns, strict=True)
    ]


def payload(sheet: NotebookNode) -> Sheet:
    """What the sheet's `open_sheet` cell carries."""
    (text,) = (c.source.split('"""')[1] for c in sheet.cells if c.source.startswith("open_sheet("))
    return unpack(text)


def fill(course: Course, sheet: NotebookNode, style: str, flaw: Flaw, own: Key | None = None) -> Member:
    """The sheet in this style, with this flaw."""
    code = _styled(course, style)
    for name, change in flaw.code.items():
        written = _changed(course, name, change, own)
        code[name] = [*code.get(name, []), *written] if change != BLANK and str(change)[0] == "+" else written
    filled = deepcopy(sheet)
    filled.cells = list(_filled(filled.cells, code, course.exercises))
    return Member(filled, style, flaw, expected(course, style, flaw))


def _styled(course, style) -> dict[str, list[str]]:
    """The cells of code of each question; all in one cell stand before the first check."""
    first, code = course.exercises.exercises[0].name, {}
    for name, source in course.styles[style]:
        code.setdefault(first if name == "*" else name, []).append(source)
    return code


def _changed(course, name, change, own) -> list[str]:
    if change == BLANK:
        return [f"{name} = ..."]
    if isinstance(change, int):
        return [course.exercises.by_name[name].mistakes[change].code.source]
    return [change.removeprefix("+\n").format(own=own and own.answers)]


def _filled(cells, code, exercises):
    for cell in cells:
        name = cell.source.removesuffix(" = ...")
        if name not in exercises.by_name or cell.source == name:
            yield cell
            continue
        for number, source in enumerate(code.get(name, [])):
            yield v4.new_code_cell(source, id=cell.id if not number else f"{cell.id}-{number}")


def expected(course: Course, style: str, flaw: Flaw) -> dict[str, str]:
    """The outcome of each question."""
    found, after = {}, False
    for exercise in course.exercises.exercises:
        name, after = exercise.name, after or exercise.name in flaw.code
        outcome = flaw.outcomes.get(name, "hand" if exercise.spec.type == "memo" else "correct")
        if style == ONE_CELL and outcome == "carried forward":
            outcome = "correct"  # it was computed before its source went wrong
        found[name] = flaw.rest if after and flaw.rest and outcome != "hand" else outcome
    return found


def in_step(members: list[Member], outcomes: Callable[[int], dict[str, str]]) -> list[str]:
    """The places where the outcomes found differ from those expected, in words."""
    found = []
    for number, member in enumerate(members):
        given = outcomes(number)
        for name, outcome in member.expected.items():
            if given.get(name) != outcome:
                found.append(f"{number} {member.style} {name}: {given.get(name)}, not {outcome}")
    return found
