"""Whether an error says that memory has run out, a GPU's or the machine's."""

from __future__ import annotations

_ON_CPU = "DefaultCPUAllocator"
"""The name in the plain RuntimeError that torch raises where the machine's memory runs out."""


def ran_out(error: BaseException) -> bool:
    """Whether an error of torch, numpy or Python is that of too little memory."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and _ON_CPU in str(error)
