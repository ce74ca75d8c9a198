"""``pricewar status``: how far a sweep or a run is, also while another process executes it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pricewar.cli.console import say

EXAMPLES = """\
examples:
  pricewar status results/sweeps/minimal            done, running, failed, time left
  pricewar status results/sweeps/minimal --json     the same for a program
  pricewar status results/minimal                   of a run
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of a sweep or a run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def execute(arguments: argparse.Namespace) -> int:
    """Print how far it is; returns the exit code."""
    from pricewar.cli.bar import duration
    from sim.batch.status import status_of

    status = status_of(arguments.folder)
    if arguments.json:
        say(json.dumps(status.record(), indent=1))
        return 0
    say(f"{status.name}: {status.done} of {status.planned} runs done, {status.share:.0%}")
    say(f"  running  {status.running}")
    say(f"  failed   {status.failed}")
    say(f"  missing  {status.missing}")
    if status.holder:
        left = "unknown yet" if status.seconds_left is None else duration(status.seconds_left)
        say(f"  time left  {left}; {status.phase}, {status.holder}")
    elif status.missing or status.failed:
        say("  no process is working on it; continue with --resume")
    return 0
