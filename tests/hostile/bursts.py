"""Code that takes too much: processes, memory, output, files.

With their layer off the bursts end by themselves: 200 processes, 600 MiB, 30 MB of words, 200 MB of files.
"""

from hostile.attack import LIMITS
from hostile.stalls import stall

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
        {"first": "memory|wrong"},  # the child is seen in time, or fails and ends with its cell
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
