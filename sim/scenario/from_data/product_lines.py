"""A product as lines of a scenario file."""

from __future__ import annotations

import datetime as dt
import math

from sim.data.capabilities import capability_logit
from sim.errors import UnknownName
from sim.scenario.from_data.engineering import Engineering
from sim.scenario.from_data.listing import Listing, price_of
from sim.scenario.from_data.market import Market
from sim.scenario.from_data.quoted import quoted

_BYTES_OF_CHIP = 80e9
_ROOM_FOR_WEIGHTS = 0.6


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
    source = f"source: {quoted(point.source)}, date: {point.date}"
    lines = [
        f"  - name: {quoted(name_of(one, market))}",
        f"    provider: {quoted(point.provider)}",
        f"    launch_date: {launch}",
        "    price_usd_per_mtok:",
        f"      input: {{value: {point.input_usd_per_mtok!r}, {source}}}",
        f"      output: {{value: {point.output_usd_per_mtok!r}, {source}}}",
        *_capability(one, market),
        *(["    open_weights: true"] if is_open else []),
        "    architecture:",
        *_architecture(one.engineering, market.prior.parameters_billion(price_of(point))),
    ]
    if one.engineering.nest:
        lines.append(f"    nest: {quoted(one.engineering.nest)}")
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
        value = market.prior.capability(price_of(one.point), market.medianprice_of(one))
        return [
            f"    capability_logit: {{value: {value:.2f}, source: assumption, "
            f"range: [{value - 1.0:.2f}, {value + 1.0:.2f}], note: by its price}}"
        ]
    return [f"    capability_from_data: {quoted(one.point.model)}"]


def _architecture(known: Engineering, assumed_billion: float) -> list[str]:
    size = known.parameters_billion or assumed_billion
    active = known.active_parameters_billion or size
    cache = known.kv_bytes_per_token or 160_000.0
    chips = 2 ** max(math.ceil(math.log2(size * 1e9 / (_ROOM_FOR_WEIGHTS * _BYTES_OF_CHIP))), 0)
    stated = f"source: {quoted(known.source)}"
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
