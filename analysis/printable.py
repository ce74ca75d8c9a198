"""Tables that print themselves, wherever they are printed, and lose no word where room is short."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import ConsoleOptions

_WIDTH = 100
"""Where there is no terminal."""


class PrintableTable(Table):
    """A table whose text is the table: `print` shows it, and so do interactive sessions.

    Cells are wrapped between words, and only where even that is too wide within them; nothing is
    cut, which rich does otherwise.
    """

    def add_column(self, *arguments: Any, **options: Any) -> None:
        """Add a column, as `rich.table.Table` does; what does not fit is folded."""
        super().add_column(*arguments, **{"overflow": "fold", **options})

    def _calculate_column_widths(self, console: Console, options: ConsoleOptions) -> list[int]:
        """Return the widths of the columns, paddings included."""
        ranges = [self._measure_column(console, options, column) for column in self.columns]
        least = [
            one.maximum if column.no_wrap else one.minimum
            for one, column in zip(ranges, self.columns, strict=True)
        ]
        return fitted_widths(least, [one.maximum for one in ranges], options.max_width)

    def __str__(self) -> str:
        """Lay it out as wide as the terminal."""
        size = shutil.get_terminal_size((_WIDTH, 24))
        out = io.StringIO()
        console = Console(file=out, width=size.columns, highlight=False, color_system=None)
        console.print(self)
        return out.getvalue().rstrip("\n")

    __repr__ = __str__


def fitted_widths(least: Sequence[int], most: Sequence[int], room: int) -> list[int]:
    """Return widths of columns that fit into a room, as far as they can.

    Parameters
    ----------
    least, most
        Of each column: what its longest word takes, and its longest line.
    room
        For all of them.

    Returns
    -------
    list of int
        The most where there is room for that; else as much alike as keeps all words whole; where
        there is no room for the words either, the widest columns give way.

    Examples
    --------
    >>> fitted_widths([4, 9], [10, 30], 50), fitted_widths([4, 9], [10, 30], 30)
    ([10, 30], [10, 20])
    >>> fitted_widths([4, 9], [10, 30], 20), fitted_widths([4, 9], [10, 30], 8)
    ([10, 10], [4, 4])
    """
    if sum(most) <= room:
        return list(most)
    low = least if sum(least) <= room else [1] * len(least)
    high = most if sum(least) <= room else least
    widths = list(low)
    for level in range(1, room + 1):
        larger = [min(max(level, a), b) for a, b in zip(low, high, strict=True)]
        if sum(larger) > room:
            break
        widths = larger
    return widths
