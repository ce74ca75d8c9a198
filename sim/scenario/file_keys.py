"""Keys that only scenario files have: other ways to give what the records hold."""

from __future__ import annotations

from sim.quantities import Positive
from sim.reading.frozen import Frozen
from sim.scenario.supply import Price


class ShorthandScenario(Frozen):
    """How a file may name tables of data of its own."""

    data: str | tuple[str, ...] | None = None
    """Folder of tables that are added to the shipped ones, or that stand in their place if they lie
    in its subfolder ``replace``; or a list of folders. Its path is from this file."""


class PriceReference(Frozen):
    """A product of the price table."""

    provider: str
    model: str
    history: bool = False
    """Take every later list price too."""


class ShorthandPrice(Frozen):
    """How a file may give a price in place of ``price_usd_per_mtok``."""

    price_cny_per_mtok: Price | None = None
    """List price in CNY per million tokens; converted at the rate of its day."""


class FromLibrary(Frozen):
    """How a file may take an item of a list from the library."""

    library: str | None = None
    """An item of the library, whose keys hold unless others are given beside it."""


class ShorthandDomain(FromLibrary):
    """How a file may give a domain's share of users."""

    size: Positive | None = None
    """Number of users, in any unit: a domain has its part of what shares leave of all users."""


class ShorthandProduct(ShorthandPrice, FromLibrary):
    """How a file may give a product's price and capability from data."""

    price_from_data: PriceReference | None = None
    """A product of the price table whose list price is taken."""
    capability_from_data: str | None = None
    """A model of the benchmark table whose capability is taken."""


class ShorthandCompression(Frozen):
    """How a file may name another that holds its ``curves``."""

    curves_from: str | None = None
    """A file of curves that ``pricewar calibrate compression`` wrote, by its path from this one."""
