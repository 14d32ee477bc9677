import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from crystext.cli import cli
from crystext.corpus.reader import Corpus
from crystext.corpus.statistics import KINDS, mineral_kind, spread, summarise
from tests.corpus import small_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return Corpus(small_corpus.built_once(tmp_path_factory))


@pytest.fixture(scope="module")
def rows(corpus):
    return list(corpus)


@pytest.fixture(scope="module")
def figures(corpus):
    return summarise(corpus)


def test_every_crystal_is_counted_once(figures, rows):
    assert figures["counts"]["rows"] == len(rows)
    for name in ("crystal_systems", "dimensionality", "elements_per_crystal"):
        assert sum(figures[name].values()) == len(rows)
    assert sum(figures["sites"]["histogram"].values()) == len(rows)
    assert sum(figures["minerals"]["kinds"].values()) == len(rows)


def test_counts_are_those_of_the_rows(figures, rows):
    for name, column in (("crystal_systems", "crystal_system"), ("dimensionality",) * 2):
        counted = Counter(str(row[column]) for row in rows)
        assert {k: n for k, n in figures[name].items() if n} == counted
    elements = Counter(symbol for row in rows for symbol in row["elements"])
    assert figures["elements"]["different"] == len(elements)
    assert figures["elements"]["top"] == {k: elements[k] for k in figures["elements"]["top"]}
    groups = Counter((row["space_group_number"], row["space_group_symbol"]) for row in rows)
    for one in figures["space_groups"]["top"]:
        assert groups[one["number"], one["symbol"]] == one["count"]


def test_lengths_are_those_of_the_texts(figures, rows):
    for section in ("text", "global_text", "local_text"):
        characters = [len(row[section]) for row in rows]
        words = [len(row[section].split()) for row in rows]
        for unit, values in (("characters", characters), ("words", words)):
            held = figures["lengths"][section][unit]
            assert (held["min"], held["max"]) == (min(values), max(values))
            assert held["median"] == pytest.approx(np.median(values))
    if small_corpus.has_minilm():
        tokens = [row["text_tokens_minilm"] for row in rows]
        held = figures["lengths"]["text"]["minilm tokens"]
        assert held["over_limit"] == sum(n > 512 for n in tokens)


def test_properties_have_units_and_nulls(figures, rows):
    by_name = {one["name"]: one for one in figures["properties"]}
    moduli = [row["bulk_modulus"] for row in rows]
    known = [value for value in moduli if value is not None]
    assert by_name["bulk_modulus"]["unit"] == "GPa"
    assert by_name["bulk_modulus"]["nulls"] == len(moduli) - len(known)
    assert by_name["bulk_modulus"]["max"] == max(known)


def test_nothing_has_no_spread():
    assert spread([])["count"] == 0
    assert spread([])["median"] is None


@pytest.mark.parametrize(
    ("mineral", "kind"), [("Zircon", 0), ("Zircon-like", 1), ("Zircon-derived", 2), (None, 3)]
)
def test_kinds_of_mineral_names(mineral, kind):
    assert mineral_kind(mineral) == KINDS[kind]


def test_timings_are_summed(figures, corpus):
    seconds = corpus.timings()["seconds"]
    assert figures["seconds"]["total"] == pytest.approx(sum(seconds.to_pylist()))


def test_figures_are_plain(figures):
    assert json.loads(json.dumps(figures)) == figures


def test_the_command_prints_aligned_tables(corpus):
    result = CliRunner().invoke(cli, ["stats", str(corpus.path)])
    assert result.exit_code == 0
    for words in ("Crystal systems", "Lengths", "bulk_modulus (GPa)", "to describe (s)"):
        assert words in result.output
    lengths = result.output.split("\nLengths\n")[1].split("\n\n")[0].splitlines()
    ends = [line.index(word) + len(word) for line in lengths[:1] for word in ("count", "median")]
    assert all(line[end - 1] != " " for line in lengths for end in ends)


def test_the_command_writes_json(corpus, figures):
    result = CliRunner().invoke(cli, ["stats", str(corpus.path), "--json"])
    assert json.loads(result.output) == figures


def test_an_empty_corpus_has_figures(corpus, tmp_path):
    folder = small_corpus.copy(corpus.path, tmp_path / "empty")
    table = corpus.table()
    small_corpus.write(folder, pa.Table.from_batches([], table.schema))
    with small_corpus.manifest_of(folder) as manifest:
        manifest["counts"] |= {"rows": 0}
    figures = summarise(Corpus(folder))
    assert figures["sites"]["median"] is None
    assert CliRunner().invoke(cli, ["stats", str(folder)]).exit_code == 0
