"""The class report's sentences and tables: every verdict follows from the numbers that it names."""

import math

import numpy as np
import pandas as pd

from crmlib.catalogue import say, say_count
from crmlib.workbook.reports.classroom import Classroom
from crmlib.workbook.reports.graded import FAULT, HAND
from crmlib.workbook.reports.marks import shown

WEAK = 0.1
MOST_ROWS = 40
SHARES = ("estimate", "lower", "upper", "share")
FULL = ("correct", "carried forward")


def files(room: Classroom) -> list[str]:
    """How many students have a result, why the others have none, and which files are nobody's."""
    said = [say_count("report.class.results", len(room.results.students))]
    for key, counts in {"absent": room.absent, "unowned": room.unowned}.items():
        if counts:
            reasons = "; ".join(f"{_status(word)} ({count})" for word, count in counts.items())
            said.append(say_count(f"report.class.{key}", sum(counts.values()), reasons=reasons))
    return said


def _status(word: str) -> str:
    return say("report.status." + word.replace(" ", "_"))


def totals(room: Classroom) -> list[str]:
    """How the totals are spread."""
    values = room.totals_shown
    if values.empty:
        return [say("report.class.nobody")]
    words = spread(room)
    if values.nunique() == 1:
        return [say_count("report.class.alike", len(values), **words)]
    return [say("report.class.totals", **words)]


def spread(room: Classroom) -> dict[str, str]:
    """The quartiles and ends of the totals, and the points there are, as written."""
    values = room.totals_shown
    places = {"least": 0, "low": 0.25, "middle": 0.5, "high": 0.75, "most": 1}
    found = {word: shown(np.quantile(values, place)) for word, place in places.items()}
    return found | {"possible": shown(room.possible), "students": str(len(values))}


def questions(room: Classroom) -> list[str]:
    """Which questions were hard, and which do not tell the able from the others."""
    table, said = room.item_table, []
    if room.unmarked:
        said.append(say("report.class.unmarked", names=", ".join(room.unmarked)))
    if table.empty or room.points.empty:
        return [*said, say("report.class.nobody")]
    low, high = table["estimate"].min(), table["estimate"].max()
    if low == high:
        said.append(say("report.class.same", share=f"{low:.0%}"))
    else:
        hard, easy = (_titles(table[table["estimate"] == end]) for end in (low, high))
        shares = {"hard_share": f"{low:.0%}", "easy_share": f"{high:.0%}"}
        said.append(say("report.class.questions", hard=hard, easy=easy, **shares))
    return said + _weak(table)


def _weak(table: pd.DataFrame) -> list[str]:
    weak, silent = table[table["discrimination"] < WEAK], table[table["discrimination"].isna()]
    said = [say("report.class.weak", names=_titles(weak), bound=WEAK)] if len(weak) else []
    return said + ([say("report.class.silent", names=_titles(silent))] if len(silent) else [])


def _titles(table: pd.DataFrame) -> str:
    return "; ".join(f"\u201c{title}\u201d" for title in table["title"])


def reliability(room: Classroom) -> list[str]:
    """Cronbach's alpha, or why there is none."""
    alpha = room.alpha
    if alpha.why:
        return [say(f"report.class.alpha.{alpha.why}")]
    values = {name: f"{getattr(alpha, name):.2f}" for name in ("value", "lower", "upper")}
    said = [say("report.class.alpha", items=alpha.items, students=alpha.students, **values)]
    return [*said, say("report.class.alpha." + _judged(alpha.lower, alpha.upper))]


def _judged(lower: float, upper: float) -> str:
    """What the interval says of 0.7, which is often asked of a test that ranks people."""
    return "enough" if lower > 0.7 else "low" if upper < 0.7 else "open"


def outcomes(room: Classroom) -> list[str]:
    """What stood between the class and the points."""
    counts = room.outcomes.sum()
    if counts.empty or not counts.sum():
        return [say("report.class.nobody")]
    lost = counts.drop(index=[word for word in (*FULL, HAND) if word in counts])
    said = []
    if len(lost):
        word = _word(lost.idxmax())
        said.append(say_count("report.class.lost", int(lost.max()), word=word, total=int(counts.sum())))
    else:
        said.append(say("report.class.all_right"))
    if FAULT in counts:
        said.append(say_count("report.class.faults", int(counts[FAULT])))
    return said


def outcome_table(room: Classroom) -> pd.DataFrame:
    """For each question how many have full points, and how the others came out, commonest first."""
    rows = []
    for name, counts in room.outcomes.iterrows():
        full = int(sum(counts.get(word, 0) for word in FULL))
        rest = counts.drop(index=[word for word in FULL if word in counts]).sort_values(
            ascending=False, kind="stable"
        )
        said = ", ".join(f"{_word(word)} {count}" for word, count in rest.items() if count)
        rows.append({"title": room.questions.loc[name, "title"], "full": full, "rest": said or "\u2013"})
    return pd.DataFrame(rows, columns=["title", "full", "rest"])


def mistakes(room: Classroom) -> list[str]:
    """The commonest known mistake."""
    if room.mistakes.empty:
        return [say("report.class.no_mistakes")]
    first = room.mistakes.iloc[0]
    total = len(room.results.students)
    said = say_count("report.class.mistakes", int(first.students), name=first.question, total=total)
    return [f"{said} {first.mistake}"]


def alike(room: Classroom) -> list[str]:
    """Whether any two students' answers or code are worth a look."""
    answers, code = len(room.shared_answers), len(room.shared_code)
    said = [
        say_count("report.class.answers", answers) if answers else say("report.class.no_answers"),
        say_count("report.class.code", code) if code else say("report.class.no_code"),
    ]
    return [*said, say("report.class.look")] if answers or code else said


def slowest(room: Classroom) -> list[str]:
    """The question that takes longest."""
    if room.seconds.empty:
        return [say("report.class.no_times")]
    first = room.seconds.iloc[0]
    seconds = {"median": f"{first['median']:.2g}", "longest": f"{first['longest']:.2g}"}
    return [say("report.class.slowest", name=room.seconds.index[0], **seconds)]


def table(frame: pd.DataFrame) -> pd.DataFrame | None:
    """The first rows as a reader sees them: columns named in their language, rounded; None without rows."""
    if frame.empty:
        return None
    made = frame.head(MOST_ROWS)
    key = next((name for name in ("title", "mistake") if name in made), None)
    index = range(1, len(made) + 1) if key is None and isinstance(made.index, pd.RangeIndex) else made.index
    made = made.set_axis(index if key is None else made[key], axis="index").drop(columns=[key] * bool(key))
    texts = {say(f"report.class.column.{n}"): [_text(value, n) for value in made[n]] for n in made}
    return pd.DataFrame(texts, index=list(made.index))


def _word(outcome: str) -> str:
    return say("feedback.outcome." + outcome.replace(" ", "_").replace("-", "_"))


def _text(value, name: str) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "\u2013"
    if name in SHARES:
        return f"{value:.0%}"
    if name == "discrimination":
        return f"{round(value, 2) + 0.0:.2f}"  # no minus before a zero
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def bins(room: Classroom) -> np.ndarray:
    """Edges of a histogram of totals: whole points, some twenty of them at most."""
    possible = room.possible
    width = max(1, math.ceil(possible / 20))
    return np.arange(0, possible + 2 * width, width) - 0.5
