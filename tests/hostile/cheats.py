"""Cheats that would fool a grader which compares in the student's process: the trusted side stops them."""

from hostile.attack import TRUSTED, UNSEEN, Attack

WRONG = {"first": "wrong"}


def cheat(name, code, naive, outcomes=None, question="first"):
    return Attack(name, TRUSTED, {question: code}, outcomes or {question: "wrong"}, naive=naive)


def forged(name, layer, code, outcomes, naive):
    return Attack(name, layer, {"first": code}, outcomes, naive=naive)


PATCHES = (
    Attack(
        "patched check",
        TRUSTED,
        {
            "first": """
                import crmlib.workbook.compare as c, crmlib.workbook.diagnosis as d
                class Right(c.Verdict):
                    right, share = True, 1.0
                c.judge = d.judge = lambda *a, **k: Right(1, 1)
                check = lambda *a, **k: 'right'
                first = 1
                """
        },
        WRONG,
        naive="c.judge(first, None, KEY['first']).right",
    ),
    cheat(
        "patched json",
        """
            import json
            class Agrees:
                def __eq__(self, other):
                    return True
            json.loads = lambda *a, **k: Agrees()
            json.JSONEncoder.encode = lambda *a, **k: '7'
            first = 1
            """,
        "json.loads(json.dumps(first)) == KEY['first']",
        {"first": "died"},
    ),
    cheat(
        "patched numpy",
        """
            import numpy
            numpy.isclose = numpy.allclose = lambda *a, **k: True
            first = 1
            """,
        "__import__('numpy').isclose(first, KEY['first'])",
    ),
    cheat(
        "patched pandas",
        """
            import pandas
            pandas.DataFrame.equals = lambda *a: True
            pandas.testing.assert_frame_equal = lambda *a, **k: None
            rows = pandas.DataFrame({'place': range(12), 'beer': [True] * 12})
            """,
        "rows.equals(__import__('pandas').DataFrame(KEY['rows']))",
        {"rows": "partial"},
        "rows",
    ),
    cheat(
        "patched builtins",
        """
            import builtins
            builtins.abs = lambda x: 0
            builtins.round = lambda *a: 0
            first = 1
            """,
        "abs(first - KEY['first']) <= 0.5",
    ),
    cheat(
        "patched isinstance",
        """
            import builtins
            builtins.isinstance = lambda *a: True
            builtins.type = lambda x, *a: int
            first = 'x'
            """,
        "isinstance(first, int) and type(first) is int",
        {"first": "died"},
    ),
    cheat(
        "patched len and sum",
        """
            import builtins
            were = len, sum
            builtins.len = lambda x: 1
            first = 1
            len, sum = were
            """,
        "builtins.len(KEY['rows']['place']) == builtins.len([0])",
        {"first": "died"},
    ),
    cheat(
        "walk up the frames",
        """
            import sys
            frame, first = sys._getframe(), 1
            while frame:
                for name in list(frame.f_locals):
                    if name in ('KEY', 'key', 'answers', 'expected'):
                        try:
                            first = frame.f_locals[name]['first']
                        except Exception:
                            pass
                frame = frame.f_back
            """,
        "first == KEY['first']",
    ),
    cheat(
        "search the memory of the process",
        """
            import gc
            first = 1
            for found in gc.get_objects():
                if type(found) is dict and type(found.get('places')) in (set, list) and 'first' in found:
                    if type(found['first']) is int and found['first'] != 1:
                        first = found['first']
            """,
        "first == KEY['first']",
    ),
)
KNOWN = (
    Attack(
        "search of the sheet's digests",
        UNSEEN,
        {
            "first": """
                from crmlib.workbook.compare import judge
                from crmlib.workbook.payload import unpack
                sheet = unpack('''@TEXT@''')
                asked = sheet.by_name['first']
                seal = asked.reference(bytes.fromhex(sheet.salt), asked.answer)
                guesses = (1000 * k + n for k in range(51) for n in range(20))
                first = next(n for n in guesses if judge(n, asked.spec, seal).right)
                """
        },
        {"first": "hard-coded"},
        naive="first == KEY['first']",
    ),
    Attack(
        "hard-coded",
        UNSEEN,
        {"first": "first = @OWN@"},
        {"first": "hard-coded"},
        naive="first == KEY['first']",
    ),
    Attack(
        "the seed set back in secret",
        UNSEEN,
        {
            "first": """
                globals()['se' + 'ed'] = @SEED@
                draw = random.Random(seed)
                baskets = [draw.random() < 0.4 for _ in range(400)]
                first = 1000 * baskets[:50].count(True) + baskets.index(True)
                """
        },
        dict.fromkeys(("first", "rows", "word", "places"), "parameters overwritten"),
        naive="first == KEY['first']",
    ),
    Attack(
        "the seed set back",
        UNSEEN,
        {
            "first": """
            seed = @SEED@
            first = @OWN@
            """
        },
        {"first": "hard-coded"},
        naive="first == KEY['first']",
    ),
    Attack(
        "another seed",
        UNSEEN,
        {
            "first": """
            seed = 1 + 1
            first = @OWN@
            """
        },
        dict.fromkeys(("first", "rows", "word", "places", "which"), "parameters overwritten"),
        naive="first == KEY['first']",
    ),
)
# No message of ours brings a mark, so no switch lets one in: what these gain, they gain where a grader takes
# the run's word for it, and what they break is shown where ours believes that all it hears is a message.
FORGED = (
    forged(
        "forged messages on every descriptor",
        TRUSTED,
        """
            import json, os
            marks = {'first': {'right': True, 'points': 3}}
            said = {'first': {'json': '7', 'unfit': None, 'cell': 1}}
            words = json.dumps({'marks': marks, 'answers': said, 'finished': True}).encode()
            for fd in range(3, 64):
                for frame in (len(words).to_bytes(4, 'big') + words, words):
                    try:
                        os.set_blocking(fd, False)
                        os.write(fd, frame)
                    except OSError:
                        pass
            first = 1
            """,
        {"first": "died"},
        naive="clerk.told(9)['marks']['first'] == {'right': True, 'points': 3}",
    ),
    forged(
        "garbage on every descriptor",
        TRUSTED,
        r"""
            import os
            for fd in range(3, 64):
                try:
                    os.set_blocking(fd, False)
                    os.write(fd, b'\xff' * 70_000)
                except OSError:
                    pass
            first = 1
            """,
        {"first": "died"},
        naive="_raises(lambda: clerk.told(9), ValueError)",  # and the batch ends
    ),
    forged(
        "duplicate keys and bare NaN in the answer's JSON",
        TRUSTED,
        """
            import json
            text = '{"place": [NaN], "place": [1], "beer": [true]}'
            json.dumps = json.JSONEncoder.encode = lambda *a, **k: text
            first = 1
            """,
        {"first": "died"},
        naive="json.loads(json.dumps(first))['place'] == [1]",
    ),
)
CHEATS = (*PATCHES, *KNOWN, *FORGED)
