"""How Sphinx makes the site of these pages: `make docs`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / ".ci")]

project = "chalkgrad"
copyright = "the chalkgrad authors"
extensions = ["myst_nb", "site_pages"]
exclude_patterns = ["images"]

html_theme = "furo"
html_title = "chalkgrad"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"
highlight_language = "none"
pygments_style, pygments_dark_style = "friendly", "monokai"

myst_heading_anchors = 4  # named as GitHub names them
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_url_schemes = ["http", "https", "mailto", "source"]

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_ipywidgets_js = {}  # scripts from the network

add_module_names = True
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
