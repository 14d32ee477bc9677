"""Getting a database: from a server of ours, or the user's own file, checked in both cases."""

import hashlib
from dataclasses import replace

import pytest

from crystext.errors import (
    HtmlInsteadOfDataError,
    TruncatedFileError,
    UnreadableFileError,
    WrongCountError,
)
from crystext.pipelines.sources.registry import get
from tests.pipelines.databases import ATOMS, zipped
from tests.pipelines.misbehaving_server import PAGE, Site, serving

ONLINE = ("jarvis", "mp")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def moved(name, site):
    """The source as it is, but with its file on the loopback server."""
    return replace(get(name), url=site.url, expected=2)


@pytest.mark.parametrize("name", ONLINE)
def test_a_database_is_downloaded_verified_and_read(name, tmp_path, cache):
    key = get(name).id_key
    body = zipped(tmp_path / "a.json.zip", [{key: one, "atoms": ATOMS} for one in "AB"])
    with serving(Site(body.read_bytes())) as site:
        source = moved(name, site)
        assert [one.id for one in source.crystals()] == ["A", "B"]
        assert [one.id for one in source.crystals()] == ["A", "B"]
        assert len(site.asked) == 1
    path = source.fetch()
    assert path == cache / get(name).file_name
    assert source.file_hash(path) == hashlib.sha256(body.read_bytes()).hexdigest()
    assert source.count() == 2
    assert source.count(limit=1) == 1


def test_a_database_with_other_numbers_is_noticed(tmp_path, cache):
    body = zipped(tmp_path / "a.json.zip", [{"jid": one, "atoms": ATOMS} for one in "ABC"])
    with serving(Site(body.read_bytes())) as site:
        source = moved("jarvis", site)
        assert len(list(source.crystals(limit=2))) == 2
        with pytest.raises(WrongCountError, match="3 entries, not 2"):
            list(source.crystals())
    assert cache.is_dir()


def test_a_web_page_instead_of_the_database(cache):
    with serving(Site(b"", ["html"])) as site, pytest.raises(HtmlInsteadOfDataError):
        moved("jarvis", site).crystals()
    assert not list(cache.glob("*.zip"))


def test_files_of_the_users_are_checked(tmp_path):
    source = get("jarvis")
    with pytest.raises(UnreadableFileError, match=r"fetch https://ndownloader"):
        source.crystals(from_file=tmp_path / "nowhere.zip")
    page = tmp_path / "page.zip"
    page.write_bytes(PAGE)
    with pytest.raises(HtmlInsteadOfDataError):
        source.crystals(from_file=page)
    whole = zipped(tmp_path / "a.json.zip", [{"jid": "A", "atoms": ATOMS}] * 500).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TruncatedFileError, match=r"cut\.zip"):
        list(source.crystals(from_file=tmp_path / "cut.zip"))
