"""Formulas as drawings inside the page: a script from the network would not work offline."""

from sphinx.application import Sphinx

from crmlib.workbook.page import formula


def setup(app: Sphinx) -> dict:
    """Register the renderer ``drawn``."""
    app.add_html_math_renderer("drawn", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator, node) -> None:
    translator.body.append(formula(node.astext()))
    raise _skip()


def _block(translator, node) -> None:
    translator.body.append(f'<div class="formula">{formula(node.astext())}</div>')
    raise _skip()


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode()
