"""What a case asks to be forecast, and what it is measured by."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.quantities import Positive
from sim.reading.frozen import Frozen, Name

Kind = Literal["price_move", "price_index", "tokens", "share", "rent"]

MOVED, LAG, DEPTH, CHANGE = "moved", "lag_days", "depth", "change"
"""Quantities that are forecast: whether prices fell, after how many days, by how much in logs, and
the change of a series since the origin."""

FREE_USD_PER_MTOK = 1e-3
"""A price below this counts as this much, so that a free tier has a log."""


class Target(Frozen):
    """One thing that a case asks for.

    A price move is a fall of a product's blended list price by `least_cut_share` at least, after
    the origin: whether there was one (``moved``), after how many days, censored at the end
    (``lag_days``), and the mean over products of the log of the price at the end over that at the
    origin (``depth``). Of the other kinds it is the change since the last value known at the
    origin, by date.
    """

    name: Name
    kind: Kind
    entity: Name | None = None
    """Whose it is, as the observed table writes it: a provider, ``Google (all AI products)``, the
    developer of OpenRouter's names. None: the whole market."""
    model: Name | None = None
    """One model of a price, or the accelerator of a rent, as the table writes it."""
    universe: tuple[Name, ...] = ()
    """Several models of a price, as the table writes them."""
    metric: Name | None = None
    """Of ``llm_adoption``, such as ``tokens_per_week``; None: OpenRouter's weekly leaders."""
    provider: Name | None = None
    """Name of the entity in the scenario; None: the same or, of a metric's tokens, all."""
    products: tuple[Name, ...] = ()
    """Names of the models in the scenario; none: the same."""
    weight: Positive = 1.0
    start: dt.date | None = None
    """First day that counts; None: the day after the origin."""
    end: dt.date | None = None
    """Last day that counts; None: the end of the horizon."""
    unit: str = ""
    """Of the observed figure, as said to people."""
    currency: Literal["USD", "CNY"] | None = None
    """Of prices: those that are posted in it, compared in USD at the table's dated rates. None: all
    that are posted."""
    blend: Literal["3:1", "input", "output"] = "3:1"
    """Which price: three tokens of input to one of output, or one of both."""
    aggregation: Literal["lowest", "mean_log"] = "mean_log"
    """Of several prices: the lowest, or the mean of logs."""
    transform: Literal["log_change", "change"] | None = None
    """None: logs, and differences of shares."""
    censoring: Literal["end"] = "end"
    """A lag that is not over by the end counts as lasting to it."""
    least_cut_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.05

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        is_price = self.kind in ("price_move", "price_index")
        if is_price and not self.models:
            raise ValueError("a price needs model or universe")
        if is_price and self.entity is None:
            raise ValueError("a price needs entity, the provider")
        if self.kind == "rent" and self.model is None:
            raise ValueError("a rent needs model, the accelerator")
        if self.kind == "share" and self.entity is None:
            raise ValueError("a share needs entity")
        if self.start and self.end and self.end <= self.start:
            raise ValueError("end must come after start")
        return self

    @property
    def models(self) -> tuple[str, ...]:
        """Models of a price, as the table writes them."""
        return self.universe or (() if self.model is None else (self.model,))

    @property
    def of_products(self) -> tuple[str, ...]:
        """Products of the scenario whose prices are meant."""
        return self.products or self.models

    @property
    def of_provider(self) -> str | None:
        """Provider of the scenario that is meant; None: all."""
        if self.kind == "tokens" and self.metric is not None:
            return self.provider
        return self.provider or self.entity

    @property
    def is_log(self) -> bool:
        """Whether changes are of logs."""
        return self.kind != "share" if self.transform is None else self.transform == "log_change"
