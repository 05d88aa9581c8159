"""A round of the fort in which all students but two attack: sheets handed out and filled."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.workbook import notebooks
from crmlib.workbook.key import make_keys
from crmlib.workbook.rounds import roster
from crmlib.workbook.rounds.assign import Round, assign
from crmlib.workbook.rounds.manifest import Manifest
from hostile.attack import Attack
from hostile.fort import CANARY, COURSE_KEY, Ground, fort, private
from hostile.parcels import Parcel

NEIGHBOURS = ("neighbour-a", "neighbour-z")
HONEST = Attack("honest", "")
NAMES = ("Student", "Zo\u00eb \u5c0f\u660e")
# A line of the screen: the file's name, and the verdict on it.
NOT_GRADED = re.compile(r"^  not graded: (.+) \((?:-|(?:\S+, )?s-[a-z2-7]{10})\): ([a-z ]+)", re.MULTILINE)
LIMITS = ("--cpu-seconds", "2", "--wall-seconds", "8", "--memory-mib", "500")


@dataclass
class Siege:
    """Where a round stands: the ground, and by pseudonym who attacks how and who is honest."""

    ground: Ground
    attackers: dict[str, Attack]
    neighbours: list[str]
    files: dict[str, str] = field(default_factory=dict)  # as intake shows them, by attack
    pages: dict[str, str] = field(default_factory=dict)  # what a page of feedback would be called, by attack

    def grade(self, submissions: str, out: str, *more: str) -> subprocess.CompletedProcess:
        """Run the command as an instructor would."""
        folder = self.ground.folder
        command = [
            sys.executable,
            "-m",
            "crmlib.cli",
            "grade",
            str(self.ground.case),
            str(folder / submissions),
        ]
        command += ["--out", str(folder / out), "--manifest", str(folder / "sheets" / "manifest.json")]
        return subprocess.run([*command, *LIMITS, *more], capture_output=True, text=True, timeout=900)

    def report(self) -> subprocess.CompletedProcess:
        """Gradebook, pages and class report of the results."""
        folder = self.ground.folder
        places = {"roster": "roster.csv", "out": "report", "manifest": "sheets/manifest.json"}
        options = [word for name, path in places.items() for word in (f"--{name}", str(folder / path))]
        command = [
            sys.executable,
            "-m",
            "crmlib.cli",
            "report",
            str(self.ground.case),
            str(folder / "results"),
        ]
        return subprocess.run([*command, *options], capture_output=True, text=True, timeout=900)

    def marks(self, student: str, out: str = "results") -> bytes:
        """The bytes of a student's result; none where there is no result."""
        path = self.ground.folder / out / f"{student}.json"
        return path.read_bytes() if path.exists() else b""


def muster(folder: Path, attacks: list[Attack]) -> Siege:
    """Hand out the sheets and fill them: an honest neighbour before and after the attackers."""
    exercises = fort(folder / "case" / "fort")
    people = {NEIGHBOURS[0]: HONEST} | {f"attacker-{n:03}": one for n, one in enumerate(attacks)}
    people |= {NEIGHBOURS[1]: HONEST}
    named, parameters = _hand_out(exercises, folder, people)
    siege = Siege(Ground(folder, exercises.path), {}, [])
    keys = zip(people, make_keys(exercises, parameters), strict=True)
    with zipfile.ZipFile(folder / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for one, own in keys:
            sheet = notebooks.read(folder / "sheets" / named[one].file)
            _hand_in(siege, named[one], people[one], filled(sheet, people[one], siege.ground, own), archive)
    return siege


def _hand_in(siege, who, attack, data, archive) -> None:
    """Put the file among the submissions, or as the attack puts it; the neighbours' everywhere."""
    folder = siege.ground.folder
    if attack is HONEST:
        siege.neighbours.append(who.pseudonym)
        (folder / "alone" / who.file).write_bytes(data)
        archive.writestr(who.file, data)
    else:
        siege.attackers[who.pseudonym] = attack
        siege.files[attack.name] = attack.shown.format(file=who.file)
        siege.pages[attack.name] = f"{Path(who.file).stem}.html"
    if attack.put:
        neighbour = next((folder / "alone").iterdir())
        attack.put(Parcel(folder / "submissions", archive, who.file, data, neighbour, siege.ground.outside))
    else:
        (folder / "submissions" / who.file).write_bytes(data)


def _hand_out(exercises, folder, people) -> tuple[dict, list[dict]]:
    """The names of the students by id, and their parameters in order."""
    for name in ("submissions", "alone"):
        (folder / name).mkdir()
    table = folder / "roster.csv"
    rows = (f"{one},{people[one].seen or NAMES[n % 2]}\n" for n, one in enumerate(people))
    table.write_text("id,name\n" + "".join(rows), encoding="utf-8")
    (folder / "course.key").write_bytes(COURSE_KEY)
    assign(Round(exercises, COURSE_KEY, folder / "sheets"), roster.read(table))
    named = {one.id: one for one in roster.names(folder / "sheets" / roster.NAMES).values()}
    students = Manifest.read(folder / "sheets" / "manifest.json").students
    return named, [students[named[one].pseudonym]["parameters"] for one in people]


def filled(sheet, attack: Attack, ground: Ground, own) -> bytes:
    """The bytes of the sheet with honest answers, but for the attack."""
    sheet = deepcopy(sheet)
    honest = {one.name: one.solution.source for one in fort().exercises}
    words = private(sheet, own.parameters["seed"], own.answers)
    for cell in sheet.cells:
        name = cell.source.removesuffix(" = ...")
        if cell.source == f"{name} = ..." and name in honest:
            cell.source = honest[name]
            if name in attack.code:
                cell.source = ground.aimed(attack.program(name), words)
    made = attack.reshape(sheet) if attack.reshape else sheet
    return made if isinstance(made, bytes) else json.dumps(made, indent=1).encode()


def besiege(attacks: list[Attack], *, whole: bool = True) -> dict:
    """What came of it, as JSON values: outcomes by attack, what was left, how the neighbours fared.

    The ``whole`` round takes in a zip too, and ends in the report.
    """
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    siege = muster(folder, attacks)
    bystander = subprocess.Popen(["sleep", "600"], env={**os.environ, "FORT_CANARY": CANARY})
    every, outs = [siege.grade("alone", "apart")], ["apart", "results"]  # leaves the class's key lying about
    every.append(siege.grade("submissions", "results"))
    bystander.kill()
    bystander.wait()
    if whole:
        every, outs = [*every, siege.grade("packed.zip", "unpacked")], [*outs, "unpacked"]
        _rename(folder / "sheets" / roster.NAMES, attacks)
        every.append(siege.report())
    found = {
        "code": [one.returncode for one in every],
        "intake": [(folder / out / "intake.json").read_text(encoding="utf-8") for out in outs],
        "said": "".join(one.stdout + one.stderr for one in every),
        "marks": siege.ground.marks(),
        "attacks": {
            name: one
            for ran, out in zip(every, outs, strict=False)
            if out != "apart"
            for name, one in _outcomes(siege, out, ran.stdout).items()
        },
        "neighbours": [len({siege.marks(one, out) for out in outs}) == 1 for one in siege.neighbours],
        "honest": [_questions(siege.marks(one)) for one in siege.neighbours],
        "held": _held(siege, outs),
        "bytes": sum(path.stat().st_size for path in (folder / "results").rglob("*")),
        "report": _reported(siege) if whole else None,
    }
    siege.ground.listener.close()
    shutil.rmtree(folder)
    return found


def _held(siege, outs) -> list:
    """The levels and the limits of processor time and memory that stand in the results."""
    results = [
        json.loads(path.read_bytes()) for out in outs for path in (siege.ground.folder / out).glob("s-*.json")
    ]
    limits = [(one["level"], one["limits"]["cpu_seconds"], one["limits"]["memory_mib"]) for one in results]
    return sorted(set(limits))


def _outcomes(siege, out: str, screen: str) -> dict:
    """By the attack's name: the verdict on the file, and the outcome by question."""
    told = dict(NOT_GRADED.findall(screen))
    return {
        attack.name: [_verdict(siege, student, out, told), _questions(siege.marks(student, out))]
        for student, attack in siege.attackers.items()
        if attack.packed == (out == "unpacked")
    }


def _verdict(siege, student: str, out: str, told: dict[str, str]) -> str | None:
    """What the list says of the student's file, and the screen, where alone files stand by their names."""
    intake = json.loads((siege.ground.folder / out / "intake.json").read_bytes())
    accepted = {"student": student, "verdict": "accepted"}
    if any(accepted.items() <= file.items() for file in intake):
        return "accepted"
    return told.get(siege.files[siege.attackers[student].name])


def _rename(names: Path, attacks) -> None:
    """Put names with terminal codes in: they come behind the roster's back."""
    text = names.read_text(encoding="utf-8")
    for attack in attacks:
        if attack.seen != attack.called:
            text = text.replace(attack.seen, attack.called)
    names.write_text(text, encoding="utf-8")


def _reported(siege) -> dict:
    """What the report wrote, pages by attack and by file; and the key of the graded run."""
    folder = siege.ground.folder
    pages = {path.name: path.read_text(encoding="utf-8") for path in (folder / "report").rglob("*.html")}
    return {
        "attacked": {name: pages[page] for name, page in siege.pages.items() if page in pages},
        "pages": pages,
        "gradebook": (folder / "report" / "gradebook.csv").read_text(encoding="utf-8"),
        "key": json.loads((folder / "results" / "key.json").read_bytes())["unseen"],
    }


def _questions(result: bytes) -> dict[str, str]:
    return {one["name"]: one["outcome"] for one in json.loads(result)["questions"]} if result else {}


if __name__ == "__main__":
    from hostile.corpus import CORPUS

    given = json.load(sys.stdin)
    print(json.dumps(besiege([CORPUS[name] for name in given["names"]], whole=given["whole"])))
