import pytest
from click.testing import CliRunner

from crystext.cli import cli, main
from crystext.model.text import EmbeddingStore, TextEncoder
from tests.model.text.tiny import save_tiny

pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("encoders") / "tiny-bert")


def command(*args):
    result = CliRunner().invoke(cli, ["embed", *map(str, args)])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_the_store_is_named_and_where_it_lies(tiny, tmp_path):
    args = ("mini", "--encoder", tiny, "--limit", 12, "--out", tmp_path / "out", "--device", "cpu")
    vectors, cut, path = command(*args)
    store = EmbeddingStore.open(path)
    assert path == str(tmp_path / "out")
    assert vectors == (
        "12 vectors of width 32 by tiny-bert, section all, mean pool, fp32, digest " + store.digest
    )
    assert cut == "12 texts have over 64 tokens and were cut off; --windows reads them whole"
    assert command(*args) == [vectors, cut, path]


def test_options_reach_the_settings_and_the_cache_is_the_default(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    _, path = command(
        *("mini", "--encoder", tiny, "--section", "local", "--pool", "cls", "--limit", 3),
        *("--batch-size", 2, "--device", "cpu", "--precision", "bf16", "--windows"),
        *("--normalisation", "matscibert"),
    )
    store = EmbeddingStore.open(path)
    assert store.path.parent == tmp_path / "embeddings"
    assert store.path.name.startswith("mini-text-tiny_bert-local-cls-")
    wanted = {"section": "local", "pool": "cls", "precision": "bf16", "windows": True}
    assert store.manifest["settings"]["normalisation"] == "matscibert"
    assert store.manifest["settings"].items() >= wanted.items()
    assert store.manifest["batch_size"] == 2


@pytest.mark.parametrize(
    ("args", "status", "line"),
    [
        (["gone", "--encoder", "minilm"], 1, "crystext: [no-corpus] gone is no folder"),
        (["mini", "--encoder", "what"], 1, "crystext: [no-encoder] 'what' is no encoder; give"),
        (["mini", "--section", "title"], 2, "Usage: crystext embed"),
        ([], 2, "Usage: crystext embed"),
    ],
)
def test_errors_are_one_line_and_a_status(args, status, line, capsys):
    with pytest.raises(SystemExit) as exited:
        main(["embed", *args])
    assert exited.value.code == status
    assert capsys.readouterr().err.startswith(line)


def test_ctrl_c_says_that_the_same_command_goes_on(tiny, tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    args = ["embed", "mini", "--encoder", str(tiny), "--limit", "3", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(TextEncoder, "embed", interrupted)
    with pytest.raises(SystemExit) as exited:
        main(args)
    assert exited.value.code == 130
    assert "stopped; the same command goes on" in capsys.readouterr().err
    monkeypatch.undo()
    with pytest.raises(SystemExit) as exited:
        main(args)
    assert exited.value.code == 0


def test_facts_are_a_reader_without_a_language_model(tmp_path, capsys):
    args = ["embed", "mini", "--limit", "3", "--encoder", "facts", "--out", str(tmp_path / "facts")]
    assert CliRunner().invoke(cli, args).output.startswith("3 vectors of 246 facts, 274 wide")
    for more, named in (
        (["--section", "global"], "facts are of the whole text, not of global"),
        (["--windows"], "facts have neither layers to train nor windows"),
    ):
        with pytest.raises(SystemExit):
            main([*args[:-1], str(tmp_path / "other"), *more])
        assert named in capsys.readouterr().err


def test_the_vectors_of_a_trained_network(tmp_path):
    """The network's own head makes of them what it predicts."""
    import numpy as np
    import pyarrow.parquet as pq
    import torch

    from crystext.model import load
    from tests.model.tiny_runs import Runs

    run = Runs(tmp_path)("cgcnn")
    out = tmp_path / "vectors.parquet"
    (tmp_path / "crystals").mkdir()
    for name in ("Cu", "Fe"):
        text = f"{name}\n1.0\n4 0 0\n0 4 0\n0 0 4\n{name}\n1\nDirect\n0 0 0\n"
        (tmp_path / "crystals" / f"{name}.vasp").write_text(text)
    (tmp_path / "crystals" / "bad.vasp").write_text("no crystal\n")
    out.write_bytes(b"of an earlier time, which is replaced")
    found = CliRunner().invoke(
        cli, ["embed", str(tmp_path / "crystals"), "--out", str(out), "--model", str(run)]
    )
    assert found.exit_code == 1
    assert "crystext: [truncated-file] bad: " in found.stderr
    assert found.stdout == f"2 vectors by {run}: {out}\n"
    table = pq.read_table(out)
    assert table["id"].to_pylist() == ["Cu", "Fe"]
    predictor = load(run, device="cpu")
    saved = predictor.runs[0]
    vectors = torch.from_numpy(np.stack(table["vector"].to_pylist())).float()
    with torch.no_grad():
        read = saved.network()[0].head(vectors).squeeze(-1).double().numpy()
    wanted = predictor.predict(sorted((tmp_path / "crystals").glob("[CF]*.vasp")))
    np.testing.assert_allclose(saved.scaling.values(read), [x.value for x in wanted], rtol=1e-4)
    ids, again, failures = predictor.embed([])
    assert (ids, len(again), failures) == ([], 0, [])


def test_a_folder_in_the_place_of_the_vectors_is_refused_before_work(tmp_path):
    (tmp_path / "vectors.parquet").mkdir()
    words = ["embed", "mini", "--model", "runs/x", "--out", str(tmp_path / "vectors.parquet")]
    found = CliRunner().invoke(cli, words)
    assert "is a folder, not a file; choose another --out" in str(found.exception)


@pytest.mark.parametrize("out", [[], ["--out", "vectors.csv"]])
def test_the_vectors_need_a_file(out):
    assert CliRunner().invoke(cli, ["embed", "mini", "--model", "runs/x", *out]).exit_code != 0
