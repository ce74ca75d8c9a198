"""The tables that are read: the shipped ones, with files of one's own, as known at a date.

A folder of one's own holds files of the names and columns of the shipped tables. Its rows are
added to theirs; those of its subfolder ``replace`` stand in their place. A view as of a date has
only rows whose publication, ``known_on``, is stated and not later: what nobody can date, nobody may
claim to have known.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sim.data.table import LAST_DATE, TABLES, Record, Row, read_rows
from sim.errors import DataError
from sim.nearest import offer

PRODUCTS, PROVIDERS, EVENTS, RATES = "products.csv", "providers.csv", "events.csv", "fx.csv"
OF_MARKETS = (PRODUCTS, PROVIDERS, EVENTS, RATES)
"""What is known of a market beyond the tables, which may lie among them: engineering of models,
providers' cash and fleets, policy, outages and bans, exchange rates. `sim.scenario.from_data` reads
them."""

REPLACE = "replace"
"""Subfolder whose tables stand in place of the shipped ones."""

KNOWN_ON = "known_on"

OBSERVED = (
    "accelerators",
    "gpu_rental_prices",
    "llm_adoption",
    "llm_api_prices",
    "llm_quality",
    "openrouter_price_changes",
    "openrouter_weekly_top_models",
)
"""Tables of observations: each row says when it was known."""
NAMES = ("model_names", "product_lines")
"""Tables of names, which say nothing of the world: a view has them whole."""
OWN = (*OBSERVED, *NAMES)
"""Tables that may be extended or replaced."""

_FITTED = {
    "capability_scale": "it is fitted; give scores in llm_quality.csv",
    "capability_links": "it is fitted; give scores in llm_quality.csv",
    "compression_curves": "`pricewar calibrate compression` fits curves, which a scenario names",
    "compression_sizes": "`pricewar calibrate compression` fits curves, which a scenario names",
    "serving_efficiency": "state prefill_efficiency and decode_efficiency of an accelerator",
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table of one's own.

    Attributes
    ----------
    table
        Name of the table, without its ending.
    path
        The file.
    sha256
        Of its content, in hexadecimal.
    replaces
        Whether it stands in place of the shipped table; else its rows are added.
    """

    table: str
    path: Path
    sha256: str
    replaces: bool

    @classmethod
    def read(cls, path: Path, *, replaces: bool = False) -> TableFile:
        """Return a file with its digest.

        Raises
        ------
        DataError
            It cannot be read, or is not of a table that one may give.
        """
        table = path.name.removesuffix(".csv")
        if table in _FITTED:
            raise DataError(f"{path}: is no table of one's own: {_FITTED[table]}")
        if table not in OWN:
            raise DataError(f"{path}: is no table of the data.  {offer(table, OWN)}")
        try:
            content = path.read_bytes()
        except OSError as problem:
            raise DataError(f"{path}: cannot be read: {problem.strerror or problem}") from problem
        return cls(table, path, hashlib.sha256(content).hexdigest(), replaces)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Tables of data.

    Attributes
    ----------
    files
        Tables of one's own.
    as_of
        The view's date; None: every row, known when it may.
    """

    files: tuple[TableFile, ...] = ()
    as_of: dt.date | None = None

    @classmethod
    def of_folders(cls, folders: Iterable[Path], as_of: dt.date | None = None) -> Dataset:
        """Return the shipped tables with those of folders.

        Raises
        ------
        DataError
            A folder is none, holds no table, or holds a file that is no table; or a row of a table
            is refused.
        """
        files: list[TableFile] = []
        for folder in folders:
            files += _files_of(folder)
        for one in files:
            _check_header(one)
        return cls(tuple(files), as_of)

    def known_by(self, date: dt.date | None) -> Dataset:
        """Return the same tables as known at a date."""
        return replace(self, as_of=date)

    def has_own(self, *tables: str) -> bool:
        """Whether any of the tables is extended or replaced."""
        return any(file.table in tables for file in self.files)

    def records(self, table: str, parse: Callable[[Row], Record]) -> tuple[Record, ...]:
        """Read a table: the shipped rows, then one's own, of which those known by its date.

        Parameters
        ----------
        table
            Its name, without ending.
        parse
            Makes one record of one row. Rows that the view lacks are checked too.

        Raises
        ------
        DataError
            A row is refused.
        """
        own = [file for file in self.files if file.table == table]
        sources: list[tuple[Path, dt.date | None]] = [(file.path, None) for file in own]
        if not any(file.replaces for file in own):
            sources.insert(0, (TABLES / f"{table}.csv", LAST_DATE))
        found = []
        for path, last_date in sources:
            for row, record in read_rows(path, parse, last_date):
                if table in NAMES or row.is_known_by(self.as_of):
                    found.append(record)
        return tuple(found)


SHIPPED = Dataset()
"""The shipped tables alone, whenever their rows were known."""


def shipped_or(path: Path) -> Dataset:
    """Return the shipped tables, one of them replaced by a file."""
    return Dataset((TableFile.read(path, replaces=True),))


@cache
def columns_of(table: str) -> tuple[str, ...]:
    """Columns of a shipped table, in order."""
    with (TABLES / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(next(csv.reader(file)))


def _files_of(folder: Path) -> list[TableFile]:
    if not folder.is_dir():
        kind = "is a file, not a folder" if folder.exists() else "there is no such folder"
        raise DataError(f"{folder}: {kind}; data is a folder of tables such as llm_api_prices.csv")
    inner = folder / REPLACE
    tables = (path for path in sorted(folder.glob("*.csv")) if path.name not in OF_MARKETS)
    files = [TableFile.read(path) for path in tables]
    files += [TableFile.read(path, replaces=True) for path in sorted(inner.glob("*.csv"))]
    if not files and not any((folder / name).is_file() for name in OF_MARKETS):
        raise DataError(f"{folder}: holds no table.  Tables: {', '.join(OWN)}, each as NAME.csv")
    return files


def _check_header(file: TableFile) -> None:
    """Refuse a table whose columns are not those of the shipped one."""
    wanted = columns_of(file.table)
    try:
        with file.path.open(newline="", encoding="utf-8-sig") as text:
            header = next(csv.reader(text), [])
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{file.path}: cannot be read as a csv table: {problem}") from problem
    if len(header) == 1 and not set(header) & set(wanted):
        return  # separators other than commas: reading the rows says so
    for name in header:
        if name not in wanted:
            raise DataError(
                f"{file.path}:1  has a column {name!r} that {file.table} lacks.  "
                f"{offer(name, wanted)}"
            )
    for name in wanted:
        if name not in header:
            hint = (
                "  It is the day of publication; an empty cell is unknown, which a view as of a "
                "date leaves out."
                if name == KNOWN_ON
                else f"  Its columns: {', '.join(wanted)}."
            )
            raise DataError(f"{file.path}:1  lacks the column {name}.{hint}")
