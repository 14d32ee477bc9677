"""Getting a database: from a server of ours, or the user's own file, checked in both cases."""

import hashlib
import os
import subprocess
import sys
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


# ------------------------------------------------------------------------- by the command line

COMMAND = """
import sys
from dataclasses import replace
from crystext.pipelines.sources import jarvis
jarvis.SOURCE = replace(jarvis.SOURCE, url=sys.argv[1], expected=2)
from crystext.cli import main
main(["build-corpus", "--db", "jarvis", "--limit", "2", *sys.argv[2:]])
"""


def crystext(url, *args, cache):
    run = subprocess.run(
        [sys.executable, "-c", COMMAND, url, *args],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"CRYSTEXT_CACHE": str(cache)},
    )
    assert "Traceback" not in run.stderr
    return run


def test_a_damaged_file_in_the_cache_is_said_and_fetched_again(tmp_path, cache):
    body = zipped(tmp_path / "a.json.zip", [{"jid": one, "atoms": ATOMS} for one in "AB"])
    cached = cache / get("jarvis").file_name
    cached.parent.mkdir()
    cached.write_bytes(b"PK\x03\x04 and so on")
    with serving(Site(body.read_bytes())) as site:
        run = crystext(site.url, "--dry-run", cache=cache)
    assert (run.returncode, cached.read_bytes()) == (0, body.read_bytes())
    assert f"crystext: [note] the cached file {cached} is dropped and fetched again" in run.stderr


def cache_is_a_file(cache):
    cache.write_text("")


def target_is_a_folder(cache):
    (cache / get("jarvis").file_name).mkdir(parents=True)


def lock_is_a_folder(cache):
    (cache / f"{get('jarvis').file_name}.lock").mkdir(parents=True)


@pytest.mark.parametrize("spoil", [cache_is_a_file, target_is_a_folder, lock_is_a_folder])
def test_a_cache_that_cannot_be_used_is_named(tmp_path, cache, spoil):
    spoil(cache)
    with serving(Site(b"")) as site:
        run = crystext(site.url, "--out", str(tmp_path / "out"), cache=cache)
    (line,) = run.stderr.splitlines()
    assert run.returncode == 1
    assert line.startswith("crystext: [cannot-write] ")
    assert str(cache) in line
