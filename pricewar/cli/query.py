"""``pricewar query``: SQL over the tables of a sweep."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EXAMPLES = """\
examples:
  pricewar query results/sweeps/minimal "select floor_share, avg(hhi_tokens) from market group by 1"
  pricewar query results/sweeps/minimal "select * from plan where state = 'missing'"
  pricewar query results/sweeps/minimal "select * from products" --csv > products.csv
  pricewar query results/sweeps/minimal "describe market"

Tables are market, products, providers, events, domains, clouds, chips, ledger; each has the columns
point and replication and those of the parameters. plan and failures have a row a run.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="folder of a sweep")
    parser.add_argument("sql", metavar="SQL", help="a query in DuckDB's SQL")
    parser.add_argument("--csv", action="store_true", help="print every row as CSV")


def execute(arguments: argparse.Namespace) -> int:
    """Print the answer; returns the exit code."""
    from sim.record.sweep import Sweep

    answer = Sweep(arguments.sweep).query(arguments.sql)
    if arguments.csv:
        answer.to_df().to_csv(sys.stdout, index=False)
    else:
        sys.stdout.write(str(answer))
    return 0
