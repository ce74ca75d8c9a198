"""Choosing an executor: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable

from sim.batch.executor import Executor
from sim.batch.orders import refuse_number
from sim.batch.task import Limits
from sim.errors import UsageError
from sim.scenario.scenario import Scenario

SECONDS_TO_START = 4.0
"""What a worker process takes to start, with a margin; measured at 2 to 3."""
SECONDS_PER_PRODUCT_WEEK = 2e-4
SECONDS_PER_USER_DAY = 5e-8
USERS_PER_TYPE = 200
"""Rough cost of a replication, only to decide whether to start processes.

Fitted to the processor time of ``china-2024-price-war`` with 1,000, 20,000 and 50,000 users, on a
busy machine; ``minimal``, whose weeks have few products, takes four times as much a product.
"""


def starter(
    workers: int | None = None, cluster: str | None = None, *, serial: bool = False
) -> Callable[[], Executor]:
    """Return what starts the executor that was asked for.

    Parameters
    ----------
    workers
        Processes; None: one a processor.
    cluster
        Address of a Dask scheduler, instead of processes.
    serial
        Run in this very process.

    Raises
    ------
    UsageError
        If workers is not a whole number in its range, or given beside a cluster.
    """
    refuse_number("workers", workers, 1, 4096)
    if workers is not None and cluster is not None:
        raise UsageError("workers and cluster: use one of them.")

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


def starter_for_run(
    scenario: Scenario,
    replications: int | None,
    workers: int | None,
    cluster: str | None,
    limits: Limits,
) -> Callable[[], Executor]:
    """Return what starts the executor for the replications of one scenario.

    That is this process where it is asked for with one worker, and where starting others would
    take longer than the work; but a limit can only be imposed on another process.

    Parameters
    ----------
    scenario
        What is run.
    replications
        How often; None: as the scenario states.
    workers
        Processes; None: one a processor. At most one a replication is started.
    cluster
        Address of a Dask scheduler, instead of processes.
    limits
        Of each replication.

    Raises
    ------
    UsageError
        If workers is not a whole number in its range, or given beside a cluster.
    """
    start = starter(workers, cluster)
    if cluster is not None:
        return start
    count = scenario.replications if replications is None else replications
    if limits == Limits() and (workers == 1 or (workers is None and _is_short(scenario, count))):
        return starter(serial=True)
    return starter(min(count, workers or os.cpu_count() or 1))


def _is_short(scenario: Scenario, count: int) -> bool:
    weeks = scenario.duration_days / scenario.snapshot_every_days
    seconds = count * (
        weeks * len(scenario.products) * SECONDS_PER_PRODUCT_WEEK
        + _moving(scenario) * scenario.duration_days * SECONDS_PER_USER_DAY
    )
    return seconds < SECONDS_TO_START


def _moving(scenario: Scenario) -> int:
    """Return how many users are moved one by one, or as many as types take the time of."""
    if scenario.population.mode == "cohorts":
        types = len(scenario.domains) * scenario.population.types_per_domain
        return types * USERS_PER_TYPE
    return scenario.population.users
