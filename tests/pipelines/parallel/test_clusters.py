"""Items on the processes of a Dask or a Ray cluster."""

import os
import time

import pytest

from crystext.errors import ClusterLostError, SymmetryFailedError
from crystext.pipelines.parallel.kinds import open_executor


def pid_of(item):
    time.sleep(0.05)
    return item, os.getpid()


def fail(_item):
    raise SymmetryFailedError("no space group; try another --symprec")


def test_items_really_go_to_two_processes_of_a_running_cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        open_executor("dask", scheduler=cluster.scheduler_address) as executor,
    ):
        assert executor.workers == 2
        found = dict(executor.map(pid_of, range(12)))
    assert [found[item][0] for item in range(12)] == list(range(12))
    pids = {pid for _, pid in found.values()}
    assert len(pids) == 2
    assert os.getpid() not in pids


@pytest.mark.slow
@pytest.mark.parametrize(("name", "module"), [("dask", "distributed"), ("ray", "ray")])
def test_an_error_of_the_work_comes_back_as_itself(name, module):
    pytest.importorskip(module)
    with (
        pytest.raises(SymmetryFailedError, match="another --symprec"),
        open_executor(name, 1) as executor,
    ):
        list(executor.map(fail, range(3)))


def test_a_cluster_whose_workers_are_killed_on_their_way_is_given_up(monkeypatch):
    distributed = pytest.importorskip("distributed")
    closed = []
    close = distributed.LocalCluster.close

    def never(client, n, timeout):
        raise TimeoutError

    def closing(cluster, **options):
        closed.append(cluster)
        close(cluster, **options)

    monkeypatch.setattr(distributed.Client, "wait_for_workers", never)
    monkeypatch.setattr(distributed.LocalCluster, "close", closing)
    with pytest.raises(ClusterLostError, match="--resume"), open_executor("dask"):
        pass
    assert closed
