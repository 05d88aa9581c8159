"""Hostile submissions: each attack succeeds with its layer off and fails with it on; honest answers count."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hostile.corpus import CORPUS
from hostile.fort import CANARY, fort, private, standing
from hostile.naive import fooled
from hostile.pages import acts, controls, formulas, leaked
from hostile.papers import FAKED
from hostile.parcels import Parcel
from hostile.siege import HONEST, filled
from sandboxes import AS_NOBODY, ROOT

from crmlib.workbook.key import make_key
from crmlib.workbook.sheet import make_sheet

SEED = 7


@pytest.fixture(scope="module")
def own_key():
    return make_key(fort(), {"seed": SEED})


@pytest.fixture(scope="module")
def key(own_key):
    return own_key.answers


@pytest.fixture
def ground(tmp_path):
    with standing(tmp_path) as made:
        yield made


def test_the_corpus_is_as_large_as_promised():
    assert len(CORPUS) >= 40
    assert [one.name for one in CORPUS.values() if not (one.naive or one.leaves or one.loot)] == []


def test_a_grader_that_compares_beside_the_student_is_fooled(key, ground):
    attacks = [one for one in CORPUS.values() if one.naive and one.code and not one.full]
    assert fooled(attacks, key, SEED, own(ground, key)) == {one.name: falls(one) for one in attacks}


def test_a_clerk_who_believes_every_file_is_fooled(own_key, ground, tmp_path):
    attacks = [one for one in CORPUS.values() if not one.code]
    files = {one.name: laid_out(one, ground, tmp_path / f"{n}", own_key) for n, one in enumerate(attacks)}
    found = fooled(attacks, own_key.answers, SEED, own(ground, own_key.answers), files)
    assert found == {one.name: falls(one) for one in attacks}


def laid_out(attack, ground, folder, own_key) -> dict[str, str]:
    """The paths of a paper and of the honest one; of a parcel beside its neighbour's file, or of its zip."""
    sheet = make_sheet(fort(), {"seed": SEED}, kind="assigned", student="s-aaaaaaaaaa")
    honest = folder / "in" / "neighbour.ipynb"
    honest.parent.mkdir(parents=True)
    honest.write_bytes(filled(sheet, HONEST, ground, own_key))
    if attack.called:
        return {"NAME": attack.called}
    if not attack.put:
        (folder / "paper").write_bytes(filled(sheet, attack, ground, own_key))
        return {"DATA": str(folder / "paper"), "HONEST": str(honest)}
    with zipfile.ZipFile(folder / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        parcel = Parcel(honest.parent, archive, "own.ipynb", honest.read_bytes(), honest, ground.outside)
        attack.put(parcel)
    return {"PLACE": str(folder / "in.zip" if attack.packed else honest.parent), "FILE": "own.ipynb"}


@pytest.mark.full
def test_a_gigabyte_is_no_exaggeration(key, ground):
    attacks = [one for one in CORPUS.values() if one.naive and one.full]
    assert fooled(attacks, key, SEED, own(ground, key)) == {one.name: falls(one) for one in attacks}


def falls(attack) -> str:
    """What becomes of a naive grader."""
    word = attack.naive.split()[-1]
    return word if word in ("dies", "hangs") else "yes"


def own(ground, key):
    """What aims an attack at the ground, at a student whose own data are those of the naive grader."""
    sheet = make_sheet(fort(), {"seed": SEED})
    words = private(sheet, SEED, key)
    return lambda code: ground.aimed(code, words)


NAMES = [one.name for one in fort().exercises]
HONESTLY = {name: "hand" if name == "memo" else "correct" for name in NAMES}
MOST_BYTES = 60 * 2**20


def besieged(attacks, *, ordinary=False, whole=True) -> dict:
    """What `hostile.siege` reports of a round with these attacks, by this or by an ordinary user."""
    command = [sys.executable, "-m", "hostile.siege"]
    if ordinary and os.geteuid() == 0:
        command[1:1] = ["-c", AS_NOBODY.format(root=str(ROOT)).replace("os.chdir", f"{HERE}\nos.chdir")]
    given = json.dumps({"names": [one.name for one in attacks], "whole": whole})
    tests = Path(__file__).parent
    ran = subprocess.run(command, input=given, capture_output=True, text=True, timeout=900, cwd=tests)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


HERE = f'os.environ["PYTHONPATH"] = {os.pathsep.join([str(Path(__file__).parent), str(ROOT)])!r}'


def hold(found, attacks) -> None:
    """Outcomes as expected, nothing left outside, the neighbours' marks as if nobody had attacked."""
    wrong = [line for attack in attacks for line in differences(attack, *found["attacks"][attack.name])]
    assert not wrong, "\n".join(wrong)
    assert set(found["code"]) == {0}, found["said"]
    assert found["held"] == [["full", 2, 500]]
    assert found["marks"] == []
    assert found["neighbours"] == [True, True]
    assert found["honest"] == [HONESTLY, HONESTLY]
    one_line_each(found)
    assert found["bytes"] < MOST_BYTES
    if found["report"]:
        only_text(found, attacks)


def one_line_each(found) -> None:
    """What a student wrote neither acts on the screen or in the lists of files nor begins a line there."""
    texts = [str(text) for given in found["intake"] for file in json.loads(given) for text in file.values()]
    assert controls(found["said"]) == controls("".join(texts)) == []
    assert [text for text in texts if len(text.splitlines()) > 1] == []
    assert [line for line in found["said"].splitlines() if line.strip().startswith(FAKED)] == []


def only_text(found, attacks) -> None:
    """Nothing of an attack acts in a page or in the gradebook; no page tells what was not answered."""
    told = found["report"]
    graded = {one.name for one in attacks if one.verdict == "accepted" and not one.packed}
    assert told["attacked"].keys() == graded
    class_report = told["pages"].pop("class_report.html")
    assert {name: acts(page) for name, page in told["pages"].items() if acts(page)} == {}
    assert controls(class_report + told["gradebook"]) == formulas(told["gradebook"]) == []
    assert not [word for word in ("alert(1)<", "<img src=x") if word in class_report]
    for attack in attacks:
        assert attack.called[-3:] in told["gradebook"], attack.name  # the name is told, only not obeyed
    assert CANARY not in "".join(told["pages"].values()) + class_report + told["gradebook"]
    assert len(told["key"]["word"]) == 16
    for name, page in told["attacked"].items():
        assert leaked(page, told["key"], found["attacks"][name][1]) == [], name


def differences(attack, verdict, outcomes):
    if verdict != attack.verdict:
        yield f"{attack.name}: {verdict}, not {attack.verdict}"
    elif verdict == "accepted":
        for name, expected in attack.expected(NAMES).items():
            if outcomes[name] not in expected.split("|"):
                yield f"{attack.name}, {name}: {outcomes[name]}, not {expected}"


def test_with_all_layers_every_attack_fails_and_the_honest_keep_their_points():
    attacks = [one for one in CORPUS.values() if not one.full]
    hold(besieged(attacks), attacks)


def test_the_sandbox_holds_as_well_where_an_ordinary_user_grades():
    attacks = [one for one in CORPUS.values() if one.outside and not one.full and not one.dose]
    hold(besieged(attacks, ordinary=True, whole=False), attacks)


@pytest.mark.full
@pytest.mark.parametrize("ordinary", [False, True])
def test_the_whole_corpus(ordinary):
    attacks = list(CORPUS.values())
    hold(besieged(attacks, ordinary=ordinary), attacks)
