"""Starts a rehearsal of a learner's notebook, watches its clock, and plays on without a cell that hangs."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from crmlib.workbook.learner import Cell

PAUSE = 0.05
REPLAYS = 3
START_SECONDS = 120


@dataclass
class Rehearsal:
    """What a run of the cells showed: checks in order, errors and stops by the cell's number."""

    checks: list[dict] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    stops: dict[int, str] = field(default_factory=dict)
    finished: bool = False

    def last(self, name: str) -> dict | None:
        """The last check of a question, None without one."""
        return next((check for check in reversed(self.checks) if check["check"] == name), None)


def rehearse(
    cells: list[Cell], parameters: dict, *, folder: Path, practice: bool = False, cell_seconds: float = 60
) -> Rehearsal:
    """Run the cells in a fresh process; a cell that hangs or kills it is left out and all run again."""
    stops: dict[int, str] = {}
    for _ in range(REPLAYS + 1):
        kept = [cell for cell in cells if cell.number not in stops]
        run = _once(kept, parameters, folder, practice, cell_seconds)
        stops |= run.stops
        run.stops = stops
        if run.finished or 0 in stops:
            break
    return run


def _once(cells, parameters, folder, practice, cell_seconds) -> Rehearsal:
    job = {
        "cells": [(cell.number, cell.source) for cell in cells],
        "parameters": parameters,
        "practice": practice,
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        given, events = Path(scratch, "job.json"), Path(scratch, "events.jsonl")
        given.write_text(json.dumps(job), encoding="utf-8")
        events.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "crmlib.workbook.rehearsal_process", str(given), str(events)],
            cwd=folder,
            env={**os.environ, "MPLBACKEND": "agg"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return _watch(process, events, cell_seconds)
        finally:
            _end(process)


def _watch(process, events, cell_seconds) -> Rehearsal:
    run, current, since = Rehearsal(), 0, time.monotonic()
    with events.open(encoding="utf-8") as lines:
        rest = ""
        while True:
            alive = process.poll() is None
            rest, told = _events(rest + lines.read())
            for event in told:
                _note(run, event)
                if "start" in event:
                    current, since = event["start"], time.monotonic()
            if run.finished:
                return run
            if not alive:
                run.stops[current] = "died"
                return run
            if time.monotonic() - since > (cell_seconds if current else START_SECONDS):
                run.stops[current] = "timeout"
                return run
            time.sleep(PAUSE)


def _events(text: str) -> tuple[str, list[dict]]:
    *whole, rest = text.split("\n")
    return rest, [json.loads(line) for line in whole]


def _note(run: Rehearsal, event: dict) -> None:
    if "check" in event:
        run.checks.append(event)
    elif event.get("error"):
        run.errors[event["end"]] = event["error"]
    run.finished = run.finished or "done" in event


def _end(process) -> None:
    try:
        tree = [*psutil.Process(process.pid).children(recursive=True)]
    except psutil.Error:
        tree = []
    process.kill()
    for child in tree:
        try:
            child.kill()
        except psutil.Error:
            continue
    process.wait()
