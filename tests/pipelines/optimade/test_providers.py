"""Providers by name, by their index, by address; the list in the package, the user's, a new one."""

import json

import pytest

from crystext.errors import ApiFailedError, CannotWriteError, UnknownProviderError
from crystext.pipelines.optimade import providers as module
from crystext.pipelines.optimade.providers import Database, providers, refresh, resolve
from crystext.pipelines.optimade.terms import TERMS
from crystext.pipelines.optimade.transport import Manners, Transport

QUICK = Transport(Manners(retries=0, nobody=0, timeout=5.0))


def link(name, url, kind):
    """An entry of ``/links``."""
    attributes = {"name": name.title(), "base_url": url, "homepage": None, "link_type": kind}
    return {"id": name, "type": "links", "attributes": attributes}


def test_the_pinned_list_is_whole():
    found = providers()
    assert len(found) >= 20
    assert {"mp", "oqmd", "cod", "nmd", "alexandria", "odbx", "mcloud"} <= set(found)
    assert set(TERMS) <= set(found)
    for one in found.values():
        assert one.index_url or one.databases
        for child in one.databases:
            assert child.base_url.startswith(("https://", "http://"))
            assert not child.base_url.endswith(("/", "/v1"))


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("mp", "https://optimade.materialsproject.org"),
        ("OQMD", "https://oqmd.org/optimade"),
        ("alexandria/alexandria-pbe", "https://alexandria.icams.rub.de/pbe"),
        ("https://example.org/optimade/v1/", "https://example.org/optimade"),
        ("http://example.org/v1.2?x=1", "http://example.org"),
    ],
)
def test_names_and_addresses(name, base):
    found = resolve(name)
    assert found.base_url == base
    assert found.api == f"{base}/v1"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("oqdm", "did you mean 'oqmd'"),
        ("icsd", "use one of aflow"),
        ("alexandria", "name one: alexandria/alexandria-pbesol, alexandria/alexandria-pbe"),
        ("alexandria/pbe", "has no database 'pbe'"),
        ("ftp://example.org", "no provider 'ftp:'"),
    ],
)
def test_what_is_no_provider(name, words):
    with pytest.raises(UnknownProviderError, match=words):
        resolve(name)


def test_an_index_is_asked_where_the_list_names_no_database(api, tmp_path, monkeypatch):
    own = {"providers": [{"id": "mine", "name": "Mine", "index_url": f"{api.base}/v1"}]}
    (tmp_path / "own.json").write_text(json.dumps(own))
    monkeypatch.setenv(module.VARIABLE, str(tmp_path / "own.json"))
    api.children = [
        link("mine", {"href": "https://example.org/optimade/"}, "child"),
        link("list", "https://providers.optimade.org", "providers"),
        link("broken", None, "child"),
        {"id": "nothing"},
    ]
    assert resolve("mine", QUICK) == Database(
        "mine", "Mine", "https://example.org/optimade", "mine"
    )
    api.children.append(link("second", "https://example.org/second", "child"))
    with pytest.raises(UnknownProviderError, match="mine/mine, mine/second"):
        resolve("mine", QUICK)
    api.children = []
    with pytest.raises(UnknownProviderError, match="names no database"):
        resolve("mine", QUICK)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"providers": [{"id": 1}]}'])
def test_a_list_that_is_none(tmp_path, monkeypatch, text):
    (tmp_path / "own.json").write_text(text)
    monkeypatch.setenv(module.VARIABLE, str(tmp_path / "own.json"))
    with pytest.raises(UnknownProviderError, match="no list of providers"):
        providers()


def test_a_newer_list_is_fetched_on_demand(api, monkeypatch, cache):
    (before,) = providers()["oqmd"].databases
    monkeypatch.setattr(module, "PUBLIC", api.base)
    api.children = [
        link("oqmd", "http://127.0.0.1:9/index", "external"),
        link("new", api.base, "external"),
        link("child", "https://example.org/child", "child"),
        link("aiida", None, "external"),
    ]
    path, number = refresh(QUICK)
    assert path == cache / "optimade" / "providers.json"
    assert number == 2
    assert set(providers()) == {"oqmd", "new"}
    (after,) = providers()["oqmd"].databases  # its index does not answer
    assert after.base_url == before.base_url
    assert resolve("new").base_url == "https://example.org/child"
    monkeypatch.setattr(module, "PUBLIC", "http://127.0.0.1:9")
    with pytest.raises(ApiFailedError, match="cannot be reached"):
        refresh(QUICK)
    assert set(providers()) == {"oqmd", "new"}


def test_a_newer_list_that_cannot_be_kept(api, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "PUBLIC", api.base)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "file"))
    with pytest.raises(CannotWriteError, match="name another folder with CRYSTEXT_CACHE"):
        refresh(QUICK)
