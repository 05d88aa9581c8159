"""Code that reaches out of its sandbox: for the key, the neighbours, the machine, the grader.

Each is harmless with its layer off: it writes below the test's own folder, calls the test's own port, and
signals only the process that started it, which the test made for that.
"""

from hostile.attack import CALLS, ENVIRONMENT, FILES, NETWORK, PROCESSES, Attack

ERROR = {"first": "error"}


def breakout(name, layer, code, outcomes=None, **how):
    return Attack(name, layer, {"first": code}, outcomes or ERROR, **how)


READING_AND_WRITING = (
    breakout(
        "reading the author's notebook",
        FILES,
        """
            import json
            from pathlib import Path
            book = json.loads(Path('@CASE@').read_text())
            found = [''.join(c['source']) for c in book['cells']]
            exec(next(s for s in found if s.startswith('# solution') and 'first =' in s))
            """,
        loot=("first", "KEY"),
    ),
    breakout(
        "reading a file outside",
        FILES,
        """
            word = open('@OUTSIDE@/secret.txt').read()
            first = len(word)
            """,
        loot=("first", 19),
    ),
    breakout(
        "writing a file outside",
        FILES,
        """
            open('@OUTSIDE@/written', 'w').write('x')
            first = 1
            """,
        leaves="written",
    ),
    breakout(
        "the solutions of the shipped cases",
        FILES,
        """
            import crmlib
            from pathlib import Path
            house = Path(crmlib.__file__).parents[1]
            kinds = 'casestudies/*/exercises.ipynb', 'tests/*.py', '.git/*'
            found = [path for kind in kinds for path in house.glob(kind)]
            first = len(found[0].read_bytes()) > 0 and 1
            """,
        loot=("first", 1),
    ),
    breakout(
        "a change to the package that all submissions import",
        FILES,
        """
            import crmlib
            from pathlib import Path
            home = Path(crmlib.__file__).parent
            probe = home / 'probe-of-the-fort.txt'
            probe.write_text('x')
            probe.unlink()
            first = 1
            """,
        loot=("first", 1),
    ),
    breakout(
        "a link that leads outside",
        FILES,
        """
            import os
            os.symlink('@OUTSIDE@', 'way-out')
            open('way-out/through-a-link', 'w').write('x')
            first = 1
            """,
        leaves="through-a-link",
    ),
    breakout(
        "a mount of its own",
        CALLS,
        """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(0x10000000 | 0x00020000) or libc.mount(b'none', b'/tmp', b'tmpfs', 0, None):
                raise OSError(ctypes.get_errno())
            first = 1
            """,
        loot=("first", 1),
    ),
)
OTHERS = (
    breakout(
        "the environment of the grader",
        ENVIRONMENT,
        """
            import os
            first = len(os.environ['FORT_CANARY'])
            """,
        naive="first == 15",
        loot=("first", 15),
    ),
    breakout(
        "the environment of other processes",
        PROCESSES,
        """
            import os
            found = False
            for pid in filter(str.isdigit, os.listdir('/proc')):
                try:
                    found = found or b'FORT_CANARY' in open(f'/proc/{pid}/environ', 'rb').read()
                except OSError:
                    continue
            if not found:
                raise LookupError('nobody')
            first = 1
            """,
        loot=("first", 1),
    ),
    breakout(
        "a signal to the parent",
        PROCESSES,
        """
            import os, signal
            open('ppid', 'w').write(str(os.getppid()))
            if os.getppid() <= 1:
                raise PermissionError('nobody there')
            os.kill(os.getppid(), signal.SIGWINCH)
            first = 1
            """,
        loot=("first", 1),
    ),
    breakout(
        "a look at the processes of the machine",
        PROCESSES,
        """
            import os
            seen = [one for one in os.listdir('/proc') if one.isdigit()]
            if len(seen) < 6:
                raise LookupError('alone')
            first = 1
            """,
        loot=("first", 1),
    ),
    breakout(
        "a daemon that outlives the run",
        PROCESSES,
        """
            import os, time
            if not os.fork():
                os.setsid()
                if os.fork():
                    os._exit(0)
                for fd in range(3, 64):
                    try:
                        os.close(fd)
                    except OSError:
                        pass
                time.sleep(1.5)
                open('@OUTSIDE@/daemon', 'w').write('x')
                os._exit(0)
            os.wait()
            first = 1
            """,
        {"first": "wrong"},
        naive="_left('@OUTSIDE@/daemon')",
        leaves="daemon",
    ),
    breakout(
        "words for the next submission in shared memory",
        PROCESSES,
        """
            from pathlib import Path
            Path('@SHARED@').write_text('x')
            first = 1
            """,
        {"first": "wrong"},
        leaves="shared",
    ),
)
CALLING = (
    breakout(
        "a call to a port of this machine",
        NETWORK,
        """
            import socket
            socket.create_connection(('127.0.0.1', @PORT@), 2).close()
            first = 1
            """,
        leaves="port",
    ),
    breakout(
        "a message without a connection",
        NETWORK,
        """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect(('192.0.2.1', 9))
            s.send(b'x')
            first = 1
            """,
        loot=("first", 1),
    ),
)
BREAKOUTS = (*READING_AND_WRITING, *OTHERS, *CALLING)
