"""Code that stalls or kills what runs it.

What never ends is given a dose where its layer is off: some seconds past the limit, then an answer.
"""

from hostile.attack import LIMITS, REPLAY, Attack

DIED = {"first": "died"}
TIMEOUT = {"first": "timeout"}


def stall(name, layer, code, outcomes, **how):
    return Attack(name, layer, {"first": code}, outcomes, **how)


ENDS = (
    stall(
        "os._exit",
        REPLAY,
        """
        import os
        os._exit(0)
        """,
        DIED,
        naive="dies",
    ),
    stall(
        "sys.exit",
        REPLAY,
        """
        import sys
        sys.exit()
        """,
        {"first": "error"},
        naive="dies",
    ),
    stall(
        "kill of its own process",
        REPLAY,
        """
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
            """,
        DIED,
        naive="dies",
    ),
    stall(
        "endless recursion without a limit",
        REPLAY,
        """
            import sys
            sys.setrecursionlimit(10**9)
            class Deep:
                def __getattr__(self, name):
                    return getattr(self, name)
            first = Deep().x
            """,
        {"first": "died|error"},  # where C's stack ends: newer Pythons raise a RecursionError in time
        naive="dies",
    ),
    stall(
        "a read of address zero",
        REPLAY,
        """
        import ctypes
        ctypes.string_at(0)
        """,
        DIED,
        naive="dies",
    ),
    stall(
        "every descriptor closed",
        REPLAY,
        """
            import os
            os.closerange(0, 256)
            first = 1
            """,
        {"first": "died"},
        naive="_raises(lambda: print('said', flush=True), OSError)",
    ),
    stall(
        "the standard streams closed",
        REPLAY,
        """
            import sys
            sys.stdout.close()
            sys.stderr.close()
            first = 1
            """,
        {"first": "wrong"},
        naive="_raises(lambda: print('said'), ValueError)",
    ),
)
LOOPS = (
    stall(
        "an endless loop",
        LIMITS,
        """
        while True:
            pass
        """,
        TIMEOUT,
        naive="hangs",
        dose="""
            import time
            while time.process_time() < 3:
                pass
            first = 3
            """,
        loot=("first", 3),
    ),
    stall(
        "an endless sleep",
        LIMITS,
        """
        import time
        time.sleep(10**6)
        """,
        TIMEOUT,
        naive="hangs",
        full=True,
        dose="""
            import time
            time.sleep(5)
            first = 5
            """,
        loot=("first", 5),
    ),
    stall(
        "a process that stops itself",
        LIMITS,
        """
            import os, signal
            os.kill(os.getpid(), signal.SIGSTOP)
            """,
        TIMEOUT,
        naive="hangs",
        full=True,
        dose="""
            import os, signal, time
            if not os.fork():
                time.sleep(5)
                os.kill(os.getppid(), signal.SIGCONT)
                os._exit(0)
            os.kill(os.getpid(), signal.SIGSTOP)
            first = os.wait()[1] + 5
            """,
        loot=("first", 5),
    ),
    stall(
        "endless __repr__",
        LIMITS,
        """
            class Slow:
                def __repr__(self):
                    while True:
                        pass
            first = 1
            Slow()
            """,
        TIMEOUT,
        naive="repr(Slow()) and hangs",
        dose="""
            import time
            class Slow:
                def __repr__(self):
                    while time.process_time() < 3:
                        pass
                    globals()['first'] = 3
                    return 'slow'
            Slow()
            """,
        loot=("first", 3),
    ),
    stall(
        "a loop that catches everything",
        LIMITS,
        """
            import signal
            for n in range(1, 32):
                try:
                    signal.signal(n, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
            """,
        TIMEOUT,
        naive="hangs",
        full=True,
        dose="""
            import signal, time
            for n in range(1, 32):
                try:
                    signal.signal(n, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            while time.process_time() < 3:
                try:
                    while time.process_time() < 3:
                        pass
                except BaseException:
                    pass
            first = 3
            """,
        loot=("first", 3),
    ),
)
STALLS = (*ENDS, *LOOPS)
