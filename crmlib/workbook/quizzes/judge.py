"""An answer to a posed question: how much of it is right, and for each part why."""

from dataclasses import dataclass

from crmlib.catalogue import say
from crmlib.workbook.answers import Unfit
from crmlib.workbook.compare import Answer, close, judge
from crmlib.workbook.plain import plain
from crmlib.workbook.quizzes.pose import Posed


@dataclass(frozen=True)
class Judged:
    """The share that is right, what to say about it, and whether it was an answer at all."""

    share: float
    said: tuple[str, ...]
    fit: bool = True

    @property
    def right(self) -> bool:
        return self.share == 1.0


def judged(posed: Posed, answer) -> Judged:
    """The judgement on an answer; what is no answer of the kind asked for scores nothing and says so."""
    try:
        value = plain(answer, posed.spec)
        if value == []:
            raise Unfit("missing")
    except Unfit as unfit:
        key = "quiz.missing" if unfit.kind == "missing" else "quiz.unfit." + posed.question.kind
        return Judged(0.0, (say(key, letters=", ".join(posed.labelled)),), fit=False)
    verdict = judge(value, posed.spec, Answer(posed.spec, posed.key, slack=1.0))
    return Judged(verdict.share, tuple(dict.fromkeys(filter(None, _reasons(posed, value, verdict.right)))))


def _reasons(posed: Posed, value, right: bool) -> list[str]:
    question, parts = posed.question, dict(zip(posed.labelled, posed.items, strict=False))
    if question.kind == "choice":
        return [parts[value].why, question.why if right else ""]
    if question.kind == "several":
        wrong = sorted({*value} ^ {*posed.key})
        return [
            *(say("quiz.part", text=parts[one].text, why=parts[one].why) for one in wrong),
            question.why if right else "",
        ]
    if question.kind in ("match", "classify"):
        given = [*value, *[""] * len(posed.items)]
        wrong = [part for part, is_, key in zip(posed.items, given, posed.key, strict=False) if is_ != key]
        return [
            *(say("quiz.part", text=part.text, why=part.why) for part in wrong),
            question.why if right else "",
        ]
    if question.kind == "numeric" and not right:
        known = [why for wrong, why in posed.mistakes if close(value, wrong, posed.spec)]
        return known[:1] or [question.why]
    return [question.why]
