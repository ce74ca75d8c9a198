"""A market made of the tables of data, as known at a date: products, shares and fleets.

What a table says is taken from it. What none says is an assumption with a range, by rules that are
the same for every market, and that stand in the file that comes out:

- **products** are the models whose latest posted price was known at the date: no free tiers, none
  that was retired, or not heard of for 540 days, and the `MOST_PRODUCTS` latest of each provider.
  In China are those priced in CNY; ``world`` has all.
- **capability** is that of the scale fitted to what was known; else, +- 1, by what its price says
  of its rank among its provider's, ``c = c_0 + 0.5 ln(p / p_i)``, p_i the provider's median price,
  c_0 the median capability known, or -2: a price below all rivals' is no sign of a poor model.
- **engineering** is that of a table ``products.csv``; else a dense model of
  ``70 (p / p_0)^0.5`` billion parameters, 7 at least and 700 at most, of which a quarter to all
  work on a token, with 160,000 bytes of cache a token (40,000 to 500,000), on as many accelerators
  as hold it.
- **prices** of the last `BURN_IN_DAYS` days are played as the moves that they were, so that rivals
  hear of them; from the date on providers price by cost, and undercut who takes tokens from them.
- **reviews** of prices come as often as closed developers' prices changed in the ledger known at
  the date; else 0.022 a month, 0.005 to 0.1.
- **fleets** are leased in a cloud of one chip and follow what users ask for: nobody publishes any.
- **shares** on the first day follow from what users choose; nobody publishes those of a market.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.data.capabilities import capability_logit, capability_scale
from sim.data.dataset import Dataset
from sim.data.price_changes import closed_changes_per_month
from sim.data.prices import POSTED, PricePoint, price_points, product_lines
from sim.data.rents import used_rents
from sim.data.table import Row, read_table
from sim.errors import DataError, UnknownName
from sim.nearest import offer

MOST_PRODUCTS = 4
BURN_IN_DAYS = 28
"""Days that the market runs before the date, so that the change since then has a base."""

_LONGEST_SILENCE_DAYS = 540
_UNKNOWN_LOGIT = -2.0
_LOGIT_PER_LOG_PRICE = 0.5
_CHIPS = {
    "China": ("H800 SXM5", "A100 SXM4 80GB"),
    "global": ("H100 SXM5 80GB", "A100 SXM4 80GB"),
    "world": ("H100 SXM5 80GB", "A100 SXM4 80GB"),
}
"""What serves models in a region: the first whose rents were known."""
_DOMAINS = ("customer service", "translation", "sentiment analysis", "coding", "recommendation")
_BYTES_OF_CHIP = 80e9
_ROOM_FOR_WEIGHTS = 0.6


@dataclass(frozen=True, slots=True)
class Engineering:
    """What is known of a model beyond price and scores; None: a prior stands for it."""

    provider: str
    model: str
    open_weights: bool | None = None
    parameters_billion: float | None = None
    active_parameters_billion: float | None = None
    kv_bytes_per_token: float | None = None
    nest: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A product on sale: its price, and what is known of the rest."""

    history: tuple[PricePoint, ...]
    engineering: Engineering

    @property
    def point(self) -> PricePoint:
        """Its latest price."""
        return self.history[-1]

    def on(self, day: dt.date) -> PricePoint:
        """Return its price on a day, or its first."""
        held = [point for point in self.history if point.date <= day]
        return held[-1] if held else self.history[0]

    def moves(self, start: dt.date) -> list[tuple[dt.date, float]]:
        """Return the changes of its blended price after a day, as factors by date."""
        last, found = self.on(start), []
        for point in self.history:
            factor = _price(point) / _price(last)
            if point.date > max(start, self.history[0].date) and abs(factor - 1.0) > 1e-9:
                found.append((point.date, factor))
                last = point
        return found


@dataclass(frozen=True, slots=True)
class Prior:
    """Where a model stands of which only the price is known."""

    price_usd_per_mtok: float
    capability_logit: float

    def capability(self, price_usd_per_mtok: float, of_provider_usd_per_mtok: float) -> float:
        """Return the capability that a price suggests beside the provider's median price."""
        ratio = math.log(price_usd_per_mtok / of_provider_usd_per_mtok)
        return self.capability_logit + _LOGIT_PER_LOG_PRICE * ratio

    def parameters_billion(self, price_usd_per_mtok: float) -> float:
        """Return the size that a price suggests."""
        size = 70.0 * math.sqrt(price_usd_per_mtok / self.price_usd_per_mtok)
        return min(max(size, 7.0), 700.0)


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
    """

    dataset: Dataset
    as_of: dt.date
    region: str
    listings: tuple[Listing, ...]
    prior: Prior
    folders: Sequence[Path] = field(default_factory=tuple)

    def median_price(self, one: Listing) -> float:
        """Return the median price of a product's provider, in USD per million tokens."""
        provider = one.point.provider
        own = [_price(other.point) for other in self.listings if other.point.provider == provider]
        return statistics.median(own or [_price(one.point)])

    @property
    def providers(self) -> tuple[str, ...]:
        """Names of the providers, in order."""
        return tuple(dict.fromkeys(listing.point.provider for listing in self.listings))


def engineering_of(
    paths: Iterable[Path], prices: Iterable[PricePoint], as_of: dt.date | None = None
) -> dict[tuple[str, str], Engineering]:
    """Read tables ``products.csv``, by provider and model.

    Parameters
    ----------
    paths
        The tables.
    prices
        Whatever their date: a row may be of none but their models.
    as_of
        The date by which a row must have been known to be taken; None: all are.

    Raises
    ------
    DataError
        A row is refused, or is of a model that has no price.
    """
    priced: dict[str, set[str]] = defaultdict(set)
    for point in prices:
        priced[point.provider].add(point.model)

    def known(row: Row) -> Engineering | None:
        one = _engineering(row)
        if one.provider not in priced:
            raise row.error(
                f"provider = {one.provider!r} has no price in llm_api_prices.csv.  "
                f"{offer(one.provider, sorted(priced))}"
            )
        if one.model not in priced[one.provider]:
            raise row.error(
                f"model = {one.model!r} of {one.provider} has no price in llm_api_prices.csv.  "
                f"{offer(one.model, sorted(priced[one.provider]))}"
            )
        return one if row.is_known_by(as_of) else None

    rows = (one for path in paths for one in read_table(path, known))
    return {(one.provider, one.model): one for one in rows if one is not None}


def _engineering(row: Row) -> Engineering:
    parameters = row.optional_number("parameters_billion", low=1e-3)
    active = row.optional_number("active_parameters_billion", low=1e-3)
    if active is not None and parameters is not None and active > parameters:
        raise row.error(f"active_parameters_billion = {active:g} is above {parameters:g}")
    row.optional_date("known_on")
    return Engineering(
        provider=row.text("provider"),
        model=row.text("model"),
        open_weights=row.flag("open_weights") if row.optional_text("open_weights") else None,
        parameters_billion=parameters,
        active_parameters_billion=active,
        kv_bytes_per_token=row.optional_number("kv_bytes_per_token", low=1.0),
        nest=row.optional_text("nest"),
        source=row.text("source"),
    )


def market_of(
    dataset: Dataset,
    as_of: dt.date,
    region: str,
    engineering: Mapping[tuple[str, str], Engineering] | None = None,
    folders: Sequence[Path] = (),
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
    engineering
        What is known of models, from `engineering_of`.
    folders
        Folders of tables of the user's own, for the file that is written.

    Raises
    ------
    DataError
        Nothing was on sale.
    """
    dataset = dataset.known_by(as_of)
    known = engineering or {}
    listings = _on_sale(dataset, as_of, region, known)
    providers = {listing.point.provider for listing in listings}
    if not providers:
        raise DataError(
            f"on {as_of} the tables know no posted price in the region {region}: add rows to "
            "llm_api_prices.csv, or choose a later date"
        )
    scale = [one.value for one in capability_scale(dataset).capabilities.values()]
    prior = Prior(
        statistics.median(listing.point.blended_usd_per_mtok for listing in listings),
        statistics.median(scale) if scale else _UNKNOWN_LOGIT,
    )
    return Market(dataset, as_of, region, listings, prior, folders)


def _on_sale(
    dataset: Dataset,
    as_of: dt.date,
    region: str,
    engineering: Mapping[tuple[str, str], Engineering],
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
    for (provider, _, _), history in sorted(points.items()):
        last = history[-1]
        is_there = last.event != "retire" and last.blended_usd_per_mtok > 0.0
        is_heard_of = (as_of - last.date).days <= _LONGEST_SILENCE_DAYS
        is_meant = region == "world" or (last.currency == "CNY") == (region == "China")
        if is_there and is_heard_of and is_meant:
            found = engineering.get((provider, last.model), Engineering(provider, last.model))
            of_provider[provider].append(Listing(tuple(history), found))
    chosen = []
    for listings in of_provider.values():
        listings.sort(key=lambda one: (one.point.date, one.history[0].date), reverse=True)
        chosen += listings[:MOST_PRODUCTS]
    return tuple(chosen)


def to_scenario(market: Market, name: str, days: int, added: Sequence[Listing] = ()) -> str:
    """Write a market as a scenario file.

    Parameters
    ----------
    market
        From `market_of`.
    name
        The scenario's name.
    days
        Days that it runs after the date.
    added
        Products that are launched after the date.

    Raises
    ------
    DataError
        No rent was known.
    """
    start = market.as_of - dt.timedelta(days=BURN_IN_DAYS)
    end = market.as_of + dt.timedelta(days=days)
    chip, reviews = _chip(market), _reviews(market)
    everybody = (*market.listings, *added)
    lines = [
        f"# The market of {market.region} as known on {market.as_of}, made of the tables of data:",
        "# `pricewar scenario from-data` wrote it, by the rules of docs/evidence/backtest.md.",
        "",
        f"name: {_quoted(name)}",
        f"title: {_quoted(f'Language models, {market.region}, as known on {market.as_of}')}",
        "question: What will this market do?",
        f"start_date: {start}",
        f"end_date: {end}",
        "replications: 5",
        f"data_as_of: {market.as_of}",
        *([f"data: {json.dumps([str(f) for f in market.folders])}"] if market.folders else []),
        "",
        "population:",
        "  users: 2000",
        "  represents_users: {value: 500000, source: assumption, range: [100000, 2500000]}",
        "  types_per_domain: 32",
        "  choice:",
        "    taste_scale_share: {value: 1.0, source: assumption, range: [0.25, 2.0]}",
        "",
        "domains:",
        *(f"  - {domain}" for domain in _DOMAINS),
        "",
        "clouds:",
        "  - name: rented cloud",
        "    accelerators:",
        f"      - name: {chip}",
        "",
        "providers:",
        *(
            line
            for provider in dict.fromkeys(one.point.provider for one in everybody)
            for line in _provider(provider, chip, reviews)
        ),
        "products:",
        *(line for one in everybody for line in product_lines_of(one, market, start)),
        "war:",
        "  trigger_gap_share: {value: 0.1, source: assumption, range: [0.05, 0.3]}",
        "  comparable_capability_gap_logit: {value: 0.5, source: assumption, range: [0.2, 1.0]}",
        "  reaction_per_day: {value: 0.048, source: assumption, range: [0.02, 0.15]}",
        *_interventions(everybody, market, start),
    ]
    return "\n".join(lines) + "\n"


def _chip(market: Market) -> str:
    for chip in _CHIPS[market.region]:
        try:
            used_rents(chip, market.dataset)
        except UnknownName:
            continue
        return chip
    raise DataError(
        f"on {market.as_of} no rent of {' or '.join(_CHIPS[market.region])} was known: add rows to "
        "gpu_rental_prices.csv"
    )


def _interventions(listings: Iterable[Listing], market: Market, start: dt.date) -> list[str]:
    """Write the moves of the last weeks as what rivals hear of."""
    eve = market.as_of - dt.timedelta(days=1)  # so that the day's snapshot has the move
    moves = [
        (
            date,
            f"  - {{kind: price, of: {_quoted(name_of(one, market))}, "
            f"share: {factor - 1.0:.6g}, date: {min(date, eve)}}}",
        )
        for one in listings
        for date, factor in one.moves(start)
    ]
    return ["interventions:", *(line for _, line in sorted(moves))] if moves else []


def _reviews(market: Market) -> str:
    """Write how often prices are reviewed: by what was known of price changes, or assumed."""
    rate = closed_changes_per_month(market.dataset, market.as_of)
    if rate is None:  # the middle of the range, in logs
        return "{value: 0.022, source: assumption, range: [0.005, 0.1]}"
    source = f"OpenRouter price ledger, closed developers, as known on {market.as_of}"
    return f"{{value: {rate:.3g}, source: {_quoted(source)}}}"


def _provider(name: str, chip: str, reviews: str) -> list[str]:
    return [
        f"  - name: {_quoted(name)}",
        "    cloud: rented cloud",
        f"    accelerator: {chip}",
        "    cash_usd: {value: 1.0e9, source: assumption, range: [1.0e8, 1.0e10]}",
        "    price:",
        "      policy: cost_plus",
        f"      review_per_month: {reviews}",
        "      reviews_on_cost_change: false",
        "    war:",
        "      policy: undercut",
        "      depth_share: {value: 0.05, source: assumption, range: [0.0, 0.3]}",
    ]


def product_lines_of(one: Listing, market: Market, start: dt.date) -> list[str]:
    """Write a product as an item of the list of a scenario file."""
    first = one.history[0]
    launch = first.date if first.event == "launch" else min(first.date, start)
    point = one.on(max(start, launch))
    is_open = (
        point.open_weights
        if one.engineering.open_weights is None
        else (one.engineering.open_weights)
    )
    source = f"source: {_quoted(point.source)}, date: {point.date}"
    lines = [
        f"  - name: {_quoted(name_of(one, market))}",
        f"    provider: {_quoted(point.provider)}",
        f"    launch_date: {launch}",
        "    price_usd_per_mtok:",
        f"      input: {{value: {point.input_usd_per_mtok!r}, {source}}}",
        f"      output: {{value: {point.output_usd_per_mtok!r}, {source}}}",
        *_capability(one, market),
        *(["    open_weights: true"] if is_open else []),
        "    architecture:",
        *_architecture(one.engineering, market.prior.parameters_billion(_price(point))),
    ]
    if one.engineering.nest:
        lines.append(f"    nest: {_quoted(one.engineering.nest)}")
    return lines


def name_of(one: Listing, market: Market) -> str:
    """Return a product's name: its model's, with what tells it from another of that name."""
    same = [other.point for other in market.listings if other.point.model == one.point.model]
    if len({point.provider for point in same}) > 1:
        return f"{one.point.model} ({one.point.provider})"
    return f"{one.point.model} ({one.point.currency})" if len(same) > 1 else one.point.model


def _capability(one: Listing, market: Market) -> list[str]:
    try:
        capability_logit(one.point.model, market.dataset)
    except UnknownName:
        value = market.prior.capability(_price(one.point), market.median_price(one))
        return [
            f"    capability_logit: {{value: {value:.2f}, source: assumption, "
            f"range: [{value - 1.0:.2f}, {value + 1.0:.2f}], note: by its price}}"
        ]
    return [f"    capability_from_data: {_quoted(one.point.model)}"]


def _architecture(known: Engineering, assumed_billion: float) -> list[str]:
    size = known.parameters_billion or assumed_billion
    active = known.active_parameters_billion or size
    cache = known.kv_bytes_per_token or 160_000.0
    chips = 2 ** max(math.ceil(math.log2(size * 1e9 / (_ROOM_FOR_WEIGHTS * _BYTES_OF_CHIP))), 0)
    stated = f"source: {_quoted(known.source)}"
    assumed = "source: assumption"
    around = f"range: [{size / 4.0:.4g}, {4.0 * size:.4g}]"
    return [
        f"      parameters_billion: {{value: {size:.4g}, "
        + (f"{stated}}}" if known.parameters_billion else f"{assumed}, {around}}}"),
        f"      active_parameters_billion: {{value: {active:.4g}, "
        + (
            f"{stated}}}"
            if known.active_parameters_billion
            else f"{assumed}, range: [{active / 4.0:.4g}, {active:.4g}]}}"
        ),
        f"      kv_bytes_per_token: {{value: {cache:.6g}, "
        + (f"{stated}}}" if known.kv_bytes_per_token else f"{assumed}, range: [40000, 500000]}}"),
        "      weight_bits: 8",
        f"      accelerators_per_instance: {chips}",
    ]


def _price(point: PricePoint) -> float:
    return max(point.blended_usd_per_mtok, 1e-3)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
