"""A run as one HTML file that needs no network: text, figures, tables and the code between them."""

import html
import io
import re
from copy import deepcopy
from functools import partial
from pathlib import Path

from nbformat import NotebookNode

from crmlib.catalogue import language, say
from crmlib.workbook.notebooks import tags, title
from crmlib.workbook.outcome import Outcome

STYLE = Path(__file__).with_name("page.css")
HIDDEN_INPUT = ("say", "answer", "results")
REMOTE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
MEDIA = re.compile(r"<(script|link|iframe|object|embed|img|source)\b[^>]*>", re.IGNORECASE)
REMOTE_SOURCE = re.compile(r"""\b(src|href|srcset|data)\s*=\s*["']?\s*(https?:)?//""", re.I)
IMPORT = re.compile(r"""@import[^;]+;|url\(\s*["']?(https?:)?//[^)]*\)""", re.IGNORECASE)


def render(notebook: NotebookNode, outcome: Outcome, folder: Path) -> str:
    """The page of a run; pictures that the text names are taken in from ``folder``.

    A formula becomes a drawing with its source as alternative text.
    """
    body = _offline(_body(_shown(notebook), folder))
    return (
        f'<!doctype html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title(notebook) or say('run.page.untitled'))}</title>\n"
        f"<style>\n{_style()}\n</style>\n</head>\n<body>\n<main>\n"
        f"{_banner(outcome)}{body}\n</main>\n</body>\n</html>\n"
    )


def _shown(notebook: NotebookNode) -> NotebookNode:
    """A copy without the inputs that a reader need not see, and without what is empty."""
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code" and set(tags(cell)) & set(HIDDEN_INPUT):
            cell.metadata["transient"] = {"remove_source": True}
    return copy


def _banner(outcome: Outcome) -> str:
    if outcome.ok:
        return ""
    return f'<p class="outcome" role="alert">{html.escape(outcome.sentence())}</p>\n'


def _style() -> str:
    from pygments.formatters import HtmlFormatter

    code = HtmlFormatter(style="default").get_style_defs(".highlight")
    return STYLE.read_text(encoding="utf-8") + code


def _body(notebook: NotebookNode, folder: Path) -> str:
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True)
    exporter.exclude_output_prompt = True
    exporter.register_filter("markdown2html", partial(_markdown, folder=folder))
    return exporter.from_notebook_node(notebook)[0]


def _markdown(source: str, folder: Path) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        """Formulas drawn, pictures taken in."""

        def inline_math(self, body):
            return formula(body)

        def block_math(self, body):
            return f'<div class="formula">{formula(body)}</div>'

    renderer = Renderer(escape=False, embed_images=True, path=str(folder), exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source)


def formula(source: str) -> str:
    """The formula as an inline drawing; its source as code when it cannot be drawn."""
    text = " ".join(source.split())
    try:
        drawing, depth = _drawn(text)
    except (ValueError, RuntimeError):
        return f'<code class="formula">{html.escape(text)}</code>'
    style = f"vertical-align:{-depth / 10:.2f}em"
    label = html.escape(text, quote=True)
    return f'<span class="math" role="img" aria-label="{label}" style="{style}">{drawing}</span>'


def _drawn(text: str) -> tuple[str, float]:
    """SVG of the formula and how far it reaches below the line, in points at size 10."""
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image

    drawing = io.StringIO()
    settings = {"mathtext.fontset": "stix", "svg.hashsalt": "crmlib", "svg.fonttype": "path"}
    with rc_context(settings):
        depth = math_to_image(f"${text}$", drawing, prop=FontProperties(size=10), format="svg")
    return _inline_svg(drawing.getvalue(), text), depth


def _inline_svg(text: str, source: str) -> str:
    """The drawing for use inside a line: sized in em, its ids its own."""
    own = f"f{abs(hash_of(source)):x}-"
    svg = text[text.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(width|height)="([\d.]+)pt"', _in_em, svg)
    svg = re.sub(r'\bid="', f'id="{own}', svg)
    svg = svg.replace('xlink:href="#', f'xlink:href="#{own}').replace("url(#", f"url(#{own}")
    return re.sub(r">\s+<", "><", svg).strip()


def hash_of(text: str) -> int:
    """A number for ``text`` that is the same in every process."""
    import zlib

    return zlib.crc32(text.encode())


def _in_em(found) -> str:
    return f'{found[1]}="{float(found[2]) / 10:.3f}em"'


def _offline(body: str) -> str:
    """Take out what a browser would fetch: scripts, styles and pictures from elsewhere."""
    body = re.sub(r"<script\b.*?</script>", "", body, flags=re.DOTALL | re.IGNORECASE)
    body = MEDIA.sub(lambda m: "" if REMOTE_SOURCE.search(m[0]) else m[0], body)
    return re.sub(
        r"(<style\b[^>]*>)(.*?)(</style>)",
        lambda m: m[1] + IMPORT.sub("", m[2]) + m[3],
        body,
        flags=re.DOTALL | re.IGNORECASE,
    )
