"""Tables as Stata files, with labels of variables and values."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.record.dictionary import declared
from sim.record.finite import without_infinities

if TYPE_CHECKING:
    import pandas as pd

_VERSION: Final = 118
"""Of Stata 14 and later, which reads Chinese names."""
_LABEL: Final = 80
"""Most characters of a label."""
_SHORT_TEXT_BYTES: Final = 2045
"""Longer texts are stored apart."""
_YES: Final[dict[float, str]] = {0: "no", 1: "yes"}


def stata_file(frame: pd.DataFrame, table: str, about: str) -> tuple[bytes, list[str]]:
    """Return a table as a Stata file, and what is not in it as in the table.

    Dates become daily dates, booleans 0 and 1 labelled no and yes; texts that are missing are
    empty, as Stata has no other.

    Parameters
    ----------
    frame
        The table.
    table
        Its name.
    about
        Label of the file.
    """
    frame, notes = without_infinities(frame, table)
    columns = list(map(str, frame.columns))
    names = _accepted(columns)
    notes += [
        f"{table}: {column} is called {name}, as Stata takes names of letters, digits and "
        "underscores, 32 at most."
        for column, name in zip(columns, names, strict=True)
        if column != name
    ]
    frame = frame.set_axis(names, axis=1)
    kinds = {name: frame[name].dtype.kind for name in names}
    flags = [name for name in names if kinds[name] == "b"]
    texts = [name for name in names if kinds[name] not in "biufM"]
    frame = frame.assign(
        **{name: frame[name].astype(np.int8) for name in flags},
        **{name: frame[name].astype(object).where(frame[name].notna(), "") for name in texts},
    )
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whole numbers too large for Stata's become doubles
        frame.to_stata(
            buffer,
            write_index=False,
            version=_VERSION,
            data_label=about[:_LABEL],
            variable_labels={
                name: _label(table, column) for name, column in zip(names, columns, strict=True)
            },
            value_labels=dict.fromkeys(flags, _YES),
            convert_dates={name: "td" for name in names if kinds[name] == "M"},
            convert_strl=[name for name in texts if _longest(frame[name]) > _SHORT_TEXT_BYTES],
        )
    return buffer.getvalue(), notes


def _accepted(columns: Sequence[str]) -> list[str]:
    """Names as pandas makes them acceptable to Stata, asked of a table without content."""
    import pandas as pd

    buffer = io.BytesIO()
    empty = pd.DataFrame(np.zeros((1, len(columns))), columns=list(columns))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        empty.to_stata(buffer, write_index=False, version=_VERSION)
    buffer.seek(0)
    return list(pd.read_stata(buffer).columns)


def _label(table: str, column: str) -> str:
    """Label, unit and meaning as far as they fit; a column that is not declared keeps its name."""
    about = declared(table, column)
    if about is None:
        return column[:_LABEL]
    short = about.label if not about.unit.stored else f"{about.label}, {about.unit.stored}"
    long = f"{short}: {about.meaning}"
    return long if len(long) <= _LABEL else short[:_LABEL]


def _longest(texts: pd.Series[str]) -> int:
    return max((len(text.encode()) for text in texts.unique()), default=0)
