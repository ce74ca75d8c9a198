"""Where tables, bars and lines are printed, as they are."""

from __future__ import annotations

import errno
import os
from typing import Any

from rich.console import Console

from pricewar.cli.streams import OUTPUT


class Terminal(Console):
    """A console that prints text as it is, and leaves a reader that goes away to `main`.

    Names of scenarios, folders and products come from users: ``war [seed=1]`` is no markup, and
    ``model:free:`` no emoji.

    Parameters
    ----------
    options
        As of `rich.console.Console`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, **options})

    def on_broken_pipe(self) -> None:
        """Raise what rich would turn into an exit code of its own.

        Raises
        ------
        BrokenPipeError
            Always, with the name of standard output.
        """
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE), OUTPUT)
