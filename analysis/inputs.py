"""What a scenario put in: who may fight, free tiers, launches, projects, rents.

Nothing of this is a finding of a run, however much it looks like one in its figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.amounts import amount
from analysis.words import counted, day, joined, sentence_case, short_list
from sim.interventions.line import line_of
from sim.record.unit import USD

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.scenario.supply import Product


@dataclass(frozen=True, slots=True)
class Input:
    """What a scenario says of one theme.

    Attributes
    ----------
    theme
        Identifier: ``fighters``, ``days``, ``war``, ``free``, ``prices``, ``launches``, ``costs``,
        ``users`` or ``exits``.
    label
        What people read.
    text
        What was put in.
    """

    theme: str
    label: str
    text: str


def inputs_of(scenario: Scenario) -> tuple[Input, ...]:
    """List what was put in, a row a theme, computed from the scenario."""
    return (
        Input("fighters", "Who fights", _fighters(scenario)),
        Input("days", "When", _days(scenario)),
        Input("war", "A war", "Nothing says that there is one."),
        Input("free", "Free products", _free(scenario)),
        Input("prices", "Prices", _prices(scenario)),
        Input("launches", "New models", _launches(scenario)),
        Input("interventions", "Interventions", _interventions(scenario)),
        Input("costs", "Costs", _costs(scenario)),
        Input("users", "Users", _users(scenario)),
        Input("exits", "Who leaves", _exits(scenario)),
    )


def armed(scenario: Scenario) -> list[str]:
    """Return the providers that have a policy of war, whether or not the war is switched on."""
    return [provider.name for provider in scenario.providers if provider.war is not None]


def free_as_given(scenario: Scenario) -> dict[str, dt.date]:
    """Return the products that the file makes free, and since when.

    Those that are listed at zero, and those whose history a provider replays down to zero.
    """
    free = {}
    for product in scenario.products:
        if not any(product.price_usd_per_mtok.per_token):
            free[product.name] = max(product.launch_date, scenario.start_date)
        elif product.provider in replaying(scenario):
            later = [
                it.date for it in product.price_history if not any(it.price_usd_per_mtok.per_token)
            ]
            if later and min(later) <= scenario.end_date:
                free[product.name] = min(later)
    return free


def replaying(scenario: Scenario) -> list[str]:
    """Return the providers that repeat dated list prices."""
    return [provider.name for provider in scenario.providers if provider.price.replays_history]


def _fighters(scenario: Scenario) -> str:
    with_policy = {
        provider.name: provider.war.policy for provider in scenario.providers if provider.war
    }
    if not with_policy:
        return "No provider has a policy of war: none may answer another."
    by_policy: dict[str, list[str]] = {}
    for name, policy in with_policy.items():
        by_policy.setdefault(policy, []).append(name)
    listed = "; ".join(f"{policy}: {', '.join(names)}" for policy, names in by_policy.items())
    if not scenario.factors.competition:
        return f"The war is switched off (factors.competition). Policies that do not act: {listed}."
    others = len(scenario.providers) - len(with_policy)
    rest = f" {sentence_case(counted(others, 'other provider'))} may not." if others else ""
    return f"May answer a rival, by policy: {listed}.{rest}"


def _days(scenario: Scenario) -> str:
    if not scenario.factors.competition or not armed(scenario):
        return "At no time."
    war = scenario.war
    until = "" if war.end_date is None else f" until {day(war.end_date)}"
    return (
        f"No date is given for a war. A rival's launch or cut is answered{until} if its price for "
        f"what it can do is {100 * war.trigger_gap_share:g}% below the best that stood and it puts "
        f"{100 * war.tokens_at_risk_share:g}% of the provider's own tokens at risk, after "
        f"{1 / war.reaction_per_day:.0f} days on average."
    )


def _interventions(scenario: Scenario) -> str:
    lines = [line_of(one) for one in scenario.interventions]
    return f"{short_list(lines, most=12)}." if lines else "None."


def _free(scenario: Scenario) -> str:
    given = free_as_given(scenario)
    if not given:
        return "None is free as given, and no policy makes one free."
    listed = [f"{name} (since {day(date)})" for name, date in given.items()]
    return f"Free as given: {short_list(listed)}."


def _prices(scenario: Scenario) -> str:
    replayed = replaying(scenario)
    of_replayed = [p for p in scenario.products if p.provider in replayed]
    moves = sum(_is_within(scenario, it.date) for p in of_replayed for it in p.price_history)
    parts = ["List prices of the first day, and of each model at its launch"]
    if replayed:
        parts.append(f"{counted(moves, 'dated move')} of {short_list(replayed)}, repeated as made")
    return f"{'; '.join(parts)}."


def _launches(scenario: Scenario) -> str:
    launched = [p for p in scenario.products if _is_within(scenario, p.launch_date)]
    retired = [
        p for p in scenario.products if p.retire_date and _is_within(scenario, p.retire_date)
    ]
    parts = []
    if launched:
        chosen = sum(p.launch_pricing == "policy" for p in launched)
        priced = f"; {chosen} of them at a price that the policy may set" if chosen else ""
        parts.append(
            f"{counted(len(launched), 'launch')} with dates, capabilities and prices"
            f"{priced}: {short_list(list(_dated(launched)))}."
        )
    if retired:
        parts.append(f"{counted(len(retired), 'product')} retired at a set date.")
    return " ".join(parts) or "No model is launched or retired during the run."


def _costs(scenario: Scenario) -> str:
    projects = sum(
        _is_within(scenario, project.start_date)
        for provider in scenario.providers
        for project in provider.compression
    )
    upgrades = sum(
        _is_within(scenario, upgrade.order_date)
        for provider in scenario.providers
        for upgrade in provider.hardware
    )
    rents = sum(
        _is_within(scenario, rent.date)
        for cloud in scenario.clouds
        for accelerator in cloud.accelerators
        for rent in accelerator.rents
    )
    switched = scenario.factors
    dated = {
        "compression project": projects if switched.compression else 0,
        "order of other accelerators": upgrades if switched.hardware else 0,
        "change of rent": rents,
    }
    listed = [_counted_of(number, what) for what, number in dated.items() if number]
    dates = f"Dates of {joined(listed)}" if listed else "No project, order or change of rent"
    return f"{dates}; what serving takes on each accelerator."


def _counted_of(number: int, what: str) -> str:
    """Write ``3 orders of other accelerators``: the first noun is counted."""
    noun, of, rest = what.partition(" of ")
    return f"{counted(number, noun)}{of}{rest}"


def _users(scenario: Scenario) -> str:
    aware = scenario.population.awareness.initial_share
    held = [domain.initial_adopter_share for domain in scenario.domains]
    low, high = 100 * min(held), 100 * max(held)
    share = f"{low:g}%" if low == high else f"{low:g}% to {high:g}%, by domain,"
    return (
        f"{100 * aware:g}% of users know the technology on the first day, and {share} of those use "
        "it; what tasks are worth, and how users hear, choose and leave. "
        f"{start_in_words(scenario)}"
    )


def start_in_words(scenario: Scenario) -> str:
    """Say whether the market moves by itself from the first day on."""
    population = scenario.population
    spreads = population.awareness.innovation_per_day + population.awareness.imitation_per_day > 0.0
    if population.start == "declared":
        return "The start is not settled: use moves by itself from the first day on."
    if spreads and population.awareness.initial_share < 1.0:
        return (
            "The start is settled, so that of those who know nobody moves by itself; but the "
            "technology goes on to spread."
        )
    return "The start is settled: nothing moves before something happens."


def _exits(scenario: Scenario) -> str:
    limits = {provider.exit_after_days_below_zero_cash for provider in scenario.providers}
    cash = sum(provider.cash_usd for provider in scenario.providers)
    span = f"{min(limits):g}" if len(limits) == 1 else f"{min(limits):g} to {max(limits):g}"
    return (
        f"Providers begin with {amount(cash, USD)} together, and leave after {span} days without "
        "any."
    )


def _is_within(scenario: Scenario, date: dt.date) -> bool:
    return scenario.start_date < date <= scenario.end_date


def _dated(products: Iterable[Product]) -> Iterator[str]:
    for product in sorted(products, key=lambda product: product.launch_date):
        yield f"{product.name} ({day(product.launch_date)})"
