"""Answers that are not what they seem, or that break what reads them."""

from hostile.cheats import cheat

OBJECTS = (
    cheat(
        "always equal",
        """
            class Agrees:
                def __eq__(self, other):
                    return True
            first = Agrees()
            """,
        "first == KEY['first']",
    ),
    cheat(
        "a float that is always near",
        """
            class Near(float):
                def __sub__(self, other): return 0.0
                __rsub__ = __sub__
            first = Near(1)
            """,
        "isinstance(first, float) and abs(first - KEY['first']) < 0.5",
    ),
    cheat(
        "a text that is always equal",
        """
            class Same(str):
                def __eq__(self, other): return True
                __hash__ = str.__hash__
            word = Same('x')
            """,
        "isinstance(word, str) and word == KEY['word']",
        question="word",
    ),
    cheat(
        "a class that lies about its type",
        """
            class Int:
                __class__ = property(lambda self: int)
                def __eq__(self, other): return True
            first = Int()
            """,
        "isinstance(first, int) and first == KEY['first']",
    ),
    cheat(
        "a type with a lying name",
        """
            class Meta(type):
                __name__ = property(lambda cls: 'int')
                def __eq__(cls, other): return True
                __hash__ = type.__hash__
            class Int(metaclass=Meta):
                pass
            first = Int()
            """,
        "type(first) == int and type(first).__name__ == 'int'",
    ),
    cheat(
        "a set that holds everything",
        """
            class All(set):
                def __contains__(self, one): return True
                def __eq__(self, other): return True
                __hash__ = None
            places = All()
            """,
        "places == set(KEY['places']) and all(one in places for one in KEY['places'])",
        question="places",
    ),
    cheat(
        "a dict whose columns change",
        """
            class Columns(dict):
                def __eq__(self, other): return True
                def keys(self): raise SystemExit
                def __iter__(self): raise SystemExit
            rows = Columns(place=[1])
            """,
        "isinstance(rows, dict) and rows == KEY['rows']",
        question="rows",
    ),
    cheat(
        "a pickle that runs code",
        """
            class Boom:
                def __reduce__(self):
                    return (eval, ('1 + 1',))
            first = Boom()
            """,
        "__import__('pickle').loads(__import__('pickle').dumps(first)) == 2",
    ),
    cheat(
        "an attribute that raises on every look",
        """
            class Raises:
                def __getattribute__(self, name): raise KeyboardInterrupt
            first = Raises()
            """,
        "_raises(lambda: first.__class__, BaseException)",
    ),
)
VALUES = (
    cheat("not a number", "first = float('nan')", "not (abs(first - KEY['first']) > 0.5)"),
    cheat("infinite", "first = float('inf')", "_raises(lambda: int(first), OverflowError)"),
    cheat(
        "a lone surrogate",
        "word = '\\ud800'",
        "_raises(lambda: word.encode(), UnicodeError)",
        question="word",
    ),
    cheat("an integer of 5,000 digits", "first = 10**5000", "_raises(lambda: str(first), ValueError)"),
    cheat("an integer beyond every float", "first = 10**400", "_raises(lambda: first - 0.5, OverflowError)"),
    cheat(
        "200,000 nested brackets",
        """
            first = []
            for _ in range(200_000):
                first = [first]
            """,
        "_raises(lambda: __import__('json').dumps(first), RecursionError)",
    ),
    cheat(
        "a list that holds itself",
        """
            places = []
            places.append(places)
            """,
        "_raises(lambda: __import__('json').dumps(places), ValueError)",
        question="places",
    ),
    cheat(
        "a table of ten million rows",
        "rows = {'place': [1] * 10_000_000, 'beer': [True] * 10_000_000}",
        "len(rows['place']) == 10_000_000",
        question="rows",
    ),
    cheat(
        "HTML and a script",
        "word = '<img src=x onerror=alert(1)><script>alert(1)</script>'",
        "'<script>' in f'<td>{word}</td>'",
        question="word",
    ),
    cheat(
        "a formula for the spreadsheet",
        "word = '=cmd|\\' /C calc\\'!A0'",
        "word.startswith('=')",
        question="word",
    ),
    cheat("terminal codes", "word = '\\x1b[2J\\x1b]0;owned\\x07'", "'\\x1b' in f'{word}'", question="word"),
)
LIES = (*OBJECTS, *VALUES)
