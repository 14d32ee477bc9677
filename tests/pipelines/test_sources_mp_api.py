import time
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice

import pytest
import requests

from crystext.crystal import Crystal, Failure
from crystext.embedded import mini
from crystext.errors import (
    ApiFailedError,
    MissingApiKeyError,
    MissingExtraError,
    UnknownIdError,
    UsageError,
)
from crystext.pipelines.patience import Patience
from crystext.pipelines.sources import mp_client
from crystext.pipelines.sources.mp_api import Filters
from crystext.pipelines.sources.mp_client import connect
from crystext.pipelines.sources.registry import get
from tests.pipelines.mp_api_server import KEY, Api, serving

needs_mp_api = pytest.mark.skipif(find_spec("mp_api") is None, reason="mp-api is not installed")
SUMMARY = "materials/summary"
ROBOCRYS = "materials/robocrys"
QUICK = Patience(retries=3, nobody=0, backoff=0.001)


def documents(count=5):
    """Summaries and descriptions of the first mini crystals, in the API's form."""
    summaries, descriptions = {}, {}
    for number, crystal in enumerate(islice(mini(), count)):
        elements = sorted({site.specie.symbol for site in crystal.structure})
        summaries[crystal.id] = {
            "material_id": crystal.id,
            "structure": crystal.structure.as_dict(),
            "elements": elements,
            "formation_energy_per_atom": -0.5 * number,
            "energy_above_hull": 0.0,
            "band_gap": None if number else 1.5,
            "is_stable": True,
            "bulk_modulus": {"voigt": 101.0, "reuss": 99.0, "vrh": 100.0} if number else None,
        }
        if number != 1:
            descriptions[crystal.id] = {
                "material_id": crystal.id,
                "description": f"{crystal.id} crystallizes somehow.",
                "robocrys_version": "0.2.8",
                "condensed_structure": {},
            }
    return summaries, descriptions


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.delenv("PMG_MAPI_KEY", raising=False)
    with serving(Api(*documents())) as running:
        yield running


def crystals(api, **options):
    return list(get("mp-api").crystals(endpoint=api.endpoint, patience=QUICK, **options))


# -------------------------------------------------------- the real client, a server on loopback


@needs_mp_api
def test_everything_comes_by_pages(api):
    found = crystals(api, page=2)
    expected = list(islice(mini(), 5))
    assert [one.id for one in found] == [one.id for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.structure == other.structure
        assert one.source == "mp-api"
        assert set(one.properties) == {p.name for p in get("mp-api").properties}
        assert one.properties["database_version"] == "2026.11.01"
    first, second, *_ = (one.properties for one in found)
    assert (first["band_gap"], first["bulk_modulus"], second["bulk_modulus"]) == (1.5, None, 100.0)
    assert first["published_description"] == f"{found[0].id} crystallizes somehow."
    assert first["published_description_version"] == "0.2.8"
    assert second["published_description"] is None
    pages = [asked["material_ids"] for path, asked in api.asked if "material_ids" in asked]
    assert [page.count(",") + 1 for page in pages] == [2, 2, 2, 2, 1, 1]


@needs_mp_api
def test_filters_reach_the_server(api):
    crystals(
        api,
        elements=["Si"],
        chemsys="Si-*",
        exclude_elements=["O"],
        energy_above_hull=(0, 0.1),
    )
    ((_, asked),) = [one for one in api.asked if one[1].get("_fields") == "material_id"]
    told = {
        "elements": "Si",
        "exclude_elements": "O",
        "chemsys": "Si-*",
        "energy_above_hull_min": "0",
        "energy_above_hull_max": "0.1",
        "deprecated": "False",
        "batch_id_not_eq": "gnome_r2scan_statics",
    }
    assert asked.items() >= told.items()


@needs_mp_api
def test_ids_limit_and_count(api):
    source = get("mp-api")
    ids = list(api.summaries)
    assert [one.id for one in crystals(api, ids=[ids[3], ids[0], ids[3]])] == [ids[3], ids[0]]
    api.asked.clear()
    assert len(crystals(api, limit=2, descriptions=False)) == 2
    assert ROBOCRYS not in {path for path, _ in api.asked}
    assert source.count(endpoint=api.endpoint, patience=QUICK) == 5
    assert source.count(endpoint=api.endpoint, patience=QUICK, limit=3) == 3
    assert source.count(ids=ids[:2]) == 2
    with pytest.raises(UnknownIdError, match="mp-999999999"):
        crystals(api, ids=["mp-999999999"])


@needs_mp_api
@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("heartbeat", "garbage"),
        ("heartbeat", "cut"),
        (SUMMARY, 500),
        (SUMMARY, "garbage"),
        (SUMMARY, 429),
        (ROBOCRYS, "cut"),
        (ROBOCRYS, 503),
    ],
)
def test_passing_troubles_are_retried(api, path, trouble):
    api.troubles = {path: [trouble, trouble]}
    assert len(crystals(api)) == 5
    assert api.troubles == {path: []}


@needs_mp_api
def test_lasting_troubles_end_it(api):
    api.troubles = {SUMMARY: [500] * 100}
    with pytest.raises(ApiFailedError, match="failed 4 times"):
        crystals(api)
    api.troubles = {SUMMARY: [400] * 100}
    with pytest.raises(ApiFailedError, match="check ids and filters"):
        crystals(api)
    assert len(api.troubles[SUMMARY]) == 99


@needs_mp_api
@pytest.mark.parametrize("key", ["f" * 32, "short"])
def test_a_refused_key(api, monkeypatch, key):
    monkeypatch.setenv("MP_API_KEY", key)
    with pytest.raises(MissingApiKeyError) as caught:
        crystals(api)
    assert key not in str(caught.value)


@needs_mp_api
def test_a_crystal_that_cannot_be_read_is_a_failure(api):
    ids = list(api.summaries)
    api.summaries[ids[1]]["structure"] = None
    api.summaries[ids[2]]["structure"]["lattice"]["matrix"][0] = [0, 0, 0]
    found = crystals(api)
    assert [type(one) for one in found] == [Crystal, Failure, Failure, Crystal, Crystal]
    assert [one.error.code for one in found[1:3]] == ["bad-object", "zero-volume"]


@needs_mp_api
def test_the_other_variable_holds_the_key_too(api, monkeypatch):
    monkeypatch.delenv("MP_API_KEY")
    monkeypatch.setenv("PMG_MAPI_KEY", KEY)
    assert len(crystals(api, limit=1)) == 1


# ------------------------------------------------------------------------- without the client


class FakeClient:
    """What ``MPRester`` answers, now and then."""

    db_version = "2026.11.01"

    def __init__(self, summaries, descriptions):
        self.materials = self.summary = self.robocrys = self
        self.kinds = {"search": summaries, "search_docs": descriptions}
        self.failures = [requests.ConnectionError("reset"), ValueError("no JSON")]

    def search(self, material_ids=None, **arguments):
        return self.answer("search", material_ids, arguments["fields"])

    def search_docs(self, material_ids=None, **arguments):
        return self.answer("search_docs", material_ids, arguments["fields"])

    def answer(self, kind, ids, fields):
        if self.failures:
            raise self.failures.pop()
        known = self.kinds[kind]
        found = [known[one] for one in ids or known if one in known]
        return [{name: one[name] for name in fields if name in one} for one in found]


def test_the_way_of_the_data_with_a_stand_in():
    client = FakeClient(*documents())
    source = replace(get("mp-api"), connect=lambda _endpoint: client)
    found = list(source.crystals(patience=QUICK, page=2))
    assert [one.id for one in found] == list(client.kinds["search"])
    assert not client.failures
    assert found[0].properties["published_description"].startswith(found[0].id)
    assert found[1].properties["published_description"] is None
    assert source.count(patience=QUICK) == 5


def test_no_key_no_question(monkeypatch):
    for name in mp_client.KEY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingApiKeyError, match="MP_API_KEY nor PMG_MAPI_KEY"):
        next(get("mp-api").crystals())


def test_without_mp_api_the_remedy_is_named(monkeypatch):
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setitem(__import__("sys").modules, "mp_api.client", None)
    monkeypatch.setattr(mp_client, "_reach", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[mp\]'"):
        connect()


@pytest.mark.parametrize("options", [{"colour": "red"}, {"from_file": "x"}])
def test_unknown_options(options):
    with pytest.raises(UsageError):
        get("mp-api").crystals(**options)


def test_ids_and_filters_exclude_each_other():
    with pytest.raises(UsageError, match="either ids or filters"):
        get("mp-api").crystals(ids=["mp-149"], elements=["Si"])


def test_gnome_is_left_out_unless_asked_for():
    assert Filters().arguments() == {"deprecated": False, "include_gnome": False}
    assert Filters(include_gnome=True).arguments()["include_gnome"] is True


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://no.such.host.invalid"])
def test_nobody_there_is_said_before_the_client_is_loaded(monkeypatch, address):
    monkeypatch.setenv("MP_API_KEY", "k" * 32)
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    began = time.monotonic()
    with pytest.raises(ApiFailedError, match=r"cannot be reached .*see to the network"):
        mp_client.connect(address)
    assert time.monotonic() - began < 8
