"""Scenario files read, with what follows once and for all from the reference that they declare.

The reference of a scenario is its file as written, before any override: the offers of its first
day, how many know of them, and which share of those uses one. From it follow, domain by domain, the
taste scale [mu_d] and the utility of using nothing [a0_d]: at that value the declared share is the
market's own stationary state. Both are then values of the file like any other, so that at other
prices the first-day share is what they imply.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.errors import ScenarioError
from sim.market.offer_book import first_day
from sim.reading.nodes import Listing, Mapping, Node, Scalar
from sim.reading.parsed import Parsed, parse_file
from sim.reading.problems import Problems
from sim.scenario import reader
from sim.scenario.checks.reference import SOLVED
from sim.scenario.demand import Domain
from sim.scenario.dialect import SCENARIO
from sim.scenario.outside import strategies_of
from sim.scenario.reader import Overrides
from sim.scenario.scenario import Scenario
from sim.scenario.writer import scenario_hash
from sim.streams import Streams
from sim.users.appraisal import Appraisal
from sim.users.initial import market_of
from sim.users.outside import OutOfReachError, attainable_share, solve_outside
from sim.users.stationary import Habits, Market, NotSettledError
from sim.users.taste import reference_taste_scale
from sim.users.user_types import UserTypes

Floats = NDArray[np.float64]

SHARE = "initial_adopter_share"
_LEAST_TYPES = 32
"""Types of each domain over which the reference is averaged, at least."""
_HARDLY_ANYBODY = 1e-9
"""Stands for the aware where nobody is: what the first of them would do."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What follows from a reference.

    Attributes
    ----------
    taste_scale_usd_per_month : ndarray, shape (D,)
        [mu_d]
    attainable_share : ndarray, shape (D,)
        Share of the aware that could use a product: no larger one can be stationary.
    outside_utility : ndarray, shape (D,)
        [a0_d]; NaN where the declared share is out of reach.
    """

    taste_scale_usd_per_month: Floats
    attainable_share: Floats
    outside_utility: Floats


def read(
    path: str | os.PathLike[str],
    overrides: Overrides = (),
    *,
    do: Sequence[object] = (),
    allow_code: bool = False,
) -> Scenario:
    """Read a scenario file, or a shipped scenario by name, and solve its reference.

    Parameters
    ----------
    path, overrides, do, allow_code
        As of `sim.scenario.reader.read`.

    Raises
    ------
    ScenarioError
        As there; or the share of a domain that its reference declares is out of reach.
    """
    parsed = anchored(parse_file(path, SCENARIO), allow_code=allow_code)
    scenario = reader.build(parsed, overrides, do=do, allow_code=allow_code)
    if all(_is_solved(domain) for domain in scenario.domains) or scenario.origin.parsed is None:
        return scenario
    # the file is no scenario without these overrides, so that with them it is its own reference
    anchor = anchored(scenario.origin.parsed, allow_code=allow_code)
    return reader.build(
        anchor,
        allow_code=allow_code,
        known=strategies_of(scenario),
        known_ties=scenario.population.network.ties,
    )


def anchored(parsed: Parsed, *, allow_code: bool = False) -> Parsed:
    """Return a file in which taste scales and outside utilities are written.

    Parameters
    ----------
    parsed
        The file, without overrides: it is the reference. One that is no scenario by itself is
        returned as it is; building it says what is wrong.
    allow_code
        As of `sim.scenario.reader.read`.

    Raises
    ------
    ScenarioError
        A declared share is out of reach, or nothing would ever come to rest.
    """
    try:
        scenario = reader.build(parsed, allow_code=allow_code)
    except ScenarioError:
        return parsed
    if all(_is_solved(domain) for domain in scenario.domains):
        return parsed
    listing = parsed.root.entries["domains"]
    problems = parsed.problems.copy()
    solution = _solution(_Key(scenario, scenario_hash(scenario)))
    items = []
    for number, node in enumerate(listing.items if isinstance(listing, Listing) else ()):
        items.append(_written(node, number, scenario, solution, problems))
    problems.raise_any()
    root = parsed.root.put("domains", Listing(tuple(items), listing.place))
    return replace(parsed, root=root)


def out_of_reach(path: str | os.PathLike[str]) -> dict[str, float]:
    """Return the attainable share of each domain of a file whose declared one is out of reach.

    Domains that no product is worth its fee and setup to are left out: no share would do.

    Raises
    ------
    ScenarioError
        The file is no scenario for another reason.
    """
    scenario = reader.build(parse_file(path, SCENARIO))
    solution = _solution(_Key(scenario, scenario_hash(scenario)))
    if solution is None:
        return {}
    return {
        domain.name: float(share)
        for domain, share in zip(scenario.domains, solution.attainable_share, strict=True)
        if not _is_solved(domain) and 0.0 < share <= domain.initial_adopter_share
    }


def solve(scenario: Scenario) -> Solution:
    """Solve the reference of a scenario: its own first day.

    Parameters
    ----------
    scenario
        Complete; outside utilities that it has are left aside.

    Raises
    ------
    NotSettledError
        Shares would never come to rest.
    """
    scales = np.array(
        [
            domain.taste_scale_usd_per_month
            or reference_taste_scale(domain, scenario.population.choice.taste_scale_share)
            for domain in scenario.domains
        ]
    )
    share = np.array([domain.initial_adopter_share for domain in scenario.domains])
    market, domain, aware = _reference_market(scenario, scales)
    habits = Habits.of(scenario.population)
    attainable = np.bincount(domain, market.weight, aware.size) / aware
    outside = np.full(share.size, np.nan)
    if ((share > 0.0) & (share < attainable)).all():
        try:
            outside = solve_outside(market, habits, domain, aware, share)
        except OutOfReachError:
            attainable = attainable_share(market, habits, domain, aware)
    return Solution(scales, attainable, outside)


def _reference_market(
    scenario: Scenario, scales: Floats
) -> tuple[Market, NDArray[np.int64], Floats]:
    """Return the first day's market over the types of several replications, and who is aware."""
    population = scenario.population
    domains = tuple(
        domain.model_copy(
            update={"taste_scale_usd_per_month": float(scale), "outside_utility": 0.0}
        )
        for domain, scale in zip(scenario.domains, scales, strict=True)
    )
    known = scenario.model_copy(update={"domains": domains})
    view = first_day(known)
    draws = -(-_LEAST_TYPES // population.types_per_domain)
    size = np.array([domain.share for domain in domains])
    aware = np.maximum(size / size.sum() * population.awareness.initial_share, _HARDLY_ANYBODY)
    parts = []
    for number in range(draws):
        types = UserTypes.draw(known, Streams(0, number))
        market, reach = market_of(Appraisal(known, types, view).book)
        weight = aware[types.domain] / (population.types_per_domain * draws) * ndtr(reach)
        parts.append((replace(market, weight=weight), types.domain))
    utility, delivered, weight = (
        np.concatenate([getattr(part, name) for part, _ in parts])
        for name in ("utility", "delivered", "weight")
    )
    market = replace(parts[0][0], utility=utility, delivered=delivered, weight=weight)
    return market, np.concatenate([domain for _, domain in parts]), aware


@dataclass(frozen=True)
class _Key:
    """A scenario by what it says."""

    scenario: Scenario = field(compare=False)
    digest: str


@lru_cache(maxsize=32)
def _solution(key: _Key) -> Solution | None:
    """Solve a reference once a process; None if nothing would ever come to rest."""
    try:
        return solve(key.scenario)
    except NotSettledError:
        return None


def _is_solved(domain: Domain) -> bool:
    return None not in (domain.taste_scale_usd_per_month, domain.outside_utility)


def _written(
    node: Node, number: int, scenario: Scenario, solution: Solution | None, problems: Problems
) -> Node:
    """Return a domain with its taste scale and outside utility; what cannot be is noted."""
    domain = scenario.domains[number]
    if not isinstance(node, Mapping):
        return node
    if domain.outside_utility is None:
        objection = _objection(scenario, number, solution)
        if objection is not None:
            at = node.entries.get(SHARE, node)
            problems.add(
                at.place,
                ("domains", number, SHARE),
                objection[0],
                value=f"{domain.initial_adopter_share:g}",
                hint=objection[1],
            )
            return node
    if solution is None:
        return node
    found = {
        "taste_scale_usd_per_month": solution.taste_scale_usd_per_month,
        "outside_utility": solution.outside_utility,
    }
    attainable = solution.attainable_share[number]
    note = f"{SHARE} {domain.initial_adopter_share:g} of at most {attainable:.3g}"
    for name, values in found.items():
        if getattr(domain, name) is None:
            node = node.put(name, _sourced(float(values[number]), note, node))
    return node


def _sourced(value: float, note: str, node: Node) -> Mapping:
    said: dict[str, float | str] = {"value": value, "source": SOLVED, "note": note}
    entries: dict[str, Node] = {key: Scalar(one, str(one), node.place) for key, one in said.items()}
    return Mapping(entries, dict.fromkeys(entries, node.place), node.place)


def _objection(
    scenario: Scenario, number: int, solution: Solution | None
) -> tuple[str, str] | None:
    """Say why no outside utility makes a domain's share stationary, and what to do; or None."""
    population, domain = scenario.population, scenario.domains[number]
    by_hand = "Or write outside_utility."
    if population.start == "declared":
        return (
            "is what the first day is declared to be, and nothing follows from it for later days.",
            "Write outside_utility, or leave start: settled.",
        )
    if solution is None or population.clocks.review_per_day == 0.0:
        return "can be nobody's stationary state: the market never comes to rest.", (
            "Let users review, and lower peer_bonus and market_share_weight; or say start: "
            "declared, and write outside_utility."
        )
    attainable = float(solution.attainable_share[number])
    if domain.initial_adopter_share == 0.0:
        return "is nobody: no finite outside utility brings that about.", (
            "Say a share above 0, or write outside_utility."
        )
    if domain.initial_adopter_share < attainable:
        return None
    if attainable == 0.0:
        return (
            "is out of reach: no product of the first day gives anybody here more than the running "
            "fee and the setup cost.",
            f"Lower running_fee_usd_per_month or setup_cost_usd, or raise the volume. {by_hand}",
        )
    return (
        f"is out of reach: at the first day's offers at most {attainable:.3g} of the aware could "
        "use a product, to whom one gives more than the running fee and the setup cost, and to "
        "whom it comes to mind.",
        f"Say less than {attainable:.3g}, lower setup_cost_usd or running_fee_usd_per_month, or "
        f"lengthen population.setup_horizon_days. {by_hand}",
    )
