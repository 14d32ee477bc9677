"""From the bytes of a file to plain text: unpacking within a limit, decoding, line ends."""

from __future__ import annotations

import re
from typing import Any

from crystext.errors import (
    BinaryFileError,
    EmptyFileError,
    FileTooLargeError,
    TruncatedFileError,
    UnreadableFileError,
    shown,
    summary,
)
from crystext.formats.names import KNOWN

_MAGIC = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00"}
_LZMA_MEMORY = 256 * 1024 * 1024
"""Bytes; the strongest preset of xz needs 65 MiB to unpack, a forged head asks for 4 GiB."""
_FIRST_PIECE, _LAST_PIECE = 256, 1 << 16
_MARKS = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32"}  # before those of UTF-16
_MARKS |= {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
LOOKED_AT = 4096
"""Bytes at the beginning of a file that tell its encoding."""
UTF_8 = "utf-8-sig"
_END = "\x1a \t\n\v\f"
"""DOS ends a text by the first of these; editors put line ends behind it."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")


def text_of(data: bytes, title: str, max_bytes: int) -> str:
    """Unpacks and decodes the bytes of a file.

    Args:
        data: plain, or packed by gzip, bzip2 or xz, which the first bytes tell.
        title: of the file, for messages.
        max_bytes: the most bytes to accept, packed and unpacked; no more are ever unpacked.

    Returns:
        The text: UTF-8, UTF-16, UTF-32, else Latin-1, which always succeeds.

    Raises:
        FileTooLargeError: there are more than ``max_bytes``.
        TruncatedFileError: packed data are damaged, cut off, or followed by something else.
        UnreadableFileError: this Python was built without what unpacks them.
    """
    kind = next((kind for kind, magic in _MAGIC.items() if data.startswith(magic)), None)
    if kind and len(data) <= max_bytes:
        data = _unpacked(data, kind, title, max_bytes)
    if len(data) > max_bytes:
        message = f"{shown(title)} has more than {max_bytes} bytes; raise max_bytes or split it"
        raise FileTooLargeError(message)
    if (encoding := encoding_of(data)) != UTF_8:
        return data.decode(encoding, errors="replace")
    try:
        return data.decode(UTF_8)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def encoding_of(data: bytes) -> str:
    """The encoding that the beginning of a text tells, by a mark or by its zeros, else UTF-8.

    Args:
        data: the first :data:`LOOKED_AT` bytes of it, or all.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    return _utf_16_without_mark(data) or UTF_8


def plain(text: str, title: str) -> str:
    """The text with plain line ends, without byte order mark and DOS end mark.

    Raises:
        EmptyFileError: it has nothing but white space.
        BinaryFileError: it is no text.
    """
    text = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    bare = text.rstrip(_END)
    if "\x1a" in text[len(bare) :]:
        text = bare + "\n"
    if not text.strip():
        raise EmptyFileError(f"{shown(title)} is empty; give a {KNOWN}")
    # text has next to no control characters; random bytes have one in ten
    if "\0" in text or len(_CONTROLS.findall(text)) > len(text) / 20:
        raise BinaryFileError(f"{shown(title)} {_what_else(text)}")
    return text


def _what_else(text: str) -> str:
    """What a file that is no text is, and what to do."""
    if text.startswith("PK\3\4"):
        return "is a zip; unpack it, or give it to crystext build-corpus --db files --input"
    if text[257:262] == "ustar":
        return "is a tar archive; unpack it, and give the folder"
    return f"is not text; unpack it or export it as {KNOWN}"


def _utf_16_without_mark(data: bytes) -> str | None:
    """UTF-16 of mostly ASCII text has a NUL in every other byte, and no other text has any."""
    head = data[: min(len(data), LOOKED_AT) // 2 * 2]
    if len(head) < 4:
        return None
    even, odd = (head[start::2].count(0) / (len(head) / 2) for start in (0, 1))
    if odd > 0.8 and even == 0:
        return "utf-16-le"
    if even > 0.8 and odd == 0:
        return "utf-16-be"
    return None


def _unpacked(data: bytes, kind: str, title: str, max_bytes: int) -> bytes:
    """The unpacked bytes of all members; at most one more than ``max_bytes``."""
    pieces: list[bytes] = []
    room, place = max_bytes + 1, 0
    try:
        while room > 0 and place < len(data):
            piece, place = _member(data, place, kind, room)
            pieces.append(piece)
            room -= len(piece)
            if data[place : place + 1] == b"\0" and not data[place:].strip(b"\0"):
                break  # archives on tape are padded
    except ImportError as error:
        message = f"{shown(title)} is packed by {kind}, which this Python lacks; unpack it first"
        raise UnreadableFileError(message) from error
    except _damages(kind) as error:
        message = f"{shown(title)} is damaged {kind} ({summary(error)}); copy it again"
        raise TruncatedFileError(message) from error
    return b"".join(pieces)


def _damages(kind: str) -> tuple[type[Exception], ...]:
    """What the libraries raise on damaged data."""
    import zlib

    if kind != "xz":
        return (EOFError, OSError, ValueError, zlib.error)
    import lzma

    return (EOFError, ValueError, lzma.LZMAError)


def _member(data: bytes, place: int, kind: str, room: int) -> tuple[bytes, int]:
    """Unpacks the member that begins at a place, at most ``room`` bytes of it.

    It is fed in pieces that double, so that many small members cost no more than a large one.

    Returns:
        What it holds, and the place behind it.

    Raises:
        EOFError: the data end before the member does.
        ValueError, and what :func:`_damages` names: they are damaged.
    """
    if not data.startswith(_MAGIC[kind], place):
        raise ValueError("something else follows the end of the packed data")
    unpacker = _unpacker(kind)
    pieces: list[bytes] = []
    size = _FIRST_PIECE
    while room > 0 and not unpacker.eof:
        chunk = data[place : place + size] if getattr(unpacker, "needs_input", True) else b""
        piece = unpacker.decompress(chunk, room)
        # zlib hands back what it did not take, the others keep it
        place += len(chunk) - len(getattr(unpacker, "unconsumed_tail", b""))
        if not piece and not chunk and not unpacker.eof:
            raise EOFError("the packed data end too early")
        pieces.append(piece)
        room -= len(piece)
        size = min(2 * size, _LAST_PIECE)
    return b"".join(pieces), place - len(unpacker.unused_data)


def _unpacker(kind: str) -> Any:
    """A decompressor; those of the three libraries have no class in common."""
    if kind == "gzip":
        import zlib

        return zlib.decompressobj(wbits=31)
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor()
    import lzma

    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)
