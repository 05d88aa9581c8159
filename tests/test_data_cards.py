"""Every data card says what the data hold: columns, units, and key figures recomputed in full."""

import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from crmlib import datasets
from crmlib.complaints.inbox import load_complaint_texts

DATA = Path(__file__).parents[1] / "data"
CARDS = sorted(DATA.glob("*/README.md"))
WORDING = (
    "the Complete Journey grocery data, which its publisher simulated from real shopping "
    "patterns, for education"
)
UNITS = {"none", "pieces", "US dollars", "local time, New York", "weeks, 1 to 53"}


def _section(card, heading):
    """The rows of the table under ``heading``, first row first."""
    text = card.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[:1] + rows[2:]]


def _figures(card):
    return dict(_section(card, "Key figures")[1:])


def complete_journey():
    """The key figures of the Complete Journey data, as the card writes them."""
    lines = datasets.load_complete_journey()
    known = datasets.load_demographics()["household_id"]
    return _sizes(lines) | _times(lines) | _products(lines) | _defects(lines) | _money(lines, known)


def _sizes(lines):
    return {
        "lines": f"{len(lines):,}",
        "baskets": f"{lines['basket_id'].nunique():,}",
        "households": f"{lines['household_id'].nunique():,}",
        "stores": f"{lines['store_id'].nunique():,}",
        "products bought": f"{lines['product_id'].nunique():,}",
        "products listed": f"{pq.read_metadata(datasets._source('products')).num_rows:,}",
    }


def _times(lines):
    local = lines["timestamp"]
    path = datasets._source("transactions")
    utc = pq.read_table(path, columns=["transaction_timestamp"])["transaction_timestamp"]
    moved = (utc.to_pandas().dt.normalize() != local.dt.normalize()).mean()
    return {
        "first timestamp, local": str(local.min()),
        "last timestamp, local": str(local.max()),
        "lines whose date differs in UTC": f"{moved:.1%}".replace("%", " %"),
    }


def _parents(lines, child, parent):
    pairs = lines[[child, parent]].dropna().drop_duplicates()
    return f"{(pairs.groupby(child, observed=True).size() > 1).sum():,}"


def _products(lines):
    kept = datasets.with_category(lines)
    distinct = kept[["basket_id", "product_category"]].drop_duplicates()
    baskets = kept["basket_id"].nunique()
    return {
        "baskets with a category": f"{baskets:,}",
        "categories bought": f"{kept['product_category'].nunique():,}",
        "mean categories a basket": f"{len(distinct) / baskets:.3f}",
        "product types bought": f"{lines['product_type'].nunique():,}",
        "types in more than one category": _parents(lines, "product_type", "product_category"),
        "categories in more than one department": _parents(lines, "product_category", "department"),
    }


def _defects(lines):
    many = lines[lines["quantity"] > 100]
    both = (lines["sales_value"] == 0) & (lines["quantity"] == 0)
    loose = many["department"].isin(["FUEL", "MISCELLANEOUS"])
    return {
        "lines without a product row": f"{lines['department'].isna().sum():,}",
        "lines without a category": f"{lines['product_category'].isna().sum():,}",
        "zero-value lines": f"{(lines['sales_value'] == 0).sum():,}",
        "zero-quantity lines": f"{(lines['quantity'] == 0).sum():,}",
        "both zero": f"{both.sum():,}",
        "largest quantity": f"{lines['quantity'].max():,}",
        "lines with a quantity over 100": f"{len(many):,}",
        "of these, in fuel or miscellaneous": f"{loose.sum():,}",
    }


def _money(lines, known):
    spent = lines.groupby("household_id")["sales_value"].sum().sort_values(ascending=False)
    top = spent.head(len(spent) // 5).sum() / spent.sum()
    share = spent[spent.index.isin(known)].sum() / spent.sum()
    return {
        "sales, US dollars": f"{spent.sum():,.2f}",
        "share of sales of the top 20 % of households": f"{top:.1%}".replace("%", " %"),
        "households with demographics": f"{spent.index.isin(known).sum():,}",
        "their share of sales": f"{share:.1%}".replace("%", " %"),
    }


def complaints():
    """The key figures of the complaint texts, as the card writes them."""
    texts = load_complaint_texts()
    length, severity = texts["text"].str.len(), texts["severity"].value_counts()
    doubtful = (texts["second_label"] != "").sum()
    return {
        "texts": str(len(texts)),
        "labels": str(texts["label"].nunique()),
        "texts of each label": str(*texts["label"].value_counts().unique()),
        "situations": str(texts.groupby(["label", "situation"]).ngroups),
        "in Chinese": str((texts["language"] == "zh").sum()),
        "in English": str((texts["language"] == "en").sum()),
        "training texts": str((texts["part"] == "train").sum()),
        "test texts": str((texts["part"] == "test").sum()),
        "median length, characters": f"{length.median():.0f}",
        "longest text, characters": str(length.max()),
        "texts with a second label (label noise)": str(doubtful),
        "as a share of all texts": f"{doubtful / len(texts):.1%}".replace("%", " %"),
        **{f"of severity {grade}": str(severity[grade]) for grade in (1, 2, 3)},
        "largest 5-gram Jaccard, test against training": f"{_nearest(texts):.3f}".lstrip("0"),
    }


def _nearest(texts):
    """Largest share of 5-grams that a test text has in common with a training text."""
    grams = texts["text"].map(lambda text: {text[i : i + 5] for i in range(len(text) - 4)})
    parts = [grams[texts["part"] == part] for part in ("test", "train")]
    return max(len(one & other) / len(one | other) for one in parts[0] for other in parts[1])


RECOMPUTED = {"complaints": complaints, "complete_journey": complete_journey}


def test_every_data_set_has_a_card_and_every_card_its_figures():
    assert {card.parent.name for card in CARDS} == set(RECOMPUTED)
    assert {folder.name for folder in DATA.iterdir() if folder.is_dir()} == set(RECOMPUTED)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_the_key_figures_are_those_of_the_data(card):
    assert _figures(card) == RECOMPUTED[card.parent.name]()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_a_card_says_where_the_data_are_from(card):
    text = card.read_text(encoding="utf-8")
    for row in ("Publisher", "Source", "Licence", "Period", "One row"):
        assert re.search(rf"^\| {row} \| \S", text, re.MULTILINE), row
    assert "\n## Known defects" in text
    assert (card.parent / "prepare.py").exists()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_the_first_line_says_that_the_data_are_simulated(card):
    assert "simulated" in card.read_text(encoding="utf-8").splitlines()[0]


def test_the_complete_journey_is_named_with_the_one_wording():
    assert WORDING in (DATA / "complete_journey" / "README.md").read_text(encoding="utf-8")


def test_the_columns_on_the_card_are_those_of_the_file():
    rows = _section(DATA / "complete_journey" / "README.md", "Columns")
    assert rows[0] == ["column", "type", "unit", "meaning"]
    lines = datasets.load_complete_journey_extract()
    assert [(row[0], row[1]) for row in rows[1:]] == [(c, str(t)) for c, t in lines.dtypes.items()]
    assert tuple(row[0] for row in rows[1:]) == datasets.COLUMNS
    assert all(row[2] in UNITS and row[3] for row in rows[1:])


def test_the_comparison_can_fail(tmp_path):
    text = (DATA / "complete_journey" / "README.md").read_text(encoding="utf-8")
    wrong = tmp_path / "README.md"
    wrong.write_text(text.replace("| lines | 1,469,307 |", "| lines | 1,469,308 |"), "utf-8")
    assert _figures(wrong)["lines"] == "1,469,308"
    assert _figures(wrong) != _figures(DATA / "complete_journey" / "README.md")


def test_claims_in_the_list_of_traps_hold():
    columns = ["basket_id", "product_category", "product_type", "timestamp"]
    lines = datasets.load_complete_journey(columns=columns)
    named = lines.dropna(subset="product_category")
    assert lines["basket_id"].nunique() - named["basket_id"].nunique() == 189
    misc = named[named["product_category"] == "COUPON/MISC ITEMS"]["product_type"]
    assert misc.str.startswith("GASOLINE").mean() > 0.5
    first = lines[lines["timestamp"] < pd.Timestamp("2017-01-02")]["timestamp"]
    assert first.dt.day_name().unique().tolist() == ["Sunday"]


def test_the_stratum_without_other_categories_bends_the_odds_ratio():
    lines = datasets.load_complete_journey(
        columns=["basket_id", "product_category"], drop_uncategorised=True
    ).drop_duplicates()
    held = pd.DataFrame({"size": lines.groupby("basket_id").size()})
    for name, item in (("beer", "BEERS/ALES"), ("diapers", "DIAPERS & DISPOSABLES")):
        held[name] = held.index.isin(lines.loc[lines["product_category"] == item, "basket_id"])
    others = held["size"] - held["beer"] - held["diapers"]
    table = held.groupby([others, "beer", "diapers"]).size().unstack([1, 2], fill_value=0)
    alone = table.loc[0]
    assert [alone[True, False], alone[False, True], alone[True, True]] == [492, 251, 2]
    assert alone[False, False] == 0
    assert _mantel_haenszel(table) == pytest.approx(0.413, abs=5e-4)
    assert _mantel_haenszel(table.drop(index=0)) == pytest.approx(0.899, abs=5e-4)


def _mantel_haenszel(table):
    n = table.sum(axis=1)
    same = (table[True, True] * table[False, False] / n).sum()
    return same / (table[True, False] * table[False, True] / n).sum()
