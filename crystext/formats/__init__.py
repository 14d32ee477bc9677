"""Formats: texts and objects of other programs to pymatgen structures, one module a format."""
