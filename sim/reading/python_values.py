"""Values of Python as nodes: each is what it is, not what its text would mean in a file."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from sim.lookalikes import composed, visible
from sim.reading.frozen import Frozen
from sim.reading.nodes import Listing, Mapping, Node, Place, Scalar, Value

UNWRITABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no value of a file may hold."""


class NotAValueError(ValueError):
    """Nothing that a file could say: the message says what it is."""


def node_of(value: object, place: Place) -> Node:
    """Return a Python value as a node.

    Parameters
    ----------
    value
        Text, a number (Python's, numpy's, a Decimal, a Fraction), a date, a day as a datetime or a
        pandas Timestamp, a path, an Enum, None; mappings and sequences of them, arrays, records.
    place
        Where it was given.

    Raises
    ------
    NotAValueError
        It is none of them.
    """
    if isinstance(value, Frozen):
        value = value.model_dump()
    value = _unpacked(value)
    if isinstance(value, MappingType):
        return _mapping(value, place)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return Listing(tuple(node_of(item, place) for item in value), place)
    scalar = _value(value)
    return Scalar(scalar, str(scalar), place)


def _unpacked(value: Any) -> Any:
    """Return what an Enum, or a value or an array of numpy or pandas, holds."""
    if isinstance(value, Enum):
        return value.value
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "M" and hasattr(value, "astype"):
        return value.astype("datetime64[us]").tolist()  # as nanoseconds, they would be numbers
    return value.tolist() if kind and hasattr(value, "tolist") else value


def _mapping(value: MappingType[Any, Any], place: Place) -> Mapping:
    entries = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotAValueError(f"a key must be text, not {key!r}")
        entries[composed(key)] = node_of(item, place)
    return Mapping(entries, dict.fromkeys(entries, place), place)


def _value(value: object) -> Value:
    """Return a single value as one that files know."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) + 0.0
    if isinstance(value, Decimal | Fraction):
        is_whole = value == value // 1 and not isinstance(value, Fraction)
        return int(value) if is_whole else float(value)
    if isinstance(value, dt.datetime) and value == value:  # pandas' NaT is not
        return _day(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise NotAValueError(f"must be a value, not a {type(value).__name__}: {value!r:.60}")
    strange = UNWRITABLE.search(value)
    if strange:
        raise NotAValueError(f"must not hold the character U+{ord(strange[0]):04X}")
    return composed(str(value))


def _day(moment: dt.datetime) -> dt.date:
    if moment.time() != dt.time():
        raise NotAValueError(f"must be a day without a time, not {visible(str(moment))}")
    return moment.date()
