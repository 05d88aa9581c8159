"""The case under attack, and the ground around it: what an attack may reach for, within a test's folder."""

import json
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

from toycase import BEER, make_toy

from crmlib.workbook import author

CANARY = "canary-5f3a91c2"
COURSE_KEY = b"the course key of this test and of no class"
SPOKEN = "KEY-" + CANARY
CELLS = (
    "md:# The fort: exercises",
    "parameters",
    *BEER,
    "md:### First {#first points=3}",
    f"code:# solution: number\n# {SPOKEN}\nfirst = 1000 * baskets[:50].count(True) + baskets.index(True)",
    "md:### Rows {#rows points=2}",
    "code:# solution: table key=place\n# column place: number\n# column beer: true/false\n"
    'rows = {"place": list(range(12)), "beer": baskets[:12]}',
    "md:### Word {#word points=1}",
    'code:# solution: text\nword = "".join("ab"[one] for one in baskets[:16])',
    "md:### Which {#which points=1 graded=own}\n\n- `a`: this\n- `b`: that",
    'code:# solution: choice\nwhich = "b"',
    "md:### Places {#places points=1}",
    "code:# solution: set of number\nplaces = {i for i in range(50) if baskets[i]}",
    "md:### Memo {#memo points=1 graded=own}",
    'code:# solution: memo\nmemo = "Do nothing."',
    "md:Rubric:\n- 1: does something",
)


@cache
def fort(folder: Path | None = None):
    """The exercises of the fort, in a folder of their own."""
    return author.read(make_toy(folder or Path(tempfile.mkdtemp()) / "fort", CELLS))


def private(sheet, seed: int, answers: dict) -> dict[str, str]:
    """What only the student knows: the answer on their own data, their seed, the text of their sheet."""
    text = next(cell.source for cell in sheet.cells if cell.source.startswith("open_sheet(")).split('"""')[1]
    return {"@OWN@": repr(answers["first"]), "@SEED@": str(seed), "@TEXT@": text}


@dataclass
class Ground:
    """What stands around a sandbox: a file, a port, a folder of submissions, and the key."""

    folder: Path
    case: Path
    connected: list = field(default_factory=list)
    shared: Path = field(default_factory=lambda: Path("/dev/shm", f"fort-{uuid4().hex}"))

    def __post_init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()
        self.outside.mkdir(parents=True, exist_ok=True)
        self.outside.chmod(0o777)  # whoever the attacker is, only the sandbox stands in the way
        (self.outside / "secret.txt").write_text(SPOKEN, encoding="utf-8")
        (self.outside / "secret.txt").chmod(0o644)

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    @property
    def port(self) -> int:
        return self.listener.getsockname()[1]

    def _listen(self):
        while True:
            try:
                connection, address = self.listener.accept()
            except OSError:
                return
            connection.close()
            self.connected.append(address)

    def aimed(self, code: str, words: dict[str, str]) -> str:
        """The code with the places it aims at, and the student's own words."""
        places = {
            "@FOLDER@": self.folder,
            "@OUTSIDE@": self.outside,
            "@CASE@": self.case,
            "@PORT@": self.port,
            "@SHARED@": self.shared,
        }
        for word, place in (places | words).items():
            code = code.replace(word, str(place))
        return code

    def lay(self, key: dict, submission: bytes) -> None:
        """Put there what lies around a class that is graded: its key, its manifest, what was handed in."""
        texts = {
            "course.key": COURSE_KEY,
            "roster.csv": b"id,name\n1,Ann\n",
            "results/key.json": json.dumps({"unseen": key.answers}).encode(),
            "sheets/manifest.json": json.dumps({"unseen": key.parameters}).encode(),
            "submissions/neighbour.ipynb": submission,
        }
        for name, text in texts.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(text)

    def marks(self) -> list[str]:
        """What attacks have left behind outside and beside the case, and whom they called."""
        left = [path.name for path in sorted(self.outside.iterdir()) if path.name != "secret.txt"]
        left += [path.name for path in self.case.parent.glob("*.py")]
        return left + ["port"] * bool(self.connected) + ["shared"] * self.shared.exists()

    def clear(self) -> None:
        self.connected.clear()
        self.shared.unlink(missing_ok=True)
        for path in [*self.outside.iterdir(), *self.case.parent.glob("*.py")]:
            if path.name != "secret.txt":
                path.unlink()


@contextmanager
def standing(folder: Path):
    """A ground in the folder, with a bystander whose environment holds the canary."""
    made = Ground(folder, fort().path)
    sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
    bystander = subprocess.Popen(sleep, env={"FORT_CANARY": CANARY})
    try:
        yield made
    finally:
        bystander.kill()
        bystander.wait()
        made.clear()
        made.listener.close()
