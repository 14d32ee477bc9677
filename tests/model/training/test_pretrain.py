"""Pretraining on what texts say: it learns, no property is read, and runs begin from it."""

import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from click.testing import CliRunner  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from crystext.cli import cli, main  # noqa: E402
from crystext.corpus.reader import Corpus  # noqa: E402
from crystext.errors import NoRunError, OtherRunError, UsageError  # noqa: E402
from crystext.model import load, make_settings  # noqa: E402
from crystext.model.text.facts import embed_facts  # noqa: E402
from crystext.model.training import loop as loops  # noqa: E402
from crystext.model.training.prepared import first_network, prepare  # noqa: E402
from crystext.model.training.pretrain import pretrain  # noqa: E402
from crystext.model.training.pretrain_settings import make_pretrain_settings  # noqa: E402
from crystext.model.training.run import train  # noqa: E402
from tests.model.training.runs import QUICK, corpus, graph_store, splits  # noqa: E402

SMALL = QUICK | {"network.hidden": 16, "network.layers": 2}
CRYSTALS = 240


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Every 20th crystal of mini, and those that runs here learn from."""
    every = corpus().table(["id"])["id"].to_pylist()[:: 6000 // CRYSTALS][:CRYSTALS]
    chosen = list(dict.fromkeys([*every, *(one for part in splits().values() for one in part)]))
    graphs = graph_store(tmp_path_factory.mktemp("graphs"), chosen)
    return {"corpus": corpus(), "graphs": graphs, "texts": embed_facts(corpus(), ids=chosen)}


@pytest.fixture(scope="module")
def teach(stores):
    def run(folder, task="facts", **overrides):
        given = {name.replace("__", "."): value for name, value in overrides.items()}
        settings = make_pretrain_settings(
            corpus="mini", model="cgcnn", task=task, overrides=SMALL | given
        )
        return pretrain(settings, folder, **stores)

    return run


@pytest.fixture(scope="module")
def taught(teach, tmp_path_factory):
    folder = tmp_path_factory.mktemp("taught") / "pre"
    return folder, teach(folder)


def run_settings(init_from, model="cgcnn", **overrides):
    return make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model=model,
        seed=3,
        init_from=None if init_from is None else str(init_from),
        overrides=SMALL | overrides,
    )


def first_weights(stores, out, *given, **overrides):
    """The tensors that a run begins with."""
    settings = run_settings(*given, **overrides)
    some = stores if settings.uses_text else {**stores, "texts": None}
    torch.manual_seed(settings.seed)
    return first_network(prepare(settings, out, splits=splits(), **some)).state_dict()


@pytest.mark.parametrize("task", ["facts", "contrastive"])
def test_crystals_that_are_held_out_are_known_better_than_by_guessing(
    teach, tmp_path, task, monkeypatch
):
    read = set()
    real = Corpus.table
    monkeypatch.setattr(
        Corpus, "table", lambda self, names: read.update(names) or real(self, names)
    )
    monkeypatch.setattr(Corpus, "targets", lambda *_: pytest.fail("a property is read"))
    metrics = teach(tmp_path / "pre", task, training__epochs=20, training__batch_size=16)
    held = metrics["held_out"]
    assert held["loss"] < 0.95 * held["baseline_loss"]
    if task == "facts":
        assert held["explained_variance"] == pytest.approx(1 - held["loss"] / held["baseline_loss"])
    else:
        assert held["found"] > 2 * held["found_by_chance"]
    assert metrics["counts"]["validation"] == sum(metrics["counts"].values()) // 10
    assert sum(metrics["counts"].values()) + metrics["excluded"] == len(corpus())
    assert not read & set(corpus().properties)


def test_a_run_begins_with_the_body_and_its_own_head(stores, taught, tmp_path):
    folder, _ = taught
    saved = load_file(folder / "best.safetensors")
    begun = first_weights(stores, tmp_path / "tuned", folder)
    fresh = first_weights(stores, tmp_path / "fresh", None)
    assert saved.keys() == begun.keys()
    for name, one in begun.items():
        source = fresh if name.startswith("head.") else saved
        assert torch.equal(one, source[name]), name
    learnt = [name for name in saved if not torch.equal(saved[name], fresh[name])]
    assert any(name.startswith("convs.1.") for name in learnt)
    assert train(run_settings(folder), tmp_path / "tuned", splits=splits(), **stores)["test"]
    assert load(tmp_path / "tuned", device="cpu").properties == ("bulk_modulus",)


@pytest.mark.parametrize("fusion", ["concat", "residual", "sites"])
def test_a_network_that_reads_texts_begins_with_the_body_too(stores, taught, tmp_path, fusion):
    folder, _ = taught
    given = {"fusion.fusion": fusion, "text.encoder": "facts"}
    begun = first_weights(stores, tmp_path / "run", folder, "crysmmnet-cgcnn", **given)
    for name, one in load_file(folder / "best.safetensors").items():
        if not name.startswith("head."):
            assert torch.equal(begun[f"graph_network.{name}"], one), name


def test_one_that_was_stopped_goes_on_as_if_it_had_not_been(teach, taught, tmp_path, monkeypatch):
    from contextlib import contextmanager

    asked = []

    @contextmanager
    def soon():
        yield lambda: asked.append(1) or len(asked) > 40

    folder, metrics = taught
    monkeypatch.setattr(loops, "_interruptible", soon)
    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path / "pre")
    monkeypatch.undo()
    with pytest.raises(NoRunError, match="has not ended; give its crystext pretrain again"):
        prepare(run_settings(tmp_path / "pre"), tmp_path / "run")
    assert teach(tmp_path / "pre")["held_out"] == metrics["held_out"]
    ours, theirs = [(one / "best.safetensors").read_bytes() for one in (tmp_path / "pre", folder)]
    assert ours == theirs
    with pytest.raises(OtherRunError, match=r"another settings\.task"):
        teach(tmp_path / "pre", "contrastive")


def test_what_cannot_be_begun_from_or_predicted_with_is_named(stores, taught, tmp_path):
    folder, _ = taught
    with pytest.raises(NoRunError, match=r"holds a pretraining.*begin a run from it with"):
        load(folder, device="cpu")
    with pytest.raises(UsageError, match="pretrained 'cgcnn', and schnet cannot begin from it"):
        prepare(run_settings(folder, "schnet"), tmp_path / "run")
    words = json.loads((folder / "settings.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    (other / "settings.json").write_text(json.dumps(words | {"kind": "distillation"}))
    with pytest.raises(NoRunError, match="holds 'distillation', no training run"):
        prepare(run_settings(other), tmp_path / "run", splits=splits(), **stores)
    assert not (tmp_path / "run").exists()


def test_help_ends_with_an_example():
    said = CliRunner().invoke(cli, ["pretrain", "--help"]).output
    assert "crystext pretrain --corpus mini --model cgcnn --out runs/pre" in said


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--model", "crysmmnet-cgcnn"), "crysmmnet-cgcnn reads texts.*give --model cgcnn"),
        (("--model", "cgcn"), "cgcnn"),
        (("--model", "cgcnn", "--set", "text.encoder=minilm"), "text.encoder.*leave it out"),
        (("--model", "cgcnn", "--set", "training.loss=mae"), "training.loss.*leave it out"),
        (("--model", "cgcnn", "--task", "masking"), "masking"),
    ],
)
def test_wrong_values_are_one_line(tmp_path, capsys, args, named):
    import re

    with pytest.raises(SystemExit) as ended:
        main(["pretrain", *args, "--out", str(tmp_path / "pre")])
    assert ended.value.code == 2
    assert re.search(named, capsys.readouterr().err.splitlines()[-1])
    assert not (tmp_path / "pre").exists()
