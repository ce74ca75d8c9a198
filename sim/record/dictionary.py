"""The data dictionary: what every column of some tables is, as a table itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sim.record.column import Column
from sim.record.tables import KEYS, TABLES

if TYPE_CHECKING:
    import pandas as pd

DICTIONARY: Final = "columns"
"""Name of the table."""
_OF_SWEEPS: Final = {
    "point": "number of the design's point",
    "run_id": "identity of the run",
    "state": "done, failed or missing",
    "seconds": "wall time of the run",
    "stage": "what failed",
    "message": "why",
}
"""Columns of plans and failures, and those that tables have in sweeps alone."""


def declared(table: str, column: str) -> Column | None:
    """Return what is declared of a column; None for a parameter of a sweep, and in plans."""
    known = (*KEYS, *TABLES[table].columns) if table in TABLES else KEYS
    return next((one for one in known if one.name == column), None)


def dictionary(columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the dictionary of some tables.

    Parameters
    ----------
    columns
        Names of the columns of each table.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``column``, ``label``, ``unit``, ``kind``, ``meaning``; a row a column.
    """
    import pandas as pd

    rows = []
    for table, names in columns.items():
        for name in names:
            about = declared(table, name)
            if about is None:
                told = _OF_SWEEPS.get(name, "parameter of the design" if table in TABLES else "")
                rows.append((table, name, "", "", "", told))
            else:
                unit = about.unit.stored
                rows.append((table, name, about.label, unit, str(about.kind), about.meaning))
    titles = ["table", "column", "label", "unit", "kind", "meaning"]
    return pd.DataFrame(rows, columns=titles)
