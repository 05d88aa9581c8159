"""A round of the fort in which all students but two attack: sheets handed out and filled."""

import json
import os
import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from crmlib.workbook import notebooks
from crmlib.workbook.key import make_keys
from crmlib.workbook.rounds import course_key, roster
from crmlib.workbook.rounds.assign import Round, assign
from crmlib.workbook.rounds.manifest import Manifest
from hostile.attack import Attack
from hostile.fort import Ground, fort, private

NEIGHBOURS = ("neighbour-a", "neighbour-z")


@dataclass
class Siege:
    """Where a round stands: the ground, the folder of submissions, and who attacks how."""

    ground: Ground
    folder: Path
    manifest: Manifest
    attackers: dict[str, Attack]
    neighbours: tuple[str, ...]
    files: dict[str, Path]

    @property
    def submissions(self) -> Path:
        return self.folder / "submissions"

    def grade(self, *more: str, out: str = "results", submissions: Path | None = None, **how):
        """Run the command as an instructor would."""
        command = [sys.executable, "-m", "crmlib.cli", "grade", str(self.ground.case)]
        command += [str(submissions or self.submissions), "--out", str(self.folder / out)]
        command += ["--manifest", str(self.folder / "sheets" / "manifest.json"), *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=900, **how)


def muster(folder: Path, attacks: list[Attack]) -> Siege:
    """Hand out the sheets and fill them: one attack a student, and two honest neighbours."""
    exercises = fort(folder / "case" / "fort")
    ground = Ground(folder, exercises.path)
    ids = [NEIGHBOURS[0], *(f"attacker-{n:03}" for n in range(len(attacks))), NEIGHBOURS[1]]
    table = folder / "roster.csv"
    table.write_text("id,name\n" + "".join(f"{one},Student {one}\n" for one in ids), encoding="utf-8")
    key = course_key.new(folder / "course.key")
    assign(Round(exercises, key, folder / "sheets"), roster.read(table))
    manifest = Manifest.read(folder / "sheets" / "manifest.json")
    named = {one.id: one for one in roster.names(folder / "sheets" / roster.NAMES).values()}
    keys = make_keys(exercises, [manifest.students[named[one].pseudonym]["parameters"] for one in ids])
    (folder / "submissions").mkdir()
    siege = Siege(ground, folder, manifest, {}, tuple(named[one].pseudonym for one in NEIGHBOURS), {})
    for one, own in zip(ids, keys, strict=True):
        attack = attacks[ids.index(one) - 1] if one not in NEIGHBOURS else Attack("honest", "")
        sheet = notebooks.read(folder / "sheets" / named[one].file)
        path = siege.submissions / named[one].file
        path.write_bytes(filled(sheet, attack, ground, own))
        siege.files[named[one].pseudonym] = path
        if one not in NEIGHBOURS:
            siege.attackers[named[one].pseudonym] = attack
    return siege


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


def as_nobody(command: list[str]) -> list[str]:
    """The command as an ordinary user."""
    return (
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        if not os.getuid()
        else command
    )
