"""The walls of the sandbox: each level proven, each layer seen at work, and nothing secret within."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from sandboxes import QUICK, answer, bare, python, runner, text
from toycase import toy

import crmlib
from crmlib.workbook import author
from crmlib.workbook.outcome import Refused
from crmlib.workbook.sandbox import LEVELS, Layers, best_level, prove
from crmlib.workbook.sandbox import layers as layer
from crmlib.workbook.sandbox.handle import MEMORY
from crmlib.workbook.sandbox.visible import visible

ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def run():
    with runner() as run:
        yield run


def test_full_and_reduced_hold_and_none_does_not():
    proofs = {level: prove(level) for level in LEVELS}
    for level in ("full", "reduced"):
        assert proofs[level].holds, proofs[level]
        assert proofs[level].seccomp
    lost = {name for name, held in proofs["none"].held.items() if not held}
    assert lost >= {"read", "write", "connect", "send", "signal", "see", "trace", "share"}
    assert ("root" in lost) == ROOT
    assert proofs["none"].holds  # nothing is asked of it


@pytest.mark.full
def test_the_best_level_of_this_machine_is_full():
    assert best_level() == "full"


def test_an_ordinary_user_gets_the_same_levels():
    code = (
        "import os\nfrom crmlib.workbook.sandbox import prove\nassert os.getuid()\n"
        "print([(p.holds, p.fault) for p in (prove('full'), prove('reduced'))])"
    )
    told = python("-c", code)
    assert told.stdout == "[(True, ''), (True, '')]\n", told.stderr


# What an attempt comes to with one layer off, or two where one stands behind the other.
OPEN = {
    "network": ({"network": False}, {"connect", "send"}),
    "seccomp": ({"seccomp": False}, {"trace", "share"}),
    "limits": ({"limits": False}, {"processes"}),
    "namespaces": ({"userns": False, "tmpfs": False, "landlock": False, "drop": not ROOT}, {"signal", "see"}),
    "files": ({"view": False, "landlock": False, "drop": False}, {"read", "write"}),
}


if ROOT:
    OPEN["drop"] = ({"drop": False}, {"root"})


@pytest.mark.parametrize("name", OPEN)
def test_what_a_layer_is_good_for_shows_when_it_is_off(name):
    off, through = OPEN[name]
    proof = prove("full", layers=replace(Layers(), **off))
    assert not proof.fault
    assert {name for name, held in proof.held.items() if not held} >= through
    assert proof.holds == (name == "seccomp")
    assert proof.seccomp == (name != "seccomp")


def test_landlock_alone_keeps_the_files_shut():
    held = prove("full", layers=replace(Layers(), view=False, drop=False)).held
    assert held["read"]
    assert held["write"]


def test_without_namespaces_nor_a_filter_datagrams_get_out_and_no_level_holds():
    proof = prove("reduced", layers=replace(layer.of_level("reduced"), seccomp=False))
    assert not proof.holds
    assert [name for name, held in proof.held.items() if not held] == ["send", "trace", "share"]


WITHOUT_NAMESPACES = """\
import errno, os
import pyseccomp
from crmlib.workbook.sandbox import best_level, prove
refused = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
refused.add_rule(pyseccomp.ERRNO(errno.EPERM), "unshare")
refused.load()
full = prove("full")
print(full.holds, bool(full.fault), best_level())
"""


def test_a_proof_that_was_not_made_proves_nothing(monkeypatch):
    monkeypatch.setattr("crmlib.workbook.sandbox.proof.LIMITS", replace(QUICK, wall_seconds=0))
    cut = prove("none")
    assert cut.fault
    assert not cut.holds
    assert cut.held == {}


def test_where_there_are_no_user_namespaces_the_best_level_is_reduced():
    told = python("-c", WITHOUT_NAMESPACES)
    assert told.stdout == "False True reduced\n", told.stderr


@pytest.mark.skipif(not ROOT, reason="only root can become another user")
def test_root_becomes_an_ordinary_user(run):
    seen = {}

    def look(source):
        me = psutil.Process()
        before = {child.pid for child in me.children(recursive=True)}
        sleeper = threading.Thread(target=run, args=(source,))
        sleeper.start()
        while sleeper.is_alive():
            for child in me.children(recursive=True):
                if child.pid not in before:
                    with suppress(psutil.Error):
                        seen[child.pid] = set(child.uids())

    look("import time\ntime.sleep(.3)")
    assert len(seen) >= 3
    assert set.union(*seen.values()) == {65534}


def test_an_unknown_level_is_refused():
    with pytest.raises(Refused, match="half"):
        layer.of_level("half")


SEARCH = """\
import re
halves = [(a.encode(), b.encode()) for a, b in {halves}]
found, searched = set(), 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        low, high = (int(n, 16) for n in line.split()[0].split("-"))
        if "r" not in line.split()[1] or "[v" in line:
            continue
        try:
            memory.seek(low)
            data = memory.read(high - low)
        except (OSError, ValueError, OverflowError):
            continue
        searched += len(data)
        for a, b in halves:
            at = data.find(a)
            while at >= 0:
                if data.startswith(b, at + len(a)):
                    found.add(a.decode())
                at = data.find(a, at + 1)
        del data
assert searched > 10**7
said = " ".join(sorted(found)) or "nothing"
"""
SECRETS = {"key": "Kf3xQ-aa-", "roster": "Rz8wP-bb-", "neighbour": "Nm2vT-cc-", "environment": "Ev7uS-dd-"}
TAIL = "Zq9yL-canary"


def test_no_secret_is_in_a_runs_memory(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_KEY", SECRETS["environment"] + TAIL)
    cells = list(toy().exercises) and [SECRETS["key"] + TAIL]
    case = bare(tmp_path)
    case.exercises = cells  # what an author's case holds beside its set-up
    (tmp_path / "x.ipynb").write_text(json.dumps(cells))
    roster = (SECRETS["roster"] + TAIL) * 100  # in this process, as a grader's is
    limits = replace(QUICK, memory_mib=2000)
    with runner(case=case) as run:
        other = f"mine = {SECRETS['neighbour'] + TAIL!r}\nimport time\ntime.sleep({{}})"
        run(other.format(0))
        beside = threading.Thread(target=run, args=(other.format(3),))
        beside.start()
        time.sleep(0.3)
        halves = repr([(secret, TAIL) for secret in SECRETS.values()])
        source = SEARCH.format(halves=halves)
        assert answer(run, source, limits=limits) == '"nothing"'
        # The search does find what is there.
        planted = f"own = {SECRETS['roster']!r} + {TAIL!r}\n" + source
        assert answer(run, planted, limits=limits) == json.dumps(SECRETS["roster"])
        beside.join()
    assert roster


def test_the_environment_and_the_descriptors_are_bare(run, monkeypatch):
    monkeypatch.setenv("COURSE_KEY", "x")
    names = text(run("import os; print(*sorted(os.environ))")).split()
    plain = {"HOME", "LANG", "MPLBACKEND", "PATH", "TMPDIR", "TZ", *MEMORY}
    assert {n for n in names if not n.endswith("_THREADS") and not n.startswith("PYTHON")} == plain
    look = (
        "import os\nfor n in range(64):\n"
        "    try: print(n, os.readlink(f'/proc/self/fd/{n}').split(':')[0])\n    except OSError: pass"
    )
    kinds = [line.split()[1] for line in text(run(look)).splitlines()]
    assert kinds == ["/dev/null", "pipe", "pipe", "socket"]


def test_what_is_to_be_seen_is_the_system_python_crmlib_and_data(run):
    tree = text(run("import os\nprint(*sorted(os.listdir('/')))\nprint(*sorted(os.listdir('/etc')))"))
    top, settings = (line.split() for line in tree.splitlines())
    assert not {"boot", "mnt", "media", "srv", "var", "run"} & set(top)
    assert {"passwd"} <= set(settings)
    assert not {"shadow", "ssh", "hosts", "hostname", "machine-id"} & set(settings)
    house = Path(crmlib.__file__).resolve().parents[1]
    seen = set(text(run(f"import os\nprint(*os.listdir({str(house)!r}))")).split())
    assert "crmlib" in seen
    assert not seen & {"casestudies", "tests", ".git", "notebooks", "benchmarks"}


def test_nothing_but_the_runs_folder_can_be_written(run):
    house = Path(crmlib.__file__).resolve().parents[1]
    ran = run(
        "import os, sys\nwritten = []\n"
        f"for place in ('/', '/etc', '/usr', '/dev', '/home', {str(house)!r}, sys.prefix):\n"
        "    try: open(place + '/x', 'w').close(); written.append(place)\n    except OSError: pass\n"
        "for path in ('/etc/passwd', os.__file__):\n"
        "    try: os.chmod(path, 0o777); written.append(path)\n    except OSError: pass\n"
        "for place in ('.', '/tmp', '/dev/shm'): open(place + '/x', 'w').close()\nprint(written)"
    )  # fmt: skip
    # Below /tmp the way to the house is part of the run's own disk.
    own = [str(house)] if house.is_relative_to("/tmp") else []
    assert text(ran) == f"{own}\n", ran
    assert not (house / "x").exists()
    assert ran.cells[1].error == ""


LIBC = "import ctypes\nlibc = ctypes.CDLL(None)\n"
REFUSED = {
    "a socket": "import socket\nsocket.socket()",
    "a vsock": "import socket\nsocket.socket(40, socket.SOCK_STREAM)",
    "a namespace": LIBC + "if libc.unshare(0x10000000): raise OSError(1)",
    "a namespace by clone": LIBC + "if libc.syscall(56, 0x10000011, 0, 0, 0, 0) == -1: raise OSError(1)",
    "a mount": LIBC + "if libc.mount(b'x', b'/tmp', b'tmpfs', 0, None): raise OSError(1)",
    "memory of others": "open('/proc/1/environ').read() and open('/proc/2/mem')",
    "another user": "import os\nos.setuid(0)",
    "more processes": "import resource as r\nr.setrlimit(r.RLIMIT_NPROC, (99999, 99999))",
    "more memory": "import resource as r\nr.setrlimit(r.RLIMIT_DATA, (-1, -1))",
    "a file in memory": "import os\nos.memfd_create('x')",
    "memory that no watch sees": "import mmap\nmmap.mmap(-1, 4096)",
    "the same from a device": "open('/dev/zero', 'r+b')",
    "a device": "import os, stat\nos.mknod('disk', stat.S_IFBLK | 0o600, os.makedev(8, 0))",
    "another parent": LIBC + "if libc.prctl(1, 0, 0, 0, 0): raise OSError(1)",
    "a host name": "import socket\nsocket.sethostname('x')",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(run, name):
    ran = run(REFUSED[name], "print('on')")
    assert ran.finished
    assert ran.cells[1].error.split(":")[0] in (
        "PermissionError",
        "OSError",
        "ValueError",
        "FileNotFoundError",
    )
    assert text(ran, 2) == "on\n"


def test_multiprocessing_works_within_a_run(run):
    code = (
        "import multiprocessing\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, 2, -3]))"
    )
    assert text(run(code)) == "[1, 2, 3]\n"


def test_a_listening_socket_of_the_machine_is_not_reached(run, tmp_path):
    path = Path(tempfile.mkdtemp(), "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as named:
        server.bind(str(path))
        server.listen()
        named.bind("\0crm-test-abstract")
        named.listen()
        for address in (str(path), "\0crm-test-abstract"):
            ran = run(f"import socket\nsocket.socket(socket.AF_UNIX).connect({address!r})")
            assert ran.cells[1].error, address


def test_a_secret_in_a_visible_place_is_refused(tmp_path):
    with pytest.raises(Refused, match="lies in"):
        visible(Path(crmlib.__file__).parent)
    with pytest.raises(Refused, match="key"):
        visible(tmp_path, secret=(Path("/usr/lib/course.key"),))
    assert not any(str(tmp_path).startswith(path) for path in visible(tmp_path))


WALK = """
import os
from pathlib import Path
import crmlib.quiz
found, read = set(), 0
words = [bytes.fromhex(word) for word in {words}]
bank = Path(crmlib.__file__).parent / "workbook" / "quizzes" / "bank"
for top in {roots}:
    for root, _, files in os.walk(top):
        for path in (os.path.join(root, name) for name in files if name.endswith({kinds})):
            try:
                content = Path(path).read_bytes()
            except OSError:
                continue
            read += 1
            found |= {{path for word in words if word in content}}
opened = []
for name in {chapters}:
    try:
        opened.append((bank / name).read_bytes()[:9])
    except OSError:
        pass
said = repr((sorted(found), opened, read > 100))
"""


@pytest.mark.parametrize("level", ["full", "reduced"])
def test_neither_a_key_of_the_bank_nor_a_solution_is_seen(level, tmp_path):
    bank = Path(crmlib.__file__).parent / "workbook" / "quizzes" / "bank"
    walmart = Path(crmlib.__file__).parents[1] / "casestudies" / "walmart"
    lines = [e.solution.source for e in author.read(walmart / "exercises.ipynb").exercises]
    secrets = [json.dumps(max("\n".join(lines).splitlines(), key=len))[1:-1], KEY_OF_THE_BANK]
    assert secrets[0] in (walmart / "exercises.ipynb").read_text(encoding="utf-8")
    assert secrets[1] in (bank / "1_foundations.yaml").read_text(encoding="utf-8")
    places = {name: repr(value) for name, value in {
        "words": [one.encode().hex() for one in secrets],
        "roots": [path for path in visible(tmp_path) if not path.startswith(OF_THE_SYSTEM)],
        "kinds": (".yaml", ".yml", ".ipynb", ".py", ".csv", ".json", ".txt", ".md", ".html"),
        "chapters": sorted(path.name for path in bank.iterdir()),
    }.items()}  # fmt: skip
    for layers in (None, WITHOUT_A_VIEW) if level == "reduced" else (None,):
        with runner(level, layers=layers) as run:
            limits = replace(QUICK, cpu_seconds=60, wall_seconds=120)
            assert answer(run, WALK.format(**places), limits=limits) == json.dumps("([], [], True)")


KEY_OF_THE_BANK = "payment may follow."
OF_THE_SYSTEM = ("/bin", "/etc", "/lib", "/sbin", "/sys", "/usr")
# As an ordinary user without user namespaces is held, by Landlock alone.
WITHOUT_A_VIEW = replace(layer.of_level("reduced"), view=False, drop=False)


def test_what_is_for_linux_only_is_not_imported_before_it_is_needed():
    code = (
        "import sys\nimport crmlib.workbook.sandbox\n"
        "print(sorted({'landlockpy', 'pyseccomp', 'resource', 'IPython', 'papermill'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_other_systems_and_a_missing_extra_are_refused_in_words(monkeypatch):
    monkeypatch.setattr("crmlib.workbook.sandbox.handle.find_spec", lambda name: None)
    with pytest.raises(Refused, match="grade"), runner():
        pass
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Refused, match="Linux only"), runner():
        pass
