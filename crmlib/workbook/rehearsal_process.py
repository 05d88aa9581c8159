"""Runs a learner's cells in a process of its own, as a kernel would: `rehearsal` starts it.

What happens is written line by line, so that the parent knows where an endless loop began.
"""

import json
import os
import sys
from hashlib import blake2b
from pathlib import Path

from crmlib.workbook.student import Desk

MOST_CARD = 4000


def main(job_path: str, events_path: str) -> None:
    """Run the cells of the job; one line of JSON an event."""
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    with Path(events_path).open("a", encoding="utf-8") as events:

        def tell(**event):
            events.write(json.dumps(event) + "\n")
            events.flush()

        _run(job, tell)
        tell(done=True)
    os._exit(0)  # threads that the learner's code left behind must not hold the process


def _run(job, tell) -> None:
    shell = _shell()
    shell.user_ns.update(job["parameters"])
    Desk.practice = job["practice"]
    Desk.on_check = lambda name, found, card: tell(
        check=name,
        outcome=found.outcome,
        value=_trace(found.value),
        mistake=found.mistake,
        card=repr(card)[:MOST_CARD],
    )
    for number, source in job["cells"]:
        tell(start=number)
        result = shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        tell(end=number, error=_last_line(error) if error else "")


def _shell():
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            """There is no window to enable; ``%matplotlib inline`` asks for one nevertheless."""

    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config)


def _last_line(error) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}"[:300]


def _trace(value) -> str:
    return "" if value is None else blake2b(repr(value).encode("utf-8", "replace"), digest_size=8).hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:])
