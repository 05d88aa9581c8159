"""Code that looks for what only the instructor has, in files and in the grader's memory."""

from hostile.attack import CALLS, FILES, PROCESSES
from hostile.breakouts import breakout
from hostile.fort import SPOKEN

PRIVATE = (
    breakout(
        "another submission",
        FILES,
        """
            import json
            from pathlib import Path
            handed_in = [json.loads(p.read_text()) for p in Path('@FOLDER@/submissions').glob('*.ipynb')]
            found = [''.join(c['source']) for one in handed_in for c in one['cells']]
            exec(next(s for s in found if 'baskets[:50]' in s))
            """,
        loot=("first", "KEY"),
    ),
    breakout(
        "the key of a graded class",
        FILES,
        """
            import json
            from pathlib import Path
            (path,) = Path('@FOLDER@').glob('*/key.json')
            first = json.loads(path.read_text())['unseen']['first']
            """,
        loot=("first", "KEY"),
    ),
    breakout(
        "the class's seed from the manifest",
        FILES,
        """
            import json, random
            draw = random.Random(json.loads(open('@FOLDER@/sheets/manifest.json').read())['unseen']['seed'])
            baskets = [draw.random() < 0.4 for _ in range(400)]
            first = 1000 * baskets[:50].count(True) + baskets.index(True)
            """,
        loot=("first", "KEY"),
    ),
    breakout(
        "the course key",
        FILES,
        "first = len(open('@FOLDER@/course.key', 'rb').read())",
        loot=("first", 43),
    ),
    breakout(
        "the names in the roster",
        FILES,
        """
            lines = open('@FOLDER@/roster.csv', encoding='utf-8').read().splitlines()
            first = lines.index('id,name') + 1
            """,
        loot=("first", 1),
    ),
)
# What the grader holds in its memory. Three up from a run are its supervisor, the zygote and the grader.
HOLDER = f"""
import ctypes, os

word, first = ''.join({list(SPOKEN)}).encode(), None

def parents():
    pid = os.getppid()
    while pid and len(seen) < 3:
        seen.append(pid)
        yield pid
        pid = int(open(f'/proc/{{pid}}/stat').read().rpartition(')')[2].split()[1])

def parts(pid):
    for line in open(f'/proc/{{pid}}/maps'):
        if ' rw-p ' in line:
            low, high = (int(n, 16) for n in line.split()[0].split('-'))
            yield low, high - low

seen = []
for pid in parents():
    for low, size in parts(pid):
        if first is None and word in read(pid, low, size):
            first = len(seen)
if first is None:
    raise LookupError('nobody says the word')
"""
BY_FILE = """
def read(pid, low, size):
    with open(f'/proc/{pid}/mem', 'rb', 0) as memory:
        memory.seek(low)
        try:
            return memory.read(size)
        except OSError:
            return b''
"""
BY_CALL = """
def read(pid, low, size):
    class Part(ctypes.Structure):
        _fields_ = [('at', ctypes.c_void_p), ('size', ctypes.c_size_t)]
    held = ctypes.create_string_buffer(size)
    here, there = Part(ctypes.addressof(held), size), Part(low, size)
    libc = ctypes.CDLL(None, use_errno=True)
    got = libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    if got < 0 and ctypes.get_errno() in (1, 13):
        raise OSError(ctypes.get_errno(), 'process_vm_readv')
    return held.raw[: max(got, 0)]
"""
MEMORY = (
    breakout("the grader's memory", PROCESSES, BY_FILE + HOLDER, loot=("first", 3)),
    breakout("the grader's memory by a call", CALLS, BY_CALL + HOLDER, loot=("first", 3)),
)
SPIES = (*PRIVATE, *MEMORY)
