"""How `make docs` makes a site of these pages."""

from importlib.metadata import version as version_of

project = "dealwarden"
version = release = version_of("dealwarden")
copyright = "the authors of dealwarden"  # noqa: A001, the name is Sphinx's

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["conf.py"]
suppress_warnings: list[str] = []  # every warning fails the build

myst_heading_anchors = 4  # [text](page.md#heading) is checked down to this level
myst_enable_extensions = ["attrs_block"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True

html_theme = "furo"
html_title = f"dealwarden {release}"
html_copy_source = False
html_show_sphinx = False
