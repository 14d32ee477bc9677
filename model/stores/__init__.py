"""Stores: what is computed once for the crystals of a corpus, kept in folders and read by id."""
