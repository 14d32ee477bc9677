"""The shell of every page: one self-contained file with its style, script and packed data."""
