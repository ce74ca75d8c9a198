"""A forecast: written with what it knew, and frozen before anything is scored.

``forecast.csv``
    Draws of every target, one a world: target, quantity, date, draw, value.
``naive.csv``
    Naive forecasts of the same: target, quantity, date, forecast, mean, sd; of a lag, which is
    exponential and censored at the date, no sd but rate_per_day.
``forecast.json``
    Origin, horizon, information set, the targets' bases and histories, digests of the other two.
``scenario.yaml``, ``design.yaml``, ``sweep/``
    The market, how it was drawn, and its worlds: a sweep like others.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.another_study import refuse_another_study
from analysis.backtests.case import FROM_DATA, OBSERVED, CaseFolder, digest_of
from analysis.backtests.frozen import DRAWS, NAIVE_FILE, RECORD, Forecast, hash_of
from analysis.backtests.guard import kept_shut
from analysis.backtests.naive import NAIVE, CensoredExponential, naive
from analysis.backtests.naive_moves import naive_moves
from analysis.backtests.prepared import prepared
from analysis.backtests.series import Paths, price_on, price_paths, table_of, values
from analysis.backtests.simulated import COLUMNS, draws_of, world_tables
from analysis.backtests.target import CHANGE, Target
from analysis.backtests.world import DESIGN_FILE, SCENARIO_FILE, World
from sim.batch.executor import Executor
from sim.batch.orders import Orders, Report
from sim.batch.progress import Progress
from sim.data.dataset import OBSERVED as TABLES
from sim.data.dataset import Dataset
from sim.data.table import TABLES as SHIPPED_FOLDER
from sim.errors import PricewarError, ResultError
from sim.record.sweep_folder import SweepFolder
from sim.scenario.scenario import Scenario

SWEEP = "sweep"
NAIVE_COLUMNS = ("target", "quantity", "date", "forecast", "mean", "sd", "rate_per_day")
_NUMBER = "%.10g"


def make_forecast(
    folder: CaseFolder,
    out: Path,
    start: Callable[[], Executor],
    orders: Orders,
    progress: Progress | None = None,
    draws: int | None = None,
) -> Forecast:
    """Forecast a case without opening what happened.

    Parameters
    ----------
    folder
        The case.
    out
        Folder of the forecast; one that was begun is continued if `orders` say so.
    start
        Starts the executor of the worlds.
    orders
        How they are executed.
    progress
        Shows how far it is.
    draws
        How many worlds; None: as the case says.

    Raises
    ------
    UsageError
        Something leads into ``observed/``, or a target's name is in no table or scenario.
    DataError
        A row of ``known/`` or ``given/`` is refused.
    ResultError
        The folder is taken, or no world was finished.
    """
    from sim.batch.sweep import run_sweep

    _refuse_taken(out, resume=orders.resume)
    with kept_shut(folder.path / OBSERVED), _as_before(out):
        out.mkdir(parents=True, exist_ok=True)
        world, space = prepared(folder, out, draws or folder.case.replications, orders)
        refuse_another_study(SweepFolder(out / SWEEP), space, orders)
        report = run_sweep(space, out / SWEEP, start, orders, progress)
        if not report.done:
            raise ResultError(f"{out / SWEEP}: no world was finished; its failures say why.")
        return _write(folder, out, world, report, space.base, orders)


@contextmanager
def _as_before(out: Path) -> Iterator[None]:
    """Leave the folder of a forecast as it was, if nothing was run in it after all."""
    before = {path: path.read_bytes() for path in (*out.glob("*.*"), *out.glob("*/*.csv"))}
    try:
        yield
    except PricewarError:
        if not before and not (out / SWEEP).exists():
            shutil.rmtree(out, ignore_errors=True)
        for path, content in before.items():
            path.write_bytes(content)
        raise


def _refuse_taken(out: Path, *, resume: bool) -> None:
    if (out / RECORD).exists():
        raise ResultError(
            f"{out}: already holds a forecast, which is frozen; nothing was touched.\n"
            "  Choose another folder with --out."
        )
    if out.exists() and any(out.iterdir()) and not resume:
        raise ResultError(
            f"{out}: is not empty; nothing was touched.\n"
            "  Continue a forecast with --resume, or choose another folder with --out."
        )


def _write(
    folder: CaseFolder, out: Path, world: World, report: Report, base: Scenario, orders: Orders
) -> Forecast:
    case, sweep = folder.case, report.sweep
    first, last = case.origin, case.end
    tables = world_tables(sweep)
    rows: list[tuple[object, ...]] = []
    naive_rows: list[tuple[object, ...]] = []
    targets: dict[str, Any] = {}
    for target in world.targets:
        end = target.end or last
        history = values(target, world.known)
        is_price = target.kind in ("price_move", "price_index")  # which holds until the next
        since = None if is_price or not history else history[-1][0]
        drawn = draws_of(target, tables, first, end, since)
        rows += drawn
        days = sorted({day for _, _, day, _, _ in drawn})
        naive_rows += (
            _rows_of_moves(target, price_paths(target, world.known), first, end)
            if target.kind == "price_move"
            else _naive_rows(target, history, first, days)
        )
        targets[target.name] = {
            "table": table_of(target),
            "history": [[str(day), value] for day, value in history],
            "base_prices": _base_prices(target, world.known, first),
        }
    _write_csv(out / DRAWS, COLUMNS, rows)
    _write_csv(out / NAIVE_FILE, NAIVE_COLUMNS, naive_rows)
    record = {
        "case": case.name,
        "role": case.role,
        "origin": str(first),
        "horizon_days": case.horizon_days,
        "draws": sweep.done,
        "planned": report.planned,
        "failed": report.failed,
        "overrides": {"set": list(orders.overrides), "do": list(orders.do)},
        "events": [event.line for event in world.events],
        "information": _information(folder, world, base, _flags(folder, report, orders)),
        "targets": targets,
        "files": {
            name: digest_of(out / name) for name in (DRAWS, NAIVE_FILE, SCENARIO_FILE, DESIGN_FILE)
        },
        "version": version("pricewar"),
    }
    record = json.loads(json.dumps(record))
    text = json.dumps({**record, "sha256": hash_of(record)}, indent=1, ensure_ascii=False)
    (out / RECORD).write_text(text + "\n", encoding="utf-8")
    return Forecast.read(out)


def _flags(folder: CaseFolder, report: Report, orders: Orders) -> list[str]:
    """Return what may not have been known, and what else a reader of the scores must know."""
    case = folder.case
    flags = ["engine defaults were set from data to 2025-10"]
    if case.view == "all":
        flags.append("values of the scenario were looked up in rows published after the origin too")
    if case.scenario != FROM_DATA:
        flags.append("parameters of the scenario are as its file has them, whenever they were set")
    if case.parameters is not None:
        flags.append(
            f"parameters are those of the case's file, of data to {case.parameters.cut} as it says"
        )
    if report.failed or report.done < report.planned:
        flags.append(
            f"{report.done} of {report.planned} worlds were finished, {report.failed} failed: "
            "draws are of those that did not"
        )
    if orders.overrides or orders.do:
        flags.append(f"set on the command line: {', '.join((*orders.overrides, *orders.do))}")
    return flags


def _information(
    folder: CaseFolder, world: World, base: Scenario, flags: list[str]
) -> dict[str, Any]:
    """Return what the forecast knew."""
    from sim.scenario.writer import scenario_hash

    case, parameters = folder.case, folder.case.parameters
    return {
        "known_by": str(case.origin),
        "given": list(case.given),
        "case_sha256": folder.sha256(),
        "scenario_sha256": scenario_hash(base),
        "shipped_tables_sha256": {
            name: digest_of(SHIPPED_FOLDER / f"{name}.csv") for name in TABLES
        },
        "case_files_sha256": {
            f"{path.parent.name}/{path.name}": digest_of(path) for path in world.files
        },
        "parameters": None if parameters is None else parameters.model_dump(mode="json"),
        "flags": flags,
    }


def _base_prices(target: Target, known: Dataset, origin: dt.date) -> dict[str, list[object]]:
    if target.kind not in ("price_move", "price_index"):
        return {}
    return {
        model: [str(path[-1][0]), price]
        for model, path in price_paths(target, known).items()
        if (price := price_on(path, origin)) is not None
    }


def _naive_rows(
    target: Target,
    history: tuple[tuple[dt.date, float], ...],
    origin: dt.date,
    days: list[dt.date],
) -> list[tuple[object, ...]]:
    """Return naive forecasts on the days of the draws, counted from the last value known."""
    rows: list[tuple[object, ...]] = []
    at = np.array([float((day - origin).days) for day, _ in history])
    known = np.array([value for _, value in history])
    for day in days:
        for name in NAIVE:
            if name == "bass" and target.kind != "tokens":
                continue
            since = at[-1] if at.size else 0.0
            ahead = float((day - origin).days) - since
            made = naive(name, at, known, ahead) if at.size or name == "no_change" else None
            if made is None and name == "no_change":
                made = naive(name, np.zeros(1), np.zeros(1), ahead)
            if made is not None and math.isfinite(made.mean):
                rows.append((target.name, CHANGE, day, name, made.mean, made.sd, ""))
    return rows


def _rows_of_moves(
    target: Target, paths: Paths, origin: dt.date, end: dt.date
) -> list[tuple[object, ...]]:
    return [
        (target.name, quantity, end, name, made.mean, "", made.rate_per_day)
        if isinstance(made, CensoredExponential)
        else (target.name, quantity, end, name, made.mean, made.sd, "")
        for quantity, name, made in naive_moves(target, paths, origin, end)
    ]


def _write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(_NUMBER % one if isinstance(one, float) else one for one in row)
