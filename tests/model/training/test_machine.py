"""One process trains with one precision and device after another, each as it was asked for."""

import contextlib
import os

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from crystext.errors import UsageError  # noqa: E402
from crystext.model.settings import TrainingSettings  # noqa: E402
from crystext.model.training import machine  # noqa: E402
from crystext.model.training.machine import (  # noqa: E402
    make_accelerator,
    order_of_sums,
    peak_memory,
    products_of,
)


def precision_in(accelerator):
    with accelerator.autocast():
        return torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype


def test_two_precisions_in_one_process():
    wanted = {"fp32": torch.float32, "bf16": torch.bfloat16}
    for name in ("fp32", "bf16", "fp32"):
        made = make_accelerator(TrainingSettings(precision=name, device="cpu"))
        assert precision_in(made) == wanted[name]
        assert made.device.type == "cpu"


def test_a_device_that_is_chosen_second_is_used(monkeypatch):
    make_accelerator(TrainingSettings(device="cpu"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    monkeypatch.setattr(machine.torch.cuda, "current_device", lambda: 0)
    made = make_accelerator(TrainingSettings(device="cuda"))
    assert made.device.type == "cuda"


def test_a_device_that_the_environment_takes_away_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    with pytest.raises(UsageError, match="ACCELERATE_USE_CPU"):
        make_accelerator(TrainingSettings(device="cuda"))


def test_tf32_lasts_as_long_as_its_run(caplog):
    before = torch.get_float32_matmul_precision()
    with contextlib.suppress(KeyError), products_of("tf32", torch.device("cuda")):
        assert torch.get_float32_matmul_precision() == "high"
        raise KeyError
    assert torch.get_float32_matmul_precision() == before == "highest"
    with products_of("bf16", torch.device("cuda")):
        assert torch.get_float32_matmul_precision() == before
    assert not caplog.messages


def test_tf32_on_a_cpu_is_fp32_and_says_so(caplog):
    made = make_accelerator(TrainingSettings(precision="tf32", device="cpu"))
    assert precision_in(made) == torch.float32
    with products_of("tf32", made.device):
        assert torch.get_float32_matmul_precision() == "highest"
    assert caplog.messages == ["precision tf32 is a GPU's; on this CPU products are fp32"]


def test_the_order_of_sums_is_asked_for_as_long_as_a_run_lasts(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    with order_of_sums(deterministic=False):
        assert not torch.are_deterministic_algorithms_enabled()
        assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    with contextlib.suppress(KeyError), order_of_sums(deterministic=True):
        assert torch.are_deterministic_algorithms_enabled()
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        raise KeyError
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("status", ["Name:\tpython\nVmRSS:\t1 kB\n", None])
def test_the_peak_of_memory_is_known_where_the_system_tells_less(monkeypatch, tmp_path, status):
    usual = peak_memory(torch.device("cpu"))
    if status is not None:
        (tmp_path / "status").write_text(status)
    monkeypatch.setattr(machine, "_STATUS", tmp_path / "status")
    assert peak_memory(torch.device("cpu")) >= 0.9 * usual > 0
