"""The folder of results: who may write to it, what was run already, every file whole or not at all."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmlib.workbook import folders
from crmlib.workbook.grading.result import canonical
from crmlib.workbook.outcome import Refused
from crmlib.workbook.rounds.files import HALF_WRITTEN, write

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Store:
    """A folder of results: results in it, all that explains them in its ``trace/``.

    They are marks: nobody but the owner reads them.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder).resolve()
        self.trace = self.folder / "trace"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While it lasts nobody else grades into this folder; the lock goes with the process."""
        try:
            for folder in (self.folder, self.trace):
                folders.make(folder, private=True)
            lock = os.open(self.trace / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise Refused("grade.unwritable", path=self.folder, reason=error.strerror) from error
        with os.fdopen(lock, "w"):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused("grade.locked", path=self.folder) from None
            yield

    def record(self, student: str, key: str) -> dict | None:
        """What was recorded of a student's runs under the key; None where there is no such record."""
        record = self.last_record(student)
        return record if record.get("key") == key else None

    def last_record(self, student: str) -> dict:
        """What was recorded last of a student's runs, under whatever key; empty where there is nothing."""
        record = self._read(self.trace / student / "runs.json")
        return record if isinstance(record, dict) else {}

    def keep(self, record: dict, executed: dict[str, str], times: dict) -> None:
        """Write what a student's runs gave; the record last, since it says that all is there."""
        folder = self._of(record["student"])
        for name, notebook in executed.items():
            write(notebook, folder / f"{name}.ipynb", private=True)
        write(canonical(times), folder / "times.json", private=True)
        (folder / "fault.txt").unlink(missing_ok=True)
        write(canonical(record), folder / "runs.json", private=True)

    def add(self, student: str, more: dict) -> None:
        """Add to what was recorded last of a student's runs."""
        write(canonical(self.last_record(student) | more), self._of(student) / "runs.json", private=True)

    def fault(self, student: str, trace: str) -> None:
        """Write what went wrong in the grader itself."""
        write(trace, self._of(student) / "fault.txt", private=True)

    def _of(self, student: str) -> Path:
        """The folder of what explains a student's result."""
        folders.make(self.trace / student, private=True)
        return self.trace / student

    @property
    def settings(self) -> dict | None:
        """What the results in the folder were made with; None in a new folder."""
        settings = self._read(self.trace / "settings.json")
        return settings if isinstance(settings, dict) else None

    def set(self, settings: dict) -> None:
        """Write what the results are made with."""
        write(canonical(settings), self.trace / "settings.json", private=True)

    @property
    def half_written(self) -> bool:
        """Whether results were being written when the grader was interrupted."""
        return (self.folder / HALF_WRITTEN).exists()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While it lasts results of two settings may lie side by side; who is interrupted leaves it so."""
        write("", self.folder / HALF_WRITTEN)
        yield
        (self.folder / HALF_WRITTEN).unlink()

    def result(self, student: str) -> dict | None:
        """The result of a student; None where there is none yet."""
        result = self._read(self.folder / f"{student}.json")
        return result if isinstance(result, dict) else None

    @property
    def students(self) -> list[str]:
        """The students there are results of."""
        return sorted(path.stem for path in self.folder.glob("s-*.json"))

    def put(self, name: str, content) -> None:
        """Write a file of the results, unless it stands there just so, closed to others."""
        path, text = self.folder / f"{name}.json", canonical(content)
        if not path.exists() or path.stat().st_mode & OTHERS or path.read_bytes() != text.encode():
            write(text, path, private=True)

    def _read(self, path: Path):
        """The content of a file of ours; None where there is none, or where somebody else wrote to it."""
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise Refused("grade.unreadable", path=path, reason=error.strerror) from error
