"""The kinds of executor by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystext.choices import EXECUTORS
from crystext.errors import UsageError
from crystext.pipelines.parallel.dask import DaskExecutor
from crystext.pipelines.parallel.local import LocalExecutor
from crystext.pipelines.parallel.ray import RayExecutor
from crystext.settings import check_choice

if TYPE_CHECKING:
    from crystext.pipelines.parallel.executor import Executor

_KINDS: dict[str, type[Executor]] = {
    "local": LocalExecutor,
    "dask": DaskExecutor,
    "ray": RayExecutor,
}


def open_executor(name: str, workers: int = 1, **how: Any) -> Executor:
    """The executor ``local``, ``dask`` or ``ray``, made of what every ``Executor`` takes.

    Raises:
        UsageError: the name is unknown, or does not go with a scheduler.
    """
    check_choice("executor", name, EXECUTORS)
    if name == "local" and how.get("scheduler"):
        raise UsageError("--scheduler is an address of Dask or Ray; add --executor dask or ray")
    return _KINDS[name](workers, **how)
