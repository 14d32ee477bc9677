import shutil

import pytest

from crystext.errors import BadStoreError
from crystext.model.graphs.build import build_graph_store
from crystext.model.graphs.store import GraphStore
from tests.model.manifests import GONE, idle, spoil, unnoticed


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return build_graph_store("mini", tmp_path_factory.mktemp("store") / "graphs", limit=3)


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole.path, tmp_path / "copy")


def test_any_wrong_value_of_a_manifest_is_one_clear_error(whole, copy):
    def use():
        opened = GraphStore.open(copy)
        assert repr(opened)
        assert len(opened.ids) == len(opened) == len(opened.arrays())
        assert opened.settings == whole.settings

    kept = unnoticed(copy, whole.manifest, use)
    assert kept == idle(whole.manifest) | {"chunk"}


@pytest.mark.parametrize(
    ("at", "new", "words"),
    [
        (("files",), None, r"manifest\.json: files is None, not an object; remove .* again"),
        (("files",), {}, r"files does not list ids\.parquet"),
        (("files", "distance.npy"), 3, r"files\.distance\.npy is 3, not an object"),
        (("files", "distance.npy", "bytes"), GONE, r"files\.distance\.npy\.bytes is missing"),
        (("counts", "rows"), GONE, r"counts\.rows is missing"),
        (("counts", "rows"), -1, r"counts\.rows is -1, which no store has"),
        (("settings", "graphs"), {}, "the settings are not those of the digest"),
        (("settings", "graphs", "quotient"), None, "the settings are not those of the digest"),
        (("format",), [[1]], r"has format \[\[1\]\], this crystext reads 1"),
        (("files", "x" * 300), {"bytes": 3}, "cannot be read"),
        (("files", "a\0b"), {"bytes": 3}, "is missing"),
    ],
)
def test_what_is_wrong_in_a_manifest_is_named(whole, copy, at, new, words):
    assert spoil(copy, whole.manifest, at, new)
    with pytest.raises(BadStoreError, match=words):
        GraphStore.open(copy)


def test_a_manifest_that_is_nested_without_end_is_damage(copy):
    (copy / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(BadStoreError, match=r"manifest\.json cannot be read"):
        GraphStore.open(copy)
