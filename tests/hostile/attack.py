"""What an attack is: code in the place of answers, a notebook changed as a whole, or how it is handed in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import cleandoc

from nbformat import NotebookNode

HONEST = {"memo": "hand"}
FILES, PROCESSES, NETWORK, CALLS, LIMITS = "files", "processes", "network", "system calls", "limits"
TRUSTED = "trusted side"
UNSEEN = "unseen parameters"
READING = "reading"
INTAKE = "intake"
REPLAY = "replay"
ENVIRONMENT = "environment"
PROBE = "probe"
ROSTER = "roster"
WIRE = "wire"

# The switches of the sandbox's `Layers` that are off where the attack is to succeed: each place has several
# walls, since the files of others are kept away by the view, by Landlock and by the ordinary user.
_FILES = ("view", "landlock", "drop")
SWITCHES = {
    FILES: _FILES,
    PROCESSES: (*_FILES, "userns", "tmpfs", "orphans"),
    NETWORK: ("network",),
    CALLS: (*_FILES, "userns", "tmpfs", "seccomp"),
    LIMITS: ("limits", "tmpfs"),
}


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    ``code`` replaces the answers of some questions; ``reshape`` makes another notebook, or bytes that
    are none; ``put`` hands it in another way, in a zip where ``packed``, and ``shown`` is what the file is
    then called; ``called`` is the student's own name in the roster. ``outcomes`` are those of the questions
    that are not honest ("a|b": either), ``verdict`` that on a file which is not graded. ``layer`` is what
    stops it: a switch of `Layers`, or a place on the trusted side. What shows that it would succeed without:
    ``naive``, an expression that is true where a grader without the layer is fooled, after ``code`` ran in
    its process and with the key as ``KEY``, of a file (``DATA``, honestly ``HONEST``) one that believes it
    (`clerk`); ``leaves``, what stands outside afterwards; ``loot``, the value that it brings home as the
    answer to a question; ``shows``, the length of what it printed.

    ``dose`` is code in the place of what would never end: with the layer off it is past the limits, then
    ends by itself. ``then`` is what a neighbour runs afterwards.
    """

    name: str
    layer: str
    code: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    verdict: str = "accepted"
    reshape: Callable[[NotebookNode], NotebookNode | bytes] | None = None
    put: Callable | None = None
    packed: bool = False
    shown: str = "{file}"
    called: str = ""
    naive: str = ""
    leaves: str = ""
    loot: tuple[str, object] | None = None
    shows: int = 0
    dose: str = ""
    then: str = ""
    full: bool = False

    @property
    def seen(self) -> str:
        """The student's own name without what cannot be seen: with it `assign` refuses a roster."""
        return "".join(filter(str.isprintable, self.called))

    def program(self, name: str) -> str:
        """The code in the place of the answer to a question."""
        return cleandoc(self.code[name])

    @property
    def outside(self) -> bool:
        """Whether a switch of the sandbox lets it succeed."""
        return bool(self.leaves or self.loot) and self.layer in SWITCHES

    def ending(self) -> list[str]:
        """The code of all its answers, in a form that ends by itself."""
        return [cleandoc(self.dose)] if self.dose else [*map(self.program, self.code)]

    def expected(self, names) -> dict[str, str]:
        """The outcome of every question."""
        return {name: self.outcomes.get(name, HONEST.get(name, "correct")) for name in names}
