"""From paths, text and objects to checked :class:`~crystext.crystal.Crystal` records.

Formats: CIF, POSCAR (also CONTCAR) and JSON (the dicts of :mod:`crystext.crystal`, lists of them,
dicts of them by id, one a line), each also gzipped. The name tells the format, else the content.

Ids: the only structure of a file is called as the file without its suffix; several in one file
are ``stem#1``, ``stem#2``… by their place among its structures, failed ones counted (names of CIF
data blocks are too often ``I`` or ``global`` to serve; messages give them). An id inside JSON
(``jid``, ``material_id``…) wins. In a folder, the path below it stands before the stem.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crystext.crystal import Crystal, Failure, element, id_of, is_structure_dict, structure_from
from crystext.errors import (
    AtomsOverlapError,
    BadCifError,
    BadJsonError,
    BadObjectError,
    BadPoscarError,
    BinaryFileError,
    CrystextError,
    EmptyFileError,
    FileTooLargeError,
    NoAtomsError,
    NoStructureFilesError,
    NotFiniteError,
    PartialOccupancyError,
    SeveralStructuresError,
    TruncatedFileError,
    UnknownFormatError,
    UnknownSpeciesError,
    UnreadableFileError,
    UsageError,
    ZeroVolumeError,
    first_line,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pymatgen.core import Structure
