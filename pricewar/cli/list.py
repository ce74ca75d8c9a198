"""``pricewar list``: the scenarios that are there, each with the question it answers."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from pricewar.cli.console import say
from sim.errors import UsageError

EXAMPLES = """\
examples:
  pricewar list                 the scenarios that come with pricewar
  pricewar list my-scenarios    those of a folder of yours
"""

_WIDTH = 88


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="a folder; default: those shipped"
    )


def execute(arguments: argparse.Namespace) -> int:
    """List the scenarios; returns the exit code."""
    from sim.reading.yaml_files import files_in
    from sim.scenario.headline import headline
    from sim.scenario.shipped import shipped

    folder: Path | None = arguments.folder
    if folder is not None and not folder.is_dir():
        raise UsageError(f"pricewar list: there is no folder {str(folder)!r}.")
    found = shipped() if folder is None else files_in(folder)
    if not found:
        raise UsageError(f"pricewar list: no .yaml files in {folder or 'the installation'}.")
    for name, path in found.items():
        about = headline(path)
        say(name if folder is None else str(path))
        for text in (about.title, about.question):
            if text:
                say(textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    return 0
