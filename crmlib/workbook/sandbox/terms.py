"""The words between the grader and a sandboxed run: what goes in, what comes out, what ends it."""

from dataclasses import dataclass, field

from crmlib.workbook.answers import Spec

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one run may use; processor time decides, wall time only ends what sleeps."""

    wall_seconds: float = 120
    cpu_seconds: float = 60
    memory_mib: int = 3072
    processes: int = 32
    output_mib: float = 5
    files_mib: float = 100


@dataclass(frozen=True)
class Job:
    """What a run is given: cells by their numbers, and how each answer is read. No secret goes in."""

    cells: tuple[tuple[int, str], ...]
    specs: dict[str, Spec]
    limits: Limits = Limits()
    seed: int = 0


@dataclass(frozen=True)
class Stop:
    """What ended a run early: timeout, memory, died, output, files or processes; cell 0 is before any."""

    cell: int
    word: str
    reason: str


@dataclass(frozen=True)
class Said:
    """An answer as the run spelt it, in JSON, or why it is none; both untrusted."""

    json: str | None
    unfit: dict | None
    cell: int


@dataclass
class Cell:
    """What a cell showed, as nbformat outputs; times and memory are the grader's own measurements."""

    outputs: list[dict] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0


@dataclass
class Ran:
    """One run: everything but ``stop``, ``level`` and the times comes from the untrusted side."""

    level: str
    answers: dict[str, Said] = field(default_factory=dict)
    cells: dict[int, Cell] = field(default_factory=dict)
    stop: Stop | None = None
    finished: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    rebound: tuple[str, ...] = ()
