"""What is known of providers: rows of a table ``providers.csv``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from sim.data.dataset import Dataset
from sim.data.rents import used_rents
from sim.data.table import Row, read_table
from sim.errors import UnknownName
from sim.nearest import offer

CLOUD = "rented cloud"
"""The host of providers of which none is known."""


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """What is known of a provider; None, and no text: the same is assumed of it as of others.

    Attributes
    ----------
    cash_usd
        On the first day.
    cloud
        The host that it rents of, or its own.
    accelerator
        What its fleet is made of; its size follows what users ask for.
    """

    provider: str
    cash_usd: float | None = None
    cloud: str = CLOUD
    accelerator: str = ""
    source: str = ""


def providers_of(
    paths: Iterable[Path],
    priced: Collection[str],
    dataset: Dataset,
    as_of: dt.date | None = None,
) -> dict[str, ProviderFacts]:
    """Read tables ``providers.csv``, by provider; of several rows the one known last counts.

    Parameters
    ----------
    paths
        The tables.
    priced
        Providers that have a price: a row may be of no other.
    dataset
        In which the rents of accelerators are looked up.
    as_of
        The date by which a row must have been known to be taken; None: all are.

    Raises
    ------
    DataError
        A row is refused: a provider without a price, an accelerator without rents.
    """
    rows = [one for path in paths for one in read_table(path, _reader(priced, dataset))]
    known = [one for one in rows if as_of is None or (one[0] is not None and one[0] <= as_of)]
    known.sort(key=lambda one: one[0] or dt.date.min)
    return {one.provider: one for _, one in known}


def _reader(
    priced: Collection[str], dataset: Dataset
) -> Callable[[Row], tuple[dt.date | None, ProviderFacts]]:
    def read(row: Row) -> tuple[dt.date | None, ProviderFacts]:
        provider, chip = row.text("provider"), row.optional_text("accelerator")
        if provider not in priced:
            raise row.error(
                f"provider = {provider!r} has no price in llm_api_prices.csv.  "
                f"{offer(provider, sorted(priced))}"
            )
        if chip:
            try:
                used_rents(chip, dataset)
            except UnknownName as error:
                raise row.error(f"accelerator = {chip!r} has no known rents.  {error}") from error
        return row.optional_date("known_on"), ProviderFacts(
            provider=provider,
            cash_usd=row.optional_number("cash_usd"),
            cloud=row.optional_text("cloud") or CLOUD,
            accelerator=chip,
            source=row.text("source"),
        )

    return read
