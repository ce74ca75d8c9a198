"""The scenario: everything that a run needs to know, frozen."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from sim.interventions.registry import AnyIntervention
from sim.quantities import NonNegative, Positive
from sim.reading.frozen import FolderName, Frozen, Name
from sim.reading.parsed import Parsed
from sim.reading.provenance import Provenance
from sim.scenario.compression import Compression
from sim.scenario.demand import Domain, Population
from sim.scenario.pricing import Factors, War
from sim.scenario.supply import Cloud, Product, Provider
from sim.strategies.outside_code import OutsideCode


class DatedRate(Frozen):
    """An exchange rate from a date on."""

    date: dt.date
    cny_per_usd: Positive


class DataFile(Frozen):
    """A table of the user's own that values were looked up in."""

    table: Name
    """Name of the shipped table that it adds to or replaces, such as ``llm_api_prices``."""
    sha256: str
    """Of the file's content, in hexadecimal."""
    replaces: bool = False
    """Whether it stood in place of the shipped table."""


class SectorRevenue(Frozen):
    """What all providers of a market together earn, as published of a day."""

    date: dt.date
    revenue_usd_per_year: Positive
    """At the pace of that day."""


Measure = Literal[
    "follower_median_lag_days",
    "follower_median_cut_depth_share",
    "provider_tokens_multiple",
    "provider_tokens_multiple_over_no_war",
    "provider_tokens_share",
    "leading_models_entries_per_week",
    "leading_models_median_stay_weeks",
    "leading_model_share",
]
"""What a run can be asked for; ``analysis.facts`` defines each."""


class News(Frozen):
    """News of a product that users hear whatever its provider does, and rivals do not."""

    product: Name
    time_days: NonNegative
    """Days since the first day."""
    level: Positive
    """That of a cut is the share by which it cuts; of a launch, 1."""
    replication: Annotated[int, Field(ge=0)] | None = None
    """The one replication that has it; None: all have."""


class Fact(Frozen):
    """A published observation that the report holds against the run."""

    name: Measure
    role: Literal["calibration", "validation", "unstated"] = "unstated"
    """``calibration``: parameters were set so that it comes out, so it judges nothing;
    ``validation``: no parameter was set by it; ``unstated``: nobody said, so it judges nothing."""
    published: float | None = None
    """The figure as published; None: only a range was."""
    low: float
    high: float
    provider: Name | None = None
    """The provider measured; for the followers' measures, the one they followed."""
    since_date: dt.date | None = None
    """The followers' trigger, the last day of the fortnight that a multiple is a multiple of, or
    the first day of the span that a share is taken over.

    None: the provider's first launch in the run, the run's first fortnight, or its first day.
    """
    until_date: dt.date | None = None
    """The day that a multiple is measured on, the last of the span of a share, or the last on which
    a follower counts as one. A run that ends before says nothing of the fact."""
    description: str
    source: str

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.high < self.low:
            raise ValueError("high must be at least low")
        if self.published is not None and not self.low <= self.published <= self.high:
            raise ValueError("published must lie between low and high")
        if self.name.startswith("provider_") and None in (self.provider, self.until_date):
            raise ValueError(f"{self.name} needs provider and until_date")
        if self.since_date and self.until_date and self.until_date <= self.since_date:
            raise ValueError("until_date must come after since_date")
        return self


NOT_OF_THE_MARKET: Final = ("name", "title", "question", "facts", "sector_revenue")
"""Keys that say nothing about the market."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a scenario comes from.

    Attributes
    ----------
    provenance
        Sources of its values, by path.
    parsed
        The file that it was built from, overrides included; None if it was not, or if values were
        changed since.
    allow_code
        Whether files of policies outside the package were allowed to be executed.
    code
        What was executed, by the path of the policy.
    """

    provenance: Provenance = field(default_factory=dict)
    parsed: Parsed | None = None
    allow_code: bool = False
    code: Mapping[str, OutsideCode] = field(default_factory=dict)


class Scenario(Frozen):  # noqa: PLW1641 - pydantic hashes frozen records by their fields
    """One question, complete: no value is left to a default once it is resolved.

    Where its numbers come from travels with it, through copies and pickles, but is no part of what
    it says: neither of its equality nor of its hash.
    """

    name: FolderName
    title: str
    question: str
    start_date: dt.date
    end_date: dt.date
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    replications: Annotated[int, Field(ge=1, le=100_000)] = 10
    snapshot_every_days: Annotated[int, Field(ge=1, le=92)] = 7
    """Days between settlements, each of which ends with a snapshot. Bills are paid, fleets sized
    and queues published at this step: it is part of the market, not only of its record."""
    factors: Factors = Factors()
    population: Population
    domains: tuple[Domain, ...] = Field(min_length=1)
    clouds: tuple[Cloud, ...] = Field(min_length=1)
    providers: tuple[Provider, ...] = Field(min_length=1)
    products: tuple[Product, ...] = Field(min_length=1)
    war: War = War()
    compression: Compression = Compression()
    exchange_rates: tuple[DatedRate, ...] = ()
    """CNY per USD by date; empty: read from the price table."""
    facts: tuple[Fact, ...] = ()
    sector_revenue: tuple[SectorRevenue, ...] = ()
    """Published revenue by date; the report warns where users spend more. No run reads it."""
    data_files: tuple[DataFile, ...] = ()
    """Tables of the user's own behind its values; a file names their folder: ``data: tables``."""
    data_as_of: dt.date | None = None
    """Values are looked up in what was known on this day: rows that state that they were published
    by then. None: in all rows."""
    interventions: tuple[AnyIntervention, ...] = ()
    """Dated changes from outside that are asked about, after which everything goes on as before.
    A file may write each as a line of text, such as ``price ByteDance -50% on 2024-06-01``."""

    news: tuple[News, ...] = ()
    """News beside that of launches and cuts, or in its place with ``factors.attention`` off."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return self._origin

    @property
    def provenance(self) -> Provenance:
        """`Source` by path, such as ``products[glm-4].capability_logit``."""
        return self._origin.provenance

    @property
    def files(self) -> tuple[Path, ...]:
        """The file that it was read from and those it extends, in that order."""
        return () if self._origin.parsed is None else self._origin.parsed.files

    def traced_to(self, origin: Origin) -> Self:
        """Return the same scenario with another origin."""
        same = super().model_copy()
        same._origin = origin
        return same

    def untraced(self) -> Self:
        """Return the same scenario without its origin: a fifth of the size, for other processes."""
        return self.traced_to(Origin())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy it; a copy with other values is no longer what its file says."""
        copied = super().model_copy(update=update, deep=deep)
        if update:
            copied._origin = replace(self._origin, parsed=None)
        return copied

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, wherever they come from."""
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        """Name, dates and sizes; its values are in its attributes, and in ``resolved.yaml``."""
        return (
            f"<Scenario {self.name}: {self.start_date} to {self.end_date}, "
            f"{len(self.providers)} providers, {len(self.products)} products, "
            f"{self.population.users:,} users>"
        )

    __str__ = __repr__

    @property
    def duration_days(self) -> float:
        """Length of the run in days."""
        return float((self.end_date - self.start_date).days)

    def has(self, product: Product) -> bool:
        """Return whether a product exists with the causes that are at work."""
        return self.factors.open_weights or not product.open_weights

    def days(self, date: dt.date) -> float:
        """Days from the first day to a date."""
        return float((date - self.start_date).days)
