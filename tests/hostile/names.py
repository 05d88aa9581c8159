"""Students' own names that a table, a page or a screen would obey."""

from hostile.attack import ROSTER, Attack


def name(what, called, naive):
    return Attack(what, ROSTER, called=called, naive=naive)


NAMES = (
    name("a formula for a name", "=1+1", "pages.formulas(clerk.row(NAME)) == [NAME]"),
    name("a formula behind an at sign", "@SUM(A1)", "pages.formulas(clerk.row(NAME)) == [NAME]"),
    name("a minus before a name", "-2+3", "pages.formulas(clerk.row(NAME)) == [NAME]"),
    name("a script for a name", "<script>alert(1)</script>", "'<script >' in pages.acts(clerk.page(NAME))"),
    name("a picture for a name", "<img src=x onerror=alert(2)>", "len(pages.acts(clerk.page(NAME))) == 3"),
    name(
        "terminal codes for a name",
        "\x1b]0;owned\x07\x1b[2JAnn",
        "len(pages.controls(f'marking {NAME}')) == 3",
    ),
)
