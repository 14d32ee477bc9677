"""The dataset card: whole or refused, right in every figure, readable by the Hub."""

import copy
import json
import re
import shlex
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crystext.cli.build_corpus import build_corpus
from crystext.corpus import columns, layout
from crystext.corpus.card import MAY_BE_NULL, REQUIRED, make_card, write_card
from crystext.corpus.card_header import hub_licence, size_category
from crystext.errors import IncompleteCardError
from tests.corpus.make_corpus import PROPERTIES, TOKENIZER, make_corpus, row, save_manifest


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return folder, make_corpus(folder)


@pytest.fixture(scope="module")
def card(corpus):
    return make_card(*corpus, "crysmmnet/jarvis-text")


def header_of(card):
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(card.split("---\n")[1])


def section(card, title):
    return card.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def table(text, first):
    """Rows of the table whose head begins with ``first``, as lists of cells."""
    lines = text[text.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def without(manifest, fact):
    manifest = copy.deepcopy(manifest)
    *path, last = fact.split(".")
    place = manifest
    for key in path:
        place = place[key]
    return manifest, place, last


# ------------------------------------------------------------------------------------ the header


def test_the_header_is_what_the_hub_reads(card):
    header = header_of(card)
    assert header["license"] == "cc-by-4.0"
    assert header["language"] == ["en"]
    assert header["pretty_name"] == "Crystals as text: JARVIS-DFT 2021.8.18"
    assert header["size_categories"] == ["n<1K"]
    assert {"chemistry", "materials-science", "jarvis"} < set(header["tags"])
    assert header["task_categories"] == ["tabular-regression", "feature-extraction"]
    assert "dataset_info" not in header


def test_the_configs_name_the_files_that_are_there(card, corpus):
    folder, manifest = corpus
    configs = {one["config_name"]: one for one in header_of(card)["configs"]}
    assert set(configs) == {"default", "failures", *(p.name for p in PROPERTIES)}
    assert [name for name, one in configs.items() if one.get("default")] == ["default"]
    named = []
    for one in configs.values():
        for part in one["data_files"]:
            found = sorted(folder.glob(part["path"]))
            assert sum(pq.read_metadata(path).num_rows for path in found) > 0, part
            named += [path.relative_to(folder).as_posix() for path in found]
    assert sorted(named) == [file["path"] for file in manifest["files"]]


def test_without_failures_there_is_no_config_of_them(tmp_path):
    manifest = make_corpus(tmp_path, failures=0)
    card = make_card(tmp_path, manifest)
    assert "failures" not in [one["config_name"] for one in header_of(card)["configs"]]
    assert "failed with" not in card


@pytest.mark.parametrize(
    ("spdx", "expected"),
    [
        ("CC-BY-4.0", {"id": "cc-by-4.0"}),
        ("CC0-1.0", {"id": "cc0-1.0"}),
        ("unknown", {"id": "unknown"}),
        ("NIST-PD", {"id": "other", "name": "nist-pd", "link": "https://a.b"}),
    ],
)
def test_licences_have_the_hubs_ids(spdx, expected):
    assert hub_licence({"licence": spdx, "homepage": "https://a.b", "url": None}) == expected


def test_an_unknown_licence_needs_a_page(corpus):
    with pytest.raises(IncompleteCardError, match=r"source\.homepage"):
        hub_licence({"licence": "NIST-PD", "homepage": "", "url": None})
    folder, manifest = corpus
    source = manifest["source"] | {"licence": "My own: 1.0"}
    header = header_of(make_card(folder, manifest | {"source": source}))
    assert header["license"] == "other"
    assert header["license_name"] == "my-own-1.0"
    assert header["license_link"] == "https://jarvis.nist.gov"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (75_993, "10K<n<100K"), (10**6, "1M<n<10M")],
)
def test_size_categories(rows, expected):
    assert size_category(rows) == expected


# ------------------------------------------------------------------------------ whole or refused


@pytest.mark.parametrize("fact", REQUIRED)
def test_a_missing_fact_is_named(corpus, fact):
    folder, manifest = corpus
    manifest, place, last = without(manifest, fact)
    del place[last]
    with pytest.raises(IncompleteCardError, match=re.escape(repr(fact))):
        make_card(folder, manifest)


@pytest.mark.parametrize("fact", REQUIRED)
def test_null_is_an_answer_only_where_it_may_be(corpus, fact):
    folder, manifest = corpus
    manifest, place, last = without(manifest, fact)
    place[last] = None
    if fact in MAY_BE_NULL:
        assert "None" not in make_card(folder, manifest)
    else:
        with pytest.raises(IncompleteCardError, match=re.escape(repr(fact))):
            make_card(folder, manifest)


def test_a_fact_that_only_the_template_misses_is_named_too(corpus):
    folder, manifest = corpus
    manifest, place, last = without(manifest, "splits.band_gap.origin")
    del place[last]
    with pytest.raises(IncompleteCardError, match="origin"):
        make_card(folder, manifest)


def test_the_card_is_well_formed(card):
    assert card.endswith("```\n")
    assert card.count("```") % 2 == 0
    assert "None" not in card
    assert "Undefined" not in card
    assert "\n\n\n" not in card.replace("```python\n", "")
    for line, after in zip(card.splitlines(), card.splitlines()[1:], strict=False):
        if after.startswith("| --- |"):
            assert after.count("|") == len(re.findall(r"(?<!\\)\|", line))


def test_a_corpus_without_rows_or_splits_still_has_a_card(tmp_path):
    manifest = make_corpus(tmp_path, n_rows=0, shards=1)
    card = make_card(tmp_path, manifest | {"splits": {}})
    assert "## An example" not in card
    assert "This corpus has no splits" in card


# ------------------------------------------------------------------------------------- the facts


def test_the_statistics_are_those_of_the_rows(card):
    rows = [row("jarvis", index) for index in range(12)]
    text = section(card, "Statistics")
    assert "| inputs | 13 |" in text
    assert table(text, "failed with")[0][:2] == ["`time-limit`", "1"]
    systems = dict(table(text, "crystal system"))
    assert systems == {
        name: str(sum(r["crystal_system"] == name for r in rows)) for name in systems
    }
    assert dict(table(text, "dimensionality")) == {"2D": "3", "3D": "9"}
    tokens = {cells[1]: cells for cells in table(text, "tokenizer")}
    assert tokens["`text`"] == [TOKENIZER, "`text`", "260", "458", "480", "0"]
    over = sum(r[f"global_text_tokens_{TOKENIZER}"] > 512 for r in rows)
    assert tokens["`global_text`"][-1] == str(over)
    gaps = sorted(r["band_gap"] for r in rows if r["band_gap"] is not None)
    (_, unit, count, least, _, most) = table(text, "property")[1]
    assert (unit, int(count), float(least), float(most)) == ("eV", len(gaps), gaps[0], gaps[-1])


def test_the_columns_are_those_of_the_files(card, corpus):
    folder, _ = corpus
    schema = pq.read_schema(folder / layout.DATA / layout.shard_name("train", 0, 2))
    shown = {cells[0].strip("`"): cells for cells in table(section(card, "Columns"), "column")}
    assert list(shown) == schema.names
    for field in schema:
        _, _, unit, description = shown[field.name]
        assert unit.encode() == field.metadata.get(b"unit", b"")
        assert description.replace("\\|", "|").encode() == field.metadata[b"description"]


def test_the_example_is_a_row_of_median_length(card):
    rows = sorted((row("jarvis", index) for index in range(12)), key=lambda r: len(r["text"]))
    chosen = rows[5]
    text = section(card, "An example")
    assert f"`{chosen['id']}`" in text
    assert f"> {chosen['global_text']}\n" in text
    assert f"> {chosen['local_text']}\n" in text


def test_splits_name_what_was_dropped_and_what_is_missing(card):
    text = section(card, "Splits")
    assert table(text, "property")[1][2:] == ["6", "2", "0"]
    assert "`jarvis-twice` (stands in train and test; kept in test)" in text
    assert "`jarvis-gone-9` and 2 more, listed in `manifest.json`" in text
    assert "not asked for in this build: 100 of train, 20 of validation, 3 of test" in text


def test_provenance_licence_and_citations(card, corpus):
    _, manifest = corpus
    text = section(card, "Where it comes from")
    for value in (manifest["source"]["sha256"], manifest["settings_digest"], "pymatgen 2026.10.24"):
        assert value in text
    settings = {cells[0].strip("`"): json.loads(cells[1]) for cells in table(text, "setting")}
    assert settings == manifest["settings"]
    assert "standardised" in text
    text = section(card, "Licence and attribution")
    for key in ("das2023crysmmnet", "ganose2019robocrystallographer", "choudhary2020"):
        assert f"{{{key}," in text


def test_what_the_settings_change_in_the_words(corpus):
    folder, manifest = corpus
    settings = manifest["settings"] | {"canonical": False, "oxidation": "guess"}
    card = make_card(folder, manifest | {"settings": settings})
    assert "`canonical` is off" in card
    assert "Oxidation states were guessed" in card


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"canonical": False, "max_sites": 200, "tokenizers": []},
        {"limit": 300, "oxidation": "guess", "timeout": 60.0},
        {"ids": ["mp-1", "mp-22"]},
        {"ids": [f"mp-{i}" for i in range(100)]},
    ],
)
def test_the_command_to_rebuild_gives_the_same_settings(corpus, tmp_path, monkeypatch, more):
    folder, manifest = corpus
    wanted = {"canonical", "oxidation", "max_sites", "timeout", "tokenizers", "rows_per_shard"}
    wanted |= {"limit", "ids"}
    settings = manifest["settings"] | more
    monkeypatch.chdir(tmp_path)
    save_manifest(tmp_path, manifest | {"settings": settings})
    text = section(make_card(folder, manifest | {"settings": settings}), "Building it again")
    lines = [line for line in text.split("```")[1].strip().splitlines() if line]
    installs, (*before, command) = lines[:2], lines[2:]
    assert all(line.startswith("pip install ") for line in installs)
    for line in before:  # which lists the ids in a file
        subprocess.run(line.replace("python", sys.executable, 1), shell=True, check=True)
    program, name, *args = shlex.split(command)
    assert (program, name) == ("crystext", "build-corpus")
    given = build_corpus.make_context(name, args).params
    assert given["db"] == "jarvis"
    listed = {key: list(v) if isinstance(v := given[key], tuple) else v for key in wanted}
    assert listed | {"tokenizers": listed["tokenizers"] or []} == {
        key: settings[key] for key in wanted
    }


def test_the_same_corpus_has_the_same_card(corpus, card):
    assert make_card(*corpus, "crysmmnet/jarvis-text") == card


def test_write_card_leaves_the_card_alone_in_the_folder(corpus):
    folder, manifest = corpus
    before = set(folder.iterdir())
    path = write_card(folder, manifest)
    assert set(folder.iterdir()) - before == {path}
    assert 'load_dataset("jarvis-text", split="train")' in path.read_text(encoding="utf-8")


def test_strings_as_properties_have_no_figures(corpus, tmp_path):
    manifest = make_corpus(tmp_path, shards=1)
    path = tmp_path / layout.DATA / layout.shard_name("train", 0, 1)
    labels = columns.Property("label", "", "a word", pa.string())
    whole = pq.read_table(path).append_column(labels.field(), pa.array(["a"] * 12))
    pq.write_table(whole, path)
    entry = {"name": "label", "unit": "", "description": "a word", "type": "string"}
    card = make_card(tmp_path, manifest | {"properties": [*manifest["properties"], entry]})
    assert "`label`" not in section(card, "Statistics")
    assert "| `label` | string |  | a word |" in section(card, "Columns")
