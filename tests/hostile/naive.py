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
import time
from pathlib import Path

from hostile.fort import CANARY, fort

SECONDS = 20
HANGS_AFTER = 1
OUT_OF_REACH = 300
FALLS = ("dies", "hangs")
PATH = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]


def fooled(attacks, key: dict, seed: int, aimed) -> dict[str, str]:
    """By the attack's name: "yes" where the naive grader is fooled, "dies" or "hangs", else what happened."""
    jobs = [(one.name, aimed("\n".join(map(one.program, one.code))), aimed(one.naive)) for one in attacks]
    (setup,) = (code.source for code in fort().setup)
    given = json.dumps({"jobs": jobs, "key": key, "seed": seed, "setup": setup})
    command = [sys.executable, "-W", "ignore", "-m", "hostile.naive"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(PATH), "FORT_CANARY": CANARY}
    ran = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=120, check=True, env=environment
    )
    return json.loads(ran.stdout)


def main() -> None:
    """Try the jobs of the standard input."""
    import pandas  # noqa: F401 (held for all that follow)

    given = json.load(sys.stdin)
    found = {name: _apart(code, naive, given) for name, code, naive in given["jobs"]}
    print(json.dumps(found))


def _apart(code, naive, given) -> str:
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
        write(writing, _tried(code, naive, given).encode())
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


def _tried(code, naive, given) -> str:
    names = {
        "__name__": "__main__",
        "seed": given["seed"],
        "KEY": given["key"],
        "_raises": _raises,
        "_left": _left,
    }
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


if __name__ == "__main__":
    main()
