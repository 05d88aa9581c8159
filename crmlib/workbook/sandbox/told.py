"""What a run tells, checked message by message: untrusted text goes in, bounded data come out."""

import time

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.plain import MOST_JSON
from crmlib.workbook.sandbox.frames import Nonsense
from crmlib.workbook.sandbox.terms import MIB, Cell, Job, Ran, Said, Stop

MIMES = ("text/plain", "text/html", "image/png", "image/svg+xml", "text/markdown", "text/latex")
WORDS = {"memory": "memory_mib", "output": "output_mib", "files": "files_mib", "processes": "processes"}
# The kinds of unfit answers, each with the values that its sentence needs.
UNFIT = {
    "missing": (),
    "unreadable": ("given", "reason"),
    "type": ("given",),
    "huge": (),
    "not_finite": (),
    "long": ("most",),
    "option": ("options",),
    "size": ("most",),
    "gap": (),
    "columns": ("missing", "extra"),
    "lengths": (),
    "labels": (),
}
LISTS = ("missing", "extra")
MOST_INT = 10**12
GARBLED = {"kind": "unreadable", "where": [], "values": {"given": "JSON", "reason": "JSON"}}


class Story:
    """Builds a `Ran` from the messages; whatever does not fit ends the run as ``died``."""

    def __init__(self, job: Job, ran: Ran):
        self.ran, self._job, self.cell = ran, job, 0
        self._waiting = [number for number, _ in job.cells]
        self._left = job.limits.output_mib * MIB
        self._displays: dict[str, dict] = {}
        self._at, self._running = (time.monotonic(), 0.0), False

    @property
    def over(self) -> bool:
        return self.ran.finished or self.ran.stop is not None

    def stop(self, word: str, reason: str) -> None:
        """End the run, unless it is over."""
        if not self.over:
            self.ran.stop = Stop(self.cell, word, reason)

    def stop_at(self, word: str) -> None:
        """End the run for the limit that is passed."""
        limit = getattr(self._job.limits, WORDS[word])
        self.stop(word, say("sandbox.stop." + word, limit=limit))

    def tell(self) -> Ran:
        """The run as it was told, when there is no more to come."""
        for cell in self.ran.cells.values():
            join(cell.outputs)
        return self.ran

    def see(self, used) -> None:
        """Note what the current cell uses."""
        if self._running and (cell := self.ran.cells.get(self.cell)):
            cell.peak_mib = max(cell.peak_mib, round(used.memory_mib, 1))
            cell.seconds = round(time.monotonic() - self._at[0], 4)
            cell.cpu_seconds = round(max(0.0, used.cpu_seconds - self._at[1]), 3)

    def take(self, message, look) -> str:
        """One message, and its kind; `Nonsense` when it is none. ``look`` tells what is used now."""
        if self.over:
            return ""
        kind = message.get("t") if isinstance(message, dict) else None
        if type(kind) is not str or kind not in TAKE:
            raise Nonsense("kind")
        TAKE[kind](self, message, look)
        return kind

    def _start(self, message, look):
        number = message.get("cell")
        if type(number) is not int or not self._waiting or number != self._waiting[0]:
            raise Nonsense("cell")
        self.cell = self._waiting.pop(0)
        self.ran.cells[self.cell] = Cell()
        self._at, self._running = (time.monotonic(), look().cpu_seconds), True
        self._displays = {}

    def _ended(self, message, look):
        cell = self._open_cell()
        if not self._running:
            raise Nonsense("ended twice")
        self.see(look())
        self._running = False
        cell.error = _text(message.get("error"), 300)
        if (word := _text(message.get("stop"), 20)) in WORDS:
            self.stop_at(word)

    def _open_cell(self) -> Cell:
        if self.cell not in self.ran.cells:
            raise Nonsense("no cell")
        return self.ran.cells[self.cell]

    def _out(self, message, _look):
        cell, output = self._open_cell(), clean(message.get("output"))
        if not self._room(sum(len(text) for text in _texts(output))):
            return
        known = self._displays.get(message.get("display") if type(message.get("display")) is str else "")
        if known is not None and message.get("update") is True:
            known["data"] = output.get("data", {})
        elif not message.get("update"):
            add(cell.outputs, output)
            if type(message.get("display")) is str:
                self._displays[message["display"]] = output

    def printed(self, name: str, data: bytes) -> None:
        """What came through a file descriptor, from programs below Python."""
        cell = self.ran.cells.get(self.cell)
        if cell is not None and not self.over and self._room(len(data)):
            text = data.decode("utf-8", "replace")
            add(cell.outputs, {"output_type": "stream", "name": name, "text": text})

    def _room(self, size: int) -> bool:
        self._left -= size + 100
        if self._left < 0:
            self.stop_at("output")
        return self._left >= 0

    def _clear(self, _message, _look):
        self._open_cell().outputs.clear()

    def _said(self, message, _look):
        name = message.get("name")
        if type(name) is str and name in self._job.specs:
            self.ran.answers[name] = _answer(message, self.cell)

    def _fault(self, message, _look):
        if self.cell:  # student code runs by now: anybody may have said it
            raise Nonsense("fault")
        raise Refused("sandbox.fault", reason=_text(message.get("reason"), 500))

    def _done(self, message, _look):
        if self._waiting or self._running:
            raise Nonsense("done before the end")
        names = message.get("rebound")
        names = names if isinstance(names, list) else []
        self.ran.rebound = tuple(_text(name, 100) for name in names[:100])
        self.ran.finished = True


TAKE = {
    "start": Story._start,
    "end": Story._ended,
    "out": Story._out,
    "clear": Story._clear,
    "said": Story._said,
    "done": Story._done,
    "fault": Story._fault,
}


def _answer(message, cell) -> Said:
    text, unfit = message.get("json"), message.get("unfit")
    if type(text) is str and unfit is None and text.isascii() and len(text) <= MOST_JSON:
        return Said(text, None, cell)
    return Said(None, _unfit(unfit), cell)


def _unfit(given) -> dict:
    """Why an answer is none, in the words that there is a sentence for."""
    if not isinstance(given, dict) or (kind := _text(given.get("kind"), 20)) not in UNFIT:
        return GARBLED
    values, where = given.get("values"), given.get("where")
    if not isinstance(values, dict) or not isinstance(where, list) or len(where) > 6:
        return GARBLED
    needed = UNFIT[kind]
    if set(values) != set(needed):
        return GARBLED
    clean_values = {name: _names(values[name]) if name in LISTS else _value(values[name]) for name in needed}
    return {"kind": kind, "where": [_value(part) for part in where], "values": clean_values}


def _names(value) -> list[str]:
    return [_text(one, 200) for one in value[:50]] if isinstance(value, list) else []


def _value(value) -> int | str:
    return value if type(value) is int and abs(value) < MOST_INT else _text(value, 200)


def _text(value, most: int) -> str:
    """A text of ours: short, and one that can be written to a file."""
    if type(value) is int and abs(value) < MOST_INT:
        return str(value)
    return value[:most].encode("utf-8", "replace").decode() if type(value) is str else ""


def clean(output) -> dict:
    """An output as nbformat has it, with texts only; `Nonsense` when it is none."""
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(output.get("text"), MOST_JSON)}
    if kind == "error":
        lines = output.get("traceback")
        lines = [_text(line, 10_000) for line in lines[:200]] if isinstance(lines, list) else []
        name, text = _text(output.get("ename"), 200), _text(output.get("evalue"), 2000)
        return {"output_type": kind, "ename": name, "evalue": text, "traceback": lines}
    if kind not in ("display_data", "execute_result") or not isinstance(output.get("data"), dict):
        raise Nonsense("output")
    data = {m: _text(output["data"][m], MOST_JSON) for m in MIMES if type(output["data"].get(m)) is str}
    count = {"execution_count": None} if kind == "execute_result" else {}
    return {"output_type": kind, "data": data, "metadata": {}} | count


def _texts(output) -> list[str]:
    if "data" in output:
        return list(output["data"].values())
    return [output.get("text", ""), *output.get("traceback", [])]


def add(outputs: list[dict], output: dict) -> None:
    """Append an output; text goes on where the stream was, as in a notebook.

    Text is gathered in pieces until `join`: to lengthen it piece by piece would take ever longer.
    """
    last = outputs[-1] if outputs else {}
    if output["output_type"] != "stream":
        outputs.append(output)
    elif (last.get("output_type"), last.get("name")) == ("stream", output["name"]):
        last["text"].append(output["text"])
    else:
        outputs.append(output | {"text": [output["text"]]})


def join(outputs: list[dict]) -> None:
    """Make the pieces of each stream one text."""
    for output in outputs:
        if output["output_type"] == "stream":
            output["text"] = "".join(output["text"])
