"""The search finds Chinese terms: between them stand no spaces, so each pair of characters is a word too.

A query of three characters or more is also found inside longer words, by Sphinx's own search.
"""

import re

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

RUN = re.compile("[\u4e00-\u9fff]{2,}")


class SearchBoth(SearchEnglish):
    """English, and Chinese in pairs of characters."""

    def split(self, text: str) -> list[str]:
        runs = RUN.findall(text)
        return super().split(text) + [run[i : i + 2] for run in runs for i in range(len(run) - 1)]


def setup(app: Sphinx) -> dict:
    """Take the place of the English search."""
    app.add_search_language(SearchBoth)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
