"""Hostile submissions: each attack succeeds with its layer off and fails with it on; honest answers count."""

import ctypes
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hostile.attack import ENVIRONMENT, LIMITS, REPLAY, SWITCHES
from hostile.corpus import CORPUS
from hostile.fort import CANARY, Ground, fort, private
from hostile.naive import fooled
from hostile.pages import acts, controls, formulas, leaked
from hostile.papers import FAKED
from hostile.parcels import Parcel
from hostile.siege import HONEST, filled
from sandboxes import AS_NOBODY, ROOT

from crmlib.workbook.grading import runs
from crmlib.workbook.key import make_key
from crmlib.workbook.sandbox import Job, Layers, Limits, Zygote, frames, handle
from crmlib.workbook.sandbox.watch import Watch
from crmlib.workbook.sheet import make_sheet

WAIT = 6
SEED = 7


@pytest.fixture(scope="module")
def own_key():
    return make_key(fort(), {"seed": SEED})


@pytest.fixture(scope="module")
def key(own_key):
    return own_key.answers


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
    made.clear()
    made.listener.close()


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


OPEN = [one for one in CORPUS.values() if (one.leaves or one.loot) and one.layer in SWITCHES]
ROOMY = Limits(20, 20, 8192, 4096, 2000, 2000)
TIGHT = Limits(wall_seconds=4, cpu_seconds=1, memory_mib=500, processes=32, output_mib=5, files_mib=100)
FAR = replace(TIGHT, wall_seconds=60, output_mib=100)  # these two no switch turns off
PARAMETERS = {"seed": SEED, "share": 0.5}
PR_SET_PTRACER = 0x59616D61


def run(zygote, ground, limits, attack):
    """One run of the attack, and one of the neighbour that it is meant for."""
    (setup,) = (code.source for code in fort().setup)
    specs = {one.name: one.spec for one in fort().exercises}
    ran = []
    for programs in (attack.ending(), [attack.then]) if attack.then else (attack.ending(),):
        cells = [f"seed = {SEED}\nshare = 0.5", setup, *(ground.aimed(one, {}) for one in programs)]
        ran.append(zygote.run(Job(tuple(enumerate(cells, 1)), specs, limits)))
    return ran[0]


@pytest.fixture(scope="module", params=SWITCHES)
def weakened(request):
    """A place and a zygote whose runs lack what guards it."""
    off = Layers(**dict.fromkeys(SWITCHES[request.param], False))
    with Zygote(fort(), parameters=PARAMETERS, layers=off) as zygote:
        yield request.param, zygote


@pytest.fixture(scope="module")
def guarded():
    """A zygote of the level full."""
    with Zygote(fort(), parameters=PARAMETERS) as zygote:
        yield zygote


@pytest.fixture
def laid(ground, own_key):
    """The ground of a class that is graded; who runs here may be traced, as where no Yama forbids it."""
    sheet = make_sheet(fort(), {"seed": SEED}, kind="assigned", student="s-aaaaaaaaaa")
    ground.lay(own_key, filled(sheet, HONEST, ground, own_key))
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1))
    return ground


def test_without_its_layer_the_attack_succeeds(weakened, laid, key):
    place, zygote = weakened
    attacks = at(place)
    assert attacks
    for attack in attacks:
        laid.clear()
        ran = run(zygote, laid, FAR if place == LIMITS else ROOMY, attack)
        assert got(attack, ran, laid, key, seconds=WAIT) == wanted(attack), (attack.name, ran)


def at(place) -> list:
    """The attacks on a place that end by themselves."""
    return [one for one in OPEN if one.layer == place and not one.dose]


@pytest.mark.parametrize("place", SWITCHES)
def test_with_its_layer_the_same_attack_fails(place, guarded, laid, key):
    assert come_through(at(place), guarded, laid, key) == []


@pytest.mark.parametrize("place", SWITCHES)
def test_the_level_reduced_holds_it_too(place, laid, key):
    with Zygote(fort(), parameters=PARAMETERS, level="reduced") as zygote:
        assert come_through(at(place), zygote, laid, key) == []


def come_through(attacks, zygote, ground, key) -> list[str]:
    """The names of those that get what they are after, and what some left behind later."""
    found = []
    for attack in attacks:
        ran = run(zygote, ground, TIGHT if attack.layer == LIMITS else ROOMY, attack)
        found += [attack.name] * bool(got(attack, ran, ground, key))
    within(2, ground.marks)
    return found + ground.marks()


ENDING = [one for one in CORPUS.values() if one.layer == REPLAY and one.outcomes["first"] == "died"]


@pytest.mark.parametrize("attack", ENDING, ids=lambda one: one.name)
def test_without_a_replay_what_ends_the_run_takes_the_other_answers_along(attack, guarded, monkeypatch):
    (setup,) = (code.source for code in fort().setup)
    sources = "seed = 7", setup, attack.program("first"), fort().by_name["places"].solution.source
    cells = [[number, source] for number, source in enumerate(sources, 1)]
    specs = {"places": fort().by_name["places"].spec}

    def once(cells):
        return guarded.run(Job(tuple(map(tuple, cells)), specs, ROOMY))

    def answered():
        attempts = runs.play(once, cells, {3: "first", 4: "places"}).attempts
        return bool(attempts[-1]["answers"].get("places", {}).get("json"))

    assert answered()
    monkeypatch.setattr(runs, "REPLAYS", 0)
    assert not answered()


@pytest.mark.parametrize("name", ["forged messages on every descriptor", "garbage on every descriptor"])
def test_what_is_no_message_ends_the_grading_where_it_is_taken_for_one(guarded, ground, monkeypatch, name):
    assert run(guarded, ground, ROOMY, CORPUS[name]).stop.word == "died"
    monkeypatch.setattr(Watch, "_take", believe)
    with pytest.raises(frames.Nonsense):
        run(guarded, ground, ROOMY, CORPUS[name])


def believe(watch, data) -> None:
    """Take every message as one that may come."""
    for message in watch._inboxes[watch._stream].take(data):
        if watch._story.take(message, watch._look) == "start":
            watch._unsent = b"."
            watch._send()


@pytest.mark.full
@pytest.mark.parametrize("attack", [one for one in OPEN if one.dose], ids=lambda one: one.name)
def test_what_would_never_end_goes_past_its_limit_where_there_is_none(attack, guarded, ground, key):
    off = Layers(**dict.fromkeys(SWITCHES[LIMITS], False))
    with Zygote(fort(), parameters=PARAMETERS, layers=off) as zygote:
        ran = run(zygote, ground, FAR, attack)
    assert got(attack, ran, ground, key) == wanted(attack), ran
    ran = run(guarded, ground, TIGHT, attack)
    assert got(attack, ran, ground, key) == []
    assert ran.stop.word == ("output" if attack.shows else "timeout")


def test_the_environment_is_open_where_it_is_handed_on(monkeypatch, guarded, ground, key):
    (attack,) = (one for one in CORPUS.values() if one.layer == ENVIRONMENT)
    bare = handle.environment()
    monkeypatch.setenv("FORT_CANARY", CANARY)
    with Zygote(fort(), parameters=PARAMETERS) as zygote:
        assert got(attack, run(zygote, ground, ROOMY, attack), ground, key) == []
    monkeypatch.setattr(handle, "environment", lambda: dict(os.environ) | bare)
    with Zygote(fort(), parameters=PARAMETERS) as zygote:
        assert got(attack, run(zygote, ground, ROOMY, attack), ground, key) == wanted(attack)


def wanted(attack) -> list[str]:
    """What the attack is after."""
    return [name for name in ("leaves", "loot", "shows") if getattr(attack, name)]


def got(attack, ran, ground, key, *, seconds=0) -> list[str]:
    """What the attack is after and has got, where it leaves something: in time."""
    found = []
    if attack.leaves and within(seconds, lambda: attack.leaves in ground.marks()):
        found.append("leaves")
    if attack.loot and _brought(ran, *attack.loot, key):
        found.append("loot")
    if attack.shows and _shown(ran) >= attack.shows:
        found.append("shows")
    return found


def _brought(ran, name, value, key) -> bool:
    said = ran.answers[name].json if name in ran.answers else None
    return said == json.dumps(key[name] if value == "KEY" else value)


def _shown(ran) -> int:
    """The length of all texts and pictures."""
    outputs = [one for cell in ran.cells.values() for one in cell.outputs]
    return sum(len(one.get("text", "")) + sum(map(len, one.get("data", {}).values())) for one in outputs)


def within(seconds, condition) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


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
    attacks = [one for one in OPEN if not one.full and not one.dose]
    hold(besieged(attacks, ordinary=True, whole=False), attacks)


@pytest.mark.full
@pytest.mark.parametrize("ordinary", [False, True])
def test_the_whole_corpus(ordinary):
    attacks = list(CORPUS.values())
    hold(besieged(attacks, ordinary=ordinary), attacks)
