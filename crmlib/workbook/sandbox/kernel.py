"""The few calls to the Linux kernel that Python has no words for, or only from 3.12 on."""

import contextlib
import ctypes
import os

NEWNS, NEWUTS, NEWIPC, NEWUSER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID = 1, 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36
CAPABILITY_VERSION = 0x20080522
M_MMAP_THRESHOLD = -3

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments) -> None:
    if getattr(_libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def prctl(option: int, value: int) -> None:
    """Set an option of this process."""
    _call("prctl", option, ctypes.c_ulong(value), 0, 0, 0)


def unshare(flags: int, *, inside: int = 0) -> None:
    """Leave the namespaces named by ``flags``; in a new user namespace be the user ``inside``."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", flags)
    if flags & NEWUSER:
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{inside} {user} 1"),
            ("gid_map", f"{inside} {group} 1"),
        ):
            write(f"/proc/self/{name}", line)


def write(path: str, text: str) -> None:
    """Write to a file of the kernel's, which wants it all at once."""
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount a file system, or a part of one at a second place."""
    kind, data = (text.encode() if text is not None else None for text in (kind, data))
    _call("mount", os.fsencode(source), os.fsencode(target), kind, ctypes.c_ulong(flags), data)


def read_only(path: str, *, recursive: bool = True) -> None:
    """Make a mount read only, with what is mounted below it."""
    attributes = (ctypes.c_uint64 * 4)(ATTR_RDONLY | ATTR_NOSUID, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    _call("syscall", SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, attributes, 32)


def pivot(root: str) -> None:
    """Make ``root`` the root of all paths; the old one is gone."""
    os.chdir(root)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every privilege that a user namespace lends."""
    head = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", head, (ctypes.c_uint32 * 6)())


def tidy_memory() -> None:
    """Give free memory back before forks, which would copy it; from here on keep what is fetched."""
    with contextlib.suppress(AttributeError):  # another C library than glibc
        _libc.malloc_trim(0)
        _libc.mallopt(M_MMAP_THRESHOLD, 2**28)
