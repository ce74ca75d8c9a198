"""Choosing an executor: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable

from sim.batch.executor import Executor


def starter(
    workers: int | None = None, cluster: str | None = None, *, serial: bool = False
) -> Callable[[], Executor]:
    """Return what starts the executor that was asked for.

    Parameters
    ----------
    workers
        Processes; None: one a processor.
    cluster
        Address of a Dask scheduler, in place of processes.
    serial
        Run in this very process.
    """

    def start() -> Executor:
        if cluster is not None:
            from sim.batch.dask_cluster import DaskCluster

            return DaskCluster(cluster)
        if serial:
            from sim.batch.serial import Serial

            return Serial()
        from sim.batch.processes import Processes

        return Processes(workers or os.cpu_count() or 1)

    return start
