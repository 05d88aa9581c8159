"""The catalogue: each key used exists, each sentence is used, and its placeholders are filled."""

import ast
import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from crmlib import catalogue

ROOT = Path(__file__).parents[1]
KEY = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")


def test_values_are_filled_in_by_name():
    assert catalogue.say("catalogue.example", count=2, what="rules") == "2 rules"


def test_the_form_follows_the_count():
    assert catalogue.say_count("catalogue.baskets", 1) == "1 basket"
    assert catalogue.say_count("catalogue.baskets", 0) == "0 baskets"


def test_a_missing_key_is_an_error_not_a_sentence():
    with pytest.raises(KeyError, match=r"no\.such"):
        catalogue.say("no.such")


def test_a_missing_language_is_named():
    with pytest.raises(ValueError, match="xx"):
        catalogue.say("catalogue.example", lang="xx", count=1, what="")


def _sources():
    for path in [*(ROOT / "crmlib").rglob("*.py"), *(ROOT / "tests").glob("*.py"), *ROOT.glob("book/*.py")]:
        yield path.read_text(encoding="utf-8")
    for folder in ("notebooks", "casestudies", "crmlib"):
        for path in (ROOT / folder).rglob("*.ipynb"):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            yield "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def _strings():
    for source in _sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _keys(lang):
    for path in sorted((catalogue.LOCALE / lang).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id:
                    yield message.id if isinstance(message.id, str) else message.id[0]


def test_no_key_stands_twice_and_rooms_are_files():
    keys = list(_keys("en"))
    assert len(keys) == len(set(keys))
    rooms = {path.stem for path in (catalogue.LOCALE / "en").glob("*.po")}
    assert {key.split(".")[0] for key in keys} <= rooms


def test_every_sentence_is_used():
    # A key may be put together from a stem and a branch: f"walmart.verdict.{word}".
    used = set(_strings())
    stems = {text for text in used if text.endswith(".") and KEY.fullmatch(text[:-1])}
    stems |= {text for text in used if re.fullmatch(r"[a-z_]+\.", text)}
    unused = [k for k in _keys("en") if k not in used and not any(k.startswith(s) for s in stems)]
    assert not unused


def test_every_key_used_has_a_sentence():
    rooms = {path.stem for path in (catalogue.LOCALE / "en").glob("*.po")}
    known = set(_keys("en"))
    used = {t for t in _strings() if KEY.fullmatch(t) and t.split(".")[0] in rooms}
    files = {t for t in used if t.endswith((".py", ".po", ".md", ".yaml", ".ipynb", ".json", ".css", ".js"))}
    assert used - files - known - {"no.such"} == set()
