"""Each case runs at its sets and records what parameters.yaml expects; that comparison can fail."""

from pathlib import Path

import pytest
from toys import SETS, code, make_case, notebook, study

from crmlib.workbook import cases, results, runner
from crmlib.workbook.limits import Limits
from crmlib.workbook.outcome import Refused

ROOT = Path(__file__).parents[1]
CASES = [case.name for case in cases.all_cases(ROOT)]
LIMITS = Limits(600, 300)


def run_set(name, set_name, out):
    case = next(case for case in cases.all_cases(ROOT) if case.name == name)
    return runner.run(runner.prepare(case, {}, set_name=set_name, out=out, limits=LIMITS))


def test_there_are_cases():
    assert "walmart" in CASES


@pytest.mark.parametrize("name", CASES)
def test_a_case_s_sets_fit_its_declaration(name):
    case = next(case for case in cases.all_cases(ROOT) if case.name == name)
    assert {"small", "base", "stress"} <= set(case.sets)
    assert case.parameters
    assert all(body["expected"] for body in case.sets.values())


@pytest.mark.parametrize("name", CASES)
def test_a_case_at_its_small_set(name, tmp_path):
    ran = run_set(name, "small", tmp_path)
    assert ran.outcome.ok, ran.outcome.sentence()
    assert ran.answer


@pytest.mark.full
@pytest.mark.parametrize("set_name", ["base", "stress"])
@pytest.mark.parametrize("name", CASES)
def test_a_case_at_its_other_sets(name, set_name, tmp_path):
    ran = run_set(name, set_name, tmp_path)
    assert ran.outcome.ok, ran.outcome.sentence()


def test_a_wrong_expectation_is_reported(tmp_path):
    wrong = SETS.replace("total: 1.0", "total: 1.000001, other: 3").replace("type}", "category}")
    case = make_case(tmp_path / "case", sets=wrong)
    ran = runner.run(runner.prepare(case, {}, set_name="small", out=tmp_path / "runs"))
    assert ran.outcome.word == "unexpected results"
    assert ran.outcome.code == 8
    assert [line.split(":")[0] for line in ran.differences] == ["total", "other", "level"]
    assert "1.000001 expected, 1.0 found" in ran.differences[0]
    assert "not recorded" in ran.differences[1]


AGREE = [
    (1, 1),
    (1, 1.0),
    (0.997, 0.997 * (1 + 1e-10)),
    ({"value": 0.5, "rel": 0.01}, 0.504),
    ({"value": 0, "abs": 0.1}, -0.1),
    ({"value": 100, "abs": 2}, 102),
    ("type", "type"),
    (True, True),
]
DIFFER = [
    (1, 2),
    (10**17, 10**17 + 1),
    (0.997, 0.997 * (1 + 1e-8)),
    ({"value": 0.5, "rel": 0.001}, 0.504),
    ({"value": 0, "abs": 0.1}, 0.11),
    (0.0, 1e-300),
    ("1", 1),
    (True, 1),
    (1, True),
    ("type", "Type"),
]


@pytest.mark.parametrize(("expected", "found"), AGREE)
def test_results_that_agree(expected, found):
    assert results.differences({"x": expected}, {"x": found, "more": 1}) == []


@pytest.mark.parametrize(("expected", "found"), DIFFER)
def test_results_that_differ(expected, found):
    assert len(results.differences({"x": expected}, {"x": found})) == 1


def test_a_number_is_written_as_one_writes_it(tmp_path):
    sets = "sets:\n  a:\n    parameters: {rate: 1e-3}\n    expected: {x: {value: 1e-5, rel: 1e-9}}"
    case = make_case(tmp_path / "case", sets=sets)
    assert case.sets["a"] == {
        "parameters": {"rate": 0.001},
        "expected": {"x": {"value": 1e-05, "rel": 1e-09}},
    }


WRONG = {
    "nothing": ("", "mapping"),
    "a list": ("- 1", "mapping"),
    "no YAML": ("sets: {", "cannot be read"),
    "another key": ("set: {}", "set"),
    "a set elsewhere": ("sets: {../../evil: {}}", "evil"),
    "a set here": ("sets: {.: {}}", "is no name"),
    "a set in the place of no set": ("sets: {default: {}}", "is no name"),
    "no sets": ("sets:", "sets must be a mapping"),
    "a set of nothing": ("sets: {a: }", "a must be a mapping"),
    "a set's other key": ("sets: {a: {params: {}}}", "params"),
    "an unknown parameter": ("sets: {a: {parameters: {custom: 1}}}", "customers"),
    "out of range": ("sets: {a: {parameters: {customers: 0}}}", "1..100"),
    "a wrong type": ("sets: {a: {parameters: {customers: 1.5}}}", "whole number"),
    "a truth for a number": ("sets: {a: {parameters: {customers: true}}}", "whole number"),
    "twice": ("sets:\n  a: {}\n  a: {}", "twice"),
    "a list expected": ("sets: {a: {expected: {x: [1]}}}", "list"),
    "no value": ("sets: {a: {expected: {x: {rel: 1e-9}}}}", "value"),
    "a misspelt tolerance": ("sets: {a: {expected: {x: {value: 1, tol: 1}}}}", "tol"),
    "a tolerance of text": ("sets: {a: {expected: {x: {value: 1, rel: small}}}}", "rel"),
    "a negative tolerance": ("sets: {a: {expected: {x: {value: 1, abs: -1}}}}", "abs"),
    "code": ("sets: !!python/object/apply:os.system ['true']", "cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_sets_that_do_not_fit_are_refused(name, tmp_path):
    content, told = WRONG[name]
    case = make_case(tmp_path / "case", sets=content)
    with pytest.raises(Refused, match=r"parameters\.yaml") as refused:
        _ = case.sets
    assert told in str(refused.value)


def test_an_unknown_set_gets_the_nearest(tmp_path):
    case = make_case(tmp_path / "case", sets=SETS)
    with pytest.raises(Refused, match=r"no parameter set bas\. Did you mean base\?"):
        runner.prepare(case, {}, set_name="bas", out=tmp_path)


def test_a_set_changed_by_hand_expects_nothing(tmp_path):
    case = make_case(tmp_path / "case", sets=SETS)
    job = runner.prepare(case, {"rate": 0.25}, set_name="small", out=tmp_path)
    same = runner.prepare(case, {"customers": 2}, set_name="small", out=tmp_path)
    assert (job.values["customers"], job.values["rate"]) == (2, 0.25)
    assert (job.expected, job.set_name) == ({}, "")
    assert job.folder.name.startswith("p-")
    assert same.folder.name == "small"


def test_a_case_is_found_by_name_from_below_and_by_path(tmp_path, monkeypatch):
    case = make_case(tmp_path / "casestudies" / "a case 超市", sets=SETS)
    monkeypatch.chdir(case.folder)
    assert cases.find("a case 超市").path == case.path
    monkeypatch.chdir("/")
    for given in (case.folder, case.path):
        found = cases.find(str(given))
        assert (found.path, found.name) == (case.path, "a case 超市")
    with pytest.raises(Refused, match="neither a notebook nor"):
        cases.find(str(tmp_path))


HOSTILE = {
    "no JSON": b"not a notebook",
    "nothing": b"",
    "not UTF-8": b"\xff\xfe{}",
    "another JSON": b"[1, 2]",
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "format 3": b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
    "format 9": b'{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "deep": b"[" * 100_000,
    "cells of text": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ["x"]}',
    "R": b'{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata":'
    b' {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_python_notebook_is_refused(name, tmp_path):
    path = tmp_path / "study.ipynb"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(Refused, match=r"study\.ipynb") as refused:
        _ = cases.find(str(path)).notebook
    assert len(str(refused.value)) < 500


def test_results_of_several_cells_come_together():
    book = notebook(code("1"), study().cells[0])
    assert results.recorded(book) == {}
