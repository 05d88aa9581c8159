"""Every sentence that a person is shown, by key, in the reader's language.

The sentences stand in ``crmlib/locale/<language>/*.po``, one file a room; a key is
``room.name``. Values go in by name, so that a translation may move them.
"""

import os
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"


def language() -> str:
    """The language that sentences are shown in: ``CRMLIB_LANGUAGE``, English by default."""
    return os.environ.get("CRMLIB_LANGUAGE", "en")


def languages() -> list[str]:
    """The languages there are sentences in."""
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


@cache
def _sentences(lang: str) -> GNUTranslations:
    if lang not in languages():
        raise ValueError(f"language {lang!r}: there is none of that name, only {languages()}")
    merged = Catalog(locale=lang)
    for path in sorted((LOCALE / lang).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=lang, abort_invalid=True):
                if message.id:
                    merged[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def say(key: str, *, lang: str | None = None, **values) -> str:
    """The sentence ``key`` with ``values`` filled in; ``KeyError`` if there is none.

    >>> say("catalogue.example", count=3, what="baskets")
    '3 baskets'
    """
    sentence = _sentences(lang or language()).gettext(key)
    if sentence == key:
        raise KeyError(f"no sentence {key!r} in language {lang or language()!r}")
    return sentence.format(**values)


def say_count(key: str, count: int, *, lang: str | None = None, **values) -> str:
    """As `say`, with the form of the sentence that goes with ``count``.

    >>> say_count("catalogue.baskets", 1), say_count("catalogue.baskets", 2)
    ('1 basket', '2 baskets')
    """
    sentence = _sentences(lang or language()).ngettext(key, key, int(count))
    if sentence == key:
        raise KeyError(f"no sentence {key!r} in language {lang or language()!r}")
    return sentence.format(count=count, **values)
