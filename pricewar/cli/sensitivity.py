"""``pricewar sensitivity``: which parameters of a sweep its outcomes hang on."""

from __future__ import annotations

import argparse
from pathlib import Path

from pricewar.cli.console import say
from pricewar.cli.waiting import Waiting

EXAMPLES = """\
examples:
  pricewar sweep minimal-morris
  pricewar sensitivity results/sweeps/minimal-morris    which parameters matter at all
  pricewar sensitivity results/sweeps/minimal-sobol     how much of the variance each makes
  pricewar sensitivity results/sweeps/minimal-surrogate the same from few runs, with the error
  pricewar sensitivity results/sweeps/good-war          under which conditions a war is good
  pricewar sensitivity results/sweeps/minimal --outcome hhi_tokens_end
  pricewar sensitivity results/sweeps/minimal --list-outcomes
  pricewar sensitivity results/sweeps/minimal-surrogate --where 'adopters_share_end > 0.2'

The method follows the design: trajectories of Morris give elementary effects, Saltelli's blocks
Sobol indices, a complete grid its analysis of variance, all else Sobol indices of a surrogate.
Points with runs that failed or are missing are named and left out. Results are written as CSV into
the folder sensitivity/ of the sweep.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="folder of a sweep")
    parser.add_argument(
        "--outcome",
        action="append",
        default=[],
        metavar="NAME",
        dest="outcomes",
        help="an outcome to analyse, or all; may be repeated; default: four main ones",
    )
    parser.add_argument(
        "--list-outcomes", action="store_true", help="print the names of all outcomes, and end"
    )
    parser.add_argument(
        "--where",
        metavar="CONDITION",
        help="find the conditions under which this holds of outcomes; default, with a contrast: "
        "the long-run surplus of users grows, and three developers are solvent",
    )
    parser.add_argument(
        "--surrogate", action="store_true", help="use a surrogate whatever the design"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write; default: SWEEP/sensitivity"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Print and write the sensitivity; returns the exit code."""
    with Waiting("loading"):
        from analysis.sensitivity.responses import responses_of
        from analysis.sensitivity.sensitivity import sensitivity
        from pricewar.cli.progress import DoingBar
        from sim.record.sweep import Sweep

        sweep = Sweep(arguments.sweep)
    if arguments.list_outcomes:
        for outcome in responses_of(sweep).outcomes:
            say(f"{outcome.name:<48} {outcome.label}, {outcome.unit.words}".rstrip(", "))
        return 0
    with DoingBar() as bar:
        found = sensitivity(
            sweep,
            arguments.outcomes,
            where=arguments.where,
            surrogate=arguments.surrogate,
            progress=bar.show_step,
        )
    folder = found.write(arguments.out or sweep.path / "sensitivity")
    if arguments.json:
        say(found.frame.to_json(orient="records", indent=2))
        return 0

    from pricewar.cli.terminal import Terminal

    terminal = Terminal()
    for table in found.tables():
        terminal.print(table)
    for sentence in found.sentences():
        say(sentence)
    say(f"\nWritten: {folder}")
    return 0
