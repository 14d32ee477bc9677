"""Describing: one structure in, one description out; `describer.py` is where to begin."""
