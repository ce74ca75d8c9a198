"""``pricewar calibrate``: find what the simulator's parameters rest on, in one of two ways."""

from __future__ import annotations

import argparse
import importlib

EXAMPLES = """\
examples:
  pricewar calibrate compression --quick    compress and measure a real model, for some minutes
  pricewar calibrate market china-2024      estimate parameters of a market from what was published
  pricewar calibrate market --help          all that this can do
"""
_WAYS = {
    "compression": "measure on real models what compression takes and loses",
    "market": "estimate parameters of a scenario by the simulated method of moments",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments: those of both ways."""
    ways = parser.add_subparsers(dest="what", required=True, metavar=f"{{{','.join(_WAYS)}}}")
    for name, summary in _WAYS.items():
        module = importlib.import_module(f"pricewar.cli.calibrate_{name}")
        way = ways.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(way)
        way.set_defaults(parser=way)  # whose options are offered for one that it does not know


def execute(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    module = importlib.import_module(f"pricewar.cli.calibrate_{arguments.what}")
    code: int = module.execute(arguments)
    return code
