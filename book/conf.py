"""Sphinx's settings for the book; `assemble.py` lays out what it reads."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "The CRM Casebook"
author = "The authors of the CRM Casebook"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "drawn_math", "chinese_search"]
language = "en"
default_role = "code"

# Pages show what the notebooks hold: nothing is run, and nothing fetched, while the book is made.
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "attrs_inline", "attrs_block", "colon_fence", "html_admonition"]
myst_heading_anchors = 4
# Of a notebook's own headings some levels are left out on purpose.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_title = "The CRM Casebook"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
# Excerpts would be fetched, which a browser refuses to pages from the file system.
html_show_search_summary = False
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_math_renderer = "drawn"
pygments_dark_style = "github-dark"
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
