"""What a forecast begins with: a case's market and design, in which every name was found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.backtests.case import OBSERVED, CaseFolder
from analysis.backtests.guard import kept_shut
from analysis.backtests.series import price_paths
from analysis.backtests.target import Target
from analysis.backtests.world import World, write_world
from sim.batch.design_file import Space, read_design
from sim.batch.orders import Orders
from sim.data.dataset import Dataset
from sim.errors import UsageError
from sim.nearest import offer
from sim.scenario.from_data.events import MarketEvent
from sim.scenario.from_data.events import refuse_unmapped as refuse_unmapped_events
from sim.scenario.scenario import Scenario


def prepared(folder: CaseFolder, out: Path, draws: int, orders: Orders) -> tuple[World, Space]:
    """Write the market and the design of a case, and hold its events and targets against them.

    Parameters
    ----------
    folder, out, draws
        As of `write_world`.
    orders
        What is set and done besides.

    Raises
    ------
    DataError, UsageError
        As `write_world`; or a name is in no table or not in the scenario.
    """
    world = write_world(folder, out, draws)
    space = read_design(world.design, orders.overrides, do=orders.do)
    if world.events:
        _refuse_events(world.events, space.base)
        do = [*(event.line for event in world.events), *orders.do]
        space = read_design(world.design, orders.overrides, do=do)
    for target in world.targets:
        place = folder.places.get(target.name)
        where = f"{place.in_words}  " if place else ""
        _refuse_unmapped(where, target, world.known, space.base)
    return world, space


def refuse_unforeseeable(folder: CaseFolder) -> None:
    """Refuse a case that cannot be forecast, as `make_forecast` would, without running anything.

    Parameters
    ----------
    folder
        The case.

    Raises
    ------
    DataError, UsageError
        As there.
    """
    with TemporaryDirectory() as out, kept_shut(folder.path / OBSERVED):
        prepared(folder, Path(out), folder.case.replications, Orders())


def _refuse_unmapped(where: str, target: Target, known: Dataset, scenario: Scenario) -> None:
    """Refuse a target whose names the scenario does not have, with the nearest name."""
    products = [product.name for product in scenario.products]
    providers = [provider.name for provider in scenario.providers]
    chips = [chip.name for cloud in scenario.clouds for chip in cloud.accelerators]
    if target.kind in ("price_move", "price_index"):
        _refuse_unknown(where, target, target.of_products, products)
        paths = price_paths(target, known)
        if target.kind == "price_move":
            for model in target.models:
                if model not in paths:
                    raise UsageError(
                        f"{where}target {target.name!r}: model = {model!r}: no price of "
                        f"{target.entity} under this name was known at the origin.  Add it to "
                        "known/."
                    )
    elif target.kind == "rent":
        named = target.products or (target.model or "",)
        _refuse_unknown(where, target, named, chips)
    elif target.of_provider is not None:
        _refuse_unknown(where, target, (target.of_provider,), providers)


def _refuse_events(events: Iterable[MarketEvent], scenario: Scenario) -> None:
    refuse_unmapped_events(
        events,
        products=[product.name for product in scenario.products],
        providers=[provider.name for provider in scenario.providers],
        chips=[chip.name for cloud in scenario.clouds for chip in cloud.accelerators],
        clouds=[cloud.name for cloud in scenario.clouds],
    )


def _refuse_unknown(where: str, target: Target, names: Iterable[str], known: list[str]) -> None:
    said_by = {target.entity: "entity", target.provider: "provider"}
    said_by |= dict.fromkeys(target.products, "products")
    said_by |= dict.fromkeys(target.models, "universe" if target.universe else "model")
    for name in names:
        if name not in known:
            raise UsageError(
                f"{where}target {target.name!r}: {said_by[name]} = {name!r} is not in the "
                f"scenario.  {offer(name, known)}"
            )
