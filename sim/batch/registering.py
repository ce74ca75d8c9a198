"""Registering a plan: it is on disk, with what it was made from, before the first run begins."""

from __future__ import annotations

from collections.abc import Callable

from sim.batch.environment import versions
from sim.batch.orders import Orders
from sim.batch.plan import Plan
from sim.batch.study import Study
from sim.errors import ResultError
from sim.record.shelf import open_shelf
from sim.record.sweep_folder import FORMAT, SweepFolder


def register(
    study: Study, folder: SweepFolder, orders: Orders, progress: Callable[[int], None]
) -> Plan:
    """Return the plan of a study, after it is on disk.

    A plan that is there and was made from the same files is taken as it is, with what a stopping
    rule added to it.

    Parameters
    ----------
    study
        What is to be run.
    folder
        Where plan and shards are kept.
    orders
        What was asked for.
    progress
        Called with the number of points planned so far.

    Raises
    ------
    ResultError
        If the shards of a sweep that is there are elsewhere than asked for, or those of another
        sweep are where they are asked for.
    """
    fingerprint = study.fingerprint(orders)
    address = None
    if folder.is_sweep():
        plan = Plan.of_table(folder.read_plan())
        address = folder.read_record("sweep.json").get("shards")
        if orders.shards not in (None, address):
            raise ResultError(
                f"{folder.path}: its shards are at {address or folder.path / 'shards'}; "
                "--shards cannot move them."
            )
        if plan.fingerprint == fingerprint:
            return plan
    elif study.shares_shards and orders.shards is not None and open_shelf(orders.shards).names():
        raise ResultError(
            f"{orders.shards}: holds the shards of another sweep; nothing was touched.\n"
            "  Every sweep needs a --shards address of its own."
        )
    plan = study.plan(orders, fingerprint, progress)
    for name, text in study.texts().items():
        folder.write_text(name, text)
    for name, content in study.files_beside().items():
        folder.write_beside(name, content)
    folder.write_record(
        "sweep.json",
        {
            "format": FORMAT,
            **study.record(),
            "seed": plan.seed,
            "points": len(plan.points),
            "refused_points": plan.refused,
            "parameters": list(plan.parameters),
            "shards": orders.shards or address,
            "code": plan.code,
            "versions": versions(),
            "changes": orders.changes(),
            "command": list(orders.command),
        },
    )
    folder.write_plan(plan.table())
    return plan
