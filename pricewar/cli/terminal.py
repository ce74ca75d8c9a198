"""Where tables are printed."""

from __future__ import annotations

from rich.console import Console


class Terminal(Console):
    """A console that leaves it to `pricewar.cli.main` to end when the reader goes away."""

    def on_broken_pipe(self) -> None:
        """Raise what rich would turn into an exit code of its own.

        Raises
        ------
        BrokenPipeError
            Always.
        """
        raise BrokenPipeError
