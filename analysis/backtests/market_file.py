"""A market of the tables as a file whose first day can be settled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.reference import out_of_reach
from sim.scenario.from_data.listing import Listing
from sim.scenario.from_data.market import Market
from sim.scenario.from_data.scenario_file import to_scenario


def write_market(
    path: Path, market: Market, name: str, days: int, added: Sequence[Listing] = ()
) -> None:
    """Write a market as a scenario file.

    Where the usual share of adopters cannot be, since the first day's offers are too dear for so
    many, half of those adopt to whom they are worth it.

    Parameters
    ----------
    path
        The file; folders of tables that the market names are by their path from it.
    market, name, days, added
        As of `to_scenario`.

    Raises
    ------
    DataError
        No rent was known.
    ScenarioError
        What the tables say is no market.
    """
    path.write_text(to_scenario(market, name, days, added), encoding="utf-8")
    attainable = out_of_reach(path)
    if attainable:
        path.write_text(to_scenario(market, name, days, added, attainable), encoding="utf-8")
