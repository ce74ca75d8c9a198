"""Prices against what serving a token costs, and against the dearest that was ever posted."""

from __future__ import annotations

from collections.abc import Iterator

from sim.data.prices import price_points
from sim.reading.nodes import Path
from sim.sanity.costs import ListingCosts
from sim.sanity.places import Places
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Price, Product

LEAST_COST_SHARE = 0.05
"""A price, other than a free tier, below this share of marginal cost is hardly meant."""
LEAST_USD_PER_MTOK = 1e-3
"""Below this, a price per million tokens is hardly meant, whatever it costs."""
_PLAUSIBLE_COST_SHARES = (LEAST_COST_SHARE, 200.0)
_UNITS = ((1e3, "thousand tokens"), (1e6, "token"))


def check_prices(scenario: Scenario, places: Places) -> None:
    """Note list prices that are far off.

    Parameters
    ----------
    scenario
        What is checked.
    places
        Takes what is noted: prices below 5% of marginal cost on the day of listing, both blended at
        the industry's mix of tokens, and prices above all of the price table.
    """
    costs = ListingCosts(scenario)
    dearest = max(price_points(), key=lambda point: point.output_usd_per_mtok)
    for number, product in enumerate(scenario.products):
        cost = costs.usd_per_mtok(product)
        for path, price in _list_prices(number, product):
            price_usd = costs.mix.blend(price.per_token)
            if 0.0 < price_usd < max(LEAST_USD_PER_MTOK, LEAST_COST_SHARE * cost):
                places.note(path, price_usd, _low(price_usd, cost), _unit_meant(price_usd, cost))
            for key in ("input", "output"):
                posted = getattr(price, key)
                if posted > dearest.output_usd_per_mtok:
                    places.note(
                        (*path, key),
                        posted,
                        f"{posted:,.6g} USD per million tokens is above every list price in the "
                        f"table: {dearest.model} cost {dearest.output_usd_per_mtok:,.6g}.",
                        "Prices are in USD per million tokens.",
                    )


def _list_prices(number: int, product: Product) -> Iterator[tuple[Path, Price]]:
    yield ("products", number, "price_usd_per_mtok"), product.price_usd_per_mtok
    for index, entry in enumerate(product.price_history):
        path = ("products", number, "price_history", index, "price_usd_per_mtok")
        yield path, entry.price_usd_per_mtok


def _low(price_usd: float, cost_usd: float) -> str:
    blended = f"blended, it is {price_usd:.3g} USD per million tokens"
    if cost_usd <= 0.0:
        return f"{blended}."
    return f"{blended}: {price_usd / cost_usd:.2g} of the {cost_usd:.3g} that serving them costs."


def _unit_meant(price_usd: float, cost_usd: float) -> str:
    low, high = _PLAUSIBLE_COST_SHARES
    for multiple, unit in _UNITS:
        if low <= multiple * price_usd / cost_usd <= high if cost_usd > 0.0 else unit == "token":
            return (
                f"Is it a price per {unit}? Per million tokens it is {multiple:,.0f} times as much."
            )
    return "A free tier is 0; prices are in USD per million tokens."
