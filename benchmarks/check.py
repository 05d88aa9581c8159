"""How long a learner waits for a card: `check` on answers of all sizes, right and wrong.

Run with: python benchmarks/check.py
"""

import time

import numpy as np
import pandas as pd

from crmlib.workbook.answers import Spec
from crmlib.workbook.diagnosis import diagnose
from crmlib.workbook.digests import seal
from crmlib.workbook.payload import Asked, place
from crmlib.workbook.plain import plain
from crmlib.workbook.tutor import Tutor

SALT = b"benchmark"
REPEATS = 7
MISTAKES = 3
COLUMNS = {
    "rule": Spec("text"),
    "support": Spec("number", abs=0.0005),
    "lift": Spec("number", abs=0.005),
    "baskets": Spec("number"),
}


def table(rows: int) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    names = [f"ITEM {i} => ITEM {i * 7 % rows}" for i in range(rows)]
    numbers = {
        "support": draw.random(rows),
        "lift": draw.gamma(2, 1, rows),
        "baskets": draw.integers(9, 999, rows),
    }
    return pd.DataFrame({"rule": names, **numbers})


def question(spec: Spec, answer, wrong) -> Asked:
    salt = place(SALT, "q")
    sealed = [seal(plain(value, spec), spec, salt) for value in (answer, *wrong)]
    texts = tuple(f"mistake {i}" for i in range(len(wrong)))
    return Asked("q", "Q", 1, "unseen", (), spec, mistakes=texts, answer=sealed[0], wrong=tuple(sealed[1:]))


def seconds(asked: Asked, value) -> float:
    """The shortest of some runs: what the check needs when nothing else runs."""
    tutor, times = Tutor(), []
    for _ in range(REPEATS):
        start = time.perf_counter()
        card = tutor.finding(diagnose(value, asked, asked.answer, SALT), asked, [], 1)
        card._repr_html_()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    number = question(Spec("number", abs=0.005), 1.5, [2.5] * MISTAKES)
    print(f"{'number':<24} {1000 * seconds(number, 1.5):8.2f} ms")
    for rows in (10, 1_000, 10_000):
        frame = table(rows)
        spec = Spec("table", key=("rule",), columns=COLUMNS)
        wrong = [frame.assign(lift=frame["lift"] + i) for i in range(1, MISTAKES + 1)]
        asked = question(spec, frame, wrong)
        cases = {
            "right": frame,
            "shuffled": frame.sample(frac=1, random_state=1),
            "one column wrong": frame.assign(lift=0.1),
            "last mistake": wrong[-1],
            "all wrong": frame.assign(support=7.0, lift=99.0, baskets=1),
        }
        for name, value in cases.items():
            print(f"{rows:>6} rows, {name:<17} {1000 * seconds(asked, value):8.2f} ms")


if __name__ == "__main__":
    main()
