"""A round of the fort in which all students but two attack: sheets handed out and filled."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from crmlib.workbook import notebooks
from crmlib.workbook.key import make_keys
from crmlib.workbook.rounds import roster
from crmlib.workbook.rounds.assign import Round, assign
from crmlib.workbook.rounds.manifest import Manifest
from hostile.attack import Attack
from hostile.fort import CANARY, Ground, fort, private

NEIGHBOURS = ("neighbour-a", "neighbour-z")
KEY = b"the course key of this test and of no class"
HONEST = Attack("honest", "")


LIMITS = ("--cpu-seconds", "2", "--wall-seconds", "4", "--memory-mib", "500")


@dataclass
class Siege:
    """Where a round stands: the ground, and by pseudonym who attacks how and who is honest."""

    ground: Ground
    attackers: dict[str, Attack]
    neighbours: list[str]

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

    def marks(self, student: str, out: str = "results") -> bytes:
        """The bytes of a student's result; none where there is no result."""
        path = self.ground.folder / out / f"{student}.json"
        return path.read_bytes() if path.exists() else b""


def muster(folder: Path, attacks: list[Attack]) -> Siege:
    """Hand out the sheets and fill them: an honest neighbour before and after the attackers."""
    exercises = fort(folder / "case" / "fort")
    people = {NEIGHBOURS[0]: HONEST} | {f"attacker-{n:03}": one for n, one in enumerate(attacks)}
    people |= {NEIGHBOURS[1]: HONEST}
    named, parameters = _hand_out(exercises, folder, list(people))
    siege = Siege(Ground(folder, exercises.path), {}, [])
    for one, own in zip(people, make_keys(exercises, parameters), strict=True):
        sheet = notebooks.read(folder / "sheets" / named[one].file)
        data = filled(sheet, people[one], siege.ground, own)
        (folder / "submissions" / named[one].file).write_bytes(data)
        if people[one] is HONEST:
            siege.neighbours.append(named[one].pseudonym)
            (folder / "alone" / named[one].file).write_bytes(data)
        else:
            siege.attackers[named[one].pseudonym] = people[one]
    return siege


def _hand_out(exercises, folder, ids) -> tuple[dict, list[dict]]:
    """The names of the students by id, and their parameters in order."""
    for name in ("submissions", "alone"):
        (folder / name).mkdir()
    table = folder / "roster.csv"
    table.write_text("id,name\n" + "".join(f"{one},Student {one}\n" for one in ids), encoding="utf-8")
    assign(Round(exercises, KEY, folder / "sheets"), roster.read(table))
    named = {one.id: one for one in roster.names(folder / "sheets" / roster.NAMES).values()}
    students = Manifest.read(folder / "sheets" / "manifest.json").students
    return named, [students[named[one].pseudonym]["parameters"] for one in ids]


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


def besiege(attacks: list[Attack]) -> dict:
    """What came of it, as JSON values: outcomes by attack, what was left, how the neighbours fared."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    siege = muster(folder, attacks)
    bystander = subprocess.Popen(["sleep", "600"], env={**os.environ, "FORT_CANARY": CANARY})
    ran = siege.grade("submissions", "results")
    bystander.kill()
    bystander.wait()
    alone = siege.grade("alone", "apart")
    found = {
        "code": [ran.returncode, alone.returncode],
        "said": ran.stdout + ran.stderr,
        "marks": siege.ground.marks(),
        "attacks": _outcomes(siege, "results", siege.attackers),
        "neighbours": [siege.marks(one) == siege.marks(one, "apart") for one in siege.neighbours],
        "honest": [_questions(siege.marks(one)) for one in siege.neighbours],
        "bytes": sum(path.stat().st_size for path in (folder / "results").rglob("*")),
    }
    siege.ground.listener.close()
    shutil.rmtree(folder)
    return found


def _outcomes(siege, out, attackers) -> dict:
    """By the attack's name: the verdict on the file, and the outcome by question."""
    intake = json.loads((siege.ground.folder / out / "intake.json").read_bytes())
    verdicts = {file["student"]: file["verdict"] for file in intake}
    return {
        attack.name: [verdicts.get(student), _questions(siege.marks(student, out))]
        for student, attack in attackers.items()
    }


def _questions(result: bytes) -> dict[str, str]:
    return {one["name"]: one["outcome"] for one in json.loads(result)["questions"]} if result else {}


if __name__ == "__main__":
    from hostile.corpus import CORPUS

    print(json.dumps(besiege([CORPUS[name] for name in json.load(sys.stdin)])))
