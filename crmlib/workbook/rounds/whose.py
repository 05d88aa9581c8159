"""What a file's name says of who handed it in: evidence beside what stands in the file, never a guess."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from crmlib.workbook.rounds.roster import Named

# lianna_LATE_5001_77123_walmart-1001-2.ipynb: name, lateness, user, upload, the student's file name.
CANVAS = re.compile(r"(?P<who>.+?)_(?P<late>LATE_)?(?P<user>\d+)_(?P<upload>\d+)_(?P<file>.+)")
# Anna Li_5001_assignsubmission_file_/walmart-1001.ipynb
MOODLE = re.compile(r"(?P<who>.+?)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)_?")
# What browsers and Canvas add to a name that is there already.
AGAIN = re.compile(r"(?: ?\((?P<browser>\d+)\)|-(?P<canvas>\d{1,3}))$")


@dataclass(frozen=True)
class Clue:
    """Pseudonyms that a name points to; whether Canvas marked it late; which upload of one name it is."""

    students: frozenset[str] = frozenset()
    late: bool = False
    upload: tuple[str, int] | None = None


class Names:
    """The students of a class, found by what platforms put into the names of files."""

    def __init__(self, names: dict[str, Named]):
        self.ids, self.people, self.files = {}, {}, {}
        for pseudonym, one in names.items():
            for spelled in {one.id, f"Participant {one.id}"}:
                self.ids.setdefault(spelled, set()).add(pseudonym)
            for spelled in _spellings(one.name):
                self.people.setdefault(spelled, set()).add(pseudonym)
            for stem in {_plain(PurePosixPath(one.file).stem), _plain(one.id)}:
                self.files.setdefault(stem, set()).add(pseudonym)

    def clue(self, name: str) -> Clue:
        """What the name of an entry tells."""
        path = PurePosixPath(name)
        moodle = next(filter(None, map(MOODLE.fullmatch, path.parts[:-1])), None)
        canvas = None if moodle else CANVAS.fullmatch(path.name)
        found = moodle or canvas
        stem = PurePosixPath(canvas["file"] if canvas else path.name).stem
        students = self._uploader(found) | self._written_on(stem)
        if not canvas:
            return Clue(frozenset(students))
        again = AGAIN.search(stem)
        number = int(again["canvas"]) if again and again["canvas"] else 0
        base = stem[: again.start()] if number else stem
        if self._known(stem):  # an id may end in "-2"
            base, number = stem, 0
        return Clue(frozenset(students), bool(canvas["late"]), (f"{canvas['user']} {base}", number))

    def _uploader(self, found) -> set[str]:
        """The one student whom the platform names, by number or by a name that is nobody else's."""
        if not found:
            return set()
        for known, key in (
            (self.ids, found["user"]),
            (self.ids, f"Participant {found['user']}"),
            (self.people, _letters(found["who"])),
        ):
            if len(known.get(key, ())) == 1:
                return known[key]
        return set()

    def _known(self, stem: str) -> set[str]:
        found = self.files.get(_plain(stem), set())
        return found if len(found) == 1 else set()

    def _written_on(self, stem: str) -> set[str]:
        """Whose sheet bore this name when it was handed out."""
        again = AGAIN.search(stem)
        return self._known(stem) or (self._known(stem[: again.start()]) if again else set())


def nameless(name: str) -> str:
    """The name of an entry without whom the platform says it is of; its numbers still tell where to look.

    >>> nameless("Anna Li_811_assignsubmission_file_/x.ipynb"), nameless("lianna_5001_7_x.ipynb")
    ('…_811_assignsubmission_file_/x.ipynb', '…_5001_7_x.ipynb')
    """
    *folders, last = PurePosixPath(name).parts
    folders = [_unsigned(part, MOODLE.fullmatch(part)) for part in folders]
    return "/".join([*folders, _unsigned(last, CANVAS.fullmatch(last) or MOODLE.match(last))])


def _unsigned(part: str, found) -> str:
    return "\u2026" + part[found.end("who") :] if found else part


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _letters(name: str) -> str:
    """The name as Canvas writes it: lower case, letters and digits only."""
    return re.sub(r"[\W_]", "", _plain(name))


def _spellings(name: str) -> set[str]:
    """The name as it stands, and with the family name first: "Anna Li" and "Li, Anna" are one."""
    words = name.replace(",", " , ").split()
    turned = [*words[-1:], *words[:-1]]
    if "," in words:
        at = words.index(",")
        turned = [*words[at + 1 :], *words[:at]]
    return {_letters(name), _letters(" ".join(turned))} - {""}
