"""Figures: nothing overlaps, what matters does not hang on colour, and every one has a description."""

import re
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.markers import MarkerStyle
from nbconvert import HTMLExporter

from crmlib import plots
from crmlib.plots import interval_plot, rule_network, rule_scatter, search_tree, use_house_style
from crmlib.plots.labels import overlap, place_labels, rule_text
from crmlib.plots.network import overlapping
from crmlib.plots.style import CJK_FONTS, DPI, balanced, log_ticks, picture
from crmlib.plots.tree import FREQUENT, RARE, SKIPPED, branches, state

WORDS = [f"Item of some length {n}" for n in range(40)]


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context():
        mpl.use("agg")
        use_house_style()
        yield
        plt.close("all")


def _rules(n, seed=0, joint=False):
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        one, other, third = rng.choice(WORDS, 3, replace=False)
        left = {one, third} if joint and rng.random() < 0.5 else {one}
        rows.append((frozenset(left), frozenset({other}), *rng.random(2), 1 + 9 * rng.random()))
    return pd.DataFrame(rows, columns=["antecedents", "consequents", "support", "confidence", "lift"])


def _scatter(rules, **options):
    labels = {"title": "Finding", "x_label": "support (share)", "y_label": "confidence (share)"}
    return rule_scatter(rules, **labels | options)


def _no_overlap(texts):
    boxes = [text.get_window_extent().extents for text in texts]
    return not any(overlap(one, other) for one, other in combinations(boxes, 2))


# Style ----------------------------------------------------------------------------------------


def test_importing_changes_no_setting():
    code = (
        "import matplotlib as m; before = dict(m.rcParams); import crmlib.plots;"
        "assert dict(m.rcParams) == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_style_is_legible_at_page_width():
    assert mpl.rcParams["figure.figsize"][0] * mpl.rcParams["figure.dpi"] == 720
    assert mpl.rcParams["font.size"] * DPI / 72 >= 12


def test_the_fonts_asked_for_are_installed():
    installed = {font.name for font in font_manager.fontManager.ttflist}
    assert set(mpl.rcParams["font.family"]) <= installed


def test_chinese_labels_are_drawn():
    installed = {font.name for font in font_manager.fontManager.ttflist}
    if not installed & set(CJK_FONTS):
        pytest.skip("no font with Chinese letters is installed")
    ax = _scatter(_rules(5), title="啤酒与尿布", x_label="支持度", y_label="置信度")
    picture(ax, alt="散点图")


def test_a_missing_cjk_font_is_no_warning(monkeypatch):
    monkeypatch.setattr("crmlib.plots.style.CJK_FONTS", ("No Such Font",))
    use_house_style()
    assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
    picture(_scatter(_rules(5)), alt="scatter")


def _lightness(colour):
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_two_main_colours_differ_for_the_colour_blind_and_text_is_dark():
    # Red-green blindness merges red and green: the pair must differ in blue.
    blue, vermilion = mpl.colors.to_rgb(plots.BLUE), mpl.colors.to_rgb(plots.VERMILION)
    assert abs(blue[2] - vermilion[2]) > 0.5
    assert _lightness(plots.GREY) < 0.5
    assert _lightness(plots.INK) < 0.2


def test_titles_break_into_even_lines():
    lines = balanced("word " * 20).splitlines()
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) <= 5
    assert balanced("") == ""


@pytest.mark.parametrize("limits", [(0.01, 0.11), (0.5, 1.7), (0.001, 1000), (0.99, 1.01)])
def test_logarithmic_axes_have_a_few_readable_ticks(limits):
    _, ax = plt.subplots()
    log_ticks(ax, "x")
    ax.set_xlim(limits)
    ticks = ax.get_xticks()
    assert 3 <= len(ticks) <= 10
    assert ((ticks >= limits[0]) & (ticks <= limits[1])).all()


# Pictures -------------------------------------------------------------------------------------


def test_a_picture_is_small_has_its_description_and_closes_the_figure():
    ax = _scatter(_rules(400))
    shown = picture(ax, alt='Support < 1 % and "confidence"')
    assert len(shown.png) < 40_000
    assert not plt.fignum_exists(ax.figure.number)
    html = shown._repr_mimebundle_()["text/html"]
    assert 'alt="Support &lt; 1 % and &quot;confidence&quot;"' in html
    assert 'width="720"' in html


def test_the_same_figure_gives_the_same_bytes():
    one, other = (picture(_scatter(_rules(50)), alt="x").png for _ in range(2))
    assert one == other


def test_colours_survive_the_small_palette(tmp_path):
    ax = _scatter(_rules(2_000))
    path = tmp_path / "figure.png"
    path.write_bytes(picture(ax, alt="x").png)
    pixels = plt.imread(path)[..., :3].reshape(-1, 3)
    wanted = np.array(mpl.colors.to_rgb(plots.VERMILION))
    assert (np.abs(pixels - wanted).max(axis=1) < 0.04).sum() > 50


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_description_is_refused(alt):
    with pytest.raises(ValueError, match="alt"):
        picture(_scatter(_rules(3)), alt=alt)


def test_what_is_no_figure_is_refused():
    with pytest.raises(ValueError, match="list"):
        picture([], alt="x")


def test_show_displays_once_and_returns_nothing(monkeypatch):
    shown = []
    monkeypatch.setattr("crmlib.plots.style.display", shown.append)
    assert plots.show(_scatter(_rules(3)).figure, alt="three rules") is None
    assert [one.alt for one in shown] == ["three rules"]


def test_nbconvert_keeps_the_description():
    bundle = picture(_scatter(_rules(3)), alt="three rules & more")._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=bundle)
    cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert re.search(r'<img alt="three rules &amp; more"[^>]*src="data:image/png;base64', page)
    assert "No description" not in page


# Scatter --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_labels_of_rules_do_not_overlap_and_stay_inside(seed):
    ax = _scatter(_rules(300, seed), n_labels=12)
    ax.figure.draw_without_rendering()
    frame = ax.get_window_extent()
    texts = [text for text in ax.texts if text.get_text()]
    assert len(texts) >= 5
    assert _no_overlap(texts)
    assert all(frame.x0 <= t.get_window_extent().x0 for t in texts)
    assert all(t.get_window_extent().x1 <= frame.x1 for t in texts)


def test_the_best_rule_is_named():
    rules = _rules(50)
    best = rules.loc[rules["lift"].idxmax()]
    ax = _scatter(rules, y="lift", n_labels=1)
    assert [text.get_text() for text in ax.texts if text.get_text()] == [rule_text(best)]


def test_a_rule_and_its_reverse_share_one_name():
    rules = pd.DataFrame(
        {
            "antecedents": [frozenset("A"), frozenset("B")],
            "consequents": [frozenset("B"), frozenset("A")],
            "support": 0.2,
            "confidence": 0.5,
        }
    )
    ax = _scatter(rules, names={"A": "ale"})
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["ale ↔ B"]


def test_labels_for_which_there_is_no_room_are_left_out():
    _, ax = plt.subplots(figsize=(3, 2))
    points = np.full((60, 2), 0.5)
    texts = place_labels(ax, points, [f"quite a long label {n}" for n in range(60)], avoid=points)
    assert 0 < len(texts) < 60
    assert _no_overlap(texts)


def test_a_scatter_refuses_what_it_cannot_draw():
    rules = _rules(3)
    with pytest.raises(ValueError, match="or_lower"):
        _scatter(rules, y="or_lower")
    with pytest.raises(ValueError, match="no rows"):
        _scatter(rules.head(0))
    with pytest.raises(ValueError, match="log"):
        _scatter(rules, log="z")
    with pytest.raises(ValueError, match="conviction"):
        _scatter(rules.assign(conviction=np.inf), y="conviction")
    with pytest.raises(ValueError, match="list"):
        _scatter([1])


# Network --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "joint"), [(1, False), (25, False), (25, True), (40, False)])
def test_words_of_a_network_do_not_overlap_and_stand_once(n, joint):
    rules = _rules(n, joint=joint)
    ax = rule_network(rules, title="Finding", max_rules=40)
    assert overlapping(ax) == []
    words = [text.get_text() for text in ax.texts if text.get_text() in WORDS]
    items = {item for side in ("antecedents", "consequents") for s in rules[side] for item in s}
    assert sorted(words) == sorted(items)
    frame = ax.get_window_extent()
    assert all(t.get_window_extent().x1 <= frame.x1 + 1 for t in ax.texts if t.get_text())


def test_a_network_shows_the_heaviest_rules_only():
    rules = _rules(30)
    ax = rule_network(rules, title="Finding", max_rules=1)
    best = rules.loc[rules["lift"].idxmax()]
    assert {t.get_text() for t in ax.texts} == set(best["antecedents"] | best["consequents"])


def test_the_layout_of_a_network_does_not_hang_on_chance_or_row_order():
    rules = _rules(20)
    one, other, third = (
        picture(rule_network(r, title="Finding"), alt="x").png
        for r in (rules, rules, rules.sample(frac=1, random_state=1))
    )
    assert one == other == third


def test_a_rule_and_its_reverse_are_one_line_without_a_head():
    pair = pd.DataFrame(
        {
            "antecedents": [frozenset("A"), frozenset("B"), frozenset("A")],
            "consequents": [frozenset("B"), frozenset("A"), frozenset("C")],
            "lift": [2.0, 2.0, 1.5],
        }
    )
    ax = rule_network(pair, title="Finding")
    styles = [type(patch.get_arrowstyle()).__name__ for patch in ax.patches]
    assert sorted(styles) == ["Curve", "CurveFilledB"]


def test_a_network_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="or_lower"):
        rule_network(_rules(3), title="x", weight="or_lower")
    with pytest.raises(ValueError, match="finite"):
        rule_network(_rules(3).assign(lift=np.inf), title="x")
    long = _rules(40).map(lambda s: frozenset(i * 6 for i in s) if isinstance(s, frozenset) else s)
    with pytest.raises(ValueError, match="fewer"):
        rule_network(long, title="x", max_rules=40)
    assert plt.get_fignums() == []


# Intervals ------------------------------------------------------------------------------------


def _intervals(rows, **options):
    table = pd.DataFrame(rows, columns=["estimate", "lower", "upper"], index=list("abcd"[: len(rows)]))
    return interval_plot(table, title="Finding", x_label="lift (ratio)", **options)


def _dots(ax):
    return [line for line in ax.lines if line.get_marker() in ("o", "s")]


def test_a_dot_is_hollow_where_the_interval_holds_the_reference():
    ax = _intervals([(1.2, 0.9, 1.5), (1.4, 1.1, 1.7), (1.0, 1.0, 1.0)], reference=1)
    assert [dot.get_markerfacecolor() == "white" for dot in _dots(ax)] == [True, False, True]


def test_rows_stand_in_the_order_of_the_table_with_their_values():
    ax = _intervals([(3.0, 1.0, 4.0), (2.0, 1.0, 4.0)], highlight="b")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [t.get_text() for t in ax.texts] == ["3.00", "2.00"]
    assert [dot.get_marker() for dot in _dots(ax)] == ["o", "s"]


@pytest.mark.parametrize("log", [False, True])
def test_infinite_ends_run_to_the_frame(log):
    ax = _intervals([(2.0, 1.0, np.inf), (2.0, 0.0 if log else -np.inf, 3.0)], log=log)
    left, right = ax.get_xlim()
    spans = [
        line.get_xdata() for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 2
    ]
    assert spans[0][1] == pytest.approx(right)
    assert spans[1][0] == pytest.approx(left)
    picture(ax, alt="x")


def test_equal_values_still_make_a_figure():
    picture(_intervals([(1.0, 1.0, 1.0)], log=True, reference=1, reference_label="same"), alt="x")


def test_intervals_out_of_order_or_missing_are_refused():
    with pytest.raises(ValueError, match="order"):
        _intervals([(1.0, 1.2, 1.5)])
    with pytest.raises(ValueError, match="order"):
        _intervals([(1.0, np.nan, 1.5)])
    with pytest.raises(ValueError, match="estimate"):
        interval_plot(pd.DataFrame({"lower": [1]}), title="x", x_label="x")


# Search tree ----------------------------------------------------------------------------------

COUNTS = {frozenset(s): n for s, n in (("b", 3), ("m", 3), ("r", 5), ("br", 3), ("mr", 3))}
SETS = pd.DataFrame({"itemsets": list(COUNTS), "count": list(COUNTS.values())})


def test_the_branches_are_all_itemsets_once():
    every = branches("ebdmr")
    assert len(every) == len({frozenset(node) for node in every}) == 32
    assert every[:3] == [(), ("e",), ("e", "b")]


@pytest.mark.parametrize(
    ("node", "expected"),
    [("b", FREQUENT), ("e", RARE), ("bm", RARE), ("br", FREQUENT), ("eb", SKIPPED), ("bmr", SKIPPED)],
)
def test_what_was_counted_follows_from_what_is_frequent(node, expected):
    assert state(tuple(node), COUNTS) == expected


def test_the_tree_shows_every_set_and_tells_states_apart_without_colour():
    ax = search_tree(SETS, list("ebmr"), title="Finding", states=("frequent", "too rare", "never counted"))
    texts = [text.get_text() for text in ax.texts]
    assert len(texts) == 16
    assert "b  3" in texts
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "frequent",
        "too rare",
        "never counted",
    ]
    looks = {
        (MarkerStyle(line.get_marker()).get_marker(), line.get_markersize())
        for line in ax.lines
        if line.get_marker() not in ("None", "", None)
    }
    assert len(looks) == 3
    ax.figure.draw_without_rendering()
    assert _no_overlap([*ax.texts, *ax.get_legend().get_texts()])


def test_a_tree_of_five_words_fits_the_page():
    sets = SETS.assign(itemsets=[frozenset(f"word {i}" for i in s) for s in SETS["itemsets"]])
    words = [f"word {i}" for i in "ebdmr"]
    ax = search_tree(sets, words, title="Finding", states=("a", "b", "c"))
    ax.figure.draw_without_rendering()
    assert _no_overlap(ax.texts)
    assert max(text.get_window_extent().x1 for text in ax.texts) <= 720


@pytest.mark.parametrize("items", [[], list("abcdefg"), ["a", "a"]])
def test_a_tree_refuses_no_double_or_too_many_items(items):
    with pytest.raises(ValueError, match="items"):
        search_tree(SETS, items, title="x", states=("a", "b", "c"))
