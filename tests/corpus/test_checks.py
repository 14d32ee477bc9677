import json
import math
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from crystext.cli import cli
from crystext.corpus.checks import CHECKS, check_corpus, errors
from crystext.corpus.checks.texts import lost
from crystext.corpus.reader import load_corpus
from crystext.errors import NoCorpusError, UnfinishedCorpusError
from tests.corpus import small_corpus
from tests.corpus.small_corpus import ROWS, change, manifest_of, write

TARGETS = "properties/band_gap/train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return small_corpus.built_once(tmp_path_factory)


@pytest.fixture
def corpus(built, tmp_path):
    return small_corpus.copy(built, tmp_path / "mini-text")


def test_a_built_corpus_has_no_errors(built):
    assert errors(check_corpus(built, deep=True)) == []


def text_of(corpus, section="text", row=0):
    return pq.read_table(corpus / ROWS, columns=[section])[section][row].as_py()


def rows_of(corpus, change_rows, name=ROWS):
    write(corpus, change_rows(pq.read_table(corpus / name)), name)


def reworded_card(corpus, old, new):
    text = (corpus / "README.md").read_text()
    (corpus / "README.md").write_text(text.replace(old, new, 1))


def add_file(corpus):
    (corpus / "data" / "notes.txt").write_text("mine")


def flip_a_byte(corpus):
    content = bytearray((corpus / ROWS).read_bytes())
    content[len(content) // 2] ^= 1
    (corpus / ROWS).write_bytes(content)


def set_counts(corpus, **counts):
    with manifest_of(corpus) as manifest:
        manifest["counts"] |= counts


def set_digest(corpus):
    path = corpus / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"content_digest": "0" * 64}))


def other_schema(corpus):
    def changed(table):
        index = table.schema.get_field_index("symprec")
        return table.set_column(
            index, pa.field("symprec", pa.float32()), table["symprec"].cast("float32")
        )

    rows_of(corpus, changed)


def other_unit(corpus):
    def changed(table):
        index = table.schema.get_field_index("band_gap")
        field = table.schema.field(index)
        return table.set_column(
            index, field.with_metadata(field.metadata | {b"unit": b"Ry"}), table[index]
        )

    rows_of(corpus, changed)


def leaked_repr(corpus):
    old = text_of(corpus, "local_text")
    new = f"{old} np.int64(3) atoms."
    change(corpus, {"local_text": new, "text": f"{text_of(corpus, 'global_text')} {new}"})


def hard_character(corpus):
    new = f"{text_of(corpus, 'local_text')} R3\u0305m."
    change(corpus, {"local_text": new, "text": f"{text_of(corpus, 'global_text')} {new}"})


def twice_in_the_split(corpus):
    test = TARGETS.replace("train", "test")
    both = [pq.read_table(corpus / name) for name in (test, TARGETS)]
    write(corpus, pa.concat_tables([both[0], both[1].slice(0, 1)]), test)
    with manifest_of(corpus) as manifest:
        manifest["splits"]["band_gap"]["counts"]["test"] += 1


def another_length(corpus):
    old = text_of(corpus, "local_text")
    new = old.replace(" Å", "9 Å", 1)
    change(corpus, {"local_text": new, "text": f"{text_of(corpus, 'global_text')} {new}"})


def another_setting(corpus):
    with manifest_of(corpus) as manifest:
        manifest["settings"]["timeout"] = 1.0


def time_nobody(corpus):
    path = corpus / "timings.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[0]["id"] = "nobody"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


SPOILERS = {
    "a byte of a shard": (flip_a_byte, "files", "SHA-256"),
    "a shard gone": (lambda c: (c / TARGETS).unlink(), "files", "missing"),
    "a cut shard": (lambda c: (c / ROWS).write_bytes(b"PAR1"), "files", "cannot be read"),
    "a file of one's own": (add_file, "unlisted", "does not list"),
    "no card": (lambda c: (c / "README.md").unlink(), "card", "missing"),
    "a card without configs": (lambda c: (c / "README.md").write_text("hi"), "card", "configs"),
    "a number in the card": (
        lambda c: reworded_card(c, "crystals", "crysta1s"), "card", "is not what this manifest",
    ),
    "another digest": (set_digest, "digest", "content digest"),
    "another setting": (another_setting, "digest", "the settings digest is"),
    "somebody timed": (time_nobody, "timings", "has neither a row nor a failure"),
    "another length": (another_length, "described", "local_text is"),
    "another gap": (lambda c: change(c, {"band_gap": 1.25}), "origin", "band_gap is 1.25"),
    "a zeroed hash": (
        lambda c: change(c, {"structure_hash": "0" * 64}), "structures", "is not that of the CIF",
    ),
    "a null element": (
        lambda c: change(c, {"elements": [None]}), "schema", "elements holds 1 nulls",
    ),
    "a number of another type": (other_schema, "schema", "symprec is float"),
    "another unit": (other_unit, "schema", "unit of column band_gap"),
    "a column gone": (
        lambda c: rows_of(c, lambda t: t.drop_columns("notes")), "schema", "notes is missing",
    ),
    "a lost row": (lambda c: rows_of(c, lambda t: t.slice(1)), "counts", "manifest counts"),
    "an uncounted input": (lambda c: set_counts(c, inputs=99), "counts", "99 inputs are not"),
    "a code nobody has": (
        lambda c: set_counts(c, failures_by_code={"time-limit": 1}), "counts", "counts 1",
    ),
    "an id twice": (lambda c: change(c, {"id": "mp-2"}, row=5), "ids", "2 rows have this id"),
    "another system": (lambda c: change(c, {"crystal_system": "trigonal"}), "facts", "says trigo"),
    "a wrong field": (lambda c: change(c, {"fields_text": "Formula: X."}), "facts", "fields_text"),
    "a cut section": (lambda c: change(c, {"local_text": "Cut."}), "sections", "do not join"),
    "a numpy scalar": (leaked_repr, "reprs", "np.int64"),
    "a bar over 3": (hard_character, "characters", "combining overline"),
    "an infinite gap": (lambda c: change(c, {"band_gap": math.inf}), "values", "band_gap is inf"),
    "a broken CIF": (lambda c: change(c, {"structure": "data_x\n"}), "structures", "be read"),
    "a site too many": (lambda c: change(c, {"n_sites": 99}), "structures", "says 99"),
    "an id in train and test": (twice_in_the_split, "splits", "stands in train and test"),
    "another target": (lambda c: change(c, {"target": -1.0}, TARGETS), "targets", "target differs"),
    "another text": (lambda c: change(c, {"text": "No."}, TARGETS), "targets", "text differs"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILERS)
def test_what_is_wrong_is_found(corpus, name):
    spoil, check, words = SPOILERS[name]
    spoil(corpus)
    found = errors(check_corpus(corpus))
    assert any(one.check == check and words in one.message for one in found), found
    assert {one.check for one in found} <= CHECKS.keys()


def test_every_check_was_spoilt():
    notices = {"duplicates", "lengths", "tokens"}  # tested below
    notices |= {"representations"}  # tests/representations/test_columns.py
    assert {check for _, check, _ in SPOILERS.values()} == CHECKS.keys() - notices


def test_equal_structures_are_a_notice_and_so_is_a_split_that_parts_them(corpus):
    hashes = pq.read_table(corpus / ROWS, columns=["id", "structure_hash"]).to_pylist()
    test = pq.read_table(corpus / TARGETS.replace("train", "test"))["id"][0].as_py()
    row = next(i for i, one in enumerate(hashes) if one["id"] == test)
    change(corpus, {"structure_hash": hashes[row - 1]["structure_hash"]}, row=row)
    found = check_corpus(corpus)
    assert {one.check for one in errors(found)} == {"card", "structures"}
    notices = {one.check: one.message for one in found if one.level == "notice"}
    assert f"{hashes[row - 1]['id']} = {test}" in notices["duplicates"]
    assert f"{test} in test" in notices["splits"]


@pytest.mark.skipif(not small_corpus.has_minilm(), reason="MiniLM's vocabulary is not installed")
class TestTokens:
    def test_lengths_and_truncation_are_told(self, built):
        notices = [one for one in check_corpus(built) if one.check == "lengths"]
        assert {one.path_or_id for one in notices} >= {"text", "global_text", "local_text"}
        assert all("over 512 minilm tokens" in one.message for one in notices)

    def test_a_wrong_count_is_found(self, corpus):
        change(corpus, {"text_tokens_minilm": 7})
        assert any("is 7, counted were" in one.message for one in errors(check_corpus(corpus)))

    def test_a_wrong_flag_is_found(self, corpus):
        change(corpus, {"truncated_minilm": True, "text_tokens_minilm": 7})
        assert any("is True at 7 tokens" in one.message for one in errors(check_corpus(corpus)))

    def test_unknown_words_are_found(self, corpus):
        new = f"{text_of(corpus, 'local_text')} \u2603."
        change(corpus, {"local_text": new, "text": f"{text_of(corpus, 'global_text')} {new}"})
        assert any("does not know 1" in one.message for one in errors(check_corpus(corpus)))


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("plain ASCII", ""),
        ("2.13 Å, 90°, Kröhnkite, Bariće", ""),
        ("R3\u0305m", "\u0305"),
        ("SiO\u2081", "\u2081"),
        ("a\x07b", "\x07"),
    ],
)
def test_characters_that_matscibert_loses(text, characters):
    assert lost(text) == set(characters)


def test_what_is_no_corpus_is_refused(corpus, tmp_path):
    with pytest.raises(NoCorpusError):
        check_corpus(tmp_path / "nowhere")
    (corpus / "manifest.json").unlink()
    (corpus / ".build").mkdir()
    with pytest.raises(UnfinishedCorpusError):
        check_corpus(corpus)


def test_the_command_says_what_was_checked(built):
    result = CliRunner().invoke(cli, ["check", str(built)])
    assert result.exit_code == 0
    assert f"passed {len(CHECKS)} checks: files," in result.output.splitlines()[-1]


def test_the_command_lists_what_is_wrong(corpus):
    shutil.rmtree(corpus / "properties" / "band_gap")
    result = CliRunner().invoke(cli, ["check", str(corpus)])
    assert result.exit_code == 1
    assert f"error: [files] {TARGETS}: the file is missing" in result.output
    as_json = CliRunner().invoke(cli, ["check", str(corpus), "--json"])
    assert as_json.exit_code == 1
    assert {one["level"] for one in json.loads(as_json.output)} <= {"error", "notice"}


def no_key(corpus):
    with manifest_of(corpus) as manifest:
        del manifest["counts"]["rows"]


def wrong_type(corpus):
    with manifest_of(corpus) as manifest:
        manifest["settings"]["timeout"] = "long"
        manifest["files"][0]["rows"] = None


def null_text(corpus):
    table = pq.read_table(corpus / ROWS)
    index = table.schema.get_field_index("text")
    held = pa.array([None, *table["text"].to_pylist()[1:]], pa.string())
    write(
        corpus,
        table.set_column(index, table.schema.field(index).with_nullable(nullable=True), held),
    )


def rotten_page(corpus):
    chunk = pq.read_metadata(corpus / ROWS).row_group(0).column(7)
    assert chunk.path_in_schema == "text"
    content = bytearray((corpus / ROWS).read_bytes())
    content[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 0xFF
    (corpus / ROWS).write_bytes(content)
    small_corpus.relist(corpus, ROWS)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_key, "error: [manifest] manifest.json: "),
        (wrong_type, "settings.timeout is 'long', not a number or null; 1 more entries are wrong"),
        (lambda c: (c / "manifest.json").write_text("{"), "error: [manifest] manifest.json: "),
        (lambda c: (c / "manifest.json").write_text("[]"), "error: [manifest] manifest.json: "),
        (null_text, f"error: [schema] {ROWS}: column text holds 1 nulls"),
        (rotten_page, f"error: [files] {ROWS}: the file cannot be read ("),
    ],
)
@pytest.mark.parametrize("option", [(), ("--deep",)])
def test_damage_is_a_line_of_the_command_and_no_traceback(corpus, spoil, words, option):
    spoil(corpus)
    run = subprocess.run(
        [sys.executable, "-m", "crystext", "check", str(corpus), *option],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.returncode == 1
    assert words in run.stdout
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stdout + run.stderr
    assert "did not end" not in run.stdout


def test_a_corpus_of_an_older_version_is_read_and_what_it_lacks_is_told(corpus):
    def older(table):
        index = table.schema.get_field_index("structure_hash")
        field = table.schema.field(index).with_metadata({"description": "SHA-256 of lattice"})
        zeros = pa.array(["0" * 64] * len(table))
        return table.set_column(index, field, zeros).drop_columns("disorder")

    rows_of(corpus, older)
    with manifest_of(corpus) as manifest:
        manifest["versions"]["crystext"] = "0.1.0"
    found = check_corpus(corpus)
    assert {one.check for one in errors(found)} == {"schema"}
    assert "column disorder is missing" in {one.message for one in found}
    assert any("hashes were not compared" in one.message for one in found)
    assert len(load_corpus(corpus).table()) == 40
