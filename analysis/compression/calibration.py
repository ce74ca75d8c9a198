"""From the first row to the fitted curves: what ``pricewar calibrate compression`` measures."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from analysis.compression.benches import Benches
from analysis.compression.errors import CalibrationError
from analysis.compression.fitted_table import FittedTable, fit_and_write
from analysis.compression.grid import ModelPlan, read_grid
from analysis.compression.measured_rows import MeasuredRow
from analysis.compression.provenance import command_line
from analysis.compression.registry import model_entry
from analysis.compression.session import Refusal, SessionProgress, measure_grid, runs_file
from analysis.compression.setting import Setting
from analysis.compression.speeds import measure_speeds
from analysis.compression.texts import own_text, wikipedia
from sim.errors import DataError, ResultError
from sim.files.lock import NoPlaceError, locked


@dataclass(frozen=True, slots=True)
class CalibrationOrders:
    """What is asked for.

    Attributes
    ----------
    grid
        A grid file, or the name of a shipped grid.
    models
        Only these models of it; empty: all.
    text
        A text to evaluate language models on; None: the Wikipedia text.
    out
        The table; None: ``results/compression/GRID_measured.csv``.
    threads
        Threads of torch; None: one a processor.
    device
        ``auto``, ``cpu`` or ``cuda``.
    seed
        Of the order in which recovery sees text or images.
    repeats
        Times that each speed is measured.
    """

    grid: str
    models: tuple[str, ...] = ()
    text: Path | None = None
    out: Path | None = None
    threads: int | None = None
    device: str = "auto"
    seed: int = 1
    repeats: int = 7


@dataclass(frozen=True, slots=True)
class Calibration:
    """What came out.

    Attributes
    ----------
    table, runs
        The table, and the record of where its rows come from.
    rows
        All rows of the table.
    measured_now
        How many of them were measured by this command.
    refusals
        Configurations that a model's layers do not allow.
    fitted
        The curves fitted to the table; or why none could be.
    """

    table: Path
    runs: Path
    rows: tuple[MeasuredRow, ...]
    measured_now: int
    refusals: tuple[Refusal, ...]
    fitted: FittedTable | str

    def families(self) -> Iterator[tuple[str, ...]]:
        """Yield a line for each model and family: rows, range of losses [nats], least bytes."""
        groups: dict[tuple[str, str], list[MeasuredRow]] = defaultdict(list)
        for row in self.rows:
            groups[row.model, row.family].append(row)
        for (model, family), rows in sorted(groups.items()):
            losses = [row.delta_nll_nats for row in rows if row.delta_nll_nats is not None]
            kept = [row.keep_bytes_share for row in rows]
            yield (
                model, family, str(len(rows)),
                *((f"{min(losses):.3f}", f"{max(losses):.3f}") if losses else ("", "")),
                f"{min(kept):.0%}",
            )  # fmt: skip


def calibrate(orders: CalibrationOrders, report: Callable[[SessionProgress], None]) -> Calibration:
    """Measure what the table lacks, then speeds, then fit curves to it and write them beside it.

    Raises
    ------
    ScenarioError
        The grid file has mistakes.
    CalibrationError
        A model, text, device or place cannot be used.
    """
    grid, plans = read_grid(orders.grid)
    plans = _chosen(plans, orders.models)
    text = "" if orders.text is None else f"_{orders.text.stem}"
    out = orders.out or Path("results") / "compression" / f"{grid.name}{text}_measured.csv"
    with _held(out):
        return _calibrated(orders, plans, out, report)


def _calibrated(
    orders: CalibrationOrders,
    plans: Sequence[ModelPlan],
    out: Path,
    report: Callable[[SessionProgress], None],
) -> Calibration:
    def tell(model: str, step: int, steps: int) -> None:
        report(SessionProgress(f"steps of training {model}", step, steps, ""))

    device = _device(orders.device)
    threads = orders.threads or os.cpu_count() or 1
    texts = wikipedia() if orders.text is None else own_text(orders.text)
    benches = Benches(texts, Setting(threads, device, orders.seed, tell))
    outcome = measure_grid(plans, benches, out, command_line(), report)
    rows = measure_speeds(out, plans, benches, orders.repeats, report)
    return Calibration(
        table=out,
        runs=runs_file(out),
        rows=rows,
        measured_now=outcome.measured_now,
        refusals=outcome.refusals,
        fitted=_fitted(out),
    )


def _fitted(table: Path) -> FittedTable | str:
    try:
        return fit_and_write(table)
    except DataError as error:
        return str(error)


@contextmanager
def _held(out: Path) -> Iterator[None]:
    """Hold a table for the whole command: two that write it would lose each other's rows."""
    if out.is_dir():
        raise CalibrationError(f"{out}: is a folder.  Name a file, such as {out / 'my.csv'}.")
    lock = out.with_name(f".{out.name}.lock")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except OSError as error:
        raise CalibrationError(
            f"{out}: cannot be written there ({error.strerror}).  Name another file with --out."
        ) from None
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(lock))
        except NoPlaceError as error:
            raise CalibrationError(str(error)) from None
        except ResultError:
            raise CalibrationError(
                f"{out}: another calibration is writing it.  Wait for it, or name another file "
                "with --out."
            ) from None
        yield


def _chosen(plans: tuple[ModelPlan, ...], models: tuple[str, ...]) -> tuple[ModelPlan, ...]:
    """Keep the plans of the models that were asked for."""
    if not models:
        return plans
    for name in models:
        model_entry(name)  # complains of an unknown one, naming the nearest
        if not any(plan.measured.model == name for plan in plans):
            known = ", ".join(plan.measured.model for plan in plans)
            raise CalibrationError(f"the grid does not measure {name!r}.  It measures: {known}.")
    return tuple(plan for plan in plans if plan.measured.model in models)


def _device(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise CalibrationError("--device cuda: torch sees no GPU here.  Use --device cpu.")
    return wanted
