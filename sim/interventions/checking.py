"""What the kinds of interventions check alike: days, names, and offers that there are."""

from __future__ import annotations

import datetime as dt

from sim.nearest import offer
from sim.reading.nodes import Node, Scalar
from sim.reading.view import View


def check_days(said: View, scenario: View) -> None:
    """Note a date that is not after the first day, and an end that is not after the date."""
    first, date, until = scenario.date("start_date"), said.date("date"), said.date("until_date")
    if first and date and date <= first:
        said.object_to(
            "date",
            f"must come after start_date, {first}: the first day is the market as the file has it.",
            "For another first day change the values themselves, as with --set.",
        )
    if date and until and until <= date:
        said.object_to("until_date", f"must come after its date, {date}.")


def check_target(said: View, scenario: View, key: str = "of") -> tuple[View, ...]:
    """Note a name that is neither a product nor a provider; returns the products that it means.

    As `products_meant`.
    """
    name = said.text(key)
    known = [*scenario.names("products"), *scenario.names("providers")]
    if name is not None and name not in known:
        hint = offer(name, known)
        said.object_to(key, "must be the name of a product or of a provider.", hint)
    return products_meant(said, scenario, key)


def products_meant(said: View, scenario: View, key: str = "of") -> tuple[View, ...]:
    """Return the product of a name, or all of the provider that has it.

    Where a product and a provider are named alike, the product is meant.
    """
    name, products = said.text(key), scenario.records("products")
    own = [product for product in products if product.text("name") == name]
    return tuple(own or [product for product in products if product.text("provider") == name])


def is_on_offer(product: View, day: dt.date) -> bool:
    """Return whether a product is on offer on a day, as far as its record says."""
    launch, retire = product.date("launch_date"), product.date("retire_date")
    return launch is not None and launch <= day and (retire is None or day < retire)


def check_on_offer(said: View, products: tuple[View, ...], key: str = "of") -> None:
    """Note a day on which nothing of what is meant is on offer."""
    date, name = said.date("date"), said.text(key)
    if date is None or not products or any(is_on_offer(one, date) for one in products):
        return
    launches = sorted(launch for one in products if (launch := one.date("launch_date")))
    later = [day for day in launches if day > date]
    hint = f"The next launch is on {later[0]}." if later else ""
    said.object_to("date", f"must be a day on which {name} has something on offer.", hint)


def check_one_of(said: View, *keys: str) -> None:
    """Note keys of which more or less than one is given."""
    given = [key for key in keys if _says_something(said.node.entries.get(key))]
    if not given:
        said.object_to(keys[0], f"is missing; give {' or '.join(keys)}.")
    for key in given[1:]:
        said.object_to(key, f"excludes {given[0]}; give one of the two.")


def _says_something(node: Node | None) -> bool:
    return node is not None and not (isinstance(node, Scalar) and node.value is None)
