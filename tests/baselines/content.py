"""Digest the content of all result tables of the shipped scenarios, as one checkout computes them.

Run by `same_results.py` in a process of its own for each of two checkouts, so it imports nothing
but the public names that both have: ``sim.load``, ``sim.run``, ``sim.sweep``, ``Run.table``.

    PYTHONPATH=CHECKOUT python tests/baselines/content.py RENAMES.json > content.json
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

import sim

SCENARIOS = ("minimal", "china-2024-price-war", "china-2024-as-happened", "global-2023-2025")
LAST_DAY = {"china-2024-price-war": "2024-09-30", "china-2024-as-happened": "2024-09-30"}
"""Files that end or launch otherwise later than in the other checkout are compared until then."""
SEEDS = (1, 20_240_506)
USERS = 1_500
TABLES = ("events", "market", "products", "providers", "clouds", "chips", "domains", "ledger")


def digests(table: pd.DataFrame, renames: dict[str, Any]) -> dict[str, str]:
    """Digest each column: its type and its values, rows in the order of all keys and texts."""
    table = table.rename(columns=renames.get("columns", {}))
    for column, values in renames.get("values", {}).items():
        if column in table.columns:
            table[column] = table[column].replace(values)
    if "date" in table:  # a date object in one checkout may be a timestamp in the other
        table["date"] = table["date"].map(lambda date: str(date)[:10])
    texts = [name for name in table.columns if table[name].dtype.kind not in "fiub"]
    numbers = [name for name in table.columns if name not in texts]
    order = [*(k for k in ("replication", "time_days") if k in numbers), *texts, *numbers]
    table = table.sort_values([*dict.fromkeys(order)], kind="stable", ignore_index=True)
    found = {"rows": str(len(table))}
    for name in table.columns:
        column = table[name]
        kind = "text" if name in texts else str(column.dtype)
        cells = column.map(str).tolist() if name in texts else column.map(repr).tolist()
        found[name] = hashlib.sha256("\n".join([kind, *cells]).encode()).hexdigest()[:16]
    return found


def of_runs(folder: Path, renames: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Digest every scenario, seed, and world with and without the war."""
    found = {}
    for name, seed, war in product(SCENARIOS, SEEDS, (True, False)):
        overrides = {"population.users": USERS, "factors.competition": war}
        if name in LAST_DAY:
            overrides["end_date"] = LAST_DAY[name]
        scenario = sim.load(name, overrides=overrides)
        out = folder / f"{name}-{seed}-{war}"
        run = sim.run(scenario, replications=1, seed=seed, out=out, workers=1)
        for table in TABLES:
            key = f"{name} seed {seed} {'war' if war else 'no war'}: {table}"
            found[key] = digests(run.table(table), renames.get(table, {}))
    return found


def of_sweep(folder: Path, renames: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Digest a sweep, its rows keyed by the values of its factors."""
    design = folder / "design.yaml"
    design.write_text(
        "name: content\nkind: grid\nscenario: minimal\nreplications: 2\nseed: 3\n"
        "set: {population.users: 300}\nparameters:\n"
        "  competition: {path: factors.competition, values: [true, false]}\n"
        "  reaction_rate: {path: war.reaction_per_day, values: [0.02, 0.15]}\n",
        encoding="utf-8",
    )
    swept = sim.sweep(design, out=folder / "sweep", workers=1)
    found = {}
    for table in TABLES:
        rows = swept.query(f"select * from {table}").df()  # noqa: S608 - our own names
        rows = rows.drop(columns=[name for name in rows.columns if name in ("run", "run_id")])
        found[f"sweep: {table}"] = digests(rows, renames.get(table, {}))
    return found


def main() -> None:
    """Print all digests as JSON."""
    renames = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        found = of_runs(Path(folder), renames) | of_sweep(Path(folder), renames)
    json.dump(found, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
