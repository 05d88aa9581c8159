"""Make texts.csv from texts.txt: one row a text, split by situation. Run it from anywhere."""

import csv
import re
from hashlib import sha256
from itertools import groupby
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ("text_id", "label", "second_label", "situation", "language", "severity", "part", "text")
TEST_SITUATIONS = 2  # of the eight of each label


def entries():
    """(label, situation, severity, second label, text) of each line of texts.txt."""
    label = situation = None
    for line in (HERE / "texts.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            label = line[3:]
        elif line.startswith("# "):
            situation = line[2:]
        elif line:
            mark, _, text = line.partition(" ")
            severity, _, second = mark.partition("/")
            yield label, situation, int(severity), second, text


def test_situations(label, situations):
    """The situations of a label that are kept for testing: the first by hash, the same everywhere."""
    ordered = sorted(situations, key=lambda name: sha256(f"{label}/{name}".encode()).hexdigest())
    return set(ordered[:TEST_SITUATIONS])


def rows():
    """The rows of texts.csv, in the order of `COLUMNS`."""
    number = 0
    for label, group in groupby(entries(), key=lambda entry: entry[0]):
        group = list(group)
        kept = test_situations(label, {situation for _, situation, *_ in group})
        for _, situation, severity, second, text in group:
            number += 1
            language = "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"
            part = "test" if situation in kept else "train"
            yield number, label, second, situation, language, severity, part, text


def write(path=HERE / "texts.csv"):
    """Write the rows to ``path``."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())


if __name__ == "__main__":
    write()
