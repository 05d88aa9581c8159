"""An inbox sorted: the cause of each text, how sure that is, and which texts a person should read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from crmlib.catalogue import say
from crmlib.complaints.survey import share_interval

TEXTS = Path(__file__).parents[2] / "data" / "complaints" / "texts.csv"


def load_complaint_texts(*, part: str | None = None) -> pd.DataFrame:
    """The invented complaints of `data/complaints`: all of them, or one ``part``, train or test.

    Columns text_id, label, second_label, situation, language, severity, part, text. They stand in the
    repository, not in the installed package.
    """
    if not TEXTS.exists():
        raise FileNotFoundError(say("datasets.no_texts", path=TEXTS))
    texts = pd.read_csv(TEXTS, encoding="utf-8", keep_default_na=False)
    if part is None:
        return texts
    if part not in set(texts["part"]):
        raise ValueError(f"part={part!r}: one of {sorted(set(texts['part']))}")
    return texts[texts["part"] == part].reset_index(drop=True)


def classifier(texts: Sequence[str], labels: Sequence, *, penalty: float = 0.5) -> Pipeline:
    """A classifier learnt from ``texts`` and ``labels``; ``decision_function`` gives a score for each label.

    Character n-grams of one to five letters, weighted by rarity, and ridge regression on each
    label against the others: in Chinese a character or two is a word, so no segmenter is needed,
    and a misspelt word keeps most of its n-grams. `tempered` makes chances of the scores.
    """
    if len(texts) != len(labels) or len(set(labels)) < 2:
        raise ValueError(f"{len(texts)} texts for {len(labels)} labels of {len(set(labels))} kinds")
    return pipeline(penalty=penalty).fit(list(texts), list(labels))


def pipeline(*, penalty: float = 0.5) -> Pipeline:
    """The classifier before it has seen a text, for cross-validation."""
    return make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True),
        RidgeClassifier(alpha=penalty),
    )


def keyword_labels(texts: Sequence[str], keywords: Mapping[str, Sequence[str]], *, default: str) -> list[str]:
    """The label with the most keywords in each text, ``default`` where there is none.

    Of several with as many, the first of ``keywords``.

    >>> keyword_labels(["sour porridge", "hello"], {"sour": ["sour", "酸"]}, default="other")
    ['sour', 'other']
    """
    return [_by_keyword(text.lower(), keywords, default) for text in texts]


def _by_keyword(text, keywords, default):
    counts = {label: sum(word in text for word in words) for label, words in keywords.items()}
    best = max(counts, key=counts.get)
    return best if counts[best] else default


def accuracy(
    labels: Sequence,
    predicted: Sequence,
    *,
    groups: Sequence,
    baseline: Sequence | None = None,
    seed: int = 0,
) -> pd.Series:
    """Share of right labels, less that of ``baseline``: estimate, lower, upper.

    The interval draws whole ``groups`` 1,000 times: texts of one situation are alike, and counting
    them one by one would make it too narrow.

    >>> accuracy(["a", "b"], ["a", "a"], groups=[1, 1])["estimate"].item()
    0.5
    """
    right = (np.asarray(labels) == np.asarray(predicted)).astype(float)
    if baseline is not None:
        right = right - (np.asarray(labels) == np.asarray(baseline))
    sums = pd.Series(right).groupby(np.asarray(groups)).agg(["sum", "size"])
    rng = np.random.default_rng(seed)
    picks = sums.to_numpy()[rng.integers(len(sums), size=(1000, len(sums)))].sum(axis=1)
    lower, upper = np.quantile(picks[:, 0] / picks[:, 1], [0.025, 0.975])
    return pd.Series({"estimate": right.mean(), "lower": lower, "upper": upper})


def reliability(chance: Sequence[float], right: Sequence[bool], *, n_bins: int = 5) -> pd.DataFrame:
    """Whether stated chances come true: texts in bins of equal number, stated and observed share.

    Columns n, stated (mean chance), observed, lower, upper (score interval of the observed).

    >>> reliability([0.2, 0.2, 0.9, 0.9], [0, 0, 1, 1], n_bins=2)["observed"].tolist()
    [0.0, 1.0]
    """
    chance, right = np.asarray(chance, dtype=float), np.asarray(right, dtype=float)
    if len(chance) != len(right) or not 1 <= n_bins <= len(chance):
        raise ValueError(f"{len(chance)} chances, {len(right)} outcomes, {n_bins} bins")
    order = np.argsort(chance, kind="stable")
    bins = [(chance[part], right[part]) for part in np.array_split(order, n_bins)]
    rows = [(len(c), c.mean(), r.mean(), *share_interval(r.sum(), len(r))) for c, r in bins]
    return pd.DataFrame(rows, columns=["n", "stated", "observed", "lower", "upper"])


def temperature(scores: np.ndarray, right: Sequence[int]) -> float:
    """The factor on scores under which `tempered` states the truth best (least log loss).

    ``right``: the column of the true label in each row. Learn it on texts that the scores were
    not learnt from. Source: Guo et al. 2017, one over their T.
    """
    right, rows = np.asarray(right), np.arange(len(scores))
    grid = np.geomspace(0.2, 50, 160)
    losses = [-np.log(tempered(scores, factor)[rows, right] + 1e-12).mean() for factor in grid]
    return float(grid[int(np.argmin(losses))])


def tempered(scores: np.ndarray, factor: float) -> np.ndarray:
    """Chances from scores, or from logs of chances, times ``factor``; they add to 1 in each row.

    >>> tempered(np.log([[0.8, 0.2]]), 0.5).round(3).tolist()
    [[0.667, 0.333]]
    """
    scaled = factor * np.asarray(scores, dtype=float)
    chances = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def person_threshold(*, cost_wrong: float, cost_person: float) -> float:
    """The chance of being right below which a person should read the text: 1 - cost_person / cost_wrong.

    Sending it on unread costs (1 - p) cost_wrong on average, a person cost_person. The rule asks
    for calibrated chances. Source: Chow 1970.

    >>> person_threshold(cost_wrong=20, cost_person=2)
    0.9
    """
    if not (cost_wrong > 0 and cost_person >= 0):
        raise ValueError(f"cost_wrong={cost_wrong!r}, cost_person={cost_person!r}: money, the first over 0")
    return max(0.0, 1 - cost_person / cost_wrong)


def routing_cost(
    chance: Sequence[float],
    right: Sequence[bool],
    thresholds: Sequence[float],
    *,
    cost_wrong: float,
    cost_person: float,
) -> pd.DataFrame:
    """Cost per text at each threshold: those below it go to a person, the others as predicted.

    Columns threshold, to_person (share), wrong (share sent astray), cost (money per text).

    >>> routing_cost([0.4, 0.9], [0, 1], [0.5], cost_wrong=10, cost_person=1)["cost"].tolist()
    [0.5]
    """
    chance, right = np.asarray(chance, dtype=float), np.asarray(right, dtype=bool)
    if len(chance) != len(right) or not len(chance):
        raise ValueError(f"{len(chance)} chances for {len(right)} outcomes")
    rows = []
    for threshold in thresholds:
        person = chance < threshold
        wrong = (~person & ~right).mean()
        rows.append((threshold, person.mean(), wrong, person.mean() * cost_person + wrong * cost_wrong))
    return pd.DataFrame(rows, columns=["threshold", "to_person", "wrong", "cost"])
