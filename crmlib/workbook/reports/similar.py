"""Answers and code that two students share beyond chance: worth a look, and no more than that.

Friends who worked together, a shared source and a copied file look the same from here.
"""

import re
from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd

LEVEL, DEALS = 0.05, 199
GRAM = 8  # tokens: a phrase that is the author's or everybody's is not counted
FEW = 3
ENOUGH, MOST_TEXT = 12, 200_000
COPIED = 0.5
TOKEN = re.compile(r"""[^\W\d]\w*|\d[\w.]*|"[^"\n]*"|'[^'\n]*'|[^\s\w]""")
COMMENT = re.compile(r"#[^\n]*")
ASSIGNED = re.compile(r"^\s*([^\W\d]\w*)\s*=(?!=)", re.MULTILINE)


def shared_answers(wrong: pd.DataFrame, groups: dict[str, str]) -> pd.DataFrame:
    """Pairs of students who share more of the rarer wrong answers than chance explains.

    ``wrong`` has one row a student, one column a question, a text for a wrong answer that is no known
    mistake, else None. An answer shared counts -log of the share of the others who gave it too; questions
    of one group (see `statistics.groups`) count once, since a wrong answer drags its followers along.
    ``chance`` is how often the highest count of any pair is as high when the wrong answers of each
    question are dealt anew among those who had it wrong (Westfall and Young 1993); it holds for all
    pairs together. Columns: ``one, other, same, both_wrong, chance``; only pairs with at most 5 %.
    """
    dealt = {name: wrong[name].factorize()[0] for name in wrong}
    score, rng = _scores(dealt, groups), np.random.default_rng(0)
    highest = [_scores(_anew(dealt, rng), groups).max(initial=0) for _ in range(DEALS)]
    rows = {}
    for i, j in zip(*np.nonzero(np.triu(score, 1)), strict=True):
        chance = (1 + sum(one >= score[i, j] - 1e-9 for one in highest)) / (1 + DEALS)
        if chance <= LEVEL:
            met = _met(dealt, groups, i, j)
            rows[wrong.index[i], wrong.index[j]] = met | {"chance": chance}
    return _table(rows, ["same", "both_wrong", "chance"], by="chance", ascending=True)


def _scores(dealt: dict[str, np.ndarray], groups: dict[str, str]) -> np.ndarray:
    """What each pair of students shares: a matrix, the highest of each group's questions added up."""
    best = {}
    for name, codes in dealt.items():
        group, score = groups.get(name, name), _score(codes)
        best[group] = np.maximum(best[group], score) if group in best else score
    return sum(best.values()) if best else np.zeros((0, 0))


def _score(codes: np.ndarray) -> np.ndarray:
    """What each pair shares at one question; -1 stands for no wrong answer."""
    wrong = codes[codes >= 0]
    if len(wrong) < 2:
        return np.zeros((len(codes), len(codes)))
    others = np.maximum(np.bincount(wrong) - 1, 1) / (len(wrong) - 1)
    weight = np.where(codes >= 0, -np.log(others)[codes], 0.0)
    same = (codes[:, None] == codes) & (codes >= 0)
    np.fill_diagonal(same, False)
    return np.where(same, weight, 0.0)


def _anew(dealt: dict[str, np.ndarray], rng) -> dict[str, np.ndarray]:
    """The wrong answers of each question, shuffled among those who had it wrong."""
    made = {}
    for name, codes in dealt.items():
        made[name] = codes.copy()
        made[name][codes >= 0] = rng.permutation(codes[codes >= 0])
    return made


def _met(dealt, groups, i, j) -> dict[str, int]:
    """In how many groups two students were both wrong, and in how many alike."""
    both = {groups.get(name, name) for name, codes in dealt.items() if codes[i] >= 0 <= codes[j]}
    same = {groups.get(name, name) for name, codes in dealt.items() if codes[i] == codes[j] >= 0}
    return {"same": len(same), "both_wrong": len(both)}


def shared_code(codes: dict[str, list[str]], given: list[str]) -> pd.DataFrame:
    """Pairs of students whose code shares phrases that few others have.

    ``codes`` are cells by student. A phrase is `GRAM` tokens in a row of one cell, without comments; names
    that a student assigns count as one name, so that renaming hides nothing. Phrases of the cells ``given``
    to all, and of more than `FEW` students or a twentieth of the class, are left out. Columns: ``one,
    other, phrases, share``, of the student with fewer phrases; only pairs that share half or more, and at
    least `ENOUGH`.
    """
    own, holders, rows = {}, {}, {}
    for name, cells in sorted(codes.items()):
        names = assigned(cells)
        own[name] = phrases(cells, names) - phrases(given, names)
        for phrase in own[name]:
            holders.setdefault(phrase, []).append(name)
    most = max(FEW, len(codes) // 20)
    few = (names for names in holders.values() if len(names) <= most)
    shared = Counter(pair for names in few for pair in combinations(names, 2))
    for (one, other), count in shared.items():
        share = count / min(len(own[one]), len(own[other]))
        if count >= ENOUGH and share >= COPIED:
            rows[one, other] = {"phrases": count, "share": share}
    return _table(rows, ["phrases", "share"], by="share", ascending=False)


def assigned(cells: list[str]) -> set[str]:
    """The names that the cells give a value at the start of a line."""
    return {name for cell in cells for name in ASSIGNED.findall(cell[:MOST_TEXT])}


def phrases(cells: list[str], names: set[str]) -> set[tuple[str, ...]]:
    """The phrases of the cells, the ``names`` made alike.

    >>> len(phrases(["total = lines.sum() / len(lines)"], set()))
    5
    >>> phrases(["a = f(1, 2, 3)"], {"a"}) == phrases(["b = f(1, 2, 3)  # mine"], {"b"})
    True
    """
    found = set()
    for cell in cells:
        tokens = TOKEN.findall(COMMENT.sub("", cell[:MOST_TEXT]))
        tokens = ["." if token in names else token for token in tokens]
        found.update(tuple(tokens[i : i + GRAM]) for i in range(len(tokens) - GRAM + 1))
    return found


def _table(rows: dict, columns: list[str], *, by: str, ascending: bool) -> pd.DataFrame:
    made = [{"one": one, "other": other, **values} for (one, other), values in rows.items()]
    frame = pd.DataFrame(made, columns=["one", "other", *columns])
    return frame.sort_values([by, "one", "other"], ascending=[ascending, True, True], ignore_index=True)
