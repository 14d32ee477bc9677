"""``report.html``: what a benchmark found, in one file for a browser."""
