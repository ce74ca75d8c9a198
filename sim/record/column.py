"""What a column is: its name, type, unit, label, kind and meaning, declared where its table is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.record.unit import NUMBER, Unit

Real: TypeAlias = float | Sequence[float | None] | NDArray[np.float64] | None
"""Cells of a column of numbers: one for all rows, or one a row; None and masked cells are null."""
Whole: TypeAlias = int | Sequence[int] | NDArray[np.integer[Any]]
"""Cells of a column of counts."""
Flag: TypeAlias = bool | Sequence[bool] | NDArray[np.bool_]
"""Cells of a column of booleans."""
Text: TypeAlias = str | Sequence[str | None] | None
"""Cells of a column of text."""


class ColumnKind(StrEnum):
    """How a column relates to time, and so how it may be averaged and added up."""

    KEY = "key"
    """Says of what the row is."""
    TEXT = "text"
    """A word about it, which no arithmetic applies to."""
    STOCK = "stock"
    """The state at the snapshot: its mean over time is by the trapezoid rule."""
    FLOW = "flow"
    """Mean per day since the last snapshot: its mean over time weighs each by those days."""
    RATIO = "ratio"
    """Of flows since the last snapshot, or an index of them."""
    COUNT = "count"
    """How many or how much since the last snapshot, or in an event: counts add up."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of a column where it is declared, beside its name and type.

    Attributes
    ----------
    kind
        How it relates to time.
    label
        What people read, begun with a capital.
    unit
        Its unit.
    meaning
        What it is, in a phrase.
    """

    kind: ColumnKind
    label: str
    unit: Unit
    meaning: str


key = partial(Declared, ColumnKind.KEY, unit=NUMBER)
text = partial(Declared, ColumnKind.TEXT, unit=NUMBER)
stock = partial(Declared, ColumnKind.STOCK)
flow = partial(Declared, ColumnKind.FLOW)
ratio = partial(Declared, ColumnKind.RATIO)
count = partial(Declared, ColumnKind.COUNT)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result table.

    Attributes
    ----------
    name
        Identifier, with its unit as suffix.
    type
        Its Arrow type.
    kind, label, unit, meaning
        As `Declared` has them.
    """

    name: str
    type: pa.DataType
    kind: ColumnKind
    label: str
    unit: Unit
    meaning: str


_TYPES: Final = ((bool, pa.bool_()), (int, pa.int64()), (float, pa.float64()), (str, pa.string()))


def columns_of(rows: type) -> tuple[Column, ...]:
    """Read the columns that a class declares by annotated attributes, in their order.

    Raises
    ------
    TypeError
        If an attribute is of a type that no column has, or two columns share a label.
    """
    columns = []
    for name, hint in get_type_hints(rows, include_extras=True).items():
        declared = [extra for extra in getattr(hint, "__metadata__", ()) if type(extra) is Declared]
        if declared:
            about = declared[0]
            kind = _arrow_type(name, get_args(hint)[0])
            columns.append(Column(name, kind, about.kind, about.label, about.unit, about.meaning))
    labels = [column.label for column in columns]
    twice = {label for label in labels if labels.count(label) > 1}
    if twice:
        raise TypeError(f"{rows.__name__} has two columns with the label {min(twice)!r}")
    return tuple(columns)


def _arrow_type(name: str, hint: Any) -> pa.DataType:
    """Arrow's type of an attribute: that of the first member of a union."""
    first = get_args(hint)[0] if get_origin(hint) is not None else hint
    for python, arrow in _TYPES:
        if isinstance(first, type) and issubclass(first, python):
            return arrow
    raise TypeError(f"{name}: no column has the type {hint}")
