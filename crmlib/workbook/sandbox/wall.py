"""The walls of a run: which files there are, and namespaces of its own. Linux only.

First, once, the zygote gives up the machine's files for a view of a few (`enter_view`). Then each
run gets namespaces and a disk in memory (`leave`, `settle`).
"""

import os
import shutil
from pathlib import Path

from crmlib.workbook.sandbox import kernel as k

STUDENT = 1000
BOX = "/home/student"
NODES = ("null", "full", "random", "urandom")  # no zero: it is memory without end
PASSWD = f"student:x:{STUDENT}:{STUDENT}::{BOX}:/bin/sh\n"


def enter_view(
    visible: list[str], folder: str, scratch: str, *, keep_scratch: bool, empty: list[str] | None = None
) -> None:
    """From here on only these paths exist, read only; as root without a user namespace.

    The folders among them that are ``empty`` seem so.
    """
    k.unshare(k.NEWNS if os.geteuid() == 0 else k.NEWUSER | k.NEWNS, inside=STUDENT)
    k.mount("none", "/", None, k.MS_REC | k.MS_PRIVATE)
    root = scratch + "/view"
    Path(root).mkdir()
    k.mount("view", root, "tmpfs", k.MS_NOSUID | k.MS_NODEV, "size=64m,mode=755")
    for path in visible:
        _show(path, root)
    for path in empty or []:
        k.mount("empty", root + path, "tmpfs", k.MS_NOSUID | k.MS_NODEV | k.MS_RDONLY, "size=4k,mode=755")
    for name in NODES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    for name in ("dev/shm", "tmp", BOX[1:], "etc"):
        Path(root, name).mkdir(parents=True, exist_ok=True)
    Path(root, "etc/passwd").write_text(PASSWD, encoding="ascii")
    _bind("/proc", root + "/proc")
    if keep_scratch:
        _bind(scratch, root + scratch)
    furnish(root + BOX, folder)
    Path(root, "tmp").chmod(0o1777)  # for the zygote's own set-up
    k.pivot(root)
    os.chdir(BOX)


def _show(path: str, root: str) -> None:
    target = Path(root + path)
    if Path(path).is_symlink() and Path(path).parent == Path("/"):
        target.symlink_to(Path(path).readlink())
        return
    _bind(path, str(target))
    k.read_only(str(target))


def _bind(path: str, target: str) -> None:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_dir():
        Path(target).mkdir(exist_ok=True)
    else:
        Path(target).touch()
    k.mount(path, target, None, k.MS_BIND | k.MS_REC)


def furnish(box: str, folder: str) -> None:
    """Put the case's data and its helper modules within reach of relative paths."""
    for path in [Path(folder, "data"), *sorted(Path(folder).glob("*.py"))]:
        if path.exists():
            Path(box, path.name).symlink_to(path)


def leave(network: bool) -> None:
    """The supervisor's part: namespaces for the process that it forks next."""
    flags = k.NEWUSER | k.NEWNS | k.NEWPID | k.NEWIPC | k.NEWUTS | (k.NEWNET if network else 0)
    k.unshare(flags, inside=STUDENT)


def settle() -> None:
    """The run's own part: its own processes in /proc, and no more changes to what is there."""
    k.mount("proc", "/proc", "proc", k.MS_NOSUID | k.MS_NODEV | k.MS_NOEXEC)
    k.write("/proc/sys/user/max_user_namespaces", "0")


def own_disk(box: str, files_mib: float, places: tuple[str, ...], visible: list[str]) -> None:
    """A disk in memory for all that the run writes; ``places`` are parts of it too."""
    size = f"size={int(files_mib * 2**20)},nr_inodes=20000,mode=700"
    k.mount("box", box, "tmpfs", k.MS_NOSUID | k.MS_NODEV, size)
    for number, place in enumerate(places):
        part = f"{box}/.{number}"
        Path(part).mkdir()
        _cover(place, part, [path for path in visible if Path(path).is_relative_to(place)])


def _cover(place: str, part: str, shown: list[str]) -> None:
    """Mount ``part`` in the place; what is to be seen below stays."""
    held = {path: os.open(path, os.O_PATH) for path in shown}
    k.mount(part, place, None, k.MS_BIND)
    for path, descriptor in held.items():
        _bind(f"/proc/self/fd/{descriptor}", path)
        os.close(descriptor)


def make_box(scratch: str, folder: str) -> str:
    """Without a disk in memory: a folder of the run's own."""
    box = Path(scratch, f"run-{os.getpid()}")
    box.mkdir(mode=0o700)
    furnish(str(box), folder)
    return str(box)


def clear_box(box: str) -> None:
    """Take the folder away, as far as it lets itself be."""
    shutil.rmtree(box, ignore_errors=True)
