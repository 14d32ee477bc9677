"""How descriptions, corpora and runs look in a notebook: HTML and SVG, with no script."""
