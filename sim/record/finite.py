"""Tables for programs that know no infinities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def without_infinities(frame: pd.DataFrame, table: str) -> tuple[pd.DataFrame, list[str]]:
    """Return a table with infinities as missing values, and a sentence for each such column."""
    notes = []
    for name in frame.columns:
        if frame[name].dtype.kind == "f" and (infinite := np.isinf(frame[name])).any():
            frame = frame.assign(**{name: frame[name].mask(infinite)})
            notes.append(
                f"{table}: {infinite.sum()} infinite values of {name} are missing in the file."
            )
    return frame, notes
