"""Files are written whole or not at all, under the user's rights; settings are compared by name."""

import errno
import os
import stat
import subprocess
import sys
import threading

import pytest

from crystext import files, provenance
from crystext.errors import CannotWriteError


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_umask_decides_the_rights(tmp_path, umask):
    code = (
        "import os, sys, tempfile; from pathlib import Path; from crystext.files import "
        "written_aside\n"
        f"os.umask({umask})\n"
        "with written_aside(Path(sys.argv[1])) as aside:\n"
        "    os.chmod(aside, 0o600)\n"  # as safetensors and mkstemp do
        "    aside.write_text('whole')\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "file"], check=True)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~umask


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    files.write_text(path, "old")
    with pytest.raises(ZeroDivisionError), files.written_aside(path) as aside:
        aside.write_text(str(1 / 0))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    """The system names none where bytes find no room."""
    path = tmp_path / "page.html"
    with pytest.raises(OSError, match=f"{path}") as told, files.written_aside(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert told.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_when_it_is_old(tmp_path):
    old, young = tmp_path / ".file.aa.tmp", tmp_path / ".file.bb.tmp"
    other = tmp_path / ".other.aa.tmp"
    for left in (old, young, other):
        left.touch()
    for left in (old, other):
        os.utime(left, (0, 0))
    files.write_json(tmp_path / "file", {"Å": 1})
    assert {one.name for one in tmp_path.iterdir()} == {"file", young.name, other.name}
    assert files.read_json(tmp_path / "file") == {"Å": 1}


def test_two_writers_do_not_mix(tmp_path):
    path, texts = tmp_path / "file", [letter * 100_000 for letter in "abcd"]
    threads = [threading.Thread(target=files.write_text, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_json_that_is_no_object_is_none(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert files.read_json(tmp_path / "file") is None
    assert files.read_json(tmp_path / "none") is None
    assert files.read_json(tmp_path / "file" / "below") is None


def test_a_failed_write_is_one_line_with_a_remedy(tmp_path):
    path = tmp_path / "none" / "file"
    said = pytest.raises(CannotWriteError, match=r"none.*No such file.*go on with --resume")
    with said, files.writing(path, "go on with --resume"):
        files.write_text(path, "")


def test_sha256_is_that_of_the_system(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert files.sha256(tmp_path / "file").startswith("ba7816bf8f01cfea")


def test_differences_are_named_with_both_values():
    old = {"same": 1, "limits": {"timeout": 60, "sites": 5}, "gone": "x" * 50}
    new = {"same": 1, "limits": {"timeout": 5, "sites": 5}, "more": None}
    assert provenance.differences(old, new) == [
        f'gone (then "{"x" * 38}…, now null)',
        "limits.timeout (then 60, now 5)",
    ]
    assert not provenance.differences(old, old)
    assert provenance.differences({str(n): n for n in range(9)}, {})[-1] == "4 more"


def test_versions_leave_out_what_is_not_installed():
    found = provenance.versions("numpy", "no-such-package")
    assert list(found) == ["crystext", "numpy", "python"]
