import time

import pytest

from crystext.errors import (
    DownloadFailedError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
)
from crystext.pipelines import transfer as module
from crystext.pipelines.download import download
from tests.pipelines.downloads import BODY, FAST, KNOWN, SHA, leftovers

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


@pytest.mark.parametrize("host", ["127.0.0.1:9", "no.such.host.invalid"])
def test_nobody_there_is_said_within_seconds(target, host):
    began = time.monotonic()
    with pytest.raises(
        DownloadFailedError, match=r"cannot be reached .*; see to the network"
    ) as no:
        download(f"http://{host}/file", target)
    assert time.monotonic() - began < 8
    assert "pass --from-file" in str(no.value)


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
    assert "bytes/s, fewer than 1,024; try again later" in message
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
