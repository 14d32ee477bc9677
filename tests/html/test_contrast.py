"""Colours of words have the contrast that WCAG 2.1 asks for (1.4.3): 4.5 to 1."""

import re

import pytest

from crystext.html.shell import asset

PAIRS = [
    *(
        (word, on)
        for word in ("ink", "soft", "accent", "good", "bad")
        for on in ("ground", "paper")
    ),
    *(("bad", "bad-soft"), ("accent-ink", "accent"), ("ink", "mark"), ("ink", "deep")),
]


def themes():
    light, dark = re.findall(r":root \{(.*?)\}", asset("crystext.html", "base.css"), re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", part)) for part in (light, dark)]
    return {"light": found[0], "dark": found[0] | found[1]}


def luminance(colour):
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(2 * one for one in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read(theme):
    colours = themes()[theme]
    for word, on in PAIRS:
        assert contrast(colours[word], colours[on]) >= 4.5, (word, on)


def test_no_words_are_made_fainter():
    assert ".none { color: var(--soft); }" in asset("crystext.html", "base.css")


@pytest.mark.parametrize("name", ["view.css", "summary.css"])
def test_words_of_the_attention_pages_are_not_made_fainter(name):
    assert "opacity" not in asset("crystext.model.attention", name)
