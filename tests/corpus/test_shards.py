import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crystext.corpus import shards
from crystext.corpus.columns import column
from crystext.corpus.layout import shards as found
from crystext.corpus.shards import regrouped, write_shards, write_tables

SCHEMA = pa.schema(
    [column("id", pa.string(), "a name", nullable=False), column("x", pa.int64(), "")]
)


def rows(count, first=0):
    numbers = range(first, first + count)
    return pa.table({"id": [f"r{n}" for n in numbers], "x": list(numbers)}, schema=SCHEMA)


def in_pieces(count, piece):
    return (rows(min(piece, count - first), first) for first in range(0, count, piece))


def write(folder, count, piece, rows_per_shard=40):
    return write_shards(
        in_pieces(count, piece), SCHEMA, folder, "train", total=count, rows_per_shard=rows_per_shard
    )


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (40, [40]), (41, [40, 1]), (100, [40, 40, 20])]
)
def test_shards_end_at_fixed_numbers_of_rows(tmp_path, count, sizes):
    files = write(tmp_path / "data", count, 7)
    assert [file["rows"] for file in files] == sizes
    assert [file["path"] for file in files] == [
        f"data/train-{n:05d}-of-{len(sizes):05d}.parquet" for n in range(len(sizes))
    ]
    paths = found(tmp_path / "data", "train")
    assert pa.concat_tables(pq.read_table(path) for path in paths).equals(rows(count))
    for path, file in zip(paths, files, strict=True):
        assert file["bytes"] == path.stat().st_size
        assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_bytes_do_not_depend_on_how_the_rows_arrive(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_PER_GROUP", 15)
    written = [write(tmp_path / str(piece), 100, piece) for piece in (1, 7, 64, 100)]
    assert len({tuple(file["sha256"] for file in files) for files in written}) == 1
    metadata = pq.ParquetFile(found(tmp_path / "7", "train")[0]).metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [15, 15, 10]


def test_types_meanings_and_units_are_kept(tmp_path):
    schema = pa.schema([column("x", pa.float64(), "a length", "angstrom")])
    write_tables([pa.table({"x": [1.0]}, schema=schema)], schema, tmp_path / "x.parquet")
    read = pq.read_schema(tmp_path / "x.parquet").field("x")
    assert read.metadata == {b"description": b"a length", b"unit": b"angstrom"}


def test_pages_have_an_index_and_are_compressed(tmp_path):
    write(tmp_path / "data", 40, 40)
    chunk = pq.ParquetFile(found(tmp_path / "data", "train")[0]).metadata.row_group(0).column(0)
    assert chunk.has_offset_index
    assert chunk.has_column_index
    assert chunk.compression == "ZSTD"


def test_an_edit_leaves_most_pages_as_they_were(tmp_path):
    """What content-defined chunking is for: pages after an insertion are found again."""
    texts = [hashlib.sha256(str(n).encode()).hexdigest() * 20 for n in range(4000)]
    schema = pa.schema([column("text", pa.string(), "")])
    pages = []
    for name, some in (("a", texts), ("b", ["new" * 500, *texts])):
        path = tmp_path / name
        write_tables([pa.table({"text": some}, schema=schema)], schema, path)
        data = path.read_bytes()
        pages.append({data[n : n + 400] for n in range(len(data) - 400)})
    assert len(pages[0] & pages[1]) > 0.5 * len(pages[0])


def test_too_many_rows_are_a_bug(tmp_path):
    with pytest.raises(AssertionError, match="3 rows more"):
        write_shards(in_pieces(23, 7), SCHEMA, tmp_path / "data", "train", total=20)


def test_write_tables_streams(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_PER_GROUP", 10)
    write_tables(in_pieces(25, 4), SCHEMA, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").equals(rows(25))
    assert pq.ParquetFile(tmp_path / "t.parquet").metadata.num_row_groups == 3


def test_regrouping_reads_no_further_than_it_must():
    taken = []

    def source():
        for n in range(10):
            taken.append(n)
            yield rows(10, 10 * n)

    groups = regrouped(source(), SCHEMA, [15, 5])
    assert len(next(groups)) == 15
    assert taken == [0, 1]
    assert len(next(groups)) == 5
    assert taken == [0, 1]
