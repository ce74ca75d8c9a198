"""``pricewar export``: the tables of a run or a sweep for Excel, Stata, R and others."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.words import counted
from pricewar.cli.console import complain, say
from pricewar.cli.waiting import Waiting

EXAMPLES = """\
examples:
  pricewar export results/minimal --csv               a file a table, in results/minimal-csv/
  pricewar export results/minimal --xlsx              one workbook, a sheet a table
  pricewar export results/minimal --dta --out stata   Stata files with labels, in stata/
  pricewar export results/sweeps/minimal --csv --table market --table plan
  pricewar export results/minimal --csv --table market --out market.csv

Beside the tables is one of all columns: label, unit and meaning. Workbooks need openpyxl:
pip install "pricewar[excel]". Stata files need Stata 14 or later.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of a run or a sweep")
    kind = parser.add_mutually_exclusive_group(required=True)
    for name, help_text in (
        ("csv", "write text files, for R, Python and most others"),
        ("xlsx", "write an Excel workbook"),
        ("dta", "write Stata files"),
    ):
        kind.add_argument(
            f"--{name}", dest="format", action="store_const", const=name, help=help_text
        )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        dest="tables",
        metavar="NAME",
        help="only this table; may be repeated",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help="folder, or file of a workbook or of a single table; default: beside FOLDER",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def execute(arguments: argparse.Namespace) -> int:
    """Write the files; returns the exit code."""
    with Waiting("writing the tables"):
        from sim.record.export import Format, export
        from sim.record.opening import open_result

        done = export(
            open_result(arguments.folder),
            Format(arguments.format),
            arguments.tables,
            arguments.out,
            overwrite=arguments.overwrite,
        )
    for note in done.notes:
        complain(note)
    is_folder = done.place.is_dir()
    say(f"Wrote {counted(len(done.tables), 'table')} to {done.place}{'/' if is_folder else ''}")
    return 0
