"""What is known of a market beyond the tables: of models, providers, events and exchange rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.data.dataset import EVENTS, PRODUCTS, PROVIDERS, RATES, Dataset
from sim.data.prices import PricePoint
from sim.scenario.from_data.engineering import Engineering, engineering_of
from sim.scenario.from_data.events import MarketEvent, events_of
from sim.scenario.from_data.providers import ProviderFacts, providers_of
from sim.scenario.from_data.rates import Rate, rates_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beyond the tables; a prior stands for the rest.

    Attributes
    ----------
    engineering
        Of models, by provider and model.
    providers
        By name.
    events
        Policy, outages and bans.
    rates
        CNY per USD, in order of date.
    """

    engineering: Mapping[tuple[str, str], Engineering] = field(default_factory=dict)
    providers: Mapping[str, ProviderFacts] = field(default_factory=dict)
    events: tuple[MarketEvent, ...] = ()
    rates: tuple[Rate, ...] = ()

    @classmethod
    def read(
        cls,
        files: Iterable[Path],
        prices: Iterable[PricePoint],
        dataset: Dataset,
        as_of: dt.date | None = None,
    ) -> Known:
        """Read the files among some that are such tables.

        Parameters
        ----------
        files
            Whatever their names.
        prices
            Whatever their date: rows may be of none but their models and providers.
        dataset
            In which the rents of accelerators are looked up.
        as_of
            The date by which a row must have been known to be taken; None: all are.

        Raises
        ------
        DataError
            A row is refused.
        """
        files, prices = tuple(files), tuple(prices)
        named = {
            name: [file for file in files if file.name == name]
            for name in (PRODUCTS, PROVIDERS, EVENTS, RATES)
        }
        priced = {point.provider for point in prices}
        return cls(
            engineering_of(named[PRODUCTS], prices, as_of),
            providers_of(named[PROVIDERS], priced, dataset, as_of),
            events_of(named[EVENTS], as_of),
            rates_of(named[RATES], as_of),
        )

    def with_more(self, other: Known) -> Known:
        """Return both; where both say something, the other counts."""
        return Known(
            {**self.engineering, **other.engineering},
            {**self.providers, **other.providers},
            (*self.events, *other.events),
            tuple(sorted((*self.rates, *other.rates))),
        )
