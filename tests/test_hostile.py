"""Hostile submissions: each attack succeeds with its layer off and fails with it on; honest answers count."""

import json
import subprocess
import sys
import time

import pytest
from hostile.corpus import CORPUS
from hostile.fort import CANARY, Ground, fort, private
from hostile.naive import fooled

from crmlib.workbook.key import make_key
from crmlib.workbook.sandbox import Job, Limits, Zygote
from crmlib.workbook.sheet import make_sheet

WAIT = 6
SEED = 7


@pytest.fixture(scope="module")
def key():
    return make_key(fort(), {"seed": SEED}).answers


@pytest.fixture
def ground(tmp_path):
    """A ground of its own, with a bystander whose environment holds the canary."""
    made = Ground(tmp_path, fort().path)
    bystander = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"], env={"FORT_CANARY": CANARY}
    )
    yield made
    bystander.kill()
    bystander.wait()
    made.listener.close()


def test_the_corpus_is_as_large_as_promised():
    assert len(CORPUS) >= 40
    shown = [one for one in CORPUS.values() if one.naive or one.leaves or one.loot]
    assert len(shown) >= 40


def test_a_grader_that_compares_beside_the_student_is_fooled(key, ground):
    attacks = [one for one in CORPUS.values() if one.naive and not one.full]
    assert fooled(attacks, key, SEED, own(ground, key)) == {one.name: falls(one) for one in attacks}


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


OPEN = [one for one in CORPUS.values() if (one.leaves or one.loot) and not one.naive]


def job(attack, ground, limits):
    (setup,) = (code.source for code in fort().setup)
    cells = [(1, f"seed = {SEED}\nshare = 0.5"), (2, setup)]
    cells += [(number, ground.aimed(attack.program(name), {})) for number, name in enumerate(attack.code, 3)]
    specs = {one.name: one.spec for one in fort().exercises}
    return Job(tuple(cells), specs, limits)


def wide():
    """Limits that stop none of the attacks."""
    return Limits(20, 20, 8192, 4096, 2000, 2000)


@pytest.fixture(scope="module")
def unguarded():
    with Zygote(fort(), level="none", parameters={"seed": SEED, "share": 0.5}) as zygote:
        yield zygote


@pytest.mark.parametrize("attack", OPEN, ids=lambda one: one.name)
def test_without_its_layer_the_attack_succeeds(attack, unguarded, ground, key):
    ran = unguarded.run(job(attack, ground, wide()))
    if attack.leaves:
        assert within(WAIT, lambda: attack.leaves in ground.marks()), ran
    if attack.loot:
        name, value = attack.loot
        said = ran.answers[name].json if name in ran.answers else None
        assert said == json.dumps(key[name] if value == "KEY" else value), ran


def within(seconds, condition) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found
