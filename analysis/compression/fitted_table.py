"""A table of measurements turned into curves: fitted, written beside it, compared with ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.compression.agreement import agreement_with_shipped
from analysis.compression.fitting.curves_file import write_curves
from analysis.compression.fitting.fit import fit_table
from analysis.compression.plausibility import doubts


@dataclass(frozen=True, slots=True)
class FittedTable:
    """What comes of fitting curves to a table.

    Attributes
    ----------
    curves
        The file of curves, which a scenario can name.
    agreement
        Sentences on how the curves agree with the shipped ones.
    doubts
        What in the table is hardly meant, each with its line.
    """

    curves: Path
    agreement: tuple[str, ...]
    doubts: tuple[str, ...]


def fit_and_write(table: Path) -> FittedTable:
    """Fit curves to a table and write them beside it.

    Raises
    ------
    DataError
        The table cannot be read, a row of it is damaged, or it lacks what the curves need.
    CalibrationError
        The curves cannot be written.
    """
    fitted = fit_table(table)
    agreement = agreement_with_shipped(fitted.curves)
    return FittedTable(write_curves(fitted.curves, table), agreement, doubts(table))
