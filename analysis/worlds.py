"""Worlds: runs of one market under different conditions, held side by side by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from sim.record.run import Run

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Worlds: TypeAlias = Mapping[str, Run]
"""Runs by name, at least one. The first is what a page or a figure is about; the others stand
beside it, with the same seed and dates."""

WAR: Final = "war"
"""Name of a run with a war where its counterfactual stands beside it."""
NO_WAR: Final = "no war"
"""Name of that counterfactual."""
AS_HAPPENED: Final = "as it happened"
"""Name of the world in which every provider charges the list prices of the scenario's record."""


def subject(worlds: Worlds) -> Run:
    """Return the first world."""
    return next(iter(worlds.values()))


def others(worlds: Worlds) -> dict[str, Run]:
    """Return the worlds beside the first."""
    first = next(iter(worlds))
    return {name: run for name, run in worlds.items() if name != first}


def named(worlds: Worlds) -> dict[str, str]:
    """Return the names that titles and captions may speak of: ``first`` and ``others``."""
    first, *rest = worlds
    return {"first": first, "others": " and ".join(rest)}


def peace_among(worlds: Worlds) -> Run | None:
    """Return the first of the other worlds without a war, or None."""
    return next((run for run in others(worlds).values() if is_peaceful(run.scenario)), None)


def has_war(scenario: Scenario) -> bool:
    """Whether any provider can go to war in a scenario."""
    return scenario.factors.competition and any(p.war is not None for p in scenario.providers)


def is_peaceful(scenario: Scenario) -> bool:
    """Whether no provider can go to war in a scenario, nor charges the prices of its record."""
    replaying = {p.name for p in scenario.providers if p.price.replays_history}
    moves = any(p.price_history and p.provider in replaying for p in scenario.products)
    return not has_war(scenario) and not moves
