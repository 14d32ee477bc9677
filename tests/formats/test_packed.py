"""Bytes become plain text: packed, in any encoding, within the limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tracemalloc

import pytest

from crystext.errors import BinaryFileError
from crystext.formats.packed import plain, text_of
from crystext.reading import read_file
from tests.reading_samples import CIF, EXAMPLES, refused

PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
TEXT = CIF.replace("Rutile\n", "'Wüstenrot, 3 Å'\n")
LIMIT = 1_000_000


@pytest.mark.parametrize("packer", PACKERS)
def test_packed(packer):
    data = PACKERS[packer](TEXT.encode())
    assert text_of(data, "x", LIMIT) == TEXT
    assert text_of(data + data, "x", LIMIT) == TEXT + TEXT  # `cat a.gz b.gz` is one file
    assert text_of(data + b"\0" * 300, "x", LIMIT) == TEXT
    assert text_of(data, "x", len(TEXT.encode())) == TEXT
    for bad in (data[:-1], data[:-6], data[:50], data + b"tail", data[:40] + b"\1\2" + data[42:]):
        refused("truncated-file", packer, "'x'", call=lambda bad=bad: text_of(bad, "x", LIMIT))
    size = len(TEXT.encode())
    refused("file-too-large", f"{size - 1} bytes", call=lambda: text_of(data, "x", size - 1))


@pytest.mark.parametrize("packer", PACKERS)
def test_a_small_archive_of_much_is_not_unpacked(packer):
    data = PACKERS[packer](b" " * 20_000_000)
    tracemalloc.start()
    refused("file-too-large", "'x'", call=lambda: text_of(data, "x", 100_000))
    assert tracemalloc.get_traced_memory()[1] < 12_000_000  # the window of xz has 8 MiB
    tracemalloc.stop()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_encodings(encoding):
    assert plain(text_of(TEXT.encode(encoding), "x", LIMIT), "x") == TEXT
    assert text_of(gzip.compress(TEXT.encode(encoding)), "x", LIMIT).lstrip("\ufeff") == TEXT


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", ["", "\x1a", "\x1a\x1a\r\n", "\n\x1a \n"])
def test_line_ends_and_end_marks(ends, mark):
    text = TEXT.rstrip("\n").replace("\n", ends) + mark
    assert plain(text, "x").rstrip("\n") == TEXT.rstrip("\n")


def test_an_end_mark_inside_stays():
    assert "\x1a" in plain(TEXT.replace("loop_", "\x1aloop_"), "x")


@pytest.mark.parametrize("data", [b"", b" \n\r\t", b"\x1a", b"\xef\xbb\xbf\n", b"\xff\xfe"])
def test_empty(data):
    refused("empty-file", "'x'", "CIF", call=lambda: plain(text_of(data, "x", LIMIT), "x"))


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, bytes(range(32)) * 9])
def test_binary(data):
    refused("binary-file", "'x'", call=lambda: plain(text_of(data, "x", LIMIT), "x"))


@pytest.mark.parametrize("form", ["zip", "tar", "gztar", "xztar"])
def test_archives_of_several_files_are_named(tmp_path, form):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rutile.cif").write_text((EXAMPLES / "rutile.cif").read_text())
    packed = shutil.make_archive(str(tmp_path / "all"), form, tmp_path / "in")
    what = "zip; unpack it, or" if form == "zip" else "tar archive; unpack it"
    with pytest.raises(BinaryFileError, match=f"is a {what}"):
        read_file(packed)
