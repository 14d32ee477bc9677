"""Reads the moduli's published split, 4,664/393/393, from files that the user hands over.

Known forms:

* Matformer's folder with ``bulk_megnet_{train,val,test}.pkl`` or ``shear_megnet_…`` or both: each
  a pickled list of dicts with ``id`` (and ``atoms``, ``bulk modulus`` …, which are not used);
* JSON: ``{"train": …, "val" or "validation": …, "test": …}``, each a list of ids or a dict by id,
  for both moduli; or such dicts under ``bulk_modulus`` and ``shear_modulus``;
* CSV: columns ``id`` and ``split``, for both moduli.

The pickles are read without executing them (:mod:`crystext.pipelines.sources.plain_pickle`).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.choices import SPLIT_NAMES, SPLITS
from crystext.errors import BadTableError, shown
from crystext.pipelines.splits import SplitSpec, without_leaks

if TYPE_CHECKING:
    import os

PUBLISHED = (4_664, 393, 393)
_MODULI = {"bulk_modulus": "bulk", "shear_modulus": "shear"}


def published_split(path: str | os.PathLike[str]) -> dict[str, SplitSpec]:
    """The split by modulus: one or both of ``bulk_modulus`` and ``shear_modulus``.

    Args:
        path: a folder of pickles, or a ``.json`` or ``.csv`` file.

    Returns:
        Splits whose origin says whether they have the published numbers.

    Raises:
        BadTableError: the form is not known.
        UnsafePickleError: a pickle holds more than plain data.
        OverlappingSplitError: a part is empty or an id stands in two.
    """
    path = Path(path)
    found: dict[str, Any]
    if path.is_dir():
        found = _from_folder(path)
    elif path.suffix.lower() == ".json":
        found = _from_json(path)
    elif path.suffix.lower() == ".csv":
        found = dict.fromkeys(_MODULI, _from_csv(path))
    else:
        message = f"{shown(path.name)} is no folder, .json or .csv file"
        raise BadTableError(f"{message}; give the folder with bulk_megnet_train.pkl and the like")
    return {name: _spec(path, parts) for name, parts in found.items()}


def _spec(path: Path, parts: dict[str, list[str]]) -> SplitSpec:
    sizes = tuple(len(parts[name]) for name in SPLITS)
    told = "/".join(map(str, sizes))
    known = (
        "the published 4,664/393/393" if sizes == PUBLISHED else "NOT the published 4664/393/393"
    )
    return without_leaks(parts, f"split {told} from {path.name}, handed over by the user; {known}")


def _from_folder(folder: Path) -> dict[str, dict[str, list[str]]]:
    from crystext.pipelines.sources.plain_pickle import load_plain

    found = {}
    for modulus, short in _MODULI.items():
        files = {
            SPLIT_NAMES[part]: folder / f"{short}_megnet_{part}.pkl"
            for part in ("train", "val", "test")
        }
        missing = [file.name for file in files.values() if not file.is_file()]
        if len(missing) == len(files):
            continue
        if missing:
            raise BadTableError(f"{shown(folder.name)} lacks {', '.join(missing)}; add all three")
        found[modulus] = {part: _ids(load_plain(file), file) for part, file in files.items()}
    if not found:
        message = f"{shown(folder.name)} holds no bulk_megnet_train.pkl or shear_megnet_train.pkl"
        raise BadTableError(f"{message}; give the folder with Matformer's files")
    return found


def _from_json(path: Path) -> dict[str, dict[str, list[str]]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadTableError(f"{shown(path.name)} is no JSON ({error}); export it again") from error
    if isinstance(data, dict) and data.keys() & _MODULI.keys():
        return {name: _from_dict(data[name], path) for name in _MODULI if name in data}
    return dict.fromkeys(_MODULI, _from_dict(data, path))


def _from_dict(data: Any, path: Path) -> dict[str, list[str]]:
    is_dict = isinstance(data, dict)
    named = {SPLIT_NAMES.get(key): value for key, value in data.items()} if is_dict else {}
    if set(named) != set(SPLITS):
        what = f"the keys {shown(list(data))}" if is_dict else f"a {type(data).__name__}"
        raise BadTableError(f"{shown(path.name)} has {what}; give a dict of train, val and test")
    return {name: _ids(named[name], path) for name in SPLITS}


def _from_csv(path: Path) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {name: [] for name in SPLITS}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            name = SPLIT_NAMES.get((row.get("split") or "").strip().lower())
            if name is None or not (row.get("id") or "").strip():
                message = f"line {number} of {shown(path.name)} has no id or no known split"
                raise BadTableError(f"{message}; give columns id and split (train, val, test)")
            parts[name].append(row["id"].strip())
    return parts


def _ids(data: Any, path: Path) -> list[str]:
    """The ids of one part: strings, dicts with ``id``, or the keys of a dict."""
    ids = list(data) if isinstance(data, (dict, list, tuple)) else []
    ids = [one.get("id", one.get("material_id")) if isinstance(one, dict) else one for one in ids]
    if not ids or not all(isinstance(one, str) and one for one in ids):
        message = f"{shown(path.name)} holds no list of ids or of dicts with ids"
        raise BadTableError(f"{message}; export it as JSON: train, val and test with lists of ids")
    return ids
