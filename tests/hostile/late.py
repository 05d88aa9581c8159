"""Code that goes on after its cell or its run: in a thread, in a fork, as the process ends, next door."""

from hostile.attack import FILES, WIRE, Attack
from hostile.breakouts import breakout

LATE = (
    Attack(
        "a thread that outlives its cell",
        FILES,  # it may go on until its run ends: what it does meanwhile is held as in the cell itself
        {
            "first": """
                import threading, time
                def later():
                    time.sleep(0.2)
                    open('@OUTSIDE@/thread', 'w').write('x')
                threading.Thread(target=later).start()
                first = 1
                """,
            "rows": """
                time.sleep(0.6)
                rows = {"place": list(range(12)), "beer": baskets[:12]}
                """,
        },
        {"first": "wrong"},
        naive="_left('@OUTSIDE@/thread')",
        leaves="thread",
    ),
    Attack(
        "a fork that goes on in the notebook",
        WIRE,
        {
            "first": """
                import os, time
                first, began = 1, os.getpid()
                if os.fork():
                    time.sleep(0.3)  # whoever listens first is told to go on
                """
        },
        {"first": "wrong"},
        naive="(clerk.word(9) == b'') == (os.getpid() == began)",  # the fork has it, and not who forked
    ),
    breakout(
        "what is left for the end of the process",
        FILES,
        """
            import atexit, os
            leave, at_end = os._exit, lambda: open('@OUTSIDE@/atexit', 'w').write('x')
            def left(code):
                try:
                    at_end()
                finally:
                    leave(code)
            atexit.register(at_end)
            os._exit = left
            first = 1
            """,
        {"first": "wrong"},
        naive="atexit._run_exitfuncs() or _left('@OUTSIDE@/atexit')",
        leaves="atexit",
    ),
    breakout(
        "a module beside the notebook that the neighbour would import",
        FILES,
        """
            from pathlib import Path
            for place in (Path('.'), Path('@CASE@').parent):
                try:
                    (place / 'colorsys.py').write_text("open('@OUTSIDE@/planted', 'w')")
                except OSError:
                    continue
            first = 1
            """,
        {"first": "wrong"},
        naive="_next_runs('import colorsys') == 0 and _left('@OUTSIDE@/planted')",
        leaves="planted",
        then="import colorsys",
    ),
)
