"""A small corpus from the real builder, and ways to spoil it."""

import hashlib
import json
import shutil
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from crystext.cli import cli
from crystext.corpus.manifest import content_digest
from crystext.corpus.tokens import load_counter
from crystext.embedded import mini_table
from crystext.errors import CrystextError

_BUILT = []
ROWS = "data/train-00000-of-00001.parquet"


def has_minilm():
    try:
        load_counter("minilm")
    except CrystextError:
        return False
    return True


def build(folder, every=157):
    """About 40 mini crystals, with tokens where MiniLM's vocabulary is installed."""
    ids = mini_table()["id"].to_pylist()[::every]
    options = ["--tokenizers", "minilm"] if has_minilm() else []
    command = ["build-corpus", "--db", "mini", "--ids", ",".join(ids), "--out", str(folder)]
    CliRunner().invoke(cli, [*command, *options], catch_exceptions=False)
    return folder


def built_once(tmp_path_factory):
    """The same corpus for all tests that only read it."""
    if not _BUILT:
        _BUILT.append(build(tmp_path_factory.mktemp("small") / "mini-text"))
    return _BUILT[0]


def copy(folder, target):
    return shutil.copytree(folder, target)


@contextmanager
def manifest_of(folder):
    """The manifest to change; written back with the digest of its files."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    yield manifest
    manifest["content_digest"] = content_digest(manifest["files"])
    path.write_text(json.dumps(manifest))


def relist(folder, name):
    """Makes the manifest agree with a file that was changed."""
    content = (folder / name).read_bytes()
    with manifest_of(folder) as manifest:
        entry = next(file for file in manifest["files"] if file["path"] == name)
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        entry["rows"] = pq.read_metadata(folder / name).num_rows


def change(folder, values, name=ROWS, row=0):
    """Sets values of one row, and lets the manifest agree."""
    table = pq.read_table(folder / name)
    rows = table.to_pylist()
    rows[row] |= values
    write(folder, pa.Table.from_pylist(rows, schema=table.schema), name)


def write(folder, table, name=ROWS):
    pq.write_table(table, folder / name)
    relist(folder, name)
