"""A move: a launch or a cut as rivals hear of it, with the offers that stood before it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.quantities import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Offers as they stood at some time; P product slots.

    Attributes
    ----------
    listed
        (P,): on offer, and served for a price per token rather than on its users' devices.
    blended_price_usd_per_mtok, capability_logit
        (P,).
    """

    listed: BoolArray
    blended_price_usd_per_mtok: FloatArray
    capability_logit: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """A launch or a cut.

    Attributes
    ----------
    product
        Number of the product that moved.
    time_days
        When.
    standing
        What stood just before: a product that is launched is not yet listed in it, one that is cut
        has its old price.
    """

    product: int
    time_days: float
    standing: Standing
