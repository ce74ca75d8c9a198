"""An event: one change in the market, with its cause and, for a reaction, what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, NewType

from sim.record.column import key, stock, text
from sim.record.unit import DAYS, NUMBER, OF_TOKENS

RecipeName = NewType("RecipeName", str)
"""Name of a compression recipe, which a project has for its cause."""


class EventKind(StrEnum):
    """What changed."""

    PRICE = "price"
    """A product's list prices."""
    LAUNCH = "launch"
    """A product came on offer."""
    WITHDRAWAL = "withdrawal"
    """A product went off offer."""
    PHASE = "phase"
    """A product's pricing left one phase for another: peace, war, recoupment."""
    QUOTA = "quota"
    """What users have free of charge of a product, as its provider decided."""
    FORECAST = "forecast"
    """What a provider expects to sell of a product at the end of its horizon; old: sells now."""
    COST = "cost"
    """A product's marginal cost."""
    CAPABILITY = "capability"
    """A product's capability."""
    PROJECT = "project"
    """A compression project started or finished."""
    RENT = "rent"
    """A cloud's rent of an accelerator."""
    SEEDING = "seeding"
    """A provider had chosen users hear of the technology, or had not the cash for it."""
    EXIT = "exit"
    """A provider left the market."""
    INTERVENTION = "intervention"
    """An intervention of the scenario began or ended."""


class Cause(StrEnum):
    """Why it changed."""

    WAR = "war"
    """An answer to a rival, or the phase of one."""
    CLOCK = "clock"
    """A review at the provider's own times."""
    REPLAY = "replay"
    """The dated history of list prices."""
    RECOUP = "recoup"
    """A step back up after a campaign, or the phase of such steps."""
    PEACE = "peace"
    """The phase without a war."""
    COMPRESSION = "compression"
    """A compression project that finished."""
    VERSION = "version"
    """Another model of the same name."""
    HARDWARE = "hardware"
    """Accelerators that were ordered."""
    RENT = "rent"
    """A cloud's new rent."""
    RETIRED = "retired"
    """The product's planned end."""
    EXIT = "exit"
    """Its provider left the market."""
    INTERVENTION = "intervention"
    """An intervention of the scenario, or a rule that one made or lifted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened: kind, who, which product, old and new value, cause, and what it answers."""

    table: ClassVar[str] = "events"
    row: ClassVar[str] = "one change"

    time_days: float
    kind: Annotated[EventKind, key("Kind", meaning="what changed")]
    actor: Annotated[
        str,
        key(
            "Actor",
            meaning="provider whose doing it is; cloud, for a rent; scenario, for an intervention",
        ),
    ]
    subject: Annotated[
        str,
        key(
            "Subject",
            meaning="product, accelerator or provider that changed; what an intervention acts on",
        ),
    ]
    field: Annotated[str, key("Field", meaning="quantity that changed")]
    old: Annotated[
        float | None,
        stock("Old value", NUMBER, "before, in the unit of the field"),
    ] = None
    new: Annotated[
        float | None,
        stock("New value", NUMBER, "after, in the unit of the field"),
    ] = None
    cause: Annotated[
        Cause | RecipeName | None,
        text("Cause", meaning="why; of a project, the recipe's name"),
    ] = None
    trigger_actor: Annotated[
        str | None,
        text("Answered provider", meaning="whose move this answers"),
    ] = None
    trigger_subject: Annotated[
        str | None, text("Answered product", meaning="product that moved")
    ] = None
    lag_days: Annotated[
        float | None,
        stock("Lag", DAYS, "days since the move that this answers"),
    ] = None
    tokens_at_risk_share: Annotated[
        float | None,
        stock(
            "Tokens at risk",
            OF_TOKENS,
            "share of its own tokens that the move put at risk, as the provider sees demand",
        ),
    ] = None
