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
    summary
        What it does, in one line.
    """

    name: str
    summary: str

    @property
    def module(self) -> str:
        """Module with ``EXAMPLES``, ``add_arguments(parser)`` and ``execute(arguments) -> int``.

        It is imported only when the command is used.
        """
        return f"pricewar.cli.{self.name}"


COMMANDS = {
    command.name: command
    for command in (
        Command("run", "run a scenario; write its tables, and with --report a page"),
        Command("sweep", "run a design of many points, or what is missing of it"),
        Command("status", "show how far a sweep or a run is, also while it runs"),
        Command("query", "ask the tables of a run or a sweep a question in SQL"),
        Command("export", "write tables for Excel, Stata, R: CSV, XLSX or DTA"),
        Command("compare", "compare worlds, replication by replication, or byte by byte"),
        Command("attribute", "divide what happens among its causes, and weigh the war"),
        Command("whatif", "try the options of a decision, and say which is the best"),
        Command("game", "let providers choose strategies: payoffs, equilibria, who would end it"),
        Command("sensitivity", "say which parameters the outcomes of a sweep hang on"),
        Command("report", "draw a run's or a sweep's figures and write its page"),
        Command("profile", "time a scenario: milliseconds by mechanism"),
        Command("calibrate", "estimate parameters of a market, or measure compression"),
        Command("backtest", "forecast from what was known at a date, and score it"),
        Command("scenario", "write a scenario from the tables of data, as known at a date"),
        Command("check", "check scenario files without running them"),
        Command("list", "list scenarios, designs, and the names that they may use"),
        Command("completion", "print what lets bash, zsh or fish complete with Tab"),
        Command("schema", "print the JSON Schema of scenario files, for editors"),
    )
}
"""All commands by name, in the order of the help page."""
