"""Arrow arrays from Python values and back, without importing pandas.

`pyarrow.array` and `to_numpy` do the same, but each imports pandas, whatever it is given: half a
second and 50 MB in every process that only runs replications.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

_EPOCH = dt.date(1970, 1, 1).toordinal()


def to_column(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Make a column; None is null.

    Parameters
    ----------
    cells
        Texts, booleans, dates or numbers, or None.
    kind
        Type of the column: text, boolean, date32, or a type of numbers.

    Raises
    ------
    TypeError
        If a value is not of that type, such as a fraction among whole numbers.
    """
    known = np.array([cell is not None for cell in cells], np.bool_)
    buffers = [None if known.all() else _bits(known)]
    if pa.types.is_string(kind):
        encoded = {cell: b"" if cell is None else str.encode(cell) for cell in {*cells}}
        texts = [encoded[cell] for cell in cells]
        ends = np.cumsum([0, *map(len, texts)])
        buffers += [pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(texts))]
    elif pa.types.is_boolean(kind):
        buffers.append(_bits(_numbers(cells, np.bool_)))
    elif pa.types.is_date32(kind):
        days = [None if cell is None else dt.date.toordinal(cell) - _EPOCH for cell in cells]
        buffers.append(pa.py_buffer(_numbers(days, np.int32)))
    else:
        buffers.append(pa.py_buffer(_numbers(cells, kind.to_pandas_dtype())))
    return pa.Array.from_buffers(kind, len(cells), buffers)


def to_array(column: pa.ChunkedArray) -> NDArray[Any]:
    """Make an array of a column; nulls are NaN among numbers, NaT among dates, None among texts."""
    cells = column.to_pylist()
    if pa.types.is_string(column.type):
        return np.array(cells, np.object_)
    if pa.types.is_date32(column.type):
        return np.array(cells, "datetime64[D]")
    if column.null_count:
        return np.array([np.nan if cell is None else cell for cell in cells])
    return np.array(cells, column.type.to_pandas_dtype())


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Make a frame of a table; dates become `datetime64`, which pandas can compute with."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def _numbers(cells: Sequence[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Numbers of a type, zero in place of None."""
    if not len(cells):
        return np.empty(0, dtype)
    values = np.array([dtype(0) if cell is None else cell for cell in cells])
    return values.astype(dtype, casting="same_kind")


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    """Eight flags a byte, the first in the lowest bit, as Arrow has them."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
