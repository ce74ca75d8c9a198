"""Which factors of a scenario are in play: those that are on, and have something to act on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from analysis.worlds import has_war
from sim.scenario.scenario import Scenario


def _compresses(scenario: Scenario) -> bool:
    there = {product.name for product in scenario.products if scenario.has(product)}
    projects = [project for provider in scenario.providers for project in provider.compression]
    return scenario.factors.compression and any(one.product in there for one in projects)


def _upgrades(scenario: Scenario) -> bool:
    return scenario.factors.hardware and any(one.hardware for one in scenario.providers)


def _attends(scenario: Scenario) -> bool:
    population = scenario.population
    heeded = (population.consideration.news_weight, population.clocks.news_review_per_day)
    return scenario.factors.attention and max(heeded) > 0.0


def _has_open_weights(scenario: Scenario) -> bool:
    return scenario.factors.open_weights and any(one.open_weights for one in scenario.products)


_IN_PLAY: Final[Mapping[str, Callable[[Scenario], bool]]] = MappingProxyType(
    {
        "compression": _compresses,
        "hardware": _upgrades,
        "competition": has_war,
        "attention": _attends,
        "open_weights": _has_open_weights,
    }
)

WORDS: Final[Mapping[str, str]] = MappingProxyType({"open_weights": "open weights"})
"""What people read for a factor, where it is not its name."""


def factors_in_play(scenario: Scenario) -> tuple[str, ...]:
    """Return the switches whose being off would change something that a scenario holds.

    One that is off stays off: the scenario's own world is the one with all factors.

    Examples
    --------
    >>> import sim
    >>> factors_in_play(sim.load("minimal"))
    ('competition', 'attention', 'open_weights')
    """
    return tuple(name for name, is_in_play in _IN_PLAY.items() if is_in_play(scenario))


def in_words(factor: str) -> str:
    """Return what people read for a factor."""
    return WORDS.get(factor, factor)
