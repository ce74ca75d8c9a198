"""``pricewar``: finds the command, runs it, and turns errors into messages and exit codes."""

from __future__ import annotations

import argparse
import atexit
import gc
import importlib
import re
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from analysis.words import sentence_case
from pricewar.cli import completing, streams
from pricewar.cli.commands import COMMANDS
from pricewar.cli.console import complain, say
from sim.errors import PricewarError, UsageError
from sim.nearest import offer, one_of

EXAMPLES = """\
examples:
  pricewar list                                 what there is to run
  pricewar run minimal                          a small price war, in seconds
  pricewar check my-war.yaml                    every mistake of a file, with its place
  pricewar run china-2024-price-war --set factors.competition=false --out results/no-war
  pricewar compare results/china-2024-price-war results/no-war

`pricewar COMMAND --help` explains a command.
"""

DONE, WRONG, INTERRUPTED, PIPE_CLOSED = 0, 2, 130, 141
"""Exit codes: as expected; an error that a message explains; Ctrl-C; the reader went away."""

_GIVEN = "_given"
"""Attribute of what was parsed: the options that were given."""
_CUMULATIVE = frozenset({"do", "given"})
"""Interventions: a price that is cut twice is cut twice."""
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Imports make many objects and no garbage; Python's 700 would cost a tenth of their time."""


class _Once(argparse._StoreAction):
    """An option whose value is given once: a second one would silently take its place."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value, or complain."""
        given: frozenset[str] = getattr(namespace, _GIVEN, frozenset())
        if option_string is not None and self.dest in given:
            parser.error(f"{option_string} is given twice; give it once")
        setattr(namespace, _GIVEN, given | {self.dest})
        super().__call__(parser, namespace, values, option_string)


class _Apart(argparse._AppendAction):
    """An option that may be repeated, with another value each time, unless what it says adds up."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Append the value, or complain."""
        if self.dest not in _CUMULATIVE and values in (getattr(namespace, self.dest) or ()):
            parser.error(f"{option_string} {values} is given twice; give it once")
        super().__call__(parser, namespace, values, option_string)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints name the nearest option."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in (None, "store"):
            self.register("action", name, _Once)
        self.register("action", "append", _Apart)

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting; `main` prints the message."""
        raise UsageError(f"{self.prog}: {message}\n  `{self.prog} --help` shows how it is used.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Parameters
    ----------
    argv
        Arguments after the program's name; None: those of the process.
    """
    if completing.is_asked_for():
        completing.complete()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    if not sys.warnoptions:  # as `python -W` or PYTHONWARNINGS ask for them
        warnings.simplefilter("ignore")
    atexit.register(gc.freeze)  # or Python would look through all that lives before it ends
    streams.prepare()
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except PricewarError as error:
        complain(str(error))
        return WRONG
    except KeyboardInterrupt:
        complain("Stopped.")
        return INTERRUPTED
    except OSError as error:  # what it is about has a message of its own wherever that is known
        if streams.is_of_output(error):
            streams.silence_output()
            if isinstance(error, BrokenPipeError):
                return PIPE_CLOSED
        complain(f"{error.filename or _name(arguments)}: {error.strerror or error}.")
        return WRONG
    except MemoryError:
        complain("There is not enough memory for this.")
        return WRONG
    return code


def _name(argv: list[str]) -> str:
    return " ".join(("pricewar", *argv[:1]))


def _dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help"):
        say(_overview())
        return DONE
    if argv[0] == "--version":
        from importlib.metadata import version

        say(f"pricewar {version('pricewar')}")
        return DONE
    name, *rest = argv
    if name not in COMMANDS:
        what = "option" if name.startswith("-") else "command"
        meant = offer(
            name,
            (*COMMANDS, "--help", "--version"),
            f"Commands: {one_of(list(COMMANDS))}.",
        )
        raise UsageError(f"pricewar: there is no {what} {name!r}.  {meant}")
    command = COMMANDS[name]
    module = importlib.import_module(command.module)
    parser = _Parser(
        prog=f"pricewar {name}",
        description=f"{sentence_case(command.summary)}.",
        epilog=module.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    try:
        arguments, unknown = parser.parse_known_args(rest)
    except SystemExit as stop:  # argparse has printed the help page
        return int(stop.code or DONE)
    _refuse(unknown, getattr(arguments, "parser", parser))
    _refuse_blank(rest, parser)
    code: int = module.execute(arguments)
    return code


def _overview() -> str:
    lines = [f"  {command.name:<12}{command.summary}" for command in COMMANDS.values()]
    return "\n".join(
        (
            "usage: pricewar COMMAND ...",
            "",
            "Simulates the price war in large language models: who cuts, who adopts, who pays.",
            "",
            "commands:",
            *lines,
            "",
            EXAMPLES,
        )
    ).rstrip()


def _refuse(unknown: Sequence[str], parser: argparse.ArgumentParser) -> None:
    """Complain about arguments that the command does not know, naming the nearest option."""
    if not unknown:
        return
    misspelt = unknown[0].partition("=")[0]
    options = re.findall(r"--[\w-]+", parser.format_usage())
    rest = f"Options: {one_of(options)}."
    meant = offer(misspelt, options, rest) if misspelt.startswith("-") else rest
    raise UsageError(f"{parser.prog}: does not know {misspelt!r}.  {meant}")


def _refuse_blank(words: Sequence[str], parser: argparse.ArgumentParser) -> None:
    """Complain about an empty value, which a shell makes of a variable that is not set."""
    for before, word in zip(("", *words), words, strict=False):
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        if (equals or not option) and not value.strip():
            what = option or (before if before.startswith("-") else "an argument")
            raise UsageError(
                f"{parser.prog}: {what} is empty.\n  Give it a value, or leave it out."
            )


if __name__ == "__main__":
    sys.exit(main())
