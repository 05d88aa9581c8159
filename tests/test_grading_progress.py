"""The line that tells how far grading is, as a terminal shows it."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

import pytest
from gradedclass import hand_in, handed_out, solved
from hostile.pages import controls

COUNT = 4
CODE = "\x1b]0;owned\x07\x1b[2J"
SLOW = f"import sys\nprint({CODE!r}, file=sys.stderr, flush=True)\nsum(range(6_000_000))\n"
LINE = re.compile(r"running: +\d+%\|[^|]*\| (\d+)/4 \[\d\d:\d\d<\d\d:\d\d, +[\d.]+ ?(?:it/s|s/it)\]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Submissions that take their time, print what a terminal obeys, and are called so."""
    folder = tmp_path_factory.mktemp("progress")
    hand_in(
        folder / "in",
        *(solved(n, {"n_beer": SLOW + "n_beer = sum(baskets)"}, count=COUNT) for n in range(COUNT)),
    )
    (folder / "in" / "handed-in-0.ipynb").rename(folder / "in" / f"x{CODE}.ipynb")
    return folder


def command(folder, out: str) -> list[str]:
    case, sheets = handed_out(COUNT)
    words = ["grade", str(case.parent), str(folder / "in"), "--out", str(folder / out), "--level", "none"]
    return [sys.executable, "-m", "crmlib.cli", *words, "--manifest", str(sheets / "manifest.json")]


def on_a_terminal(words: list[str]) -> str:
    """What a terminal of 100 columns is sent on the standard error."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        parts = []
        while part := _part(ours):
            parts.append(part)
    os.close(ours)
    assert process.returncode == 0, b"".join(parts)
    return b"".join(parts).decode()


def _part(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # the other end is closed
        return b""


def test_the_line_tells_counts_rate_and_time_left_and_of_students_nothing(folder):
    sent = on_a_terminal([*command(folder, "terminal"), "--workers", "1"])
    counts = [int(found[1]) for found in LINE.finditer(sent)]
    assert counts == sorted(counts)
    assert {1, 2, 3} <= set(counts)
    assert controls(sent) == []
    assert [word for word in ("Student", "owned", "handed-in", "s-", ".ipynb") if word in sent] == []
    assert "\n" not in sent  # it leaves nothing behind


def test_where_there_is_no_terminal_there_is_no_line(folder):
    ran = subprocess.run(command(folder, "pipe"), capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, "")
