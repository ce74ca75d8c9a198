"""What a scenario may name of tables and library: a row a name, with what tells it apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.reading.nodes import Mapping

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameList:
    """One kind of names.

    Attributes
    ----------
    headings
        Of the columns; the first is the name.
    rows
        Returns them, in order.
    use
        How a scenario names one.
    """

    headings: Row
    rows: Callable[[], Sequence[Row]]
    use: str


def _accelerators() -> list[Row]:
    from sim.data.accelerators import accelerators
    from sim.data.rents import used_rents
    from sim.errors import DataError

    def rent(name: str) -> str:
        try:
            rents = used_rents(name)
        except DataError:
            return "none"
        return f"from {min(rent.date for rent in rents)}"

    return [
        (
            spec.name, spec.vendor, f"{spec.release_date}", f"{spec.memory_bytes / 1e9:g} GB",
            f"{spec.fp16_flop_per_s / 1e12:g} TFLOP/s",
            f"{spec.bandwidth_bytes_per_s / 1e9:,.0f} GB/s", rent(spec.name),
        )
        for spec in accelerators()
    ]  # fmt: skip


def _models() -> list[Row]:
    from sim.data.capabilities import capability_scale

    scale = sorted(capability_scale().capabilities.values(), key=lambda model: -model.value)
    return [
        (model.model, f"{model.value:+.2f}", f"{model.standard_error:.2f}", f"{model.scores}")
        for model in scale
    ]


def _products() -> list[Row]:
    from sim.data.prices import list_price_history, price_points, product_lines

    names = {(point.provider, point.model) for point in price_points()} | {*product_lines()}
    rows: list[Row] = []
    for provider, model in sorted(names, key=lambda name: tuple(map(str.casefold, name))):
        history = list_price_history(provider, model)
        if history:
            last = history[-1]
            rows.append(
                (
                    model, provider, f"{history[0].date}", f"{last.date}",
                    f"{last.input_usd_per_mtok:.3g}", f"{last.output_usd_per_mtok:.3g}",
                )
            )  # fmt: skip
    return rows


def _methods() -> list[Row]:
    from sim.compression.shipped_curves import shipped_curves

    return [
        (method.name, method.family, ", ".join(f"{size.strength:g}" for size in method.sizes))
        for method in shipped_curves().methods
    ]


def _library(key: str) -> dict[str, Mapping]:
    from sim.reading.library import library_items
    from sim.scenario.shipped import library

    return library_items(library(), key)


def _shown(item: Mapping, *path: str) -> str:
    """Return what the library says at a path of an item, without its source."""
    from sim.reading.nodes import Listing as Items
    from sim.reading.nodes import Mapping, descend, plain

    node = descend(item, path)
    if isinstance(node, Mapping):
        node = node.entries.get("value")
    if isinstance(node, Items):
        return ", ".join(str(plain(one)) for one in node.items)
    return "" if node is None else str(plain(node))


def _domains() -> list[Row]:
    return [
        (
            name, _shown(item, "size"), _shown(item, "volume", "median_mtok_per_month"),
            _shown(item, "tokens_per_work"), _shown(item, "tokens", "output_share"),
            _shown(item, "difficulty_logit"), _shown(item, "privacy_share"),
            _shown(item, "setup_cost_usd"), _shown(item, "deployments"),
        )
        for name, item in _library("domains").items()
    ]  # fmt: skip


def _deployments() -> list[Row]:
    return [
        (
            name, _shown(item, "deployment"), _shown(item, "capability_from_data"),
            _shown(item, "device", "cost_usd"), _shown(item, "device", "life_days"),
            _shown(item, "device", "capacity_mtok_per_month"),
        )
        for name, item in _library("products").items()
    ]  # fmt: skip


LISTINGS = {
    "accelerators": NameList(
        ("accelerator", "vendor", "released", "memory", "at 16 bits", "bandwidth", "rents"),
        _accelerators,
        "accelerators: [{name: NAME}] of a cloud; one without rents needs rents of its own",
    ),
    "models": NameList(
        ("model", "capability, logit", "standard error", "scores"),
        _models,
        "capability_from_data: NAME of a product",
    ),
    "products": NameList(
        ("product", "provider", "first price", "last price", "input, USD/Mtok", "output, USD/Mtok"),
        _products,
        "price_from_data: {provider: PROVIDER, model: NAME} of a product",
    ),
    "domains": NameList(
        (
            "domain",
            "size",
            "work, Mtok/month",
            "tokens per work",
            "output share",
            "difficulty, logit",
            "privacy share",
            "setup, USD",
            "runs on",
        ),
        _domains,
        "NAME in the list of domains, or {library: NAME, KEY: VALUE} to change a key of it",
    ),
    "deployments": NameList(
        ("product", "runs on", "capability of", "device, USD", "life, days", "Mtok/month"),
        _deployments,
        "{library: NAME, provider: PROVIDER, launch_date: DATE} in the list of products",
    ),
    "methods": NameList(
        ("method", "family", "strengths"),
        _methods,
        "method: NAME:STRENGTH of a compression project; stacks are joined by +",
    ),
}
"""Every kind of names in the tables."""


def matching(rows: Sequence[Row], text: str) -> list[Row]:
    """Return the rows that contain a text, blanks and punctuation left out."""
    wanted = _letters(text)
    return [row for row in rows if any(wanted in _letters(cell) for cell in row[:2])]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def aligned(headings: Row, rows: Sequence[Row]) -> list[str]:
    """Lay rows out in columns under their headings, two blanks apart."""
    table = (headings, *rows)
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
