"""Runs through ``torch.compile``: the errors of those that are not compiled."""

import pytest

torch = pytest.importorskip("torch")

from crystext.model.training import loop as loops  # noqa: E402
from crystext.model.training.logs import read_log  # noqa: E402
from crystext.model.training.run import train  # noqa: E402
from tests.model.training.runs import corpus, graph_store, settings, splits  # noqa: E402


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "near"), [("fp32", 3e-3), ("bf16", 0.05)])
def test_a_compiled_run_learns_what_another_does(tmp_path, monkeypatch, precision, near):
    """The backend ``aot_eager`` stands for the one that needs a compiler of the machine."""
    graphs, usual, compiled = graph_store(tmp_path), torch.compile, []

    def eagerly(network):
        compiled.append(network)
        return usual(network, backend="aot_eager")

    monkeypatch.setattr(loops.torch, "compile", eagerly)
    torch._dynamo.reset()
    logs = []
    for on in (True, False):
        chosen = settings("alignn", training__compile=on, training__precision=precision)
        folder = tmp_path / str(on)
        train(chosen, folder, corpus=corpus(), splits=splits(), graphs=graphs)
        logs.append([(row["train_loss"], row["validation_mae"]) for row in read_log(folder)])
    assert len(compiled) == 1
    for one, other in zip(*logs, strict=True):
        assert one == pytest.approx(other, rel=near)
