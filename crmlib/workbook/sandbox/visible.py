"""What of the machine's files a run may see: the system, Python, crmlib, the data of the case."""

import site
import sys
import sysconfig
from itertools import takewhile
from pathlib import Path

import crmlib
from crmlib.workbook.outcome import Refused

PARTS = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share")
SYSTEM = [f"{root}/{part}" for root in ("", "/usr", "/usr/local") for part in PARTS]
SYSTEM += ["/nix/store", "/sys/devices/system/cpu"]
SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "timezone", "fonts", "alternatives")
SETTINGS += ("mime.types", "os-release", "debian_version")
# The shipped questions of quizzes, with their keys.
BANK = "crmlib/workbook/quizzes/bank"


def visible(folder: Path, *, secret: tuple[Path, ...] = ()) -> list[str]:
    """The paths that a run of the case in ``folder`` may read, outermost first.

    `Refused` where one of them holds the case's notebook or a ``secret``: solutions would be open.
    """
    found = sorted({str(p) for p in [*_system(), *_python(), *_data(folder)] if p.exists()})
    kept = []
    for path in found:
        if not any(Path(path).is_relative_to(other) for other in kept):
            kept.append(path)
    for hidden in (folder, *secret):
        for path in kept:
            if hidden.resolve().is_relative_to(Path(path).resolve()):
                raise Refused("sandbox.visible", hidden=hidden, path=path)
    return kept


def _system() -> list[Path]:
    return [*map(Path, SYSTEM), *(Path("/etc", name) for name in SETTINGS)]


def _python() -> list[Path]:
    """This Python with its libraries, by the paths it is known by and by the real ones."""
    named = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1]]
    named += [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")]
    named += map(Path, libraries())
    package = Path(crmlib.__file__).parent
    return [*named, *(path.resolve() for path in named), package, package.resolve()]


def libraries(path: list[str] | None = None) -> list[str]:
    """The folders on the path of this Python that pip installed into, wherever they lie.

    Any other folder on it, one's own work for instance, stays out of sight.
    """
    return [one for one in (sys.path if path is None else path) if one and any(Path(one).glob("*.dist-info"))]


def ahead() -> list[str]:
    """Those that come before this Python's own: another start of it finds all but these by itself."""
    own = set(site.getsitepackages())
    return libraries([*takewhile(lambda one: one not in own, sys.path)])


def _data(folder: Path) -> list[Path]:
    house = Path(crmlib.__file__).resolve().parents[1]
    return [house / "data", folder / "data", *folder.glob("*.py")]


def hidden() -> list[str]:
    """The folders among what is visible that no run may read: the concept bank of each copy of crmlib."""
    roots = [Path(crmlib.__file__).parents[1], *(Path(sysconfig.get_path(n)) for n in ("purelib", "platlib"))]
    banks = {Path(root, BANK).resolve() for root in [*roots, *filter(None, sys.path)]}
    return sorted(str(bank) for bank in banks if bank.is_dir())


def covers(visible: list[str], hidden: list[str]) -> list[str]:
    """The places of the hidden folders, under each of the names by which the visible paths lead there."""
    found = set()
    for path in map(Path, visible):
        real = path.resolve()
        below = [Path(one).relative_to(real) for one in hidden if Path(one).is_relative_to(real)]
        found |= {str(path / one) for one in below}
    return sorted(found)


def around(visible: list[str], hidden: list[str]) -> tuple[list[str], list[str]]:
    """The paths that together are all that is visible but the hidden, and those only to be listed.

    Landlock cannot take back what lies below a path that it allows. A link among them needs no rule: what
    it leads to has its own.
    """
    read, listed, waiting = [], [], [*map(Path, visible)]
    while waiting:
        path = waiting.pop()
        real = path.resolve()
        if str(real) in hidden:
            continue
        if any(Path(one).is_relative_to(real) for one in hidden):
            listed.append(str(real))
            waiting += [child for child in real.iterdir() if not child.is_symlink()]
        else:
            read.append(str(path))
    return sorted(set(read)), sorted(set(listed))
