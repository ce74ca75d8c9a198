"""Calibration files: which parameters of a scenario are estimated from which moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from analysis.estimation.estimate import Settings
from analysis.estimation.space import Parameter, Prior
from analysis.estimation.table_rows import TableRows
from sim import units
from sim.batch.designs.parameter import Targeted
from sim.quantities import Positive
from sim.reading.dialect import Dialect, OtherKind
from sim.reading.frozen import FolderName, Frozen, Name
from sim.reading.yaml_files import files_in
from sim.scenario.scenario import Measure
from sim.scenario.shipped import shipped, shipped_folder, shipped_sweeps

OwnMeasure = Literal[
    "provider_tokens_multiple_over_market",
    "market_value",
    "market_multiple",
    "open_weights_tokens_share",
    "product_share_of_provider_users",
    "constant_quality_price_fall_per_year",
    "own_price_elasticity",
]
"""Measures beside those of facts; `analysis.estimation.measures` defines each."""

FIXED_FROM_OUTSIDE = ("innovation_per_day", "imitation_per_day")
"""Rates of diffusion that adoption data or networks fix: moments of tokens and prices do not."""


class StatedPrior(Frozen):
    """A normal law on the parameter's scale."""

    median: float
    sd: Positive
    """Of the logarithm where the scale is ``log``, else in the parameter's unit."""
    source: str
    """What it rests on."""


class EstimatedParameter(Targeted):
    """A parameter, the paths that it sets, and the range that is searched."""

    range: tuple[float, float]
    """Lowest and highest value."""
    scale: Literal["linear", "log"] = "linear"
    """``log``: its logarithm is estimated."""
    prior: StatedPrior | None = None
    """What is known of it besides; None: any value in the range is as good before the data."""

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if not self.range[0] < self.range[1]:
            raise ValueError("range must be [low, high] with low < high")
        if self.scale == "log" and self.range[0] <= 0.0:
            raise ValueError("a log scale needs a range above 0")
        if self.prior is not None and self.scale == "log" and self.prior.median <= 0.0:
            raise ValueError("on a log scale the median of a prior must be above 0")
        return self

    @property
    def all_paths(self) -> tuple[str, ...]:
        """The paths that it sets."""
        return self.paths if self.path is None else (self.path,)

    def named(self, name: str) -> Parameter:
        """Return what is estimated."""
        prior = None if self.prior is None else Prior(self.prior.median, self.prior.sd)
        return Parameter(name, *self.range, is_log=self.scale == "log", prior=prior)


class FixedValue(Frozen):
    """A value that is fixed from outside, and what it rests on."""

    value: Any
    source: str


class OtherWorld(Frozen):
    """A world beside the scenario's own: the same market with something changed."""

    set: dict[str, Any] = Field(default_factory=dict)
    """Values by path."""
    do: tuple[str, ...] = ()
    """Interventions, as lines of text."""

    @model_validator(mode="after")
    def _differs(self) -> Self:
        if not self.set and not self.do:
            raise ValueError("must have set or do, or it is the same world")
        return self


class Moment(Frozen):
    """What was observed, and the measure that is its counterpart in a run."""

    measure: Literal[Measure, OwnMeasure]
    observed: float
    range: tuple[float, float]
    """95% interval of the source's error around what was observed."""
    scale: Literal["linear", "log"] = "linear"
    """``log``: moments are compared in logarithms."""
    source: str
    known_on: dt.date
    """The day on which it was published; one after the cut is left out, and that is said."""
    rows: tuple[TableRows, ...] = ()
    """Rows of shipped tables that it rests on; they must have been published by ``known_on``."""
    shares_error_with: dict[str, Annotated[float, Field(ge=-1.0, le=1.0)]] = Field(
        default_factory=dict
    )
    """Correlation of the source's error with that of other moments, by name: 1 where both rest on
    one figure. Independent of all others."""
    fact: str = ""
    """Number of the stylised fact."""
    provider: Name | None = None
    product: Name | None = None
    column: str | None = None
    """Column of the market table."""
    capability_logit: float | None = None
    """Capability at which a price is followed."""
    since_date: dt.date | None = None
    until_date: dt.date | None = None
    world: str | None = None
    """The other world that the measure compares with."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.range[0] <= self.observed <= self.range[1]:
            raise ValueError("observed must lie within range")
        if self.scale == "log" and self.range[0] <= 0.0:
            raise ValueError("a log scale needs a range above 0")
        if self.since_date and self.until_date and self.until_date <= self.since_date:
            raise ValueError("until_date must come after since_date")
        missing = [key for key in _NEEDS.get(self.measure, ()) if getattr(self, key) is None]
        if missing:
            raise ValueError(f"{self.measure} needs {', '.join(missing)}")
        return self


_NEEDS: dict[str, tuple[str, ...]] = {
    "market_value": ("column", "until_date"),
    "market_multiple": ("column", "since_date", "until_date"),
    "product_share_of_provider_users": ("provider", "product", "until_date"),
    "constant_quality_price_fall_per_year": ("capability_logit", "since_date", "until_date"),
    "own_price_elasticity": ("product", "world", "since_date", "until_date"),
    "provider_tokens_multiple": ("provider", "until_date"),
    "provider_tokens_multiple_over_market": ("provider", "since_date", "until_date", "world"),
    "provider_tokens_multiple_over_no_war": ("provider", "until_date", "world"),
    "provider_tokens_share": ("provider", "until_date"),
}


class Estimation(Frozen):
    """How much is simulated, and how moments are weighed."""

    points: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Of the first bank; 0: twice what a quadratic surface needs."""
    replications: Annotated[int, Field(ge=2, le=10_000)] = 4
    """Of each point of the banks; weights are measured from them."""
    final_replications: Annotated[int, Field(ge=2, le=10_000)] = 8
    """Of each point of the steps; chance is measured from them, so few make wide intervals."""
    zooms: Annotated[int, Field(ge=0, le=5)] = 1
    difference: Annotated[float, Field(gt=0.0, le=0.25)] = 0.05
    most_steps: Annotated[int, Field(ge=0, le=50)] = 3
    weighting: Literal["diagonal", "optimal"] = "diagonal"
    most_failed_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5

    def settings(self) -> Settings:
        """Return what the estimator takes."""
        return Settings(**self.model_dump())


class Confirmation(Frozen):
    """Runs at the estimate with other draws, on a larger population."""

    users: Annotated[int, Field(ge=2)]
    replications: Annotated[int, Field(ge=2, le=10_000)] = 4


class CalibrationFile(Frozen):
    """One calibration."""

    name: FolderName
    title: str = ""
    question: str = ""
    scenario: str
    """A scenario file, by its path from this one, or a shipped scenario, by its name."""
    cut: dt.date
    """No moment that became known later is used; nor are values of the tables, see ``view``."""
    view: Literal["cut", "all"] = "cut"
    """Rows in which a scenario looks its capabilities, rents and prices up: those known by the cut,
    or all, which the results say."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values that hold in all runs, such as the number of users."""
    fixed: dict[str, FixedValue] = Field(default_factory=dict)
    """Parameters that are fixed from outside, by path."""
    worlds: dict[str, OtherWorld] = Field(default_factory=dict)
    parameters: Annotated[dict[str, EstimatedParameter], Field(min_length=1)]
    moments: Annotated[dict[str, Moment], Field(min_length=1)]
    estimation: Estimation = Estimation()
    confirm: Confirmation | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32 - 2)] = 1
    """Of the banks; the steps take the next, and the confirmation the one after."""

    def used(self) -> Iterator[tuple[str, Moment]]:
        """Yield the moments that were known by the cut."""
        for name, moment in self.moments.items():
            if not self.is_late(moment):
                yield name, moment

    def is_late(self, moment: Moment) -> bool:
        """Return whether a moment is of, or became known on, a day after the cut."""
        days = (moment.known_on, moment.since_date, moment.until_date)
        return any(day is not None and day > self.cut for day in days)


def shipped_calibrations() -> dict[str, Path]:
    """Return the shipped calibration files by name."""
    return files_in(shipped_folder() / "calibrations")


CALIBRATION = Dialect(
    noun="calibration",
    record=CalibrationFile,
    keys_shown="name, scenario, parameters, moments",
    shipped=shipped_calibrations,
    units=units.BY_SUFFIX,
    other_kinds=(
        OtherKind("scenario", frozenset({"extends", "products", "providers"}), "run", shipped),
        OtherKind("sweep design", frozenset({"kind"}), "sweep", shipped_sweeps),
    ),
)
"""What a calibration file may say."""
