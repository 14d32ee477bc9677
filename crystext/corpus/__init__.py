"""Corpora: tables of described crystals, how they are written, read, checked and summed up."""
