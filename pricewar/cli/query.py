"""``pricewar query``: SQL over the tables of a run or a sweep."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EXAMPLES = """\
examples:
  pricewar query results/minimal "select date, avg(hhi_tokens) from market group by 1 order by 1"
  pricewar query results/sweeps/minimal "select floor_share, avg(hhi_tokens) from market group by 1"
  pricewar query results/sweeps/minimal "select * from plan where state = 'missing'"
  pricewar query results/minimal "select * from products" --csv > products.csv
  pricewar query results/minimal "describe market"

Tables are market, products, providers, events, domains, clouds, chips, ledger; plan and failures
have a row a replication. Those of a sweep have the columns point and those of the parameters too.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of a run or a sweep")
    parser.add_argument("sql", metavar="SQL", help="a query in DuckDB's SQL")
    parser.add_argument("--csv", action="store_true", help="print every row as CSV")


def execute(arguments: argparse.Namespace) -> int:
    """Print the answer; returns the exit code."""
    from sim.record.database import refusals_told
    from sim.record.opening import open_result

    result = open_result(arguments.folder)
    answer = result.query(arguments.sql)
    with refusals_told(result.table_names):  # DuckDB computes the answer only when it is read
        if arguments.csv:
            answer.to_df().to_csv(sys.stdout, index=False)
        else:
            sys.stdout.write(str(answer))
    return 0
