"""Code that stalls, bursts or kills what runs it.

With their layer off the bursts end by themselves: 200 processes, 600 MiB, 30 MB of words, 200 MB of files.
What never ends is given a dose there: some seconds past the limit, then an answer.
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
BURSTS = (
    stall(
        "fork bomb",
        LIMITS,
        """
            import os, time
            children = 0
            for _ in range(200):
                if not os.fork():
                    time.sleep(3)
                    os._exit(0)
                children += 1
            first = children
            """,
        {"first": "died"},
        loot=("first", 200),
    ),
    stall(
        "thread bomb",
        LIMITS,
        """
            import threading, time
            for n in range(200):
                threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
            first = n + 1
            """,
        {"first": "died"},
        loot=("first", 200),
    ),
    stall(
        "memory bomb",
        LIMITS,
        """
            held = [bytearray(50 * 2**20) for _ in range(12)]
            for one in held:
                one[::4096] = b'x' * len(one[::4096])
            first = sum(map(len, held)) // 2**20
            """,
        {"first": "memory"},
        loot=("first", 600),
    ),
    stall(
        "memory bomb in a forked child",
        LIMITS,
        """
            import os
            if not os.fork():
                held = [bytearray(b'x' * (50 * 2**20)) for _ in range(12)]
                os._exit(7)
            first = os.wait()[1]
            """,
        {"first": "memory|timeout"},  # the child is seen in time, or fails and the parent waits for it
        loot=("first", 7 * 256),
        full=True,
    ),
    stall(
        "a flood of output",
        LIMITS,
        """
            for _ in range(30):
                print('x' * 1_000_000)
            first = 30
            """,
        {"first": "died"},
        naive="__import__('os').fstat(1).st_size > 20_000_000",
        loot=("first", 30),
        shows=30_000_030,
    ),
    stall(
        "a gigabyte of output past Python",
        LIMITS,
        """
            import os
            for _ in range(1000):
                os.write(1, b'x' * 1_000_000)
            first = 1000
            """,
        {"first": "died"},
        full=True,
        naive="__import__('os').fstat(1).st_size == 10**9",
        dose="""
            import os
            for _ in range(15):
                written = os.write(1, b'x' * 1_000_000)
            first = written
            """,
        loot=("first", 1_000_000),
        shows=15_000_000,
    ),
    stall(
        "a flood of pictures",
        LIMITS,
        """
            from IPython.display import display
            for _ in range(30):
                display({'image/png': 'A' * 1_000_000}, raw=True)
            first = 30
            """,
        {"first": "died"},
        naive="__import__('os').fstat(1).st_size > 20_000_000",
        loot=("first", 30),
        shows=30_000_000,
    ),
    stall(
        "a flood of files",
        LIMITS,
        """
            for n in range(40):
                open(f'file{n}', 'wb').write(b'x' * 5_000_000)
            first = 40
            """,
        {"first": "died"},
        loot=("first", 40),
    ),
    stall(
        "a trillion digits",
        LIMITS,
        "first = 7 ** (10 ** 12)",
        {"first": "timeout"},
        naive="hangs",
        full=True,
        dose="""
            import time
            while time.process_time() < 3:
                first = 7 ** 2_000_000 % 1000
            """,
        loot=("first", 1),
    ),
)
STALLS = (*ENDS, *LOOPS, *BURSTS)
