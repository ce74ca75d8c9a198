"""Tables as an Excel workbook, a sheet a table."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.errors import UsageError
from sim.files.durable import write_whole
from sim.record.finite import without_infinities

if TYPE_CHECKING:
    import pandas as pd

_ROWS: Final = 1_048_576
"""Most rows of a sheet, its heading among them."""
_TEXT: Final = 32_767
"""Most characters of a cell."""
_WIDEST: Final = 40


def write_workbook(path: Path, frames: Iterable[tuple[str, pd.DataFrame]]) -> list[str]:
    """Write tables into a workbook and return what is not in it as in the tables.

    Dates are dates, texts are texts even where they look like formulas, headings stay in view.

    Parameters
    ----------
    path
        The file.
    frames
        Tables by name, in order.

    Raises
    ------
    UsageError
        If openpyxl is not installed, or a table has more rows than a sheet.
    """
    if importlib.util.find_spec("openpyxl") is None:
        raise UsageError(
            "an Excel workbook needs openpyxl, which is not installed here.\n"
            '  Install it with pip install "pricewar[excel]", or export to CSV.'
        )
    import pandas as pd

    notes: list[str] = []
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        for name, whole in frames:
            if len(whole) >= _ROWS:
                raise UsageError(
                    f"table {name} has {len(whole):,} rows, and a sheet of Excel holds "
                    f"{_ROWS - 1:,}; nothing was written.\n"
                    "  Export it to CSV, or name the tables that you want."
                )
            frame, more = without_infinities(whole, name)
            notes += more
            _printable(frame).to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            _finish(writer.sheets[name], frame)
    write_whole(path, buffer.getvalue())
    return notes


def _printable(frame: pd.DataFrame) -> pd.DataFrame:
    """Cut from texts what a cell cannot hold: control characters, and whatever is too long."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    texts = {
        name: frame[name].map(
            lambda text: ILLEGAL_CHARACTERS_RE.sub("", text)[:_TEXT], na_action="ignore"
        )
        for name in frame.columns
        if frame[name].dtype.kind not in "biufM"
    }
    return frame.assign(**texts)


def _finish(sheet: Any, frame: pd.DataFrame) -> None:
    """Set widths and the format of dates; what openpyxl took for formulas becomes text again."""
    for number, name in enumerate(frame.columns, start=1):
        letter = sheet.cell(1, number).column_letter
        sheet.column_dimensions[letter].width = min(max(len(name) + 2, 12), _WIDEST)
        kind = frame[name].dtype.kind
        if kind in "biuf":
            continue
        for (cell,) in sheet.iter_rows(min_row=2, min_col=number, max_col=number):
            if kind == "M":
                cell.number_format = "YYYY-MM-DD"
            elif cell.data_type == "f":
                cell.data_type = "s"
