"""What a scenario dates after its last day, so that it does not happen."""

from __future__ import annotations

import datetime as dt

from sim.scenario.scenario import Scenario


def beyond_the_end(scenario: Scenario) -> tuple[str, ...]:
    """Say what is dated after the last day: ``1 price change``, ``2 launches``.

    Parameters
    ----------
    scenario
        As read; cut short, perhaps, with ``--set end_date=...``.
    """
    last = scenario.end_date
    found = []
    dates: dict[str, list[dt.date]] = {
        "launch": [product.launch_date for product in scenario.products],
        "price change": [
            price.date for product in scenario.products for price in product.price_history
        ],
        "compression project": [
            project.start_date
            for provider in scenario.providers
            for project in provider.compression
        ],
        "hardware order": [
            upgrade.order_date for provider in scenario.providers for upgrade in provider.hardware
        ],
        "seeding": [
            seeding.date for provider in scenario.providers for seeding in provider.seeding
        ],
        "intervention": [one.date for one in scenario.interventions],
        "fact": [fact.until_date for fact in scenario.facts if fact.until_date is not None],
    }
    for noun, days in dates.items():
        late = sum(day > last for day in days)
        plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
        if late:
            found.append(f"{late} {noun if late == 1 else plural}")
    return tuple(found)
