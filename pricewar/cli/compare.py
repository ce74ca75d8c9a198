"""``pricewar compare``: paired differences of two runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from pricewar.cli.arguments import add_allow_code
from pricewar.cli.console import say
from pricewar.cli.waiting import Waiting

EXAMPLES = """\
examples:
  pricewar run china-2024-price-war --out results/war
  pricewar run china-2024-price-war --set factors.competition=false --out results/no-war
  pricewar compare results/war results/no-war           how much adoption did the war add?
  pricewar compare results/war results/no-war --json    the same for a program

Differences are first minus second. Both runs need the same seed, dates and snapshots, so that their
replications share all draws that mean the same in both.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("first", type=Path, metavar="RUN_A", help="folder of a finished run")
    parser.add_argument("second", type=Path, metavar="RUN_B", help="folder of another")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the comparison; returns the exit code."""
    with Waiting("comparing"):
        from analysis.comparison import compare
        from sim.record.run import Run

        comparison = compare(
            Run(arguments.first, allow_code=arguments.allow_code),
            Run(arguments.second, allow_code=arguments.allow_code),
        )
    if arguments.json:
        say(comparison.frame.reset_index().to_json(orient="records", indent=2))
        return 0

    from pricewar.cli.terminal import Terminal

    Terminal().print(comparison.table())
    return 0
