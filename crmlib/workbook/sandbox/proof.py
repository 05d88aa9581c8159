"""Levels proven: before anything is graded, a run tries to get out, and one looks how far it came."""

import os
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from types import SimpleNamespace

from crmlib.workbook.answers import Spec, Unfit
from crmlib.workbook.outcome import Refused
from crmlib.workbook.plain import from_json
from crmlib.workbook.sandbox.handle import Zygote
from crmlib.workbook.sandbox.layers import FULL, NONE, REDUCED, Layers
from crmlib.workbook.sandbox.terms import Job, Limits

FORKS = 60
LIMITS = Limits(wall_seconds=30, cpu_seconds=10, processes=16, output_mib=1, files_mib=8)
# Each attempt leaves a trace outside, or answers with a secret that only success can know.
ATTEMPTS = {
    "read": "from pathlib import Path\nread = Path({secret!r}).read_text()",
    "write": "Path({written!r}).write_text('out')",
    "connect": "import socket\nsocket.create_connection(('127.0.0.1', {port}), 5).close()",
    "send": "import socket\n"
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', {udp}))",
    "signal": "import os\nos.kill({pid}, 0)\nsignal = 'sent'",
    "see": "import os\nsee = os.listdir('/proc/{pid}') and 'seen'",
    "trace": "import ctypes\ntrace = 'traced' if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 else ''",
    "share": "import mmap\nmmap.mmap(-1, 4096)\nshare = 'shared'",
    "processes": "import os, time\n"
    "for count in range(1, {forks} + 1):\n"
    "    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n"
    "processes = str(count)",
}
# Held by the filter of system calls alone: without it memory that processes share is not counted.
FILTERED = ("trace", "share")
TEXT = Spec("text")


@dataclass(frozen=True)
class Proof:
    """What a level held: by the name of each attempt, whether it came to nothing."""

    level: str
    held: dict[str, bool]
    fault: str = ""

    @property
    def seccomp(self) -> bool:
        """Whether system calls are filtered too; where there is no libseccomp they are not."""
        return all(self.held.get(name, False) for name in FILTERED)

    @property
    def holds(self) -> bool:
        """Whether every attempt failed that all layers but the filter hold; the level none holds nothing."""
        asked = [held for name, held in self.held.items() if name not in FILTERED]
        return not self.fault and (self.level == NONE or (bool(asked) and all(asked)))


def prove(level: str, *, layers: Layers | None = None) -> Proof:
    """Try to escape from a run at the level, or from one behind these layers."""
    with (
        tempfile.TemporaryDirectory() as outside,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as post,
    ):
        post.bind(("127.0.0.1", 0))
        post.setblocking(False)
        place = Path(outside)
        place.chmod(0o777)  # whoever the run is, only the sandbox stands in the way
        secret, word = place / "secret.txt", token_hex(8)
        secret.write_text(word, encoding="ascii")
        server.settimeout(0)
        values = {"secret": str(secret), "written": str(place / "written.txt"), "pid": os.getpid()}
        values |= {"port": server.getsockname()[1], "udp": post.getsockname()[1], "forks": FORKS}
        try:
            said = _attempt(level, layers, values)
        except Refused as refused:
            return Proof(level, {}, str(refused))
        held = {
            "read": said.get("read") != word,
            "write": not (place / "written.txt").exists(),
            "connect": not _called(server),
            "send": not _sent(post),
        }
    held |= {name: not said.get(name) for name in ("signal", "see", *FILTERED)}
    held["processes"] = said.get("processes") != str(FORKS)
    return Proof(level, held | {"root": said["user"] != "0"})


def best_level() -> str:
    """The best level that this machine proves; empty where no submission can be run at all."""
    return next((level for level in (FULL, REDUCED, NONE) if prove(level).holds), "")


def _attempt(level, layers, values) -> dict[str, str]:
    """What a run says of its attempts, as texts."""
    with tempfile.TemporaryDirectory() as folder:
        case = SimpleNamespace(setup=[], path=Path(folder, "none.ipynb"))
        cells = tuple((n, code.format(**values)) for n, code in enumerate(ATTEMPTS.values(), 1))
        with Zygote(case, level=level, parameters={}, layers=layers) as zygote:
            # The last attempt may end its run: it has one of its own.
            first = zygote.run(Job(cells[:-1], dict.fromkeys(list(ATTEMPTS)[:-1], TEXT), LIMITS))
            if not first.finished:  # what was never tried did not fail
                raise Refused("sandbox.proof", reason=first.stop.reason)
            last = zygote.run(Job(cells[-1:], {"processes": TEXT}, LIMITS))
            return _texts(first) | _texts(last) | {"user": str(zygote.user)}


def _texts(ran) -> dict[str, str]:
    found = {}
    for name, said in ran.answers.items():
        with suppress(Unfit):
            found[name] = from_json(said.json or "", TEXT)
    return found


def _called(server) -> bool:
    with suppress(OSError):
        server.accept()[0].close()
        return True
    return False


def _sent(post) -> bool:
    with suppress(OSError):
        return bool(post.recv(10))
    return False
