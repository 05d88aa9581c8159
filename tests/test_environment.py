"""pyproject.toml, environment.yml and requirements.lock say the same, and name no host."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))?(?: \\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
HOST = re.compile(r"://|--(extra-)?index-url|--find-links|-i |@ ", re.MULTILINE)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def requirements(project):
    """What the package, its tests and the book ask for."""
    table = tomllib.loads(project)
    asked = [
        *table["project"]["dependencies"],
        *table["project"]["optional-dependencies"]["test"],
        *table["project"]["optional-dependencies"]["book"],
        *table["build-system"]["requires"],
    ]
    return {canonicalize_name(r.name): r for r in map(Requirement, asked)}


def conda(environment):
    """What environment.yml asks for, conda's part and pip's; without Python, pip and ourselves."""
    listed = yaml.safe_load(environment)["dependencies"]
    by_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    asked = [e for e in [*listed, *by_pip] if isinstance(e, str) and e not in ("pip", "-e .")]
    parsed = {canonicalize_name(r.name): r for r in map(Requirement, asked)}
    assert str(parsed.pop("python").specifier) == requires_python()
    return parsed


def requires_python():
    return tomllib.loads(read("pyproject.toml"))["project"]["requires-python"]


def pins(lock):
    """Versions by name; a line that is neither comment, pin nor hash fails."""
    found, hashed = {}, True
    for line in lock.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if HASH.match(line):
            hashed = True
            continue
        pin = PIN.match(line)
        assert pin, f"neither pin nor hash: {line}"
        assert hashed, f"no hash before {line}"
        found.setdefault(canonicalize_name(pin[1]), []).append(Version(pin[2]))
        hashed = False
    assert hashed, "no hash at the end"
    return found


def problems(project, environment, lock):
    """What is out of step, one entry each."""
    asked, listed, pinned = requirements(project), conda(environment), pins(lock)
    wrong = [f"environment.yml lacks {name}" for name in asked if name not in listed]
    wrong += [f"environment.yml has {name} on its own" for name in listed if name not in asked]
    wrong += [
        f"{name}: {requirement.specifier} against {listed[name].specifier}"
        for name, requirement in asked.items()
        if name in listed and requirement.specifier != listed[name].specifier
    ]
    wrong += [f"the lock lacks {name}" for name in asked if name not in pinned]
    wrong += [
        f"the lock pins {name} {version}, outside {requirement.specifier}"
        for name, requirement in asked.items()
        for version in pinned.get(name, [])
        if version not in requirement.specifier
    ]
    return wrong + ["the lock names a host"] * bool(HOST.search(lock))


def files():
    return read("pyproject.toml"), read("environment.yml"), read("requirements.lock")


def test_the_three_are_in_step():
    assert problems(*files()) == []


def test_the_lock_says_how_it_is_made():
    assert "make lock" in read("requirements.lock").split("\n\n")[0][:200]
    assert "--generate-hashes" in read("Makefile")


def test_the_lock_was_made_for_every_system():
    lock = read("requirements.lock")
    assert "sys_platform == 'win32'" in lock
    assert "sys_platform" in lock
    assert len(pins(lock)) > 100


DAMAGE = {
    "a dependency that only the project has": (0, '"babel>=2.16"', '"rich>=1", "babel>=2.16"'),
    "a bound raised in the project": (0, '"babel>=2.16"', '"babel>=99"'),
    "a dependency gone from conda": (1, "  - babel>=2.16\n", ""),
    "a dependency of conda's own": (1, "  - babel>=2.16\n", "  - babel>=2.16\n  - rich\n"),
    "a package gone from the lock": (2, "babel==", "bable=="),
    "an index in the lock": (2, "babel==", "--index-url https://pypi.example\nbabel=="),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_out_of_step_is_found(name):
    which, old, new = DAMAGE[name]
    texts = list(files())
    assert old in texts[which]
    texts[which] = texts[which].replace(old, new, 1)
    try:
        found = problems(*texts)
    except AssertionError:
        return
    assert found


def test_a_pin_without_a_hash_is_found():
    with pytest.raises(AssertionError, match="no hash"):
        pins("a==1 \\\n    --hash=sha256:" + "0" * 64 + "\nb==1\nc==1\n")
