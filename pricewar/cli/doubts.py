"""What should make a reader doubt a run, below its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricewar.cli.console import complain
from pricewar.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import Console

    from sim.record.run import Run


def print_doubts(run: Run, console: Console | None = None) -> None:
    """Print a line for every rule of `analysis.doubts` that speaks; nothing if none does.

    A run that has finished is never lost by this: what goes wrong here is a warning.

    Parameters
    ----------
    run
        A finished run.
    console
        Where to print; None: standard output.
    """
    from rich.text import Text

    from analysis.doubts import doubts

    try:
        found = doubts(run)
    except Exception as error:  # noqa: BLE001
        complain(
            "Warning: what to doubt could not be worked out "
            f"({type(error).__name__}: {error}); the run itself is complete."
        )
        return
    if not found:
        return
    console = console or Terminal()
    console.print(Text("What to doubt:"))
    for doubt in found:
        console.print(Text(f"- {doubt.text}"))
