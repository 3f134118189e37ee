"""Sphinx's configuration of the site (tools/site/build.py)."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

project = "Tightrope"
html_title = "Tightrope"
language = "en"
extensions = ["myst_nb", "sphinx_design", "sphinx_copybutton", "mathml"]

# Notebooks are shown as they were committed; nothing is run.
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
nb_number_source_lines = False
highlight_language = "text"
smartquotes = False  # of --flag they would make a dash

myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline"]
myst_fence_as_directive = ["math"]
myst_dmath_allow_space = False
myst_dmath_allow_digits = False
myst_heading_anchors = 6
myst_update_mathjax = False
# What Sphinx does not know: page: leads to a file of the site, such as the playground's, place: to a place in one.
myst_url_schemes = {"http": None, "https": None, "page": {"url": "{{path}}"}, "place": {"url": "{{path}}#{{fragment}}"}}
suppress_warnings = ["myst.header"]

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = [str(pathlib.Path(__file__).resolve().parent / "static"), os.environ["SITE_FONTS"]]
html_extra_path = [os.environ["SITE_EXTRA"]]
html_css_files = ["tightrope.css"]
html_copy_source = False
html_show_search_summary = False  # which a browser may not load for a site that is read from the disk
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_baseurl = ""
html_theme_options = {"navigation_with_keys": True, "source_repository": "", "top_of_page_buttons": []}
copybutton_exclude = ".linenos, .gp"
