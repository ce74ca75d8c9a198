"""The table of what failed, which runs and sweeps print when they end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pricewar.cli.terminal import Terminal

_SHOWN = 12
_WIDTH_OF_LOGS = 160
_COLUMNS = ("point", "replication", "stage", "message", "parameters")


def print_failures(
    title: str, rows: Sequence[Mapping[str, Any]], folder: Path, console: Console | None = None
) -> None:
    """Print what failed, why, and how to try it again.

    Parameters
    ----------
    title
        Heading of the table.
    rows
        A row a failure, with some of the columns point, replication, stage, message, parameters.
    folder
        Where failures are kept, each with its traceback.
    console
        Where to print; None: standard output.
    """
    console = console or log_console()
    columns = [name for name in _COLUMNS if any(name in row for row in rows)]
    table = Table(title=title)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows[:_SHOWN]:
        table.add_row(*(str(row[name]) for name in columns))
    console.print(table)
    rest = len(rows) - _SHOWN
    more = f"{rest} more in" if rest > 0 else "They are in"
    console.print(
        f"{more} {folder}, each with its traceback.\n"
        "Try them again, and nothing else, with --resume.",
        soft_wrap=True,
    )


def log_console() -> Terminal:
    """Return standard output, wide where it is a file."""
    return Terminal(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_LOGS)
