"""Seeding: campaigns among users that there are, of products that are on offer, in time."""

from __future__ import annotations

from sim.reading.view import View
from sim.scenario.demand import Network, Population
from sim.scenario.seeding import MOST_USERS


def check_seeding(scenario: View) -> None:
    """Note campaigns that could not be held as they are written."""
    population = scenario.record("population")
    for provider in scenario.records("providers"):
        for seeding in provider.records("seeding"):
            _check_date(scenario, seeding)
            _check_product(scenario, provider, seeding)
            if population is not None:
                _check_users(population, seeding)


def _check_date(scenario: View, seeding: View) -> None:
    date, first = seeding.date("date"), scenario.date("start_date")
    if date and first and date < first:
        seeding.object_to("date", f"must not come before start_date, {first}.")


def _check_product(scenario: View, provider: View, seeding: View) -> None:
    others = {*scenario.names("providers")} - {provider.text("name")}
    own = {
        name: product
        for product in scenario.records("products")
        if product.text("provider") not in others and (name := product.text("name")) is not None
    }
    seeding.require_name("product", own, f"must be a product of {provider.text('name')}.")
    product, date = own.get(seeding.text("product") or ""), seeding.date("date")
    if product is None or date is None:
        return
    launch, retire = product.date("launch_date"), product.date("retire_date")
    if launch and date < launch:
        seeding.object_to("date", f"must not come before the product's launch_date, {launch}.")
    elif retire and date >= retire:
        seeding.object_to("date", f"must come before the product's retire_date, {retire}.")


def _check_users(population: View, seeding: View) -> None:
    simulated = population.number("users", Population().users)
    wanted = seeding.number("users")
    if simulated is None or simulated <= 0.0 or wanted is None:
        return
    represented = population.number("represents_users", simulated) or simulated
    each = represented / simulated
    if wanted > represented:
        seeding.object_to("users", f"must be at most the users, {represented:,.12g}.")
    elif wanted > 0.0 and round(wanted / each) == 0:
        seeding.object_to(
            "users",
            f"must be at least {0.5 * each:,.6g}: a simulated user stands for {each:,.6g}.",
            "Or raise population.users.",
        )
    network = population.record("network")
    kind = network.text("kind") if network is not None else None
    most = MOST_USERS.get(seeding.text("chosen_by") or "")
    if most is not None and simulated > most and (kind or Network().kind) not in _ALL_EQUAL:
        seeding.object_to(
            "chosen_by",
            f"takes networkx too long for {simulated:,.12g} simulated users: at most {most:,}.",
            "Choose by degree, pagerank or eigenvector, or lower population.users.",
        )


_ALL_EQUAL = ("complete", "none")
"""Networks in which nobody is more central than others."""
