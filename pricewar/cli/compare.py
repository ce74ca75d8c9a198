"""``pricewar compare``: paired differences of two worlds or more."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import add_allow_code, number_from_zero, refuse_given, share_of_one
from pricewar.cli.console import say
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.comparison import Comparison

EXAMPLES = """\
examples:
  pricewar run china-2024-price-war --out results/war
  pricewar run china-2024-price-war --set factors.competition=false --out results/no-war
  pricewar compare results/war results/no-war           how much adoption did the war add?
  pricewar compare results/war results/no-war --json    the same for a program
  pricewar compare war=results/war hold=results/no-war dear=results/dear-rents --out results/worlds
                                                        several worlds by name, with a figure
  pricewar compare results/war results/no-war --provider ByteDance --precision 5%
  pricewar compare results/war results/again --bytes    are they the same, and where not?

Differences are of the first minus each of the others. All need the same seed, dates and snapshots,
so that their replications share all draws that mean the same in both. With --bytes, folders may be
those of runs or of sweeps, and the exit code is 1 where they differ.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "worlds",
        nargs="+",
        metavar="[NAME=]RUN",
        help="folders of two finished runs or more, each with a name if you like",
    )
    parser.add_argument(
        "--provider",
        action="append",
        default=[],
        metavar="NAME",
        help="compare this provider; may be repeated; default: all",
    )
    parser.add_argument(
        "--precision",
        type=share_of_one,
        metavar="SHARE",
        help="count the replications that make a half-width this share of its difference; "
        "default: 10%%",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write the tables as CSV and a figure there, too"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument(
        "--bytes", action="store_true", help="say whether two folders hold the same tables instead"
    )
    parser.add_argument(
        "--within",
        type=number_from_zero,
        metavar="X",
        help="with --bytes: numbers that are this close, as a share of the larger, are the same",
    )
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the comparison; returns the exit code."""
    if arguments.bytes or arguments.within is not None:
        return _same(arguments)
    with Waiting("comparing"):
        from analysis.pairing import PRECISION_SHARE

        precision = PRECISION_SHARE if arguments.precision is None else arguments.precision
        compared = _compared(arguments)
        if arguments.provider:
            compared = {
                name: one.of_providers(arguments.provider) for name, one in compared.items()
            }
    if arguments.out is not None:
        _write(compared, arguments.out, precision)
    if arguments.json:
        from analysis.comparison import frame_of
        from analysis.json_text import json_text

        say(json_text(frame_of(compared, precision)))
        return 0

    from pricewar.cli.terminal import Terminal

    terminal = Terminal()
    for one in compared.values():
        terminal.print(one.provider_table(precision))
        terminal.print(one.table(precision))
    return 0


def _compared(arguments: argparse.Namespace) -> Mapping[str, Comparison]:
    """Return the comparisons of the first world with each of the others, by the other's name."""
    from analysis.comparison import compare, compare_worlds
    from sim.errors import UsageError
    from sim.record.run import Run

    said = [_world(text) for text in arguments.worlds]
    runs = [Run(folder, allow_code=arguments.allow_code) for _, folder in said]
    if len(runs) < 2:
        raise UsageError(
            "pricewar compare takes two worlds at least, such as results/war results/no-war."
        )
    if len(runs) == 2 and not any(name for name, _ in said):
        comparison = compare(*runs)
        return {comparison.names[1]: comparison}
    names = [name or folder.name for name, folder in said]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"two worlds are called {name!r}; give each a name of its own, as in other=FOLDER."
            )
    return compare_worlds(dict(zip(names, runs, strict=True)))


def _write(compared: Mapping[str, Comparison], folder: Path, precision_share: float) -> None:
    """Draw the comparison and write its rows, and say where they are."""
    with Waiting("loading what draws"):
        from analysis.figures.comparison import write_comparison

    say(f"Figure: {write_comparison(compared, folder, precision_share)}, its data beside it")


def _world(text: str) -> tuple[str, Path]:
    """Take ``NAME=FOLDER`` apart; a folder may have an equals sign in its own name."""
    from sim.errors import UsageError

    name, equals, folder = (part.strip() for part in text.partition("="))
    if not equals or Path(text).is_dir():
        return "", Path(text)
    if not name or not folder:
        raise UsageError(f"{text}: must be NAME=FOLDER, such as hold=results/no-war.")
    return name, Path(folder)


def _same(arguments: argparse.Namespace) -> int:
    """Say whether two folders hold the same tables; returns the exit code."""
    from sim.errors import UsageError

    refuse_given(
        arguments,
        ("json", "out", "provider", "precision"),
        "has no effect with --bytes or --within, which only compare tables.\n  Leave one out.",
    )
    if len(arguments.worlds) != 2:
        raise UsageError(f"--bytes compares two folders, not {len(arguments.worlds)}.")
    with Waiting("comparing"):
        from analysis.sameness import ROUNDING_SHARE, sameness
        from sim.record.opening import open_result

        first, second = (open_result(_world(text)[1]) for text in arguments.worlds)
        within = ROUNDING_SHARE if arguments.within is None else arguments.within
        found = sameness(first, second, within)
    say(f"{found}")
    return 0 if found.is_same else 1
