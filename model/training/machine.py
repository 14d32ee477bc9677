"""The machine a run is on: processes and devices, memory, versions."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from crystext.errors import MissingExtraError, UsageError
from crystext.install import install_hint
from crystext.provenance import processor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accelerate import Accelerator

    from crystext.model.settings import TrainingSettings

PACKAGES = ("torch", "numpy", "transformers", "accelerate")
"""Packages whose versions may decide a digit."""
_MIXED = {"fp32": "no", "tf32": "no", "bf16": "bf16", "fp16": "fp16"}
_CUBLAS_IN_ORDER = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""NVIDIA, cuBLAS, "Results reproducibility"; torch refuses products without it."""
_STATUS = Path("/proc/self/status")
_log = logging.getLogger(__name__)


def make_accelerator(settings: TrainingSettings) -> Accelerator:
    """Accelerate's view of devices and processes, as ``accelerate launch`` set them up.

    Accelerate keeps device and precision once a process. Trainings are the only owner of these
    here, one at a time, so each begins anew: the second may have another precision or device.

    Raises:
        MissingExtraError: accelerate is not installed.
        UsageError: a GPU is asked for and there is none, or fp16 without one; or accelerate takes
            another device, as its environment variables may tell it to.
    """
    try:
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState
        from accelerate.utils import DistributedDataParallelKwargs
    except ImportError as error:
        raise MissingExtraError(f"training needs accelerate: {install_hint('model')}") from error
    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda" and not has_gpu:
        raise UsageError("device 'cuda' is not there; use training.device=cpu or auto")
    on_cpu = settings.device == "cpu" or not has_gpu
    if settings.precision == "fp16" and on_cpu:
        raise UsageError("precision 'fp16' needs a GPU; use bf16 or fp32 on a CPU")
    # Networks keep published weights that reach no output, such as the last layer's edge norm.
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    # There is no public call. Processes that were joined into a group stay so.
    joined = torch.distributed.is_available() and torch.distributed.is_initialized()
    AcceleratorState._reset_state(reset_partial_state=not joined)  # noqa: SLF001
    accelerator = Accelerator(
        cpu=on_cpu, mixed_precision=_MIXED[settings.precision], kwargs_handlers=[unused]
    )
    if (accelerator.device.type == "cpu") != on_cpu:
        raise UsageError(
            f"accelerate takes the device {accelerator.device} and not "
            f"{'the CPU' if on_cpu else 'a GPU'}; unset ACCELERATE_USE_CPU and "
            "ACCELERATE_TORCH_DEVICE, or set training.device as they say"
        )
    return accelerator


@contextmanager
def products_of(precision: str, device: torch.device) -> Iterator[None]:
    """Inside, a GPU takes float32 products as the run's precision says; torch keeps one choice.

    Args:
        precision: of the run; with ``tf32`` on a CPU nothing changes, which is said in one line.
        device: of the run.
    """
    before = torch.get_float32_matmul_precision()
    if precision == "tf32" and device.type == "cpu":
        _log.warning("precision tf32 is a GPU's; on this CPU products are fp32")
    elif precision == "tf32":
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def order_of_sums(*, deterministic: bool) -> Iterator[None]:
    """Inside, a GPU adds in one order if asked to, by torch's own deterministic operators.

    Otherwise whatever edge comes first is added first, and sums differ in their last digits from
    one run to the next. torch has one switch for the process, and cuBLAS a workspace of its own.
    """
    before = torch.are_deterministic_algorithms_enabled()
    if deterministic:
        os.environ.setdefault(*_CUBLAS_IN_ORDER)
        torch.use_deterministic_algorithms(mode=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def device_name(device: torch.device) -> str:
    """For example ``NVIDIA H100`` or ``AMD EPYC, 2 threads``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{processor()}, {threads} thread{'s' if threads > 1 else ''}"


def peak_memory(device: torch.device) -> float:
    """Most memory in use so far in MiB: the GPU's by tensors, or the process' on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    # getrusage also counts what the parent held when it started this process
    with suppress(OSError), _STATUS.open(encoding="ascii", errors="replace") as file:
        for line in file:  # a sandbox may leave it out
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 2**10
    if sys.platform == "win32":
        return float("nan")
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 2**20 if sys.platform == "darwin" else used / 2**10
