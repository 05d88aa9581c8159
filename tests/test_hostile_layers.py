"""Each attack on the sandbox with its layer off, where it succeeds, and with all layers, where it fails."""

import ctypes
import json
import os
import time
from dataclasses import replace

import pytest
from hostile.attack import ENVIRONMENT, LIMITS, PROBE, REPLAY, SWITCHES
from hostile.corpus import CORPUS
from hostile.fort import CANARY, fort, standing
from hostile.siege import HONEST, filled, muster
from sandboxes import bare

from crmlib.cli import main
from crmlib.workbook.grading import probe, runs
from crmlib.workbook.key import make_key
from crmlib.workbook.sandbox import Job, Layers, Limits, Zygote, frames, handle
from crmlib.workbook.sandbox.watch import Watch
from crmlib.workbook.sheet import make_sheet

WAIT = 6
TRIES = 8  # what acts as its process ends races with the signal that ends it, a fork with who forked
SEED = 7
OPEN = [one for one in CORPUS.values() if one.outside]
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
        assert any(breaks_out(attack, zygote, laid, key) for _ in range(TRIES)), attack.name


def breaks_out(attack, zygote, ground, key) -> bool:
    """Whether one run of the attack gets all that it is after."""
    ground.clear()
    ran = run(zygote, ground, FAR if attack.layer == LIMITS else ROOMY, attack)
    return got(attack, ran, ground, key, seconds=WAIT) == wanted(attack)


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


# What a zygote runs before its runs, so that forks listen too.
LISTENING = """
from crmlib.workbook.sandbox import teller

class Listening(teller.Teller):
    def ask(self, **message):
        self.tell(**message)
        if not self._stream.recv(1):
            os._exit(1)

import os
teller.Teller = Listening
"""


def test_a_fork_that_listens_takes_the_answers_after_it_along(guarded):
    once, again = (played_with_a_fork(guarded) for _ in range(2))
    assert kept_answers(once) == {"first", "rows", "places"}
    assert json.dumps(once) == json.dumps(again)
    with Zygote(bare(setup=LISTENING), parameters=PARAMETERS) as zygote:
        tries = (kept_answers(played_with_a_fork(zygote)) for _ in range(TRIES))
        assert any(not kept >= {"rows", "places"} for kept in tries)


def played_with_a_fork(zygote) -> list:
    """The attempts at a notebook with the attack, then two honest answers."""
    (setup,) = (code.source for code in fort().setup)
    names = ["first", "rows", "places"]
    honest = [fort().by_name[name].solution.source for name in names[1:]]
    fork = CORPUS["a fork that goes on in the notebook"].program("first")
    cells = [[n, source] for n, source in enumerate(["seed = 7", setup, fork, *honest], 1)]
    specs = {name: fort().by_name[name].spec for name in names}

    def once(cells):
        return zygote.run(Job(tuple(map(tuple, cells)), specs, replace(ROOMY, wall_seconds=2)))

    return runs.play(once, cells, dict(enumerate(names, 3))).attempts


def kept_answers(attempts) -> set[str]:
    """The questions that have an answer in the end."""
    return {name for name, one in attempts[-1]["answers"].items() if one["json"]}


def test_without_the_probe_what_only_fits_a_wrong_answer_has_its_points(tmp_path, monkeypatch):
    attacks = [one for one in CORPUS.values() if one.layer == PROBE]
    siege = muster(tmp_path, attacks)
    assert supports(siege, "probed") == {one.name: one.outcomes["support"] for one in attacks}
    monkeypatch.setattr(probe, "follows", lambda *_: True)
    assert supports(siege, "unprobed") == {one.name: "carried forward" for one in attacks}
    siege.ground.listener.close()


def supports(siege, out) -> dict[str, str]:
    """The outcomes of the question that follows another, by attack, after a grading here."""
    folder = siege.ground.folder
    words = ["grade", str(siege.ground.case), str(folder / "submissions"), "--out", str(folder / out)]
    assert main([*words, "--manifest", str(folder / "sheets" / "manifest.json"), "--level", "none"]) == 0
    results = {one.name: json.loads(siege.marks(who, out)) for who, one in siege.attackers.items()}
    return {
        name: next(q["outcome"] for q in result["questions"] if q["name"] == "support")
        for name, result in results.items()
    }


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
