"""What ``settings.json`` of a run must hold for prediction: kinds and ranges, checked at once.

The file comes from a folder or from somebody's repository on the Hub. A value of another kind would
otherwise end the command deep inside, and an impossible size would take all memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crystext.description.options import Settings
from crystext.errors import OtherEncoderError, shown
from crystext.features.site_facts import DIGEST
from crystext.model.networks.registry import MOST_LAYERS, WIDEST
from crystext.settings import check_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.model.settings import RunSettings

_WORD, _WORD_OR_NONE = ("a word", str), ("a word or null", str | None)
_TABLE, _LIST, _SWITCH = ("a table", dict), ("a list", list), ("true or false", bool)
_OF_TEXTS = {
    **dict.fromkeys(("model", "weights_sha256", "config_sha256", "tokenizer_sha256"), _WORD),
    **dict.fromkeys(("pool", "normalisation", "precision", "section"), _WORD),
    "revision": _WORD_OR_NONE,
    "windows": _SWITCH,
}


def check_words(words: Mapping[str, Any], settings: RunSettings) -> None:
    """Refuses what prediction cannot use of ``settings.json``, whose settings are read already.

    Raises:
        ValueError: names the value.
        KeyError: names what is missing.
        TypeError: a part is of another kind.
        UsageError: describing takes no such setting.
    """
    data = words["data"]
    _is(_TABLE, "settings.network", settings.network)
    _is(_WORD, "settings.property_name", settings.property_name)
    _is(_WORD_OR_NONE, "data.unit", data["unit"])
    scaling = _is(_TABLE, "data.scaling", data["scaling"])
    _is(_SWITCH, "data.scaling.log10", scaling["log10"])
    _number("data.scaling.mean", scaling["mean"], -math.inf)
    _number("data.scaling.deviation", scaling["deviation"], 0)
    for one in known_elements(words):
        _is(_WORD, "facts.domain.elements", one)
    if settings.uses_text:
        _check_texts(data, settings)
    if settings.uses_sites:
        _is(_WORD, "data.sites.facts", _is(_TABLE, "data.sites", data["sites"])["facts"])
    if settings.trained_layers:
        layers = _is(_TABLE, "data.text_layers", data["text_layers"])
        check_whole("data.text_layers.number", layers["number"], most=MOST_LAYERS)
        _is(_TABLE, "data.text_layers.config", layers["config"])


def check_site_facts(data: Mapping[str, Any]) -> None:
    """Refuses a run whose atoms learnt from other facts of sites than this release has.

    Raises:
        OtherEncoderError: their digests differ.
    """
    learnt = data["sites"]["facts"]
    if learnt != DIGEST:
        raise OtherEncoderError(
            f"the run learnt facts of sites ({learnt}) that this release does not have ({DIGEST}); "
            "train again"
        )


def known_elements(words: Mapping[str, Any]) -> list[str]:
    """The elements of the training set; none where they are not told."""
    facts = _is(_TABLE, "facts", words.get("facts", {}))
    domain = _is(_TABLE, "facts.domain", facts.get("domain", {}))
    return _is(_LIST, "facts.domain.elements", domain.get("elements", []))


def _check_texts(data: Mapping[str, Any], settings: RunSettings) -> None:
    _is(_WORD, "settings.text.encoder", settings.text.encoder)
    check_whole("data.text_width", data["text_width"], most=WIDEST)
    texts = _is(_TABLE, "data.texts", data["texts"])
    for name, kind in _OF_TEXTS.items():
        _is(kind, f"data.texts.{name}", texts[name])
    check_whole("data.texts.max_tokens", texts["max_tokens"], most=WIDEST)
    if texts["section"] != settings.text.section:
        raise ValueError(f"data.texts.section is {shown(texts['section'])}, not the settings'")
    if texts.get("trained_layers", 0) != settings.trained_layers:
        raise ValueError("data.texts.trained_layers is not the settings'")
    describer = _is(_TABLE, "data.describer", data["describer"])
    given = _is(_TABLE, "data.describer.settings", describer["settings"])
    if not _is(_LIST, "data.describer.symprecs", describer["symprecs"]):
        raise ValueError("data.describer.symprecs is empty")
    for symprec in describer["symprecs"]:
        Settings(**given, symprec=symprec)
    for name, version in _is(_TABLE, "data.describer.versions", describer["versions"]).items():
        _is(_WORD, f"data.describer.versions.{name}", version)


def _is(kind: tuple[str, Any], name: str, value: Any) -> Any:
    words, types = kind
    if not isinstance(value, types):
        raise ValueError(f"{name} is {shown(value)}, not {words}")  # noqa: TRY004  (of a file)
    return value


def _number(name: str, value: Any, above: float) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not (fits and math.isfinite(value) and value > above):
        what = "a number" if above == -math.inf else f"a number above {above:g}"
        raise ValueError(f"{name} is {shown(value)}, not {what}")
