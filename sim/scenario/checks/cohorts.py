"""Cohorts: what counts of users do not carry is refused, with what to do."""

from __future__ import annotations

from sim.reading.view import View
from sim.scenario.demand import Network, Population
from sim.scenario.nests import Nest

MOST_INDIVIDUALS = 20_000_000
_MOST_USERS = 2_000_000_000
"""More are refused elsewhere."""
_OR = "Or leave population.mode: individuals."


def check_cohorts(scenario: View) -> None:
    """Note more users than are simulated one by one, and mechanisms that cohorts do not carry."""
    population = scenario.record("population")
    if population is None:
        return
    if (population.text("mode") or Population().mode) != "cohorts":
        _check_individuals(population)
        return
    _check_network(population)
    choice = population.record("choice")
    for nest in choice.records("nests") if choice is not None else []:
        if nest.number("correlation", Nest.model_fields["correlation"].default) != 0.0:
            nest.object_to(
                "correlation",
                "must be 0 with population.mode: cohorts, which choose by the plain logit.",
                f"Write correlation: 0, or drop the nest. {_OR}",
            )
    satisfaction = population.record("satisfaction")
    if satisfaction is not None and satisfaction.number("expectation_rise_share", 1.0) != 1.0:
        satisfaction.object_to(
            "expectation_rise_share",
            "must be 1 with population.mode: cohorts, which keep what has been seen, not how long "
            "ago.",
            f"Write 1. {_OR}",
        )
    _check_portfolios(scenario, population)
    for provider in scenario.records("providers"):
        if provider.records("seeding"):
            provider.object_to(
                "seeding",
                "must be empty with population.mode: cohorts, in which nobody has neighbours.",
                f"Drop it. {_OR}",
            )
    _check_products(scenario)


def _check_individuals(population: View) -> None:
    users = population.number("users")
    if users is not None and MOST_INDIVIDUALS < users <= _MOST_USERS:
        population.object_to(
            "users",
            f"must be at most {MOST_INDIVIDUALS:,} with population.mode: individuals.",
            "Say population.mode: cohorts, or let fewer stand for all: represents_users.",
        )


def _check_network(population: View) -> None:
    network = population.record("network")
    kind = (network.text("kind") if network is not None else None) or Network().kind
    if kind in ("complete", "none"):
        return
    holder, key = (population, "network") if network is None else (network, "kind")
    holder.object_to(
        key,
        f"must be complete or none with population.mode: cohorts, not {kind}: "
        "cohorts have no neighbours.",
        "Write network: {kind: complete}, in which users follow the shares of all; or none. "
        f"{_OR}",
    )


def _check_portfolios(scenario: View, population: View) -> None:
    portfolio = population.record("portfolio")
    if portfolio is not None and (portfolio.number("most_products", 1) or 1) > 1:
        portfolio.object_to(
            "most_products",
            "must be 1 with population.mode: cohorts, which count users by the one product held.",
            f"Write 1. {_OR}",
        )
    for domain in scenario.records("domains"):
        if domain.records("request_classes"):
            domain.object_to(
                "request_classes",
                "must be empty with population.mode: cohorts, in which one product serves all "
                "requests.",
                f"Drop it. {_OR}",
            )


def _check_products(scenario: View) -> None:
    hosts: dict[str, str] = {}
    for product in scenario.records("products"):
        name = product.text("name") or ""
        model = product.text("model") or name
        first = hosts.setdefault(model, name)
        if first != name:
            product.object_to(
                "model" if product.text("model") else "name",
                f"must not be a model that another product serves, {first}, with "
                "population.mode: cohorts, where moving between hosts has its cost.",
                f"Drop model, so that it is one of its own. {_OR}",
            )
        if product.number("free_quota_mtok_per_month", 0.0):
            product.object_to(
                "free_quota_mtok_per_month",
                "must be 0 with population.mode: cohorts, which keep the mean of use alone.",
                f"Write 0. {_OR}",
            )
    for provider in scenario.records("providers"):
        price = provider.record("price")
        if price is not None and price.text("policy") == "freemium":
            price.object_to(
                "policy",
                "must not be freemium with population.mode: cohorts, which keep the mean of use "
                "alone.",
                f"Write cost_plus. {_OR}",
            )
