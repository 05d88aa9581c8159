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

# The switches of the sandbox's `Layers` that are off where the attack is to succeed: each place has several
# walls, since the files of others are kept away by the view, by Landlock and by the ordinary user.
_FILES = ("view", "landlock", "drop")
SWITCHES = {
    FILES: _FILES,
    PROCESSES: (*_FILES, "userns", "tmpfs"),
    NETWORK: ("network",),
    CALLS: (*_FILES, "userns", "tmpfs", "seccomp"),
    LIMITS: ("limits", "tmpfs"),
}


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    ``code`` replaces the answers of some questions; ``reshape`` makes another notebook, or bytes that
    are none; ``put`` hands it in another way, in a zip where ``packed``, and ``shown`` is what the file is
    then called. ``outcomes`` are those of the questions that are not honest ("a|b": either), ``verdict`` that
    on a file which is not graded. ``layer`` is what stops it: a switch of `Layers`, or a place on the trusted
    side. What shows that it would succeed without: ``naive``, an expression that is true where a grader
    without the layer is fooled, after ``code`` ran in its process and with the key as ``KEY``, of a file
    (``DATA``, honestly ``HONEST``) one that believes it (`clerk`); ``leaves``, what stands outside
    afterwards; ``loot``, the value that it brings home as the answer to a question.
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
    naive: str = ""
    leaves: str = ""
    loot: tuple[str, object] | None = None
    full: bool = False

    def program(self, name: str) -> str:
        """The code in the place of the answer to a question."""
        return cleandoc(self.code[name])

    def expected(self, names) -> dict[str, str]:
        """The outcome of every question."""
        return {name: self.outcomes.get(name, HONEST.get(name, "correct")) for name in names}
