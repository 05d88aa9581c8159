"""Encoding: presence not quantity, and every bad input answered by the column and the value."""

import numpy as np
import pandas as pd
import pytest

from crmlib.baskets import Hierarchy, basket_attribute, encode, encode_wide

LINES = pd.DataFrame({"basket_id": [3, 3, 1, 3, 1], "item": ["tea", "jam", "tea", "tea", "ale"]})


def test_a_basket_holds_an_item_or_not():
    baskets = encode(LINES)
    assert baskets.matrix.toarray().tolist() == [[0, 1, 1], [1, 0, 1]]
    assert baskets.items.tolist() == ["ale", "jam", "tea"]
    assert baskets.basket_ids.tolist() == [3, 1]
    assert baskets.sizes.tolist() == [2, 2]
    assert baskets.item_counts.to_dict() == {"ale": 1, "jam": 1, "tea": 2}


@pytest.mark.parametrize("dtype", [object, "category", "str"])
def test_text_columns_of_any_kind_give_the_same_baskets(dtype):
    lines = LINES.assign(item=LINES["item"].astype(dtype))
    assert (encode(lines).matrix != encode(LINES).matrix).nnz == 0
    assert encode(lines).items.tolist() == ["ale", "jam", "tea"]


def test_an_unused_category_is_no_item():
    lines = LINES.assign(item=pd.Categorical(LINES["item"], categories=["zinc", "tea", "jam", "ale"]))
    assert encode(lines).items.tolist() == ["ale", "jam", "tea"]


def test_number_labels_are_labels():
    lines = pd.DataFrame({"basket_id": ["x", "y"], "item": [20, 3]})
    assert encode(lines).items.tolist() == [3, 20]


def test_missing_items_are_refused_with_column_count_and_place_or_dropped():
    lines = pd.concat([LINES, pd.DataFrame({"basket_id": [9], "item": [None]})], ignore_index=True)
    with pytest.raises(ValueError, match=r"'item' is missing in 1 of 6 lines \(first at row 5\)"):
        encode(lines)
    assert encode(lines, missing="drop").basket_ids.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (LINES.iloc[:0], "no rows"),
        (LINES.assign(item=[None] * 5), "missing in 5 of 5"),
        (LINES.drop(columns="item"), "no column 'item'"),
        (pd.concat([LINES, LINES["item"]], axis=1), "column 'item' stands twice"),
        (LINES.assign(item=[["tea"]] * 5), r"'item' holds \['tea'\]: one label a line"),
        (LINES.assign(basket_id=[{1}] * 5), r"'basket_id' holds \{1\}"),
        (LINES.assign(item=[0.5, 1, 2, 3, 4]), "holds 0.5: items are labels"),
        (LINES.assign(item=["a", 1, "a", 2, "b"]), r"several types: \['int', 'str'\]"),
    ],
)
def test_bad_lines_are_refused_by_column_and_value(lines, word):
    with pytest.raises(ValueError, match=word):
        encode(lines)


def test_an_unknown_way_with_missing_values_is_refused():
    with pytest.raises(ValueError, match="missing='ignore'"):
        encode(LINES, missing="ignore")


def test_all_lines_missing_leaves_no_basket_also_when_they_may_be_dropped():
    with pytest.raises(ValueError, match="no rows"):
        encode(LINES.assign(item=[None] * 5), missing="drop")


@pytest.mark.parametrize("cell", [2, -1, 0.5, np.nan, "yes"])
def test_a_wide_table_of_quantities_is_refused_with_the_quantity(cell):
    table = pd.DataFrame({"milk": [1, 0], "bread": [0, cell]})
    with pytest.raises(ValueError, match=f"'bread' holds .*{cell}"):
        encode_wide(table)


def test_a_wide_table_of_ones_and_true_is_taken():
    baskets = encode_wide(pd.DataFrame({"milk": [1, 0], "bread": [True, True]}, index=["x", "y"]))
    assert baskets.matrix.toarray().tolist() == [[1, 1], [1, 0]]
    assert baskets.items.tolist() == ["bread", "milk"]


def test_a_wide_table_with_a_column_twice_is_refused():
    with pytest.raises(ValueError, match="'milk' stands twice"):
        encode_wide(pd.DataFrame([[1, 0]], columns=["milk", "milk"]))


def test_a_basket_attribute_follows_the_rows_of_the_baskets():
    lines = LINES.assign(store=["n", "n", "s", "n", "s"])
    assert basket_attribute(lines, encode(lines), "store").to_dict() == {3: "n", 1: "s"}


@pytest.mark.parametrize(
    ("stores", "word"),
    [(["n", "s", "s", "n", "s"], "basket 3 has several values"), ([None, None, "s", None, "s"], "no value")],
)
def test_a_basket_with_two_attributes_or_none_is_refused(stores, word):
    lines = LINES.assign(store=stores)
    with pytest.raises(ValueError, match=word):
        basket_attribute(lines, encode(lines), "store")


RANGE = Hierarchy(
    pd.DataFrame(
        {
            "product": [1, 2, 3, 4],
            "type": ["ALE", "LAGER", "WHOLE MILK", None],
            "category": ["BEER", "BEER", "MILK", None],
        }
    )
)


def test_a_level_up_and_down():
    assert RANGE.up("type") == "category"
    assert RANGE.down("category") == "type"
    assert RANGE.members("BEER", level="category") == ["ALE", "LAGER"]
    assert RANGE.members("LAGER", level="type") == [2]


def test_rolling_up_keeps_lines_and_leaves_unknown_groups_missing():
    lines = pd.DataFrame({"basket_id": [1, 1, 2], "product_id": [2, 4, 3]})
    rolled = RANGE.roll_up(lines, item="product_id", to="category")
    assert rolled["category"].fillna("-").tolist() == ["BEER", "-", "MILK"]
    assert "category" not in lines


def test_support_never_falls_on_the_way_up():
    lines = pd.DataFrame({"basket_id": [1, 1, 2, 3], "product_id": [1, 2, 2, 3]})
    beer = encode(RANGE.roll_up(lines, item="product_id", to="category"), item="category").item_counts["BEER"]
    ales = encode(RANGE.roll_up(lines, item="product_id", to="type"), item="type").item_counts
    assert beer == 2
    assert ales.to_dict() == {"ALE": 1, "LAGER": 2, "WHOLE MILK": 1}


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: RANGE.up("category"), "coarsest"),
        (lambda: RANGE.down("product"), "finest"),
        (lambda: RANGE.up("aisle"), "no level 'aisle'"),
        (lambda: RANGE.members("WINE", level="category"), "no 'WINE'"),
        (lambda: RANGE.roll_up(pd.DataFrame({"p": [9]}), item="p", to="type"), "9 is not in the hierarchy"),
        (lambda: RANGE.roll_up(pd.DataFrame({"q": [9]}), item="p", to="type"), "no column 'p'"),
        (lambda: Hierarchy(pd.DataFrame({"product": [1, 1], "type": ["A", "B"]})), "1 stands twice"),
    ],
)
def test_a_wrong_step_in_the_hierarchy_is_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_one_column_cannot_be_basket_and_item():
    with pytest.raises(ValueError, match="both column 'item'"):
        encode(LINES, basket="item")


def test_a_wide_table_with_labels_of_several_types_is_refused():
    with pytest.raises(ValueError, match=r"several types: \['int', 'str'\]"):
        encode_wide(pd.DataFrame({"tea": [1], 7: [0]}))


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame(), pd.DataFrame([[1, 2, 3]], columns=["p", "c", "c"]), pd.DataFrame({"p": [None, 1]})],
)
def test_a_hierarchy_without_a_place_for_each_item_is_refused(table):
    with pytest.raises(ValueError, match=r"levels|missing item"):
        Hierarchy(table)
