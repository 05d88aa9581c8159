"""What is taken from a run's own process, for good, before it reads its job. Linux only."""

import errno
import mmap
import os
import resource
import socket
from dataclasses import dataclass

from crmlib.workbook.sandbox import kernel as k
from crmlib.workbook.sandbox.terms import MIB, Limits

NOBODY = 65534
SHARED_MEMORY = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
ABOUT = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
NEVER = """
    acct add_key bpf chroot clock_adjtime clock_settime delete_module fanotify_init finit_module fsconfig
    fsmount fsopen fspick init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp
    kexec_file_load kexec_load keyctl lookup_dcookie memfd_create memfd_secret mount mount_setattr
    move_mount msgget name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open personality
    pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev ptrace quotactl quotactl_fd
    reboot request_key semget setdomainname sethostname setns settimeofday shmget swapoff swapon syslog
    umount umount2 unshare userfaultfd vhangup vmsplice
""".split()  # noqa: SIM905 (a list that is read in one look)


def become_nobody() -> None:
    """From root to an ordinary user: process limits do not bind root."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    k.prctl(k.PR_SET_DUMPABLE, 1)  # or the run could not write the maps of its namespaces


def set_limits(limits: Limits, *, others: int) -> None:
    """What the kernel itself holds; ``others`` are the tasks of this user that count besides."""
    memory, files = int(limits.memory_mib * MIB), int(limits.files_mib * MIB)
    seconds = int(limits.cpu_seconds) + 5  # the watch comes first and knows the whole tree
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, memory + 4096 * MIB),
        (resource.RLIMIT_FSIZE, files),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_NPROC, limits.processes + 3 + others),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def tasks_of(user: int) -> int:
    """The processes and threads of a user on this machine."""
    count = 0
    for name in os.listdir("/proc"):  # noqa: PTH208 (names only)
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:  # noqa: PTH116
                count += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
        except OSError:
            continue
    return count


def landlock(readable: list[str], writable: list[str], listed: list[str], *, network: bool) -> None:
    """Nothing is opened but these; nothing outside the run is signalled or connected to.

    Of the ``listed`` one sees what there is, as an import does.
    """
    from landlockpy import AccessFS, AccessNet, Ruleset, Scope, supported

    if not supported():
        raise OSError(errno.EOPNOTSUPP, "Landlock is not to be had from this kernel")
    file = AccessFS.READ_FILE | AccessFS.EXECUTE
    devices = AccessFS.MAKE_CHAR | AccessFS.MAKE_BLOCK
    net = None if network else AccessNet.NONE
    with Ruleset(handled_net=net, scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
        for path in filter(os.path.exists, readable):
            rules.allow_path(path, file | AccessFS.READ_DIR if os.path.isdir(path) else file)  # noqa: PTH112
        for path in filter(os.path.exists, listed):
            rules.allow_path(path, AccessFS.READ_DIR)
        for path in writable:
            rules.allow_path(path, rules.handled_fs & ~devices)
        for name in ("null", "full", "random", "urandom"):
            rules.allow_path(f"/dev/{name}", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        rules.restrict()


@dataclass
class Filter:
    """The system calls that are refused, made ready once; empty where there is no libseccomp."""

    made: object = None

    def load(self) -> None:
        """From here on they are refused, for this process and all that it starts."""
        if self.made is not None:
            self.made.load()


def has_filter() -> bool:
    """Whether there is libseccomp, without which no system call is refused."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def make_filter(*, network: bool, connect: bool) -> Filter:
    """The filter: nothing that traces, mounts, or leaves the run; no sockets but local ones."""
    if not has_filter():
        return Filter()
    import pyseccomp as sc

    no = sc.ERRNO(errno.EPERM)
    made = sc.SyscallFilter(sc.ALLOW)
    for name in NEVER:
        _refuse(made, no, name)
    _refuse(made, no, "clone", sc.Arg(0, sc.MASKED_EQ, k.NEWUSER, k.NEWUSER))
    _refuse(made, sc.ERRNO(errno.ENOSYS), "clone3")  # its flags cannot be seen; libc falls back
    # Memory that several processes share outlives its mapping: no watch would see it.
    _refuse(made, no, "mmap", sc.Arg(3, sc.MASKED_EQ, SHARED_MEMORY, SHARED_MEMORY))
    for option in (k.PR_SET_PDEATHSIG, k.PR_SET_DUMPABLE):  # to outlive the grader, to hide from the watch
        _refuse(made, no, "prctl", sc.Arg(0, sc.EQ, option))
    if network:
        _refuse(made, sc.ERRNO(errno.EACCES), "socket", sc.Arg(0, sc.NE, socket.AF_UNIX))
    if not connect:
        _refuse(made, sc.ERRNO(errno.EACCES), "connect")
    return Filter(made)


def _refuse(made, action, name, *arguments) -> None:
    try:
        made.add_rule(action, name, *arguments)
    except (OSError, ValueError):  # a call that this machine does not know needs no refusal
        return
