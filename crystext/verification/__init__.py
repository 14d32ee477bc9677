"""Whether a text fits a structure: claims are read from the text and judged one by one.

Offered as :func:`crystext.verify`. ``claims.py`` says what can be claimed, ``reading.py`` finds it
in a text, ``knowledge.py`` holds what is known of the structure, ``judging.py`` compares the two.
"""
