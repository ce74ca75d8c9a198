"""What a scenario says about how satisfied users are, and how that becomes known."""

from typing import Annotated

from pydantic import Field

from sim.quantities import Positive, Share
from sim.reading.frozen import Frozen


class Satisfaction(Frozen):
    """Satisfaction moves towards what was delivered minus what was expected."""

    adjustment_share: Share = 0.3
    """[g] Share of the gap that a review closes."""
    loss_weight: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    """[l] How much more a shortfall weighs than a gain of the same size."""
    price_weight: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    """[gamma_p] What a product delivers is its success times the share of its tasks' worth that
    users keep after paying, to this power; 0: satisfaction is blind to price."""
    expectation_rise_share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """[a+] Share of the gap to the best that came to mind by which a review raises expectations; 1:
    what gets better pleases only once."""
    expectation_fall_share: Share = 0.0
    """[a-] Share of the gap to the best on offer by which a review lowers expectations that nothing
    on offer lives up to; 0: the best ever seen is expected for good."""


class Reputation(Frozen):
    """What is known of how satisfied a product's and its provider's users are."""

    half_life_days: Positive = 60.0
    """[h] Time in which half of a lasting change of satisfaction has become known."""
    provider_share: Share = 0.3
    """[u] Share of its provider's reputation in a product's."""
