"""The commands: their names, where they live, and what they are for, in one line each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command of ``pricewar``.

    Attributes
    ----------
    name
        As typed.
    module
        Module with ``EXAMPLES``, ``add_arguments(parser)`` and ``execute(arguments) -> int``; it is
        imported only when the command is used.
    summary
        What it does, in one line.
    """

    name: str
    module: str
    summary: str


COMMANDS = {
    command.name: command
    for command in (
        Command("run", "sim.cli.run", "run a scenario; write its tables, and with --report a page"),
        Command("sweep", "sim.cli.sweep", "run a design of many points, or what is missing of it"),
        Command("status", "sim.cli.status", "tell how far a sweep is, also while it runs"),
        Command("query", "sim.cli.query", "ask a sweep's tables a question in SQL"),
        Command("compare", "sim.cli.compare", "compare two runs, replication by replication"),
        Command("report", "sim.cli.report", "draw a run's figures and write its page"),
        Command("calibrate", "sim.cli.calibrate", "measure compression on real models"),
        Command("check", "sim.cli.check", "check scenario files without running them"),
        Command("list", "sim.cli.list", "list the scenarios that come with pricewar"),
        Command("schema", "sim.cli.schema", "print the JSON Schema of scenario files, for editors"),
    )
}
"""All commands by name, in the order of the help page."""
