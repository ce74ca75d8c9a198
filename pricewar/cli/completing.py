"""Completing a command line for a shell, which asks by setting ``_ARGCOMPLETE``."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pricewar.cli.commands import COMMANDS

Completer = Callable[..., list[str]]


def is_asked_for() -> bool:
    """Return whether a shell wants completions, and nothing else."""
    return "_ARGCOMPLETE" in os.environ


def complete() -> None:
    """Answer the shell, and end the process."""
    import argcomplete

    parser = parser_for(os.environ.get("COMP_LINE", ""))
    argcomplete.autocomplete(parser, always_complete_options=False, exclude=("-h",))


def parser_for(line: str) -> argparse.ArgumentParser:
    """Return a parser of all commands; only one that the line names knows its arguments.

    Parameters
    ----------
    line
        The command line so far.
    """
    parser = argparse.ArgumentParser(prog="pricewar", allow_abbrev=False)
    parser.add_argument("--version", action="store_true")
    commands = parser.add_subparsers()
    named = line.split()[1:2]
    for command in COMMANDS.values():
        own = commands.add_parser(command.name, help=command.summary, allow_abbrev=False)
        if command.name in named:
            importlib.import_module(command.module).add_arguments(own)
            for action in own._actions:
                completer = _COMPLETERS.get(command.name, {}).get(action.dest)
                if completer or action.dest in _ANYWHERE:
                    action.completer = completer or _ANYWHERE[action.dest]  # type: ignore[attr-defined]
    return parser


def _scenarios(prefix: str, **_: object) -> list[str]:
    from sim.scenario.shipped import shipped

    return [*shipped(), *_yaml_files(prefix)]


def _designs(prefix: str, **_: object) -> list[str]:
    from sim.scenario.shipped import shipped_sweeps

    return [*shipped_sweeps(), *_yaml_files(prefix)]


def _yaml_files(prefix: str) -> list[str]:
    from argcomplete.completers import FilesCompleter

    return list(FilesCompleter(("yaml", "yml"))(prefix))


def _results(prefix: str, **_: object) -> list[str]:
    """List runs and sweeps where commands put them, and folders that lead to others."""
    from argcomplete.completers import DirectoriesCompleter

    there = (*Path("results").glob("*/manifest.json"), *Path("results").glob("*/*/plan.parquet"))
    return [*sorted(str(path.parent) for path in there), *DirectoriesCompleter()(prefix)]


def _tables(**_: object) -> list[str]:
    from sim.record.tables import SCHEMAS

    return [*SCHEMAS, "plan", "failures"]


def _listed(prefix: str, **_: object) -> list[str]:
    from argcomplete.completers import DirectoriesCompleter

    from pricewar.cli.list import FILES
    from pricewar.cli.listings import LISTINGS

    return [*FILES, *LISTINGS, *DirectoriesCompleter()(prefix)]


def _names(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from pricewar.cli.listings import LISTINGS

    listing = LISTINGS.get(parsed_args.what)
    return [row[0] for row in listing.rows()] if listing else []


def _paths(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from pricewar.cli.path_completion import complete_path

    return complete_path(prefix, parsed_args)


def _nothing(**_: object) -> list[str]:
    return []


_COMPLETERS: Mapping[str, Mapping[str, Completer]] = {
    "check": {"files": _scenarios},
    "list": {"what": _listed, "text": _names},
}
"""What completes an argument of one command."""
_ANYWHERE: Mapping[str, Completer] = {
    "scenario": _scenarios,
    "design": _designs,
    "tables": _tables,
    "sql": _nothing,
    "overrides": _paths,
    "do": _nothing,
    **dict.fromkeys(("folder", "run", "worlds", "against", "reuse"), _results),
}
"""What completes an argument of this name wherever there is one."""
