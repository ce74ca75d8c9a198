"""Strategies from outside the package: found in a scenario, allowed, and made ready.

``price: {policy: my_policies.py:Penetration, ...}`` names a class of a file, by its path from the
file that says so; a bare name that is none of ours, an entry point of an installed package. Either
becomes a name that tells its content: ``code/0f3c.../my_policies.py:Penetration``, with the digest
under ``policy_sha256``, which is also where a copy of the file lies beside a resolved scenario.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sim.reading.dialect import Dialect, Variant
from sim.reading.nodes import Listing, Mapping, Path, descend
from sim.reading.problems import Problems
from sim.reading.provenance import Source, Sources
from sim.scenario.dialect import SCENARIO
from sim.scenario.scenario import Scenario
from sim.scenario.strategy_finder import Finder, Strategies, StrategyPlace
from sim.strategies.making import DIGEST
from sim.strategies.outside_code import OutsideCode
from sim.strategies.pricing.policies import PEACE, WAR
from sim.strategies.strategy import Strategy

PLACES = (StrategyPlace("price", PEACE, "hold"), StrategyPlace("war", WAR, "match"))
"""The keys of providers that take strategies: of peace, of war."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a scenario brings from outside the package.

    Attributes
    ----------
    found
        Key of providers, name in a resolved scenario, and class of each strategy.
    code
        Where the code of each place comes from.
    """

    found: tuple[tuple[str, str, type[Strategy]], ...] = ()
    code: MappingType[Path, OutsideCode] = field(default_factory=dict)

    @property
    def strategies(self) -> Strategies:
        """The classes by name."""
        return {policy: made for _, policy, made in self.found}

    @property
    def dialect(self) -> Dialect:
        """What may stand where in a scenario, with the fields of these classes."""
        return _dialect(self.found) if self.found else SCENARIO


@lru_cache(maxsize=8)
def _dialect(found: tuple[tuple[str, str, type[Strategy]], ...]) -> Dialect:
    return replace(SCENARIO, variants=tuple(Variant("Provider", *variant) for variant in found))


def bring_in(
    root: Mapping,
    sources: Sources,
    problems: Problems,
    *,
    allow_code: bool,
    known: Strategies,
) -> tuple[Mapping, Outside]:
    """Make the strategies that a tree names from outside the package.

    Parameters
    ----------
    root
        The tree in the words of the records.
    sources
        Takes where each class comes from.
    problems
        Takes files that cannot be read, code that may not or cannot be executed.
    allow_code
        Whether the user allowed files outside the package to be executed.
    known
        Classes that were made before, and allowed then.

    Returns
    -------
    Mapping
        The tree with names that tell the content.
    Outside
        The classes.
    """
    providers = root.entries.get("providers")
    if not isinstance(providers, Listing):
        return root, Outside()
    finder = Finder(problems, known, allow_code=allow_code)
    made: dict[tuple[str, str], type[Strategy]] = {}
    code: dict[Path, OutsideCode] = {}
    items = []
    for index, provider in enumerate(providers.items):
        changed = provider
        for place in PLACES if isinstance(provider, Mapping) else ():
            path: Path = ("providers", index, place.key)
            node, found = finder.find(descend(provider, (place.key,)), place, path)
            if found is not None:
                made[place.key, found.origin.policy] = found.made
                code[path] = found.origin
                sources.setdefault((*path, DIGEST), Source(found.origin.sha256, found.origin.label))
            if node is not None and isinstance(changed, Mapping):
                changed = changed.put(place.key, node, changed.keys[place.key])
        items.append(changed)
    outside = Outside(tuple((*key, strategy) for key, strategy in made.items()), code)
    return root.put("providers", Listing(tuple(items), providers.place)), outside


def outside_code(scenario: Scenario) -> dict[str, OutsideCode]:
    """Return where the strategies from outside come from, by their path in the scenario."""
    found = {}
    for provider in scenario.providers:
        for key, strategy in (("price", provider.price), ("war", provider.war)):
            if strategy is not None and strategy.origin is not None:
                found[f"providers[{provider.name}].{key}"] = strategy.origin
    return found


def strategies_of(scenario: Scenario) -> Strategies:
    """Return the classes from outside that a scenario uses."""
    return {
        strategy.policy: type(strategy)
        for provider in scenario.providers
        for strategy in (provider.price, provider.war)
        if strategy is not None and strategy.origin is not None
    }


def code_files(scenario: Scenario) -> dict[str, bytes]:
    """Return the files that a resolved scenario names, by their path from it."""
    return {
        origin.path: origin.source
        for origin in outside_code(scenario).values()
        if origin.source is not None
    }
