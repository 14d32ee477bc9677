import hashlib
import io
import multiprocessing
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from crystext.errors import (
    CannotWriteError,
    DownloadFailedError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
)
from crystext.pipelines import transfer as module
from crystext.pipelines.cache import cache_dir, verify
from crystext.pipelines.download import download
from tests.pipelines.misbehaving_server import PAGE, Site, serving


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.json", content)
    return packed.getvalue()


BODY = zipped(bytes(range(256)) * 4000)
SHA = hashlib.sha256(BODY).hexdigest()
KNOWN = {"sha256": SHA, "size": len(BODY), "expected_type": "zip"}
FAST = {"backoff": 0.001, "timeout": 5}


@pytest.fixture
def site():
    with serving(Site(BODY)) as running:
        yield running


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache" / "data.zip"


def leftovers(target):
    return sorted(path.name for path in target.parent.iterdir() if path.suffix != ".lock")


# ------------------------------------------------------------------------------ what goes well


def test_a_file_is_fetched_once(site, target):
    assert download(site.url, target, **KNOWN, **FAST) == target
    assert target.read_bytes() == BODY
    assert download(site.url, target, **KNOWN, **FAST) == target
    assert len(site.asked) == 1
    assert leftovers(target) == ["data.zip"]


def test_redirects_are_followed(site, target):
    download(site.url.replace("/file", "/moved"), target, **KNOWN, **FAST)
    assert [request["path"] for request in site.asked] == ["/moved", "/file"]


def test_nothing_known_nothing_checked(site, target):
    assert download(site.url, target, **FAST).read_bytes() == BODY


def test_a_damaged_file_in_the_cache_is_fetched_again(site, target):
    target.parent.mkdir()
    target.write_bytes(BODY[:-1])
    assert download(site.url, target, **KNOWN, **FAST).read_bytes() == BODY


def spoiled(kind):
    whole = bytearray(BODY)
    if kind == "no zip":
        return b"PK\x03\x04" + bytes(1000)
    if kind == "cut":
        return bytes(whole[:-100])
    whole[len(whole) // 2] ^= 1  # its list of members is whole
    return bytes(whole)


@pytest.mark.parametrize("kind", ["no zip", "cut", "flipped"])
@pytest.mark.parametrize("fetched_by", ["us", "somebody else"])
def test_a_cached_file_that_is_damaged_is_dropped_and_named(site, target, caplog, kind, fetched_by):
    type_only = KNOWN | {"sha256": None, "size": None}
    target.parent.mkdir()
    if fetched_by == "us":
        download(site.url, target, **type_only, **FAST)
    target.write_bytes(spoiled(kind))
    assert download(site.url, target, **type_only, **FAST).read_bytes() == BODY
    (said,) = caplog.messages
    assert said.startswith(f"the cached file {target} is dropped and fetched again: ")
    asked = len(site.asked)
    assert download(site.url, target, **type_only, **FAST).read_bytes() == BODY
    assert len(site.asked) == asked
    assert leftovers(target) == ["data.zip", "data.zip.sha256"]


def test_a_good_file_of_another_program_is_kept(site, target):
    target.parent.mkdir()
    target.write_bytes(BODY)
    download(site.url, target, **KNOWN | {"sha256": None, "size": None}, **FAST)
    assert site.asked == []


# --------------------------------------------------------------------------- what may be mended


def test_a_cut_is_resumed_where_it_broke(site, target):
    site.script = ["file 300000", "file 300000", "file"]
    download(site.url, target, **KNOWN, **FAST)
    ranges = [request.get("Range") for request in site.asked]
    assert ranges == [None, "bytes=300000-", "bytes=600000-"]
    assert target.read_bytes() == BODY


def test_cuts_that_win_bytes_are_not_counted_together(site, target):
    site.script = ["file 60000"] * 17 + ["file"]
    download(site.url, target, **KNOWN, **FAST, retries=1)
    assert target.read_bytes() == BODY


def test_a_server_without_ranges_starts_again(site, target):
    site.ranges = False
    site.script = ["file 300000", "file"]
    assert download(site.url, target, **KNOWN, **FAST).read_bytes() == BODY


def test_without_an_etag_nothing_is_put_together(site, target):
    site.etag = None
    site.script = ["file 300000", "file"]
    download(site.url, target, **KNOWN, **FAST)
    assert [request.get("Range") for request in site.asked] == [None, None]


def test_a_file_that_changed_meanwhile_starts_again(site, target):
    other = BODY[::-1]
    target.parent.mkdir()
    target.with_name("data.zip.part").write_bytes(other[:5000])
    state = f'{{"url": "{site.url}", "validator": "\\"other\\""}}'
    target.with_name("data.zip.part.json").write_text(state)
    assert download(site.url, target, **KNOWN, **FAST).read_bytes() == BODY


def test_halves_that_do_not_fit_are_fetched_once_more(site, target):
    target.parent.mkdir()
    target.with_name("data.zip.part").write_bytes(b"PK\x03\x04" + b"x" * 5000)
    state = f'{{"url": "{site.url}", "validator": "\\"one\\""}}'
    target.with_name("data.zip.part.json").write_text(state)
    assert download(site.url, target, **KNOWN, **FAST).read_bytes() == BODY
    assert [request.get("Range") for request in site.asked] == ["bytes=5004-", None]


@pytest.mark.parametrize("rest", [b"", b"and more"])
def test_a_part_that_is_complete_or_too_long(site, target, rest):
    target.parent.mkdir()
    target.with_name("data.zip.part").write_bytes(BODY + rest)
    state = f'{{"url": "{site.url}", "validator": "\\"one\\""}}'
    target.with_name("data.zip.part.json").write_text(state)
    assert download(site.url, target, **KNOWN, **FAST).read_bytes() == BODY


@pytest.mark.parametrize(
    "bad", ["status 429", "status 503", "status 202", "shut", "file 1000 2000000", "status 500"]
)
def test_a_passing_trouble_is_waited_for(site, target, bad):
    site.script = [bad, bad, "file"]
    assert download(site.url, target, **KNOWN | {"size": None}, **FAST).read_bytes() == BODY


def test_the_server_says_how_long_to_wait(site, target, monkeypatch):
    waits = []
    monkeypatch.setattr(module.time, "sleep", waits.append)
    site.script = [
        "status 429 Retry-After 7",
        "status 429 Retry-After 99999",
        "status 503",
        "file",
    ]
    download(site.url, target, **KNOWN, timeout=5, backoff=1)
    assert waits[:2] == [7, 300]
    assert 2 <= waits[2] <= 6  # the third time: 4 s, give or take half


def test_a_date_to_wait_for():
    assert module._retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert module._retry_after("soon") is None
    assert module._retry_after(None) is None


@pytest.mark.parametrize("bad", ["sleep 30", "hang 5000 30"])
def test_silence_is_a_cut(site, target, bad):
    site.script = [bad, "file"]
    assert download(site.url, target, **KNOWN, timeout=1, backoff=0.001).read_bytes() == BODY


@pytest.mark.parametrize("known", [{"sha256": None}, {"size": None}, {}])
def test_a_body_without_length_is_not_taken_as_whole(site, target, known):
    site.script = ["unsaid 300000", "unsaid 300000", "unsaid"]
    assert download(site.url, target, **KNOWN | known, **FAST).read_bytes() == BODY
    assert [one.get("Range") for one in site.asked] == [None, "bytes=300000-", "bytes=600000-"]


def test_a_zip_without_length_is_whole_with_its_list(site, target):
    site.script = ["unsaid 300000", "unsaid"]
    known = {"sha256": None, "size": None, "expected_type": "zip"}
    assert download(site.url, target, **known, **FAST).read_bytes() == BODY
    assert len(site.asked) == 2


# ------------------------------------------------------------------------------- what is refused


def refused(error, site, target, **options):
    with pytest.raises(error) as caught:
        download(site.url, target, **{**KNOWN, **FAST, "retries": 2, **options})
    assert not target.exists()
    return str(caught.value)


@pytest.mark.parametrize("kind", ["text/html", "application/zip"])
def test_a_web_page_is_no_data(site, target, kind):
    site.script = [f"html {kind}"]
    message = refused(HtmlInsteadOfDataError, site, target, sha256=None, size=None)
    assert "--from-file" in message
    assert len(site.asked) == 1


def test_a_web_page_after_a_cut(site, target):
    site.script = ["file 1000", "html"]
    refused(HtmlInsteadOfDataError, site, target)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final(site, target, status):
    site.script = [f"status {status}"]
    message = refused(DownloadFailedError, site, target)
    assert str(status) in message
    assert site.url in message
    assert len(site.asked) == 1


@pytest.mark.parametrize("bad", ["status 503", "shut"])
def test_retries_come_to_an_end(site, target, bad):
    site.script = [bad]
    assert "failed 3 times" in refused(DownloadFailedError, site, target)
    assert len(site.asked) == 3


def test_nobody_there(target):
    with pytest.raises(DownloadFailedError):
        download("http://127.0.0.1:9/file", target, retries=1, **FAST)


def test_no_address(target):
    with pytest.raises(DownloadFailedError, match="check the address"):
        download("no-such-scheme://x", target, **FAST)


def test_another_length_is_noticed_before_the_body(site, target):
    message = refused(WrongSizeError, site, target, size=17)
    assert f"{len(BODY)} bytes where 17" in message
    assert leftovers(target) == []


def test_no_more_than_the_known_size_is_written(site, target, monkeypatch):
    seen, discard = [], module.Transfer.discard
    monkeypatch.setattr(
        module.Transfer, "discard", lambda self: (seen.append(self.have()), discard(self))
    )
    site.script = ["unsaid 0 50000000"]
    message = refused(WrongSizeError, site, target)
    assert f"sends more than the {len(BODY)} bytes" in message
    assert leftovers(target) == []
    assert 0 < max(seen) <= len(BODY)
    assert len(site.asked) == 1


def test_an_endless_body_without_length_ends_with_the_retries(site, target):
    site.script = ["unsaid 20"]
    assert "failed 3 times" in refused(DownloadFailedError, site, target)


@pytest.mark.parametrize("size", [None, len(BODY)])
def test_a_server_that_drips_is_given_up(site, target, size):
    site.script = ["drip 0.05"]
    message = refused(DownloadFailedError, site, target, size=size, timeout=1, retries=1)
    assert "bytes/s, fewer than 1,024; try later" in message
    assert len(site.asked) == 2


def test_crumbs_are_no_progress(site, target):
    site.script = ["file 100"]
    assert "failed 3 times" in refused(DownloadFailedError, site, target)


def test_another_content(site, target):
    message = refused(WrongHashError, site, target, sha256="0" * 64)
    assert SHA in message
    assert leftovers(target) == []


def test_another_type(site, target):
    refused(WrongHashError, site, target, expected_type="gz")


# ------------------------------------------------------------------------------------- the cache


def test_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("CRYSTEXT_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_dir() == tmp_path / "x" / "crystext"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path / ".cache" / "crystext"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_dir() == tmp_path / "Library" / "Caches" / "crystext"
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
