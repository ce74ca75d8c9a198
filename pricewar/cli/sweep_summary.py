"""What a sweep says when it ends: how many runs, what failed, what the stopping rule found."""

from __future__ import annotations

import sys
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pricewar.cli.terminal import Terminal
from sim.batch.orders import Orders, Report
from sim.batch.stopping import Precision, StoppingRule

_FAILURES_SHOWN = 12
_WIDTH_OF_LOGS = 160


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
    width = None if sys.stdout.isatty() else _WIDTH_OF_LOGS
    console = console or Terminal(highlight=False, width=width)
    parts = [f"{report.done} of {report.planned} runs are done"]
    if report.executed != report.done:
        parts.append(f"{report.executed} of them executed now")
    if report.reused:
        parts.append(f"{report.reused} taken over from other sweeps")
    if report.failed:
        parts.append(f"{report.failed} failed")
    console.print(f"{', '.join(parts)}.", soft_wrap=True)
    if report.failed:
        _print_failures(report, console)
    if orders.until is not None and report.precisions:
        for line in _precision_lines(orders.until, report.precisions, orders.most_replications):
            console.print(line, soft_wrap=True)
    if report.stopped:
        console.print("Stopped at the first failure, as asked; go on with --resume.")
    console.print(f"Results: {report.sweep.path}", soft_wrap=True)


def _print_failures(report: Report, console: Console) -> None:
    failures = report.sweep.failures
    table = Table(title="Failed runs")
    for heading in ("point", "replication", "stage", "message", "parameters"):
        table.add_column(heading, overflow="fold")
    for row in failures.head(_FAILURES_SHOWN).itertuples():
        table.add_row(
            str(row.point),
            str(row.replication),
            str(row.stage),
            escape(str(row.message)),
            escape(str(row.parameters)),
        )
    console.print(table)
    rest = len(failures) - _FAILURES_SHOWN
    more = f"{rest} more in" if rest > 0 else "They are in"
    console.print(
        f"{more} {report.sweep.path / 'failures'}, each with its traceback.\n"
        "Try them again, and nothing else, with --resume.",
        soft_wrap=True,
    )


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
