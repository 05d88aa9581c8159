"""A reader answers a question of the book: what is clicked and typed, and what the page says to it."""

from crmlib.workbook.quizzes import controls

# Unit (or any), what is typed for the answer, and what the page makes of it.
TYPED = [
    ("%", "{}%", "right"),
    ("%", " {} % ", "right"),
    ("times", "{} times", "right"),
    ("", "\u2212{}", "wrong"),  # a true minus: the wrong sign, not no number
    ("", "{:.3f}", "right"),
    ("", "{} apples", "unread"),
    ("", "1/{}", "unread"),
    ("", "2,857", "unread"),
    ("", "2,8", "wrong"),
    ("", "1,234,567", "wrong"),
    ("", "about {}", "unread"),
    ("", "0x10", "unread"),
]


def wrong_of(posed):
    """An answer with nothing right, and one that is half right where there is such a thing."""
    letters, key, kind = list(posed.labelled), posed.key, posed.question.kind
    if kind == "choice":
        return next(letter for letter in letters if letter != key), None
    if kind == "several":
        return [letter for letter in letters if letter not in key], key[:1] if len(key) > 1 else None
    if kind == "numeric":
        return key + 17 * (posed.question.within or 1) + 1234.5, None
    wrong = [letters[(letters.index(letter) + 1) % len(letters)] for letter in key]
    return wrong, [key[0], *wrong[1:]]


def fill_in(browser, form, posed, answer):
    """Answer as a reader does."""
    if posed.question.kind in ("choice", "several"):
        browser.run("document.querySelector(arguments[0]).reset()", form)
        for letter in answer:
            browser.click(f'{form} input[value="{letter}"]')
    elif posed.question.kind == "numeric":
        browser.run("document.querySelector(arguments[0] + ' input').value = ''", form)
        browser.type(f"{form} input", f"{answer:.12g}")
    else:
        for place, letter in enumerate(answer, 1):
            browser.click(f'{form} .crm-quiz-place:nth-of-type({place}) option[value="{letter}"]')


def said(browser, form):
    browser.click(f"{form} button[type=submit]")
    return browser.run("return document.querySelector(arguments[0]).className", f"{form} output").split("-")[
        -1
    ]


def typed(reader, posed, text):
    form = f"#{controls.anchor(posed.question.id)}"
    reader.go(f"concepts/{posed.question.chapter}.html{form}")
    reader.browser.run("document.querySelector(arguments[0]).reset()", form)
    reader.browser.type(f"{form} input", text)
    return said(reader.browser, form)
