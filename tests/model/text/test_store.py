import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import crystext
from crystext.errors import BadStoreError, MissingRowError, NoStoreError
from crystext.model.text import EmbeddingStore, StateStore, embed_corpus
from tests.model.manifests import idle, unnoticed

N = 30


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    return embed_corpus(
        "mini",
        encoder=tiny,
        section="global",
        limit=N,
        out=tmp_path_factory.mktemp("stores") / "made",
        device="cpu",
    )


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made.path, tmp_path / "copy")


def test_a_store_is_mapped_and_finds_rows_by_id(made):
    store = EmbeddingStore.open(str(made.path))
    table = crystext.load_corpus("mini").table(["id"]).slice(0, N)
    assert store.ids == table["id"].to_pylist()
    assert isinstance(store.vectors, np.memmap)
    assert store.vectors.shape == (len(store), store.width) == (N, 32)
    assert store.vectors.dtype == np.float32
    assert not store.vectors.flags.writeable
    asked = [store.ids[7], store.ids[0], store.ids[7]]
    rows = store.rows_of(asked)
    assert rows.dtype == np.int64
    assert rows.tolist() == [7, 0, 7]
    assert store.rows_of([]).shape == (0,)


def test_ids_without_a_vector_are_named(made):
    with pytest.raises(MissingRowError, match="no text embeddings of a, b, c and 2 more; make"):
        made.rows_of([made.ids[0], "a", "b", "c", "d", "e"])


def test_a_store_without_a_kind_opens_as_before(made, copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    first = {key: one for key, one in manifest.items() if key not in {"kind", "counts"}}
    (copy / "manifest.json").write_text(json.dumps(first | {"count": N}))
    store = EmbeddingStore.open(copy)
    assert (len(store), store.digest, store.failures()) == (N, made.digest, [])
    assert np.array_equal(store.vectors[store.rows_of(made.ids)], made.vectors)
    assert EmbeddingStore.find(copy, made.settings).path == copy
    with pytest.raises(NoStoreError, match="holds no token states but text embeddings"):
        StateStore.open(copy)


def test_a_manifest_of_something_else_is_no_store(copy):
    (copy / "manifest.json").write_text('{"count": 3}')
    with pytest.raises(NoStoreError, match="it is not of text embeddings"):
        EmbeddingStore.open(copy)


def test_reading_needs_no_torch(made):
    code = (
        "import sys\nfrom crystext.model.text import EmbeddingStore\n"
        f"store = EmbeddingStore.open({str(made.path)!r})\n"
        "store.vectors[store.rows_of(store.ids)]\n"
        "loaded = {'torch', 'transformers', 'pymatgen', 'scipy', 'robocrys'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_no_store_is_named(tmp_path):
    with pytest.raises(NoStoreError, match=r"is no folder; make .* crystext embed"):
        EmbeddingStore.open(tmp_path / "gone")
    with pytest.raises(NoStoreError, match=r"holds no manifest\.json"):
        EmbeddingStore.open(tmp_path)
    with pytest.raises(NoStoreError, match="has no 'kind'; it is not of text embeddings; make"):
        EmbeddingStore.open(crystext.load_corpus("mini").path)


def test_damage_is_named(copy):
    vectors, manifest = copy / "vectors.npy", copy / "manifest.json"
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:-4])
    with pytest.raises(BadStoreError, match=r"vectors\.npy has 3964 bytes, not 3968"):
        EmbeddingStore.open(copy)
    vectors.write_bytes(b"?" * len(whole))
    with pytest.raises(BadStoreError, match=r"vectors\.npy cannot be read"):
        _ = EmbeddingStore.open(copy).vectors
    vectors.write_bytes(whole.replace(b"(30, 32)", b"(32, 30)"))
    with pytest.raises(BadStoreError, match=r"is float32 \(32, 30\), not float32 \(30, 32\)"):
        _ = EmbeddingStore.open(copy).vectors
    ids = copy / "ids.parquet"
    ids.write_bytes(b"?" * ids.stat().st_size)
    with pytest.raises(BadStoreError, match=r"ids\.parquet cannot be read"):
        _ = EmbeddingStore.open(copy).ids
    ids.unlink()
    with pytest.raises(BadStoreError, match=r"ids\.parquet is missing"):
        EmbeddingStore.open(copy)
    text = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(text) | {"format": 99}))
    with pytest.raises(BadStoreError, match="has format 99, this crystext reads 1"):
        EmbeddingStore.open(copy)
    manifest.write_text(text[:50])
    with pytest.raises(BadStoreError, match=r"manifest\.json cannot be read"):
        EmbeddingStore.open(copy)


def test_any_wrong_value_of_a_manifest_is_one_clear_error(made, copy):
    def use():
        store = EmbeddingStore.open(copy)
        assert repr(store)
        assert len(store.ids) == len(store) == len(store.vectors)
        assert (store.settings, store.width) == (made.settings, made.width)

    kept = unnoticed(copy, made.manifest, use)
    assert kept == idle(made.manifest) | {"batch_size", "device", "truncated"}


@pytest.mark.parametrize("files", [None, 3, [], {"vectors.npy": None}])
def test_a_first_manifest_with_wrong_files_is_no_traceback(made, copy, files):
    first = {key: one for key, one in made.manifest.items() if key not in {"kind", "counts"}}
    (copy / "manifest.json").write_text(json.dumps(first | {"count": N, "files": files}))
    with pytest.raises((BadStoreError, NoStoreError)):
        EmbeddingStore.open(copy)
