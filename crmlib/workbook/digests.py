"""Digests of answers: a sheet can tell a right answer from a wrong one without holding either.

A number with a tolerance stands on a grid of a tenth of it. Its grid point is written
``20 k + phase``; the phase is stored, masked, and ``k`` only as a salted digest. A value within
tolerance of the answer has at most two such points around it, so that one or two hashes
decide where 21 would. Digests deter a glance: whoever searches all ``k`` finds the answer.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import cached_property
from hashlib import blake2b
from math import ceil, floor

from crmlib.workbook.answers import Spec, canonical
from crmlib.workbook.compare import row_keys

STEPS = 10
PERIOD = 2 * STEPS
# Half a step more than the tolerance, since the answer was rounded to the grid.
WITHIN = STEPS + 0.5 + 1e-6
SIZE = 6
ROW = 8
# Beyond, neighbouring floats are farther apart than grid points.
FARTHEST = 2.0**52


def fits(value, spec: Spec) -> bool:
    """Whether a number is small enough for the grid of its tolerance.

    >>> fits(3.0, Spec("number", abs=0.01)), fits(1e17, Spec("number", abs=0.01))
    (True, False)
    """
    return not spec.abs or _grid(value, spec) is not None


def _grid(value, spec) -> float | None:
    """The value in tenths of the tolerance; None where floats no longer tell neighbours apart."""
    try:
        x = value / spec.abs * STEPS
    except OverflowError:
        return None
    return x if abs(x) < FARTHEST else None


def _hash(place: bytes, body: bytes) -> bytes:
    return blake2b(place + body, digest_size=SIZE).digest()


def _exact(value, spec: Spec) -> bytes:
    return canonical(value, spec).encode("utf-8", "surrogatepass")


def _has_grid(spec: Spec) -> bool:
    return spec.type == "number" and spec.abs > 0


def _seal_leaf(place: bytes, value, spec: Spec) -> bytes:
    if not _has_grid(spec):
        return b"\0" + _hash(place, _exact(value, spec))
    if (x := _grid(value, spec)) is None:
        raise ValueError(f"number: {value} is too large for a tolerance of {spec.abs}")
    k, phase = divmod(round(x), PERIOD)
    return bytes([(phase + place[-1]) % PERIOD]) + _hash(place, b"%d" % k)


def _opens(sealed: bytes, place: bytes, value, spec: Spec) -> bool:
    """Whether the value is the one sealed, within its tolerance."""
    if not _has_grid(spec):
        return sealed[1:] == _hash(place, _exact(value, spec))
    if (x := _grid(value, spec)) is None:
        return False
    x -= (sealed[0] - place[-1]) % PERIOD
    first, last = ceil((x - WITHIN) / PERIOD), floor((x + WITHIN) / PERIOD)
    digest = sealed[1:]
    return digest == _hash(place, b"%d" % first) or (first < last and digest == _hash(place, b"%d" % last))


def _row_id(salt: bytes, key: str) -> bytes:
    return blake2b(salt + key.encode("utf-8", "surrogatepass"), digest_size=ROW).digest()


def _place(salt: bytes, *parts) -> bytes:
    """What goes into a digest beside the value: the salt and where the value stands."""
    return salt + "/".join(map(str, parts)).encode()


def seal(value, spec: Spec, salt: bytes) -> dict:
    """The digests of a plain answer, leaf by leaf, as JSON values."""
    if spec.type == "table":
        return _seal_table(value, spec, salt)
    if spec.type == "list":
        leaves = [_seal_leaf(_place(salt, "item", i), one, spec.of) for i, one in enumerate(value)]
    elif spec.type == "set":
        leaves = sorted(_seal_leaf(_place(salt, "member"), one, spec.of) for one in value)
    else:
        leaves = [_seal_leaf(_place(salt), value, spec)]
    return {"leaves": _text(leaves)}


def _seal_table(value, spec, salt):
    ids = [_row_id(salt, key) for key in row_keys(spec, value)]
    order = list(range(len(ids))) if spec.order == "rows" else sorted(range(len(ids)), key=ids.__getitem__)
    cells = {
        name: _text([_seal_leaf(ids[i] + bytes([n]), value[name][i], spec.columns[name]) for i in order])
        for n, name in enumerate(spec.values)
    }
    return {"rows": _text([ids[i] for i in order]), "cells": cells}


def _text(parts: list[bytes]) -> str:
    return b64encode(b"".join(parts)).decode()


def _parts(text: str, size: int) -> list[bytes]:
    together = b64decode(text)
    return [together[i : i + size] for i in range(0, len(together), size)]


class Sealed:
    """An answer known by its digests only: the reference of a learner's sheet."""

    def __init__(self, spec: Spec, digests: dict, salt: bytes):
        self.spec, self.digests, self.salt = spec, digests, salt

    @cached_property
    def _leaves(self) -> list[bytes]:
        return _parts(self.digests["leaves"], SIZE + 1)

    @property
    def size(self) -> int:
        """The number of elements, or of rows."""
        return len(self.rows) if self.spec.type == "table" else len(self._leaves)

    def leaf(self, value) -> bool:
        return _opens(self._leaves[0], _place(self.salt), value, self.spec)

    def item(self, i: int, value) -> bool:
        return _opens(self._leaves[i], _place(self.salt, "item", i), value, self.spec.of)

    def has(self, value) -> bool:
        return _seal_leaf(_place(self.salt, "member"), value, self.spec.of) in self._leaves

    @cached_property
    def rows(self) -> dict[bytes, int]:
        """The position of each row by its digest."""
        return {row: i for i, row in enumerate(_parts(self.digests["rows"], ROW))}

    @cached_property
    def _cells(self) -> dict[str, tuple]:
        cells = self.digests["cells"]
        return {
            name: (bytes([n]), self.spec.columns[name], _parts(cells[name], SIZE + 1))
            for n, name in enumerate(self.spec.values)
        }

    def row_id(self, key: str) -> bytes:
        return _row_id(self.salt, key)

    def wrong(self, name: str, ids: list[bytes], values: list) -> Iterator[int]:
        """The positions of the values of a column that are wrong, rows not asked for left out."""
        number, spec, sealed = self._cells[name]
        for i, row in enumerate(ids):
            at = self.rows.get(row)
            if at is not None and not _opens(sealed[at], row + number, values[i], spec):
                yield i
