"""Case studies on disk: found by name or path, with their parameter sets and expected results."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode

from crmlib.workbook import notebooks, yamlfile
from crmlib.workbook.outcome import Refused
from crmlib.workbook.parameters import Parameter, chosen, declared, nearest
from crmlib.workbook.results import entry_problem

STUDY = "study.ipynb"
SETS = "parameters.yaml"
SET_NAME = re.compile(r"(?!default$)\w[\w-]*")


@dataclass(frozen=True)
class Case:
    """One notebook that can be run, with what stands beside it in its folder."""

    name: str
    path: Path

    @property
    def folder(self) -> Path:
        return self.path.parent

    @cached_property
    def notebook(self) -> NotebookNode:
        return notebooks.read(self.path)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        return declared(self.notebook)

    @cached_property
    def sets(self) -> dict[str, dict]:
        """The sets of parameters.yaml: ``{name: {"parameters": ..., "expected": ...}}``."""
        path = self.folder / SETS
        if self.path.name != STUDY or not path.exists():
            return {}
        return _sets(path, self.parameters)

    def set_named(self, name: str) -> dict:
        """The set ``name``; `Refused` with the sets there are."""
        if name not in self.sets:
            names = ", ".join(self.sets) or "-"
            hint = nearest(name, self.sets)
            raise Refused("run.set.unknown", case=self.name, name=name, hint=hint, names=names)
        return self.sets[name]


def _sets(path: Path, parameters: dict[str, Parameter]) -> dict[str, dict]:
    content = yamlfile.read(path)
    _only(content, ("sets",), path, "the file")
    sets = content.get("sets")
    _mapping(sets, path, "sets")
    for name in sets:  # it names the folder of the set's runs
        if not SET_NAME.fullmatch(str(name)):
            raise Refused("run.set.name", path=path, name=name)
    return {str(name): _one_set(path, str(name), body, parameters) for name, body in sets.items()}


def _one_set(path, name, body, parameters):
    _mapping(body, path, name)
    _only(body, ("parameters", "expected"), path, name)
    given, expected = body.get("parameters") or {}, body.get("expected") or {}
    _mapping(given, path, f"{name}: parameters")
    _mapping(expected, path, f"{name}: expected")
    for result, entry in expected.items():
        if problem := entry_problem(entry):
            raise Refused("run.set.entry", path=path, set=name, name=result, problem=problem)
    return {"parameters": _checked(path, name, given, parameters), "expected": expected}


def _checked(path, name, given, parameters):
    try:
        values = chosen(parameters, given)
    except Refused as error:
        raise Refused("run.set.parameters", path=path, set=name, reason=error) from error
    return {key: values[key] for key in given}


def _mapping(value, path, where):
    if not isinstance(value, dict):
        raise Refused("run.set.mapping", path=path, where=where)


def _only(body, allowed, path, where):
    for key in body:
        if key not in allowed:
            names = ", ".join(allowed)
            raise Refused("run.set.key", path=path, where=where, found=key, names=names)


def home(start: Path | None = None) -> Path | None:
    """The nearest folder, from ``start`` upward, that holds ``casestudies``; None without one."""
    start = Path(start or Path.cwd()).resolve()
    return next((p for p in (start, *start.parents) if (p / "casestudies").is_dir()), None)


def all_cases(start: Path | None = None) -> list[Case]:
    """The cases of the house, by name."""
    house = home(start)
    found = sorted(house.glob(f"casestudies/*/{STUDY}")) if house else []
    return [Case(path.parent.name, path) for path in found]


def outside(name: str) -> Refused:
    """What is said where there is no repository to look for a name in."""
    return Refused("run.case.outside", name=name, place=Path.cwd())


def find(name: str) -> Case:
    """The case called ``name``, or the one at the path ``name``; `Refused` when there is none."""
    by_name = {case.name: case for case in all_cases()}
    if name in by_name:
        return by_name[name]
    path = Path(name).expanduser()
    if path.is_dir() and (path / STUDY).is_file():
        return Case(path.resolve().name, (path / STUDY).resolve())
    if path.suffix == ".ipynb" and path.is_file():
        path = path.resolve()
        return Case(path.parent.name if path.name == STUDY else path.stem, path)
    if path.exists():
        raise Refused("run.case.path", path=name, study=STUDY)
    if not home():
        raise outside(name)
    names = ", ".join(by_name) or "-"
    raise Refused("run.case.unknown", name=name, hint=nearest(name, by_name), names=names)
