"""Supply: products never on offer, rents beyond their data, mark-ups that were meant in percent."""

from __future__ import annotations

from sim.data.rents import rent_history
from sim.errors import UnknownName
from sim.reading.nodes import Path
from sim.sanity.places import Places
from sim.scenario.scenario import Scenario

MOST_DAYS_BEYOND = 31
"""A rent may be held this long after the last month of its series."""
MOST_MARKUP_SHARE = 10.0


def check_lives(scenario: Scenario, places: Places) -> None:
    """Note products that retire before anybody could buy them."""
    first = scenario.start_date
    for number, product in enumerate(scenario.products):
        if product.retire_date is not None and product.retire_date <= first:
            places.note(
                ("products", number, "retire_date"),
                product.retire_date,
                f"{product.name} retires on {product.retire_date}, not after the first day, "
                f"{first}: it is never on offer.",
                "Move retire_date, or leave the product out.",
            )


def check_rents(scenario: Scenario, places: Places) -> None:
    """Note rents of the table that are used after the series ends."""
    for at, cloud in enumerate(scenario.clouds):
        for number, accelerator in enumerate(cloud.accelerators):
            path = ("clouds", at, "accelerators", number)
            source = f"clouds[{cloud.name}].accelerators[{accelerator.name}].rents[0]"
            found = scenario.provenance.get(f"{source}.rent_usd_per_hour")
            if found is None or not found.source.startswith("rent table: "):
                continue  # rents of its own
            try:
                last, rent = rent_history(accelerator.name)[-1]
            except UnknownName:
                continue
            days = (scenario.end_date - last).days
            if days > 2 * MOST_DAYS_BEYOND:
                places.note(
                    (*path, "name"),
                    rent,
                    f"its rents end in {last:%B %Y}: {rent:.3g} USD an hour is held for the "
                    f"{days - MOST_DAYS_BEYOND} days after that.",
                    "Write rents of your own, or end the scenario earlier.",
                )


def check_campaigns(scenario: Scenario, places: Places) -> None:
    """Note campaigns of the first day that no opening cash pays for: they are not held."""
    for at, provider in enumerate(scenario.providers):
        left_usd = provider.cash_usd
        for number, campaign in enumerate(provider.seeding):
            usd = campaign.users * campaign.cost_usd_per_user
            if scenario.days(campaign.date) > 0.0 or usd <= 0.0:
                continue
            if usd <= left_usd:
                left_usd -= usd
                continue
            places.note(
                ("providers", at, "seeding", number, "cost_usd_per_user"),
                campaign.cost_usd_per_user,
                f"{campaign.users:,.12g} users cost {usd:,.12g} USD, and {provider.name} has "
                f"{left_usd:,.12g} USD on the first day: the campaign is not held.",
                "Raise cash_usd, or reach fewer users.",
            )


def check_markups(scenario: Scenario, places: Places) -> None:
    """Note mark-ups above ten times the cost."""
    markups: list[tuple[Path, float]] = [
        (("clouds", number, "markup_share"), cloud.markup_share)
        for number, cloud in enumerate(scenario.clouds)
    ]
    for number, provider in enumerate(scenario.providers):
        for key, strategy in (("price", provider.price), ("war", provider.war)):
            for name in ("markup_share", "recoup_markup_share"):
                markup = getattr(strategy, name, None)
                if markup is not None:
                    markups.append((("providers", number, key, name), markup))
    for path, markup in markups:
        if markup > MOST_MARKUP_SHARE:
            places.note(
                path,
                markup,
                f"the price would be {1.0 + markup:g} times the cost.",
                f"Is it in percent? As a share it is {markup / 100:g}.",
            )
