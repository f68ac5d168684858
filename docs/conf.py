"""Sphinx settings: Chinese first, English beside it; nothing is fetched from anywhere."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from chinese_search import BigramSearch  # noqa: E402
from generate import generate  # noqa: E402

import suzhou_antidrug  # noqa: E402

# Pages show what the data say: tables and pictures are made anew before every build.
generate(HERE)

project = "suzhou_antidrug"
author = "suzhou_antidrug contributors"
copyright = author
release = version = suzhou_antidrug.__version__
language = "zh_CN"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
extensions += ["chinese_lines", "mathtext"]
exclude_patterns = ["_build", "_generated", "_ext", "jupyter_execute", "**.ipynb_checkpoints"]

myst_enable_extensions = ["deflist", "colon_fence", "dollarmath", "attrs_block"]
myst_heading_anchors = 3
nb_execution_mode = "auto"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True}
python_maximum_signature_line_length = 90
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = ["Formulas"]
add_module_names = False
toc_object_entries_show_parents = "hide"

html_math_renderer = "mathtext"
html_theme = "pydata_sphinx_theme"
html_title = "suzhou_antidrug 禁毒规划评估"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "show_nav_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}


def setup(app: object) -> None:
    """Put the search by pairs of characters in the place of Sphinx's, which needs a word list."""
    app.add_search_language(BigramSearch)  # type: ignore[attr-defined]
