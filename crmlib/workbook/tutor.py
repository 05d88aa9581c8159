"""From a finding to the card that a good tutor would write: what is wrong, why, what next."""

from crmlib.catalogue import languages, say, say_count
from crmlib.workbook.answers import Spec
from crmlib.workbook.cards import Card, short
from crmlib.workbook.diagnosis import Finding
from crmlib.workbook.payload import Asked

MENDS = {
    "str": "text",
    "function": "function",
    "builtin_function_or_method": "function",
    "method": "function",
    "generator": "generator",
    "map": "generator",
    "filter": "generator",
    "Series": "column",
    "DataFrame": "column",
    "ndarray": "column",
    "tuple": "column",
    "list": "column",
    "DataFrameGroupBy": "group",
    "SeriesGroupBy": "group",
    "Decimal": "exact",
    "Fraction": "exact",
}


class Tutor:
    """Says things in the language of a sheet."""

    def __init__(self, language: str = "en"):
        self.lang = language if language in languages() else "en"

    def say(self, key: str, **values) -> str:
        return say(key, lang=self.lang, **values)

    def count(self, key: str, count: int, **values) -> str:
        return say_count(key, count, lang=self.lang, **values)

    def card(self, outcome: str, *paragraphs: str, title: str = "", **more) -> Card:
        """A card with the word that goes with its outcome."""
        word = self.say("card.word." + outcome)
        return Card(outcome, word, title, tuple(p[0].upper() + p[1:] for p in paragraphs if p), **more)

    def finding(self, found: Finding, asked: Asked, notes: list[str], hints_left: int) -> Card:
        """The card of a check; ``notes`` say what else is unusual about the sheet or the data."""
        said = getattr(self, "_" + found.outcome)(found, asked)
        if found.outcome in ("right", "recorded"):
            return self.card(found.outcome, *said, title=asked.title)
        return self.card(
            found.outcome, *said, *self._next(asked, hints_left, found), *notes, title=asked.title
        )

    def _right(self, found, asked):
        return [self.count("card.points", asked.points)]

    def _recorded(self, found, asked):
        if asked.spec.type != "memo":
            return [self.say("card.recorded")]
        lines = len([line for line in found.value.splitlines() if line.strip()])
        said = self.count("card.memo", lines)
        wanted = self.count("card.memo_wanted", asked.spec.lines) if asked.spec.lines else ""
        if not asked.rubric:
            return [" ".join(filter(None, [said, wanted])), self.say("card.memo_read")]
        rubric = [self.count("card.rubric_line", points, text=text) for text, points in asked.rubric.items()]
        return [" ".join(filter(None, [said, wanted])), self.say("card.rubric"), *rubric]

    def _missing(self, found, asked):
        return [self.say("card.missing", name=asked.name, asked=self.asked(asked.spec))]

    def _waits(self, found, asked):
        return [self.say("card.waits", other=found.waits_for)]

    def _unfit(self, found, asked):
        if found.beyond:
            return [self._beyond(found.beyond, asked.spec)]
        unfit, spec = found.unfit, self._part(asked.spec, found.unfit.where)
        values = {name: _shown(value) for name, value in unfit.values.items()}
        if unfit.kind == "columns":
            return self._columns(unfit.values)
        said = self.say(
            "card.unfit." + unfit.kind,
            where=self._where(unfit.where),
            asked=self.asked(spec),
            **values | ({"options": _options(spec)} if spec.options else {}),
        )
        return [said, self._mend(unfit, spec)]

    def _columns(self, values):
        said = []
        for kind in ("missing", "extra"):
            if names := values[kind]:
                said.append(self.count(f"card.columns.{kind}", len(names), names=_codes(names[:8])))
        return said

    def _part(self, spec: Spec, where: tuple) -> Spec:
        if where and where[0] == "cell":
            return spec.columns[where[1]]
        return spec.of if where and where[0] == "item" and spec.of else spec

    def _where(self, where: tuple) -> str:
        if where and where[0] == "cell":
            return self.say("card.where.cell", column=short(where[1]), row=where[2])
        if where and where[0] == "item":
            return self.say("card.where.item", number=where[1])
        if where and where[0] == "column":
            return self.say("card.where.column", column=short(where[1]))
        return self.say("card.where.answer")

    def _mend(self, unfit, spec) -> str:
        mend = MENDS.get(unfit.values.get("given", ""))
        if unfit.kind != "type" or mend is None or (mend == "text" and spec.type != "number"):
            return ""
        if mend == "column" and spec.type not in ("number", "text", "true/false", "choice"):
            return ""
        return self.say("card.mend." + mend)

    def _beyond(self, beyond, spec):
        where, part, value = beyond
        low, high = (None if end is None else f"{end:.12g}" for end in (part.low, part.high))
        kind = "between" if None not in (low, high) else "from" if high is None else "to"
        return self.say(
            "card.range." + kind, where=self._where(where), low=low, high=high, value=short(value)
        )

    def _wrong(self, found, asked):
        known = "" if found.mistake is None else asked.mistakes[found.mistake]
        beyond = self._beyond(found.beyond, asked.spec) if found.beyond else ""
        parts = self._parts(found, asked.spec)
        if known and asked.spec.type == "choice":
            return [known]
        if known:
            return [beyond, *parts, self.say("card.known", text=known)]
        return [beyond, *(parts or ([] if beyond else [self.say("card.value")]))]

    _partly = _wrong

    def _parts(self, found, spec) -> list[str]:
        """Which parts of a list, set or table are right and which are not."""
        verdict = found.verdict
        if spec.type not in ("list", "set", "table"):
            return []
        said = [self.say(f"card.part.{spec.type}", good=verdict.good, total=verdict.total)]
        for kind in ("missing", "extra"):
            if count := getattr(verdict, kind):
                said.append(self.count(f"card.{kind}.{spec.type}", count))
        if verdict.spoilt:
            said.append(self.say("card.spoilt"))
        if verdict.twice:
            said.append(self.say("card.twice", row=short(verdict.twice)))
        if verdict.misordered:
            said.append(self.say("card.order"))
        if verdict.parts:
            said.append(self.say("card.parts", parts="; ".join(map(self._part_name, verdict.parts))))
        return said

    def _part_name(self, part: tuple) -> str:
        kind, name, *column = part
        if kind == "row" and not column[0]:
            return self.say("card.name.row_extra", row=short(name))
        values = {"row": short(name), "column": short(column[0]) if column else ""}
        return self.say("card.name." + kind, **values)

    def _next(self, asked, hints_left, found) -> list[str]:
        if found.outcome == "waits":
            return []
        said = (
            [self.say("card.read", section=asked.read)] if asked.read and found.outcome != "missing" else []
        )
        if hints_left:
            said.append(self.count("card.hints", hints_left, name=asked.name))
        elif asked.hints and asked.solution:
            said.append(self.say("card.hints_seen", name=asked.name))
        return said

    def asked(self, spec: Spec) -> str:
        """What kind of answer is asked for, in words."""
        if spec.type == "number" and not spec.abs:
            return self.say("card.asked.whole")
        if spec.type in ("list", "set"):
            return self.say("card.asked." + spec.type, of=self.say("card.asked_of." + _word(spec.of)))
        return self.say(
            "card.asked." + _word(spec),
            options=_options(spec),
            columns=_codes(spec.columns),
        )


def _word(spec: Spec) -> str:
    return spec.type.replace("/", "_")


def _codes(names) -> str:
    return ", ".join(f"`{short(name)}`" for name in names)


def _options(spec: Spec) -> str:
    return _codes(f'"{option}"' for option in spec.options)


def _shown(value) -> str:
    return ", ".join(map(short, value)) if isinstance(value, list) else short(value)
