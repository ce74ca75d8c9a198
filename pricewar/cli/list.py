"""``pricewar list``: the scenarios and designs that are there, and the names that they may use."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path

from pricewar.cli.console import complain, say
from pricewar.cli.listings import LISTINGS, aligned, matching
from sim.errors import UsageError
from sim.nearest import offer, one_of

FILES = ("scenarios", "sweeps")
"""What is listed as files."""
EXAMPLES = """\
examples:
  pricewar list                        scenarios and sweep designs that come with pricewar
  pricewar list sweeps                 the designs alone
  pricewar list my-scenarios           the files of a folder of yours
  pricewar list accelerators H100      chips of the tables, of which the name contains H100
  pricewar list models deepseek        models with a capability, for capability_from_data
  pricewar list products Alibaba       products with a price history, for price_from_data
  pricewar list methods                methods of compression, with their strengths
  pricewar list domains                domains of the library, which scenarios take by name
  pricewar list deployments            products of the library that run with the user
"""

_WIDTH = 88


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "what",
        nargs="?",
        metavar="WHAT",
        help=f"{', '.join((*FILES, *LISTINGS))}, or a folder; default: scenarios and sweeps",
    )
    parser.add_argument("text", nargs="?", metavar="TEXT", help="only what contains this")


def execute(arguments: argparse.Namespace) -> int:
    """List what was asked for; returns the exit code."""
    what, text = arguments.what, arguments.text or ""
    if what is None:
        say("Scenarios, for `pricewar run NAME`:\n")
        _print_files(_shipped("scenarios"), "")
        say("\nDesigns, for `pricewar sweep NAME`:\n")
        _print_files(_shipped("sweeps"), "")
    elif what in LISTINGS:
        _print_names(what, text)
    elif what in FILES:
        _print_files(_shipped(what), text)
    else:
        _print_files(_in_folder(what), text)
    return 0


def _shipped(what: str) -> Mapping[str, Path]:
    from sim.scenario.shipped import shipped, shipped_sweeps

    return shipped() if what == "scenarios" else shipped_sweeps()


def _in_folder(what: str) -> Mapping[str, Path]:
    from sim.reading.yaml_files import files_in

    folder = Path(what)
    if not folder.is_dir():
        kinds = (*FILES, *LISTINGS)
        meant = offer(what, kinds, f"There are lists of {one_of(kinds)}.")
        raise UsageError(f"pricewar list: there is no folder {what!r}.  {meant}")
    found = {str(path): path for path in files_in(folder).values()}
    if not found:
        raise UsageError(f"pricewar list: no .yaml files in {what}.")
    return found


def _print_files(files: Mapping[str, Path], text: str) -> None:
    from sim.scenario.headline import headline

    met = False
    for name, path in files.items():
        about = headline(path)
        words = [words for words in (about.title, about.question) if words]
        if text.casefold() not in "\n".join((name, *words)).casefold():
            continue
        met = True
        say(name)
        for line in words:
            say(textwrap.fill(line, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    if not met:
        _refuse(text, list(files))


def _print_names(what: str, text: str) -> None:
    listing = LISTINGS[what]
    rows = listing.rows()
    found = matching(rows, text)
    if not found:
        _refuse(text, [row[0] for row in rows])
    for line in aligned(listing.headings, found):
        say(line)
    complain(f"In a scenario: {listing.use}.")


def _refuse(text: str, names: list[str]) -> None:
    meant = offer(text, names, f"There are {one_of(names)}.")
    raise UsageError(f"pricewar list: nothing contains {text!r}.  {meant}")
