"""List prices of language models by date: ``llm_api_prices.csv``, with the exchange rates used."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import Row
from sim.errors import DataError, UnknownName

PRICES = "llm_api_prices"
LINES = "product_lines"

EVENTS = frozenset({"launch", "cut", "rise", "retire", "observed"})
POSTED = frozenset({"list", "list_tier", "free", "promo"})
"""Kinds that a developer posts for everybody, at every hour, without a cache hit."""
KINDS = POSTED | frozenset({"routed_low", "offpeak", "cache_hit_input"})

_ROUNDING_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class PricePoint:
    """A price as posted or seen on a date.

    Attributes
    ----------
    date
        Day of the event; exact where `date_basis` is ``announced`` or ``effective``, the day by
        which it was seen where that is ``observed_by``.
    event
        ``launch``, ``cut``, ``rise``, ``retire`` or ``observed`` (a list price seen that day).
    input_usd_per_mtok, output_usd_per_mtok
        Price in USD per million tokens, converted at `cny_per_usd` where posted in CNY.
    input_per_mtok, output_per_mtok, currency
        Price as posted.
    kind
        ``list``, ``list_tier`` (one of several length tiers), ``free``, ``promo``;
        ``routed_low`` (lowest price of a host of open weights), ``offpeak``,
        ``cache_hit_input`` (the input price is that of cached input).
    """

    date: dt.date
    provider: str
    model: str
    event: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    input_per_mtok: float
    output_per_mtok: float
    currency: str
    cny_per_usd: float | None
    context_tokens: int | None
    open_weights: bool
    kind: str
    date_basis: str
    notes: str
    source: str

    @property
    def blended_usd_per_mtok(self) -> float:
        """Price at three input tokens to one of output, in USD per million tokens."""
        return (3.0 * self.input_usd_per_mtok + self.output_usd_per_mtok) / 4.0


def _price_point(row: Row) -> PricePoint:
    currency = row.choice("currency", frozenset({"USD", "CNY"}))
    rate = row.optional_number("fx_cny_per_usd", low=1.0, high=20.0)
    if (currency == "CNY") != (rate is not None):
        raise row.error("fx_cny_per_usd must be given for CNY, and for CNY only")
    context = row.optional_number("context_tokens", low=1.0)
    point = PricePoint(
        date=row.date("date"),
        provider=row.text("provider"),
        model=row.text("model"),
        event=row.choice("event", EVENTS),
        input_usd_per_mtok=row.number("usd_input"),
        output_usd_per_mtok=row.number("usd_output"),
        input_per_mtok=row.number("input_price_per_mtok"),
        output_per_mtok=row.number("output_price_per_mtok"),
        currency=currency,
        cny_per_usd=rate,
        context_tokens=None if context is None else int(context),
        open_weights=row.flag("open_weights"),
        kind=row.choice("price_kind", KINDS),
        date_basis=row.text("date_basis"),
        notes=row.optional_text("notes"),
        source=row.text("source"),
    )
    for posted, usd in (
        (point.input_per_mtok, point.input_usd_per_mtok),
        (point.output_per_mtok, point.output_usd_per_mtok),
    ):
        converted = posted / (rate or 1.0)
        if abs(converted - usd) > _ROUNDING_SHARE * max(converted, usd):
            raise row.error(f"{posted:g} {currency} is {converted:.5g} USD, not {usd:g}")
    if point.kind == "free" and point.input_per_mtok + point.output_per_mtok > 0.0:
        raise row.error("price_kind is free but the price is not zero")
    return point


@cache
def price_points(dataset: Dataset = SHIPPED) -> tuple[PricePoint, ...]:
    """Read every price event, in order of date."""
    points = dataset.records(PRICES, _price_point)
    return tuple(sorted(points, key=lambda point: point.date))


@cache
def product_lines(dataset: Dataset = SHIPPED) -> dict[tuple[str, str], tuple[str, ...]]:
    """Read which names of the price table are one product, by (provider, name of the line).

    Providers rename what they sell (``ERNIE-Bot-4`` became ``ERNIE-4.0-8K``) and point a stable
    name at successive models; a line strings those names together in order of time.
    """
    lines: dict[tuple[str, str], tuple[str, ...]] = {}
    for provider, line, model in dataset.records(
        LINES, lambda row: (row.text("provider"), row.text("line"), row.text("model"))
    ):
        lines[provider, line] = (*lines.get((provider, line), ()), model)
    return lines


def _models(provider: str, name: str, dataset: Dataset) -> frozenset[str]:
    of_provider = {point.model for point in price_points(dataset) if point.provider == provider}
    if not of_provider:
        raise UnknownName("provider", provider, {p.provider for p in price_points(dataset)})
    lines = product_lines(dataset)
    if (provider, name) in lines:
        return frozenset(lines[provider, name])
    if name not in of_provider:
        known = of_provider | {line for owner, line in lines if owner == provider}
        raise UnknownName(f"product of {provider}", name, known)
    return frozenset({name})


def list_price_history(
    provider: str, model: str, dataset: Dataset = SHIPPED
) -> tuple[PricePoint, ...]:
    """List prices of one product in order of date, retirement left out.

    Parameters
    ----------
    provider, model
        As the price table writes them; `model` may also be a line of ``product_lines.csv``.
    dataset
        Where to look.

    Returns
    -------
    tuple of PricePoint
        Posted prices; for open weights that no developer posts a price for, the lowest routed
        price on the day they appeared.

    Raises
    ------
    UnknownName
        No such provider or product.
    """
    models = _models(provider, model, dataset)
    events = [
        point
        for point in price_points(dataset)
        if point.provider == provider and point.model in models and point.event != "retire"
    ]
    posted = tuple(point for point in events if point.kind in POSTED)
    return posted or tuple(point for point in events if point.kind == "routed_low")


def retire_date(provider: str, model: str, dataset: Dataset = SHIPPED) -> dt.date | None:
    """Last day on which a product was seen on sale, None where no row says so."""
    models = _models(provider, model, dataset)
    dates = [
        point.date
        for point in price_points(dataset)
        if point.provider == provider and point.model in models and point.event == "retire"
    ]
    return max(dates, default=None)


@cache
def exchange_rates(dataset: Dataset = SHIPPED) -> tuple[tuple[dt.date, float], ...]:
    """CNY per USD as used in the price table, by date; each holds until the next."""
    rates = {p.date: p.cny_per_usd for p in price_points(dataset) if p.cny_per_usd is not None}
    return tuple(sorted(rates.items()))


def cny_per_usd(date: dt.date, dataset: Dataset = SHIPPED) -> float:
    """CNY that one USD buys on a date: the rate of the latest priced row up to that day.

    Raises
    ------
    DataError
        The date is before the first rate of the table.
    """
    rates = exchange_rates(dataset)
    position = bisect_right([day for day, _ in rates], date)
    if position == 0:
        begins = f"begin on {rates[0][0]}" if rates else "are none in this view"
        raise DataError(
            f"no CNY rate on {date}: the price table's rates {begins}; "
            "add exchange_rates to the scenario"
        )
    return rates[position - 1][1]
