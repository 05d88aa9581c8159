"""An author's notebook read: set-up, then exercise after exercise, or the cell that is refused.

`notation` says what the first words of a cell mean; CONTRIBUTING.md shows them on one screen.
"""

import ast
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from nbformat import NotebookNode

from crmlib.workbook import notation, notebooks
from crmlib.workbook.answers import Spec
from crmlib.workbook.cases import home, outside
from crmlib.workbook.notation import Question, Refusal, Unclear
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import Parameter, declared, nearest

FILE = "exercises.ipynb"
RUNS_TEXT = ("eval", "exec", "compile", "query", "open", "system", "popen", "__import__")


@dataclass(frozen=True)
class Code:
    """A code cell: its number in the notebook, from 1 on, and its source."""

    cell: int
    source: str


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer: what went wrong, and the code or the option that gives it."""

    text: str
    code: Code | None = None
    option: str = ""


@dataclass(frozen=True)
class Exercise:
    """One exercise, as the author wrote it."""

    question: Question
    cell: int
    text: str
    spec: Spec
    solution: Code
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, ...]
    read: str
    rubric: dict[str, int]
    also: tuple[Code, ...] = ()

    @property
    def name(self) -> str:
        return self.question.name


@dataclass(frozen=True)
class Exercises:
    """A case's exercises: ``cells`` come first in every sheet, then the exercises in order."""

    case: str
    path: Path
    cells: tuple[NotebookNode, ...]
    parameters: dict[str, Parameter]
    exercises: tuple[Exercise, ...]

    @cached_property
    def by_name(self) -> dict[str, Exercise]:
        return {exercise.name: exercise for exercise in self.exercises}

    @property
    def setup(self) -> list[Code]:
        """The code before the first exercise, without the parameters and what only writes a text."""
        return [code for code in self._first_codes if not notation.is_text(code.source)]

    @property
    def texts(self) -> list[Code]:
        """The code that writes a text for each learner; it never gets into a sheet."""
        return [code for code in self._first_codes if notation.is_text(code.source)]

    @property
    def _first_codes(self) -> list[Code]:
        numbered = enumerate(self.cells, 1)
        found = [
            (n, c) for n, c in numbered if c.cell_type == "code" and "parameters" not in notebooks.tags(c)
        ]
        return [Code(n, cell.source) for n, cell in found]

    @property
    def version(self) -> str:
        """Twelve digits that change with any source that a sheet or a key is made from."""
        parts = [repr([(cell.cell_type, cell.source) for cell in self.cells])]
        parts += [repr(exercise) for exercise in self.exercises]
        return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def find(name: str) -> Path:
    """The notebook of a case named by its folder's name, or by the path of folder or notebook."""
    house = home()
    found = sorted(house.glob(f"casestudies/*/{FILE}")) if house else []
    by_name = {path.parent.name: path for path in found}
    path = Path(name).expanduser()
    if name in by_name:
        return by_name[name]
    if path.is_dir() and (path / FILE).is_file():
        return (path / FILE).resolve()
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    if not house:
        raise outside(name)
    names = ", ".join(by_name) or "-"
    raise Refused("author.case", name=name, file=FILE, hint=nearest(name, by_name), names=names)


def read(path: Path) -> Exercises:
    """The exercises of the notebook at ``path``; `Refusal` names the first cell that is wrong."""
    path = Path(path).resolve()
    notebook = notebooks.read(path)
    blocks = _blocks(notebook.cells)
    if len(blocks) < 2:
        raise Refused("author.none", path=path)
    cells = tuple(cell for _, cell in blocks[0])
    parameters = declared(NotebookNode(cells=list(cells)))
    if not parameters:
        raise Refused("author.no_parameters", path=path)
    exercises = [_exercise(block) for block in blocks[1:]]
    _check_together(exercises, parameters)
    name = path.parent.name if path.name == FILE else path.stem
    return Exercises(name, path, cells, parameters, tuple(exercises))


def _blocks(cells) -> list[list]:
    """The numbered cells, cut before each question."""
    blocks = [[]]
    for number, cell in enumerate(cells, 1):
        if not cell.source.strip():
            continue
        if cell.cell_type == "markdown" and "{#" in cell.source.splitlines()[0]:
            blocks.append([])
        elif len(blocks) == 1 and notation.role(cell.source)[0] and cell.cell_type == "code":
            raise _refusal(number, cell, Unclear("author.no_question"))
        blocks[-1].append((number, cell))
    return blocks


def _refusal(number, cell, reason) -> Refusal:
    return Refusal(number, cell.source.strip().splitlines()[0][:70], reason)


def _exercise(block) -> Exercise:
    sorter = _Sorter()
    for number, cell in block:
        try:
            sorter.take(number, cell)
        except Unclear as unclear:
            raise _refusal(number, cell, unclear) from unclear
    try:
        return sorter.exercise(block[0][0])
    except Unclear as unclear:
        raise _refusal(*block[0], unclear) from unclear


class _Sorter:
    """Takes the cells of one exercise in order and puts each where it belongs."""

    def __init__(self):
        self.question = self.solution = self.spec = None
        self.text, self.mistakes, self.hints, self.also = [], [], [], []
        self.read, self.options, self.feedback, self.rubric = "", {}, {}, {}

    def take(self, number: int, cell: NotebookNode) -> None:
        if cell.cell_type == "code":
            self._code(number, cell.source)
        elif cell.cell_type != "markdown":
            raise Unclear("author.cell_type", kind=cell.cell_type)
        elif self.question is None:
            self._heading(cell.source)
        else:
            self._words(cell.source)

    def _heading(self, source):
        self.question = notation.question(source)
        if self.question is None:
            raise Unclear("author.heading")
        self._more(source.partition("\n")[2])

    def _more(self, text):
        self.text.append(text.strip())
        self.options |= notation.bullets(text)

    def _words(self, source):
        found = notation.WORD.match(source)
        word, rest = (found.group(1).lower(), source[found.end() :].strip()) if found else ("", source)
        if word and not rest:
            raise Unclear("author.empty", word=found.group(1))
        if word == "hint":
            self.hints.append(rest)
        elif word == "read":
            self.read = rest
        elif word == "mistakes":
            self.feedback |= notation.bullets(rest)
        elif word == "rubric":
            self.rubric |= notation.rubric(rest)
        else:
            self._more(source)

    def _code(self, number, source):
        role, text, comments = notation.role(source)
        if role == "":
            raise Unclear("author.role")
        _assigns(source, self.question.name)
        if role == "mistake":
            if not (said := notation.sentence(text, comments)):
                raise Unclear("author.mistake_text")
            self.mistakes.append(Mistake(said, Code(number, source)))
        elif role == "also":
            # On own data no key is run for each student.
            if self.question.graded == "own" and not notation.is_literal(source):
                raise Unclear("author.also_own")
            self.also.append(Code(number, source))
        elif self.solution is not None:
            raise Unclear("author.two_solutions", cell=self.solution.cell)
        else:
            self.solution = Code(number, source)
            self.spec = notation.spec(text, comments, tuple(self.options))

    def exercise(self, cell: int) -> Exercise:
        if self.solution is None:
            raise Unclear("author.no_solution", name=self.question.name)
        for option in self.feedback:
            if option not in self.spec.options:
                names = ", ".join(self.spec.options) or "-"
                raise Unclear("author.feedback", given=option, names=names)
        if self.spec.type == "memo" and sum(self.rubric.values()) != self.question.points:
            points = sum(self.rubric.values())
            raise Unclear("author.rubric", points=points, asked=self.question.points)
        mistakes = [*self.mistakes, *(Mistake(text, option=name) for name, text in self.feedback.items())]
        text = "\n\n".join(filter(None, self.text))
        return Exercise(
            self.question,
            cell,
            text,
            self.spec,
            self.solution,
            tuple(mistakes),
            tuple(self.hints),
            self.read,
            self.rubric,
            tuple(self.also),
        )


def _assigns(source: str, name: str) -> None:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise Unclear("author.syntax", reason=str(error).splitlines()[0]) from error
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    if name not in {node.id for node in stored}:
        raise Unclear("author.assigns", name=name)


def _runs_text(source: str) -> str:
    """The call that would run a text as code: grading gives a follower's solution what students wrote."""
    nodes = ast.walk(ast.parse(source))
    named = (getattr(n, "id", "") or getattr(n, "attr", "") for n in nodes)
    return next((name for name in named if name in RUNS_TEXT), "")


def _check_together(exercises, parameters) -> None:
    """What can only be wrong between exercises: names, texts of mistakes, what follows what."""
    names, texts = {}, {}
    for exercise in exercises:
        _refuse_if(exercise, exercise.name in names, "author.twice", cell=names.get(exercise.name))
        _refuse_if(exercise, exercise.name in parameters, "author.parameter", name=exercise.name)
        for name in exercise.question.follows:
            _refuse_if(exercise, name not in names, "author.follows", name=name)
        if exercise.question.follows and (name := _runs_text(exercise.solution.source)):
            raise Refusal(
                exercise.solution.cell, exercise.question.title, Unclear("author.runs_text", name=name)
            )
        names[exercise.name] = exercise.cell
        for mistake in exercise.mistakes:
            where = texts.get(mistake.text)
            _refuse_if(exercise, where is not None, "author.same_text", text=mistake.text, name=where)
            texts[mistake.text] = exercise.name


def _refuse_if(exercise, wrong, key, **values) -> None:
    if wrong:
        raise Refusal(exercise.cell, exercise.question.title, Unclear(key, **values))
