"""What a sweep says when it ends: how many runs, what failed, what the stopping rule found."""

from __future__ import annotations

from statistics import median

from rich.console import Console

from pricewar.cli.failures import log_console, print_failures
from sim.batch.orders import Orders, Report
from sim.batch.stopping import Precision, StoppingRule


def print_report(report: Report, orders: Orders, console: Console | None = None) -> None:
    """Print what came of a sweep.

    Parameters
    ----------
    report
        What came of it.
    orders
        What was asked for.
    console
        Where to print; None: standard output.
    """
    console = console or log_console()
    parts = [f"{report.done} of {report.planned} runs are done"]
    if report.executed != report.done:
        parts.append(f"{report.executed} of them executed now")
    if report.reused:
        parts.append(f"{report.reused} taken over from other sweeps")
    if report.failed:
        parts.append(f"{report.failed} failed")
    console.print(f"{', '.join(parts)}.", soft_wrap=True)
    if report.failed:
        sweep = report.sweep
        print_failures("Failed runs", sweep.failure_rows, sweep.path / "failures", console)
    if orders.until is not None and report.precisions:
        for line in _precision_lines(orders.until, report.precisions, orders.most_replications):
            console.print(line, soft_wrap=True)
    if report.stopped:
        console.print("Stopped at the first failure, as asked; continue with --resume.")
    console.print(f"Results: {report.sweep.path}", soft_wrap=True)


def _precision_lines(rule: StoppingRule, precisions: tuple[Precision, ...], most: int) -> list[str]:
    reached = [one.replications for one in precisions if one.reached]
    lines = []
    if reached:
        span = (
            f"{min(reached)}"
            if min(reached) == max(reached)
            else (f"{min(reached)} to {max(reached)} (median {median(reached):g})")
        )
        lines.append(f"{rule.text}: holds at {len(reached)} points after {span} replications.")
    missed = [one for one in precisions if not one.reached]
    if missed:
        widest = max(missed, key=lambda one: one.half_width)
        unit = (
            f"{widest.half_width / abs(widest.mean):.1%}"
            if rule.is_relative and widest.mean
            else f"{widest.half_width:.4g} {rule.unit.symbol}".strip()
        )
        lines.append(
            f"{rule.text}: not reached at {len(missed)} points with at most {most} replications; "
            f"the widest is point {widest.point}, {unit}."
        )
    return lines
