"""The manifest: which sheet each pseudonym got, and the parameters that the class is graded at.

It is the instructor's only: who has it knows the data that nobody should see before grading. It holds no
names; `roster.names` joins them.
"""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.payload import MOST as PAYLOAD_MOST
from crmlib.workbook.rounds.files import read_bytes, write

FILE = "manifest.json"
FORMAT = 1
MOST = 50 * 2**20
TEXTS = ("case", "version", "crmlib", "language", "course")
PSEUDONYM = re.compile("s-[a-z2-7]{10}")
STUDENT = {"parameters": dict, "sheet": str, "file": str}


def digest(payload: str) -> str:
    """The SHA-256 of what `open_sheet`'s text carries, however it is wrapped and compressed."""
    packed = b64decode("".join(payload.split()))
    return sha256(zlib.decompressobj().decompress(packed, PAYLOAD_MOST)).hexdigest()


@dataclass
class Manifest:
    """``students``: by pseudonym their own ``parameters`` and what proves a file to be theirs.

    ``sheet`` is the `digest` of what it carries, ``file`` the SHA-256 of the file as it was written.
    ``course`` tells one course key from another and gives neither away.
    """

    case: str
    version: str
    crmlib: str
    language: str
    course: str
    unseen: dict
    students: dict[str, dict] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """The manifest that stands in the file; `Refused` says what is wrong with it."""
        try:
            given = json.loads(read_bytes(path, MOST).decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Refused("assign.manifest.json", path=path, reason=str(error)[:100]) from error
        if reason := _trouble(given):
            raise Refused("assign.manifest.content", path=path, reason=reason)
        return cls(**{name: given[name] for name in (*TEXTS, "unseen", "students")})

    def write(self, path: Path) -> None:
        """Write the manifest for its owner only; the same manifest gives the same bytes."""
        write(self.text, path, private=True)

    @property
    def text(self) -> str:
        """The manifest as it stands in a file."""
        head = {"private": say("assign.private", lang=self.language), "format": FORMAT}
        body = json.loads(json.dumps(asdict(self), sort_keys=True))
        return json.dumps(head | body, indent=1, ensure_ascii=False) + "\n"

    @property
    def sha256(self) -> str:
        """The digest by which results name the manifest that they were made with."""
        return sha256(self.text.encode()).hexdigest()


def _trouble(given) -> str:
    """What makes the content no manifest; empty when nothing does."""
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        return say("assign.manifest.format", format=FORMAT)
    kinds = dict.fromkeys(TEXTS, str) | {"unseen": dict, "students": dict}
    for name, kind in kinds.items():
        if not isinstance(given.get(name), kind):
            return say("assign.manifest.field", name=name)
    for pseudonym, student in given["students"].items():
        fine = PSEUDONYM.fullmatch(pseudonym) and isinstance(student, dict)
        fine = fine and all(isinstance(student.get(n), k) for n, k in STUDENT.items())
        if not fine:
            return say("assign.manifest.field", name=pseudonym)
    return ""
