"""The products of a region that were on sale at a date, as the tables knew them."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.data.capabilities import capability_scale
from sim.data.dataset import Dataset
from sim.data.prices import POSTED, PricePoint, price_points, product_lines
from sim.errors import DataError
from sim.scenario.from_data.engineering import Engineering
from sim.scenario.from_data.known import Known
from sim.scenario.from_data.listing import UNKNOWN_LOGIT, Listing, Prior, price_of
from sim.scenario.from_data.rates import in_usd

MOST_PRODUCTS = 4
BURN_IN_DAYS = 28
"""Days that the market runs before the date, so that the change since then has a base."""

_LONGEST_SILENCE_DAYS = 540


@dataclass(frozen=True)
class Market:
    """The products of a region that were on sale at a date.

    Attributes
    ----------
    dataset
        The tables, as known at the date.
    as_of
        The date.
    region
        ``China``, ``global`` or ``world``.
    listings
        Products, by provider and model.
    prior
        For what no table says.
    known
        What is known beyond the tables.
    folders
        Of tables of the user's own, for the file that is written.
    """

    dataset: Dataset
    as_of: dt.date
    region: str
    listings: tuple[Listing, ...]
    prior: Prior
    known: Known = field(default_factory=Known)
    folders: Sequence[Path] = field(default_factory=tuple)

    def medianprice_of(self, one: Listing) -> float:
        """Return the median price of a product's provider, in USD per million tokens."""
        provider = one.point.provider
        own = [price_of(other.point) for other in self.listings if other.point.provider == provider]
        return statistics.median(own or [price_of(one.point)])

    @property
    def providers(self) -> tuple[str, ...]:
        """Names of the providers, in order."""
        return tuple(dict.fromkeys(listing.point.provider for listing in self.listings))


def market_of(
    dataset: Dataset,
    as_of: dt.date,
    region: str,
    known: Known | None = None,
    folders: Sequence[Path] = (),
    asked: Collection[tuple[str, str]] = (),
) -> Market:
    """Return the market of a region as known at a date.

    Parameters
    ----------
    dataset
        The tables; their view is that of the date.
    as_of
        The date.
    region
        ``China``, ``global`` (all others) or ``world`` (both).
    known
        What is known beyond the tables.
    folders
        Folders of tables of the user's own, for the file that is written.
    asked
        Products, by provider and a name of the tables, that are in the market if they were on sale,
        however many the provider has brought since.

    Raises
    ------
    DataError
        Nothing was on sale.
    """
    dataset = dataset.known_by(as_of)
    known = known or Known()
    listings = _on_sale(dataset, as_of, region, known, asked)
    providers = {listing.point.provider for listing in listings}
    if not providers:
        raise DataError(_nothing_on_sale(dataset, as_of, region))
    scale = [one.value for one in capability_scale(dataset).capabilities.values()]
    prior = Prior(
        statistics.median(listing.point.blended_usd_per_mtok for listing in listings),
        statistics.median(scale) if scale else UNKNOWN_LOGIT,
    )
    return Market(dataset, as_of, region, listings, prior, known, folders)


def _is_of(point: PricePoint, region: str) -> bool:
    return region == "world" or (point.currency == "CNY") == (region == "China")


def _nothing_on_sale(dataset: Dataset, as_of: dt.date, region: str) -> str:
    """Say why there is no market: before all prices, or long after the last."""
    known = f"on {as_of} the tables know no posted price in the region {region}"
    days = [
        point.date
        for point in price_points(dataset)
        if point.kind in POSTED and point.date <= as_of and _is_of(point, region)
    ]
    if not days:
        return f"{known}: add rows to llm_api_prices.csv, or choose a later date."
    return (
        f"{known} that still holds; the latest is of {max(days)}, and one is taken to hold for "
        f"{_LONGEST_SILENCE_DAYS} days: add newer rows to llm_api_prices.csv, or choose an earlier "
        "date."
    )


def _on_sale(
    dataset: Dataset,
    as_of: dt.date,
    region: str,
    known: Known,
    asked: Collection[tuple[str, str]],
) -> tuple[Listing, ...]:
    line_of = {
        (provider, model): line
        for (provider, line), models in product_lines(dataset).items()
        for model in models
    }
    points: dict[tuple[str, str, str], list[PricePoint]] = defaultdict(list)
    for point in price_points(dataset):
        if point.date <= as_of and (point.kind in POSTED or point.event == "retire"):
            model = line_of.get((point.provider, point.model), point.model)
            if point.event == "launch" and point.date > as_of - dt.timedelta(days=BURN_IN_DAYS):
                line_of.pop((point.provider, point.model), None)
                model = point.model  # a new model under an old name is a launch that rivals hear of
            points[point.provider, model, point.currency].append(point)
    of_provider: dict[str, list[Listing]] = defaultdict(list)
    for (provider, line, _), history in sorted(points.items()):
        last = history[-1]
        is_there = last.event != "retire" and last.blended_usd_per_mtok > 0.0
        is_heard_of = (as_of - last.date).days <= _LONGEST_SILENCE_DAYS
        if is_there and is_heard_of and _is_of(last, region):
            alone = Engineering(provider, last.model)
            found = known.engineering.get((provider, last.model), alone)
            prices = tuple(in_usd(point, known.rates, as_of) for point in history)
            of_provider[provider].append(Listing(prices, found, line))
    chosen = []
    for listings in of_provider.values():
        listings.sort(key=lambda one: (one.point.date, one.history[0].date), reverse=True)
        chosen += [
            one
            for rank, one in enumerate(listings)
            if rank < MOST_PRODUCTS or any(one.is_called(*name) for name in asked)
        ]
    return tuple(chosen)
