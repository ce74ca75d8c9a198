"""Registering a plan: it is on disk, with what it was made from, before the first run begins."""

from __future__ import annotations

from collections.abc import Callable

from sim.batch.design_file import Space, fingerprint
from sim.batch.environment import versions
from sim.batch.orders import Orders
from sim.batch.plan import Plan
from sim.batch.planning import make_plan
from sim.batch.run_key import code_version
from sim.errors import ResultError
from sim.record.sweep_folder import FORMAT, SweepFolder
from sim.scenario.outside import code_files
from sim.scenario.writer import to_yaml


def register(
    space: Space, folder: SweepFolder, orders: Orders, progress: Callable[[int], None]
) -> Plan:
    """Return the plan of a sweep, after it is on disk.

    A plan that is there and was made from the same files is taken as it is, with what a stopping
    rule added to it.

    Parameters
    ----------
    space
        The design.
    folder
        The sweep's folder.
    orders
        What was asked for.
    progress
        Told how many points are planned so far.

    Raises
    ------
    ResultError
        If the shards of a sweep that is there are elsewhere than asked for.
    """
    given = (tuple(orders.overrides), orders.replications, orders.seed, code_version())
    mark = fingerprint(space, *given)
    address = folder.read_record("sweep.json").get("shards") if folder.is_sweep() else None
    if folder.is_sweep():
        if orders.shards not in (None, address):
            raise ResultError(
                f"{folder.path}: its shards are at {address or folder.path / 'shards'}; "
                "--shards cannot move them."
            )
        stored = Plan.of_table(folder.read_plan())
        if stored.fingerprint == mark:
            return stored
    plan = make_plan(
        space,
        mark,
        replications=orders.replications,
        seed=orders.seed,
        progress=progress,
    )
    folder.write_text("design.yaml", space.text)
    folder.write_text("resolved.yaml", to_yaml(space.base))
    for name, source in code_files(space.base).items():
        folder.write_code(name, source)
    folder.write_record(
        "sweep.json",
        {
            "format": FORMAT,
            "name": space.design.name,
            "title": space.design.title,
            "question": space.design.question,
            "kind": space.design.kind,
            "scenario": space.base.name,
            "seed": plan.seed,
            "points": len(plan.points),
            "refused_points": plan.refused,
            "parameters": list(plan.parameters),
            "shards": orders.shards or address,
            "code": plan.code,
            "versions": versions(),
            "changes": {
                "overrides": list(orders.overrides),
                "replications": orders.replications,
                "seed": orders.seed,
            },
            "command": list(orders.command),
        },
    )
    folder.write_plan(plan.table())
    return plan
