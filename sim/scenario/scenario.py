"""The scenario: everything that a run needs to know, frozen."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from sim.scenario.demand import Domain, Population
from sim.scenario.frozen import Frozen, Name, Positive
from sim.scenario.pricing import Factors, War
from sim.scenario.supply import Cloud, Product, Provider


class DatedRate(Frozen):
    """An exchange rate from a date on."""

    date: dt.date
    cny_per_usd: Positive


class Fact(Frozen):
    """A published observation that the report holds against the run."""

    name: Name
    """The measure that the run is asked for; see ``analysis.facts`` for those known."""
    low: float
    high: float
    provider: Name | None = None
    until_date: dt.date | None = None
    description: str
    source: str


class Scenario(Frozen):
    """One question, complete: no value is left to a default once it is resolved."""

    name: Name
    title: str
    question: str
    start_date: dt.date
    end_date: dt.date
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    replications: Annotated[int, Field(ge=1, le=100_000)] = 10
    snapshot_every_days: Annotated[float, Field(ge=1.0, le=92.0)] = 7.0
    factors: Factors = Factors()
    population: Population
    domains: tuple[Domain, ...] = Field(min_length=1)
    clouds: tuple[Cloud, ...] = Field(min_length=1)
    providers: tuple[Provider, ...] = Field(min_length=1)
    products: tuple[Product, ...] = Field(min_length=1)
    war: War = War()
    exchange_rates: tuple[DatedRate, ...] = ()
    """CNY per USD by date; empty: read from the price table."""
    facts: tuple[Fact, ...] = ()

    @property
    def duration_days(self) -> float:
        """Length of the run in days."""
        return float((self.end_date - self.start_date).days)

    def days(self, date: dt.date) -> float:
        """Days from the first day to a date."""
        return float((date - self.start_date).days)
