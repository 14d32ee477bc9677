"""Downloads and the cache: whose files they are, who waits for whom, what cannot be written."""

import multiprocessing
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from crystext.cache_folder import cache_dir
from crystext.errors import (
    CannotWriteError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
)
from crystext.pipelines.cache import verify
from crystext.pipelines.download import download
from tests.pipelines.downloads import BODY, FAST, KNOWN, SHA
from tests.pipelines.misbehaving_server import PAGE

# ------------------------------------------------------------------------------------- the cache


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps caches")
def test_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("CRYSTEXT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_dir() == tmp_path / "x" / "crystext"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path / ".cache" / "crystext"
    assert not cache_dir().exists()


@pytest.mark.parametrize(
    ("content", "known", "error"),
    [
        (PAGE, {}, HtmlInsteadOfDataError),
        (b"\n  <html>", {"expected_type": "json"}, HtmlInsteadOfDataError),
        (b"[1]", {"expected_type": "zip"}, WrongHashError),
        (b"[1]", {"size": 4}, WrongSizeError),
        (b"[1]", {"sha256": SHA}, WrongHashError),
        (b"", {"expected_type": "json"}, WrongHashError),
    ],
)
def test_a_users_file_is_checked_too(tmp_path, content, known, error):
    path = tmp_path / "mine.zip"
    path.write_bytes(content)
    with pytest.raises(error, match=r"mine\.zip"):
        verify(path, **known)


def test_a_good_users_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_bytes(b'\xef\xbb\xbf [{"a": 1}]')
    assert verify(path, expected_type="json", size=path.stat().st_size) == path


def fetch_it(url, target):
    download(url, Path(target), **KNOWN, **FAST)


def test_two_processes_fetch_once(site, target):
    site.script = ["file 500000", "file"]  # the first is busy for a while
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=fetch_it, args=(site.url, str(target))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert [one.exitcode for one in both] == [0, 0]
    assert target.read_bytes() == BODY
    assert len(site.asked) == 2


def test_a_killed_process_leaves_no_lock(tmp_path):
    lock = tmp_path / "file.lock"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from crystext.pipelines.file_lock import file_lock\n"
        "with file_lock(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(lock)], check=False)
    from crystext.pipelines.file_lock import file_lock

    with file_lock(lock):
        assert lock.exists()


HOLD = (
    "import sys, time; from pathlib import Path\n"
    "from crystext.pipelines.file_lock import file_lock\n"
    "with file_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


@contextmanager
def held(lock):
    """Another process holds the lock."""
    command = [sys.executable, "-c", HOLD, str(lock)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"held\n"
        yield
        process.stdin.close()


def test_who_waits_says_for_what(tmp_path):
    out = tmp_path / "graphs"
    lock = tmp_path / "graphs.lock"
    command = [sys.executable, "-m", "crystext", "graphs", "mini", "--limit", "2", "--out", out]
    with held(lock):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = process.stderr.readline().decode()
        assert said == f"crystext: [note] waiting for the process that holds {lock}\n"
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert (out / "manifest.json").is_file()


# ------------------------------------------------------------------------- what cannot be written


@pytest.mark.parametrize("name", ["data.zip", "data.zip.lock", "data.zip.part"])
def test_a_folder_in_the_place_of_a_file_is_named(site, target, name):
    (target.parent / name).mkdir(parents=True)
    with pytest.raises(CannotWriteError, match=name.replace(".", r"\.")):
        download(site.url, target, **KNOWN, **FAST)


def test_a_cache_that_cannot_be_is_named(site, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(CannotWriteError, match="CRYSTEXT_CACHE"):
        download(site.url, tmp_path / "cache" / "data.zip", **KNOWN, **FAST)


def test_there_is_no_bar_where_there_is_no_terminal(site, target, capfd):
    download(site.url, target, **KNOWN, **FAST)
    assert capfd.readouterr() == ("", "")


def test_a_bar_on_a_terminal(site, target, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    site.script = ["file 300000", "file"]
    download(site.url, target, **KNOWN, **FAST)
    assert "data.zip" in capsys.readouterr().err
