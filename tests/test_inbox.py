"""The inbox: texts split by situation, baselines, chances that keep their word, what goes to a person."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import log_loss

from crmlib.complaints import inbox
from crmlib.complaints.desks import DESKS, KEYWORDS

FOLDER = Path(__file__).parents[1] / "data" / "complaints"


@pytest.fixture(scope="module")
def texts():
    return inbox.load_complaint_texts()


@pytest.fixture(scope="module")
def model(texts):
    train = texts[texts["part"] == "train"]
    return inbox.classifier(train["text"], train["label"])


def test_the_file_is_what_prepare_makes(tmp_path):
    spec = importlib.util.spec_from_file_location("prepare", FOLDER / "prepare.py")
    prepare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prepare)
    prepare.write(tmp_path / "texts.csv")
    assert (tmp_path / "texts.csv").read_bytes() == (FOLDER / "texts.csv").read_bytes()


def test_no_situation_is_in_both_parts_and_every_label_in_each(texts):
    parts = texts.groupby(["label", "situation"])["part"].nunique()
    assert (parts == 1).all()
    assert texts.groupby("part")["label"].nunique().tolist() == [15, 15]
    assert set(texts["label"].value_counts()) == {40}


def grams(text):
    return {text[i : i + 5] for i in range(len(text) - 4)}


def test_no_test_text_is_close_to_a_training_text(texts):
    train, judged = ([grams(t) for t in texts.loc[texts["part"] == p, "text"]] for p in ("train", "test"))
    assert max(len(a & b) / len(a | b) for a in judged for b in train) <= 0.5


def test_no_text_is_a_template_of_another(texts):
    every = [grams(text) for text in texts["text"]]
    closest = max(len(a & b) / len(a | b) for i, a in enumerate(every) for b in every[:i])
    assert closest < 0.3


def test_labels_desks_and_keywords_are_the_same_fifteen(texts):
    assert set(texts["label"]) == set(DESKS) == set(KEYWORDS)
    assert set(texts["second_label"]) - {""} <= set(DESKS)
    assert (texts["second_label"] != texts["label"]).all()


def test_the_classifier_beats_keywords_and_keywords_beat_one_label(texts, model):
    judged = texts[texts["part"] == "test"]
    right = np.mean(model.predict(judged["text"]) == judged["label"])
    words = inbox.keyword_labels(judged["text"], KEYWORDS, default="no_complaint")
    assert right > np.mean(np.array(words) == judged["label"]) > 3 / 15
    assert right > 0.55


def test_misspelt_words_are_still_known(model):
    assert model.predict(["my porrige tastd sour when i opend the can"])[0] == "sour_porridge"
    assert model.predict(["八宝粥一打开就是酸的"])[0] == "sour_porridge"


def test_keywords_by_hand():
    words = {"a": ("tea", "cup"), "b": ("tea", "car")}
    found = inbox.keyword_labels(["a cup of TEA", "tea in a car", "nothing"], words, default="c")
    assert found == ["a", "b", "c"]


def test_accuracy_by_situation_is_less_sure_than_text_by_text():
    labels, predicted = ["a"] * 100, (["a"] * 5 + ["b"] * 5) * 10
    alone = inbox.accuracy(labels, predicted, groups=range(100))
    together = inbox.accuracy(labels, predicted, groups=np.arange(100) // 5)
    assert alone["estimate"] == together["estimate"] == 0.5
    assert together["upper"] - together["lower"] > 1.5 * (alone["upper"] - alone["lower"])
    lead = inbox.accuracy(labels, predicted, groups=range(100), baseline=["b"] * 100)
    assert lead["estimate"] == 0.5


def test_the_temperature_is_the_one_of_least_log_loss():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(2000, 3))
    true = np.array([rng.choice(3, p=row) for row in inbox.tempered(scores, 2.5)])
    factor = inbox.temperature(scores, true)
    assert factor == pytest.approx(2.5, rel=0.15)
    best = log_loss(true, inbox.tempered(scores, factor))
    assert best <= min(log_loss(true, inbox.tempered(scores, f)) for f in (1.0, 2.0, 4.0))


def test_true_chances_keep_their_word_and_boasted_ones_do_not():
    rng = np.random.default_rng(2)
    chance = rng.random(5000)
    right = rng.random(5000) < chance
    honest = inbox.reliability(chance, right)
    assert ((honest["lower"] <= honest["stated"]) & (honest["stated"] <= honest["upper"])).sum() >= 4
    boasted = inbox.reliability(np.sqrt(chance), right)
    assert (boasted["stated"] > boasted["upper"]).sum() >= 4
    assert honest["n"].sum() == 5000


def test_no_threshold_is_cheaper_than_the_rule_when_chances_are_true():
    rng = np.random.default_rng(3)
    chance = rng.random(100_000)
    right = rng.random(100_000) < chance
    prices = {"cost_wrong": 10.0, "cost_person": 2.0}
    rule = inbox.person_threshold(**prices)
    assert rule == 0.8
    costs = inbox.routing_cost(chance, right, [rule, 0.5, 0.65, 0.9, 1.01], **prices)
    assert costs["cost"].idxmin() == 0
    assert costs["cost"].iloc[-1] == 2.0
    assert inbox.person_threshold(cost_wrong=1, cost_person=5) == 0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: inbox.load_complaint_texts(part="dev"), "'test', 'train'"),
        (lambda: inbox.classifier(["a", "b"], ["x", "x"]), "1 kinds"),
        (lambda: inbox.classifier(["a"], ["x", "y"]), "1 texts for 2"),
        (lambda: inbox.person_threshold(cost_wrong=0, cost_person=1), "cost_wrong"),
        (lambda: inbox.routing_cost([], [], [0.5], cost_wrong=1, cost_person=1), "0 chances"),
        (lambda: inbox.reliability([0.5], [1], n_bins=2), "2 bins"),
    ],
)
def test_what_cannot_be_sorted_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
