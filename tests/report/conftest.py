"""A corpus to show, with failures, and one whose every text tries to be markup."""

import pyarrow as pa
import pytest

from crystext.corpus.columns import FAILURES
from crystext.corpus.reader import Corpus
from tests.corpus import small_corpus

HOSTILE = "</script><img src=x onerror='document.title=1'>&lt;{payload}"
FAILED = [
    ("bad-1", "read", "atoms-overlap", "sites 1 and 2 are 0.00 Å apart; remove one of them"),
    ("bad-2", "describe", "time-limit", "it took over 600 s; raise --timeout"),
    ("bad-3", "read", "atoms-overlap", "sites 3 and 4 are 0.02 Å apart; remove one of them"),
]


def with_failures(folder, failed):
    rows = [
        {"id": i, "source": "mini", "stage": stage, "code": code, "message": message}
        for i, stage, code, message in failed
    ]
    table = pa.Table.from_pylist(rows, schema=FAILURES)
    small_corpus.write(folder, table, "failures/train-00000-of-00001.parquet")
    with small_corpus.manifest_of(folder) as manifest:
        counts = manifest["counts"]
        counts |= {"failures": len(failed), "inputs": counts["rows"] + len(failed)}


@pytest.fixture(scope="package")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shown") / "mini-text"
    small_corpus.copy(small_corpus.built_once(tmp_path_factory), folder)
    with_failures(folder, FAILED)
    return Corpus(folder)


@pytest.fixture(scope="package")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "mini-text"
    small_corpus.copy(small_corpus.built_once(tmp_path_factory), folder)
    texts = dict.fromkeys(("id", "formula", "mineral", "global_text", "local_text"), HOSTILE)
    small_corpus.change(folder, texts | {"notes": [HOSTILE], "structure": HOSTILE})
    with_failures(folder, [(HOSTILE, "read", HOSTILE, HOSTILE)])
    with small_corpus.manifest_of(folder) as manifest:
        manifest["name"] = HOSTILE
        manifest["source"] |= {"title": HOSTILE, "homepage": "javascript:alert(1)"}
    return Corpus(folder)
