"""A market of the tables as a scenario file."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sim.data.price_changes import closed_changes_per_month
from sim.data.rents import used_rents
from sim.errors import DataError, UnknownName
from sim.scenario.from_data.events import MarketEvent, in_force, refuse_unmapped
from sim.scenario.from_data.listing import Listing
from sim.scenario.from_data.market import BURN_IN_DAYS, Market
from sim.scenario.from_data.product_lines import name_of, product_lines_of
from sim.scenario.from_data.providers import ProviderFacts
from sim.scenario.from_data.quoted import quoted
from sim.scenario.from_data.users import population_lines

_CHIPS = {
    "China": ("H800 SXM5", "A100 SXM4 80GB"),
    "global": ("H100 SXM5 80GB", "A100 SXM4 80GB"),
    "world": ("H100 SXM5 80GB", "A100 SXM4 80GB"),
}
"""What serves models in a region: the first whose rents were known."""
_DOMAINS = ("customer service", "translation", "sentiment analysis", "coding", "recommendation")


def to_scenario(
    market: Market,
    name: str,
    days: int,
    added: Sequence[Listing] = (),
    attainable: Mapping[str, float] | None = None,
) -> str:
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
    attainable
        Of domains whose usual share of adopters is out of reach at the first day's offers, the
        share of the aware who could use a product; half of it adopts there.

    Raises
    ------
    DataError
        No rent was known.
    """
    start = market.as_of - dt.timedelta(days=BURN_IN_DAYS)
    end = market.as_of + dt.timedelta(days=days)
    chip, reviews = _chip(market), _reviews(market)
    everybody = (*market.listings, *added)
    owners = [
        replace(facts, accelerator=facts.accelerator or chip)
        for name in dict.fromkeys(one.point.provider for one in everybody)
        for facts in (market.known.providers.get(name, ProviderFacts(name)),)
    ]
    events = in_force(market.known.events, start)
    refuse_unmapped(
        events,
        products=[name_of(one, market) for one in everybody],
        providers=[owner.provider for owner in owners],
        chips=[owner.accelerator for owner in owners],
        clouds=[owner.cloud for owner in owners],
    )
    lines = [
        f"# The market of {market.region} as known on {market.as_of}, made of the tables of data:",
        "# `pricewar scenario from-data` wrote it, by the rules of docs/evidence/backtest.md.",
        "",
        f"name: {quoted(name)}",
        f"title: {quoted(f'Language models, {market.region}, as known on {market.as_of}')}",
        "question: What will this market do?",
        f"start_date: {start}",
        f"end_date: {end}",
        "replications: 5",
        f"data_as_of: {market.as_of}",
        *([f"data: {json.dumps([str(f) for f in market.folders])}"] if market.folders else []),
        "",
        *population_lines(market.dataset, market.as_of, market.region),
        "",
        "domains:",
        *(_domain(name, (attainable or {}).get(name)) for name in _DOMAINS),
        "",
        "clouds:",
        *_clouds(owners),
        "",
        "providers:",
        *(line for provider in owners for line in _provider(provider, reviews)),
        "products:",
        *(line for one in everybody for line in product_lines_of(one, market, start)),
        "war:",
        "  trigger_gap_share: {value: 0.1, source: assumption, range: [0.05, 0.3]}",
        "  comparable_capability_gap_logit: {value: 0.5, source: assumption, range: [0.2, 1.0]}",
        "  reaction_per_day: {value: 0.048, source: assumption, range: [0.02, 0.15]}",
        f"  first_answer_date: {market.as_of}",  # until then, prices are those known
        *_interventions(everybody, market, start, events),
    ]
    return "\n".join(lines) + "\n"


def _domain(name: str, attainable: float | None) -> str:
    if attainable is None:
        return f"  - {name}"
    note = quoted(f"half of the {attainable:.3g} to whom the first day's offers are worth it")
    between = f"[{0.1 * attainable:.3g}, {0.9 * attainable:.3g}]"
    share = f"{{value: {attainable / 2.0:.3g}, source: assumption, range: {between}, note: {note}}}"
    return f"  - {{library: {name}, initial_adopter_share: {share}}}"


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


def _interventions(
    listings: Iterable[Listing], market: Market, start: dt.date, events: Iterable[MarketEvent]
) -> list[str]:
    """Write the moves of the last weeks as what rivals hear of, and events in force or to come."""
    eve = market.as_of - dt.timedelta(days=1)  # so that the day's snapshot has the move
    moves = [
        (
            date,
            f"  - {{kind: price, of: {quoted(name_of(one, market))}, "
            f"share: {factor - 1.0:.6g}, date: {min(date, eve)}}}",
        )
        for one in listings
        for date, factor in one.moves(start)
    ]
    said = [
        *(line for _, line in sorted(moves)),
        *(f"  - {quoted(event.line)}" for event in events),
    ]
    return ["interventions:", *said] if said else []


def _reviews(market: Market) -> str:
    """Write how often prices are reviewed: by what was known of price changes, or assumed."""
    rate = closed_changes_per_month(market.dataset, market.as_of)
    if rate is None:  # the middle of the range, in logs
        return "{value: 0.022, source: assumption, range: [0.005, 0.1]}"
    source = f"OpenRouter price ledger, closed developers, as known on {market.as_of}"
    return f"{{value: {rate:.3g}, source: {quoted(source)}}}"


def _clouds(owners: Iterable[ProviderFacts]) -> list[str]:
    chips: dict[str, list[str]] = {}
    for owner in owners:
        chips.setdefault(owner.cloud, []).append(owner.accelerator)
    lines = []
    for cloud, rented in chips.items():
        lines += [f"  - name: {quoted(cloud)}", "    accelerators:"]
        lines += [f"      - name: {quoted(chip)}" for chip in dict.fromkeys(rented)]
    return lines


def _provider(owner: ProviderFacts, reviews: str) -> list[str]:
    cash = (
        "{value: 1.0e9, source: assumption, range: [1.0e8, 1.0e10]}"
        if owner.cash_usd is None
        else f"{{value: {owner.cash_usd:.6g}, source: {quoted(owner.source)}}}"
    )
    return [
        f"  - name: {quoted(owner.provider)}",
        f"    cloud: {quoted(owner.cloud)}",
        f"    accelerator: {quoted(owner.accelerator)}",
        f"    cash_usd: {cash}",
        "    price:",
        "      policy: cost_plus",
        f"      review_per_month: {reviews}",
        "      reviews_on_cost_change: false",
        "    war:",
        "      policy: undercut",
        "      depth_share: {value: 0.05, source: assumption, range: [0.0, 0.3]}",
    ]
