"""Folders to write to: for their owner only where they are private; what stands in the way is named."""

import os
from pathlib import Path

from crmlib.workbook.outcome import Refused

OWNER = 0o700


def make(path: Path, *, private: bool = False) -> None:
    """Make the folder and those above it; a private one is closed to others, also where it stood open.

    `Refused` where something else stands in its place, and where the system does not let it be made.
    """
    path = Path(path)
    try:
        path.mkdir(mode=OWNER if private else 0o777, parents=True, exist_ok=True)
        if private and path.stat().st_mode & 0o777 != OWNER:
            path.chmod(OWNER)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused("cli.no_folder", path=_in_the_way(path)) from error
    except OSError as error:
        raise Refused("cli.unwritable", path=path, reason=error.strerror) from error


def _in_the_way(path: Path) -> Path:
    """The outermost part of the path that is there and no folder."""
    parts = [*reversed(path.parents), path]
    return next((part for part in parts if os.path.lexists(part) and not part.is_dir()), path)
