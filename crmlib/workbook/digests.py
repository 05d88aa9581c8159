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

from crmlib.workbook import columns
from crmlib.workbook.answers import Spec, canonical
from crmlib.workbook.columns import FARTHEST, OTHER, PERIOD, STEPS
from crmlib.workbook.compare import row_keys

SIZE = 6
ROW = 8


def fits(value, spec: Spec) -> bool:
    """Whether a number is small enough for the grid of its tolerance.

    >>> fits(3.0, Spec("number", abs=0.01)), fits(1e17, Spec("number", abs=0.01))
    (True, False)
    """
    if not spec.abs:
        return abs(value) < FARTHEST
    return _grid(value, spec) is not None


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
    k = (x + STEPS) // PERIOD
    beyond = x - PERIOD * k
    if sealed[1:] == _hash(place, b"%d" % k):
        return True
    return abs(beyond) > OTHER and sealed[1:] == _hash(place, b"%d" % (k + (1 if beyond > 0 else -1)))


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
    rows = [ids[i] for i in order]
    cells = {
        name: _seal_column([value[name][i] for i in order], rows, n, spec.columns[name])
        for n, name in enumerate(spec.values)
    }
    return {"rows": _text(rows), "cells": cells}


def _seal_column(values: list, rows: list[bytes], number: int, spec: Spec):
    if spec.type == "number":
        return columns.seal(values, rows, number, spec)
    pairs = zip(values, rows, strict=True)
    return _text([_seal_leaf(row + bytes([number]), one, spec) for one, row in pairs])


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

    def row_ids(self, keys: list[str]) -> list[bytes]:
        return [_row_id(self.salt, key) for key in keys]

    def wrong(self, name: str, ids: list[bytes], values: list) -> Iterator[int]:
        """The positions of the values of a column that are wrong, rows not asked for left out."""
        number, spec, cells = (
            self.spec.values.index(name),
            self.spec.columns[name],
            self.digests["cells"][name],
        )
        known = [i for i, row in enumerate(ids) if row in self.rows]
        rows, at = [ids[i] for i in known], [self.rows[ids[i]] for i in known]
        given = [values[i] for i in known]
        if spec.type == "number":
            yield from (known[i] for i in columns.wrong(given, rows, at, number, spec, cells))
            return
        sealed = _parts(cells, SIZE + 1)
        for i, j, row, value in zip(known, at, rows, given, strict=True):
            if not _opens(sealed[j], row + bytes([number]), value, spec):
                yield i
