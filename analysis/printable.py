"""Tables that print themselves, wherever they are printed."""

from __future__ import annotations

import io
import shutil

from rich.console import Console
from rich.table import Table

_WIDTH = 100
"""Where there is no terminal."""


class PrintableTable(Table):
    """A table whose text is the table: `print` shows it, and so do interactive sessions."""

    def __str__(self) -> str:
        """Lay it out as wide as the terminal."""
        size = shutil.get_terminal_size((_WIDTH, 24))
        out = io.StringIO()
        console = Console(file=out, width=size.columns, highlight=False, color_system=None)
        console.print(self)
        return out.getvalue().rstrip("\n")

    __repr__ = __str__
