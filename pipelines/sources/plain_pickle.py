"""Reads a pickle of plain data, and executes nothing: no class or function in it is ever looked up.

A pickle is a program that may call anything importable. Here every name in it is refused, but for
the ways to write bytes in old protocols and a single number of numpy's, which our own code below
decodes. What is left are lists, tuples, dicts, sets, strings, bytes, numbers, booleans and None.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import TYPE_CHECKING, Any

from crystext.errors import BadTableError, FileTooLargeError, UnsafePickleError, first_line, shown

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 500_000_000
"""The most bytes of a pickle; Matformer's largest has some megabytes."""
_NUMBERS = {"f8": "d", "f4": "f", "i8": "q", "i4": "i", "i2": "h", "i1": "b", "b1": "?"}


def load_plain(path: Path) -> Any:
    """The data in a pickle file.

    Args:
        path: the file.

    Raises:
        UnsafePickleError: it names a class, a function or an extension.
        BadTableError: it is no pickle, or cut off.
        FileTooLargeError: it is larger than ``MAX_BYTES``.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FileTooLargeError(f"{shown(path.name)} has over {MAX_BYTES} bytes; export it as JSON")
    try:
        return _plain(_Plain(io.BytesIO(path.read_bytes())).load())
    except UnsafePickleError as error:
        message = f"{shown(path.name)} {error.message}"
        raise UnsafePickleError(message) from error
    except Exception as error:  # a damaged pickle fails in any way; the cause stays chained
        message = f"{shown(path.name)} cannot be read as a pickle ({first_line(error)})"
        raise BadTableError(f"{message}; fetch it again, or export its ids as JSON") from error


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Every name that a pickle could call comes through here."""
        top = module.partition(".")[0]
        if top == "numpy" and name == "scalar":
            return _Scalar
        if (module, name) == ("numpy", "dtype"):
            return _Dtype
        if (module, name) == ("_codecs", "encode"):
            return _bytes
        message = f"names {shown(f'{module}.{name}')}, which would run code"
        raise UnsafePickleError(f"{message}; export its ids and values as JSON or CSV instead")

    def persistent_load(self, pid: Any) -> Any:
        """References to objects elsewhere."""
        message = f"refers to {shown(pid)} outside"
        raise UnsafePickleError(f"{message}; export its ids and values as JSON or CSV instead")


def _bytes(text: str, encoding: str = "latin1") -> bytes:
    """Stands for ``_codecs.encode``, as which old protocols write bytes."""
    if encoding != "latin1":
        raise ValueError(encoding)
    return text.encode("latin-1")


class _Dtype:
    """Stands for ``numpy.dtype('f8', False, True)`` and the state that is set after."""

    def __init__(self, code: str, *_flags: Any) -> None:
        self.code, self.order = code, "<"

    def __setstate__(self, state: tuple) -> None:
        self.order = ">" if state[1] == ">" else "<"


class _Scalar:
    """Stands for numpy's ``scalar(dtype, bytes)``."""

    def __init__(self, dtype: _Dtype, data: bytes | str) -> None:
        raw = data.encode("latin-1") if isinstance(data, str) else data
        (self.value,) = struct.unpack(dtype.order + _NUMBERS[dtype.code], raw)


def _plain(data: Any) -> Any:
    """The data with Python's numbers instead of the stand-ins; nested containers are remade."""
    if isinstance(data, _Scalar):
        return data.value
    if isinstance(data, dict):
        return {_plain(key): _plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple, set, frozenset)):
        return type(data)(map(_plain, data))
    if isinstance(data, _Dtype):
        raise UnsafePickleError("holds numpy arrays or types; export it as JSON or CSV instead")
    return data
