"""What one cell of a sheet carries: the exercises as a learner may know them, as one text.

Questions, sentences, types, ranges and digests; never an answer. The solutions' text goes along in
sheets for self-study only. The text is compressed JSON: it hides nothing from who unpacks it.
"""

import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from hashlib import blake2b

from crmlib.workbook.answers import Spec
from crmlib.workbook.digests import Sealed

FORMAT = 1
WIDTH = 96
MOST = 100_000_000
SELF_STUDY, ASSIGNED = "self-study", "assigned"


class Damaged(Exception):  # noqa: N818 (the card says it)
    """The text is not the one that the sheet came with."""


@dataclass(frozen=True)
class Asked:
    """One exercise as a sheet carries it: ``answer``, ``wrong`` and ``practice`` are digests."""

    name: str
    title: str
    points: int
    graded: str
    follows: tuple[str, ...]
    spec: Spec
    hints: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    read: str = ""
    solution: str = ""
    rubric: dict[str, int] = field(default_factory=dict)
    answer: dict | None = None
    wrong: tuple[dict, ...] = ()
    practice: dict | None = None

    def reference(self, salt: bytes, digests: dict) -> Sealed:
        """The answer that the digests stand for, to judge by."""
        return Sealed(self.spec, digests, place(salt, self.name))


@dataclass(frozen=True)
class Sheet:
    """Everything that `open_sheet` carries."""

    case: str
    title: str
    version: str
    crmlib: str
    language: str
    kind: str
    student: str
    parameters: dict
    practice: dict
    fingerprints: dict[str, str]
    salt: str
    exercises: tuple[Asked, ...]

    @property
    def by_name(self) -> dict[str, Asked]:
        return {asked.name: asked for asked in self.exercises}

    @property
    def points(self) -> int:
        return sum(asked.points for asked in self.exercises)


def place(salt: bytes, name: str) -> bytes:
    """The salt of one exercise."""
    return blake2b(salt + name.encode(), digest_size=16).digest()


def pack(sheet: Sheet) -> str:
    """The sheet as lines of text; the same sheet gives the same text."""
    given = asdict(sheet)
    for one, asked in zip(given["exercises"], sheet.exercises, strict=True):
        one["spec"] = asked.spec.to_dict()
    body = json.dumps({"format": FORMAT} | given, separators=(",", ":")).encode()
    packed = b64encode(zlib.compress(_check(body) + body, 9)).decode()
    return "\n".join(packed[i : i + WIDTH] for i in range(0, len(packed), WIDTH))


def _check(body: bytes) -> bytes:
    return blake2b(body, digest_size=8).digest()


def unpack(text: str) -> Sheet:
    """The sheet that `pack` wrote; `Damaged` when the text was changed on its way.

    White space does not matter: editors wrap and indent.
    """
    try:
        packed = b64decode("".join(text.split()), validate=True)
        together = zlib.decompressobj().decompress(packed, MOST)
        if _check(together[8:]) != together[:8]:
            raise Damaged
        given = json.loads(together[8:])
    except (ValueError, TypeError, AttributeError, zlib.error) as error:
        raise Damaged from error
    if given.pop("format", None) != FORMAT:
        raise Damaged
    asked = tuple(_asked(one) for one in given.pop("exercises"))
    return Sheet(**given, exercises=asked)


def _asked(given: dict) -> Asked:
    tuples = {name: tuple(given[name]) for name in ("follows", "hints", "mistakes", "wrong")}
    return Asked(**given | tuples | {"spec": Spec.from_dict(given["spec"])})
