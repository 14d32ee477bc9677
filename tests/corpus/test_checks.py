import json
import math
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from crystext.cli import cli
from crystext.corpus.checks import CHECKS, check_corpus, errors
from crystext.corpus.checks.texts import lost
from crystext.errors import BadCorpusError, NoCorpusError, UnfinishedCorpusError
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


SPOILERS = {
    "a byte of a shard": (flip_a_byte, "files", "SHA-256"),
    "a shard gone": (lambda c: (c / TARGETS).unlink(), "files", "missing"),
    "a cut shard": (lambda c: (c / ROWS).write_bytes(b"PAR1"), "files", "cannot be read"),
    "a file of one's own": (add_file, "unlisted", "does not list"),
    "no card": (lambda c: (c / "README.md").unlink(), "card", "missing"),
    "a card without configs": (lambda c: (c / "README.md").write_text("hi"), "card", "configs"),
    "another digest": (set_digest, "digest", "content digest"),
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
    assert {check for _, check, _ in SPOILERS.values()} == CHECKS.keys() - notices


def test_equal_structures_are_a_notice_and_so_is_a_split_that_parts_them(corpus):
    hashes = pq.read_table(corpus / ROWS, columns=["id", "structure_hash"]).to_pylist()
    test = pq.read_table(corpus / TARGETS.replace("train", "test"))["id"][0].as_py()
    row = next(i for i, one in enumerate(hashes) if one["id"] == test)
    change(corpus, {"structure_hash": hashes[row - 1]["structure_hash"]}, row=row)
    found = check_corpus(corpus)
    assert errors(found) == []
    notices = {one.check: one.message for one in found}
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
    (corpus / "manifest.json").write_text("{")
    with pytest.raises(BadCorpusError):
        check_corpus(corpus)
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
