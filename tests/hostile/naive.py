"""A grader without a trusted side: runs an attack in its own process, then compares there.

`fooled` shows that each attack would succeed with its layer off. Every attack has a process of its own,
forked from one that holds the libraries.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hostile import clerk, pages
from hostile.fort import CANARY, fort

SECONDS = 20
HANGS_AFTER = 1
OUT_OF_REACH = 300
FALLS = ("dies", "hangs")
PAPERS = ("DATA", "HONEST")  # given by their bytes
PATH = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]


def fooled(attacks, key: dict, seed: int, aimed, files=None) -> dict[str, str]:
    """By the attack's name: "yes" where the naive grader is fooled, "dies" or "hangs", else what happened.

    ``files`` are the paths that a name of ``naive`` stands for, by the attack's name.
    """
    jobs = [
        (
            one.name,
            aimed("\n".join(map(one.program, one.code))),
            aimed(one.naive),
            (files or {}).get(one.name, {}),
        )
        for one in attacks
    ]
    (setup,) = (code.source for code in fort().setup)
    given = json.dumps({"jobs": jobs, "key": key, "seed": seed, "setup": setup})
    command = [sys.executable, "-W", "ignore", "-m", "hostile.naive"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(PATH), "FORT_CANARY": CANARY}
    with tempfile.TemporaryDirectory() as folder:  # where the notebooks of a whole class lie together
        ran = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env=environment,
            cwd=folder,
        )
    return json.loads(ran.stdout)


def main() -> None:
    """Try the jobs of the standard input."""
    import pandas  # noqa: F401 (held for all that follow)

    given = json.load(sys.stdin)
    found = {name: _apart(code, naive, given, files) for name, code, naive, files in given["jobs"]}
    print(json.dumps(found))


def _apart(code, naive, given, files) -> str:
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        return _heard(child, reading, HANGS_AFTER if naive.endswith("hangs") else SECONDS)
    write, leave = os.write, os._exit  # an attack may patch what we need afterwards
    os.dup2(os.memfd_create("output"), 1)
    writing = os.dup2(writing, OUT_OF_REACH)
    os.closerange(3, OUT_OF_REACH)
    os.dup2(os.memfd_create("answers"), 9)  # where a naive grader would read them
    try:
        write(writing, _tried(code, naive, given, files).encode())
    except Exception as error:
        write(writing, b"raised " + repr(type(error)).encode())
    finally:
        leave(0)


def _heard(child, reading, seconds) -> str:
    """What the child says in time."""
    said = os.read(reading, 1000).decode() if select.select([reading], [], [], seconds)[0] else "hangs"
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return said or "dies"


def _tried(code, naive, given, files) -> str:
    names = {
        "__name__": "__main__",
        "seed": given["seed"],
        "KEY": given["key"],
        "_raises": _raises,
        "_left": _left,
        "_next_runs": _next_runs,
        "clerk": clerk,
        "pages": pages,
    } | {name: Path(path).read_bytes() if name in PAPERS else path for name, path in files.items()}
    exec(given["setup"], names)
    exec(code, names)
    return "yes" if naive not in FALLS and eval(naive, names) else "no"


def _raises(action, kind) -> bool:
    with contextlib.suppress(kind):
        action()
        return False
    return True


def _left(path) -> bool:
    """Whether a file comes to be there."""
    end = time.monotonic() + SECONDS
    while not Path(path).exists() and time.monotonic() < end:
        time.sleep(0.05)
    return Path(path).exists()


def _next_runs(code) -> int:
    """How the next notebook of this folder ends."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=SECONDS).returncode


if __name__ == "__main__":
    main()
