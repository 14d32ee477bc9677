"""Whether a text fits a structure: claims are read from the text and judged one by one.

Offered as :func:`crystext.verify`. ``claims.py`` says what can be claimed. ``sentences.py`` reads a
text: ``own.py`` tells robocrystallographer's sentences, whose forms ``reading.py`` knows, and
``free.py`` reads all others, over the words of ``lexicon.py``. ``knowledge.py`` holds what is known
of the structure, ``judging.py`` compares the two.
"""
