"""Result tables as files of other programs: CSV, Excel workbooks, Stata files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ResultError, UsageError
from sim.files.durable import write_whole
from sim.record.database import refuse_unknown
from sim.record.dictionary import DICTIONARY, dictionary
from sim.record.run import Run
from sim.record.sweep import Sweep
from sim.record.tables import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd


class Format(StrEnum):
    """What tables are exported as; the value is the ending of a file's name."""

    CSV = "csv"
    """A text file a table, for R, Python, and whatever reads text."""
    XLSX = "xlsx"
    """One Excel workbook, a sheet a table."""
    DTA = "dta"
    """A Stata file a table, with labels; Stata 14 or later."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes
    ----------
    place
        The folder, or the file where there is one alone.
    tables
        Names of the tables, in order.
    notes
        What is not in the files as it is in the tables, in sentences.
    """

    place: Path
    tables: tuple[str, ...]
    notes: tuple[str, ...]


def export(
    result: Run | Sweep,
    to: Format,
    tables: Sequence[str] = (),
    out: Path | None = None,
    *,
    overwrite: bool = False,
) -> Exported:
    """Write the tables of a run or a sweep as files of another program.

    Beside them is a table ``columns`` with unit, label and meaning of every column, unless one file
    alone was asked for by its name.

    Parameters
    ----------
    result
        Where they come from.
    to
        What to write.
    tables
        Names; none: all that a run has, of a sweep the plan too, and failures if there are any.
    out
        Folder, or file of a workbook or of a single table; None: beside the result's folder.
    overwrite
        Replace files that are there.

    Raises
    ------
    UsageError
        If there is no such table, it does not fit, or a package is missing.
    ResultError
        If a file is there already, or cannot be written.
    """
    chosen = _chosen(result, tables)
    single = out is not None and len(chosen) == 1 and out.suffix == f".{to}"
    place = _place(result, to, out)
    names = (*chosen, *(() if single else (DICTIONARY,)))
    alone = single or to is Format.XLSX
    files = {place} if alone else {place / f"{name}.{to}" for name in names}
    taken = sorted(file for file in files if file.exists())
    if taken and not overwrite:
        raise ResultError(
            f"{taken[0]}: is already there; nothing was touched.\n"
            "  Choose another place with --out, or replace it with --overwrite."
        )
    notes: list[str] = []
    frames = _frames(result, names)
    try:
        (place.parent if alone else place).mkdir(parents=True, exist_ok=True)
        if to is Format.XLSX:
            from sim.record.workbook import write_workbook

            notes += write_workbook(place, frames)
        else:
            for name, frame in frames:
                content, more = _content(result, to, name, frame)
                write_whole(place if single else place / f"{name}.{to}", content)
                notes += more
    except OSError as error:
        raise ResultError(
            f"{error.filename or place}: cannot be written ({error.strerror}).\n"
            "  Free disk space or choose another place with --out."
        ) from error
    return Exported(place, chosen, tuple(dict.fromkeys(notes)))


def _chosen(result: Run | Sweep, tables: Sequence[str]) -> tuple[str, ...]:
    noun = "sweep" if isinstance(result, Sweep) else "run"
    for name in tables:
        refuse_unknown(name, result.table_names, noun)
    if tables:
        return tuple(dict.fromkeys(tables))
    plan = ("plan",) if isinstance(result, Sweep) else ()
    failures = ("failures",) if len(result.table("failures")) else ()
    return (*SCHEMAS, *plan, *failures)


def _place(result: Run | Sweep, to: Format, out: Path | None) -> Path:
    folder = result.path if isinstance(result, Sweep) else result.folder
    if folder.name in ("", ".."):  # from inside it
        folder = folder.resolve()
    book = f"{folder.name}.{to}"
    if to is not Format.XLSX:
        return folder.with_name(f"{folder.name}-{to}") if out is None else out
    if out is None or out.is_dir():
        return folder.with_name(book) if out is None else out / book
    if out.suffix != ".xlsx":
        raise UsageError(f"{out}: the name of an Excel workbook ends with .xlsx.")
    return out


def _frames(result: Run | Sweep, names: Iterable[str]) -> Iterable[tuple[str, pd.DataFrame]]:
    """Read tables one at a time; the dictionary is of those that came before it."""
    columns: dict[str, Sequence[str]] = {}
    for name in names:
        frame = dictionary(columns) if name == DICTIONARY else result.table(name)
        columns[name] = list(frame.columns)
        yield name, frame


def _content(
    result: Run | Sweep, to: Format, name: str, frame: pd.DataFrame
) -> tuple[bytes, list[str]]:
    if to is Format.CSV:
        return frame.to_csv(index=False, lineterminator="\n").encode(), []
    from sim.record.stata import stata_file

    whose = result.name if isinstance(result, Sweep) else str(result.manifest["scenario"])
    return stata_file(frame, name, f"pricewar: {whose}, {name}")
