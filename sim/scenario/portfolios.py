"""What a scenario says about holding several products at once, and what each of them is for."""

from typing import Annotated

from pydantic import Field

from sim.quantities import Logit, NonNegative
from sim.reading.frozen import Frozen, Name

MOST_PRODUCTS = 3
"""Products that a portfolio holds at most: all sets of so many are compared at a review."""
MOST_CLASSES = 4
"""Classes of requests that a domain has at most."""


class RequestClass(Frozen):
    """A class of a domain's requests, which one product serves: easy ones, or those in a hurry."""

    name: Name
    share: Annotated[float, Field(gt=0.0, le=1.0)]
    """Share of the domain's work; the shares of all classes add to one."""
    difficulty_shift_logit: Logit = 0.0
    """Added to the domain's difficulty."""
    delay_cost_factor: NonNegative = 1.0
    """Times the domain's shadow price of delay."""


class Portfolio(Frozen):
    """How many products a user may hold at once."""

    most_products: Annotated[int, Field(ge=1, le=MOST_PRODUCTS)] = 1
    """[H_max] One: a user has one product, whatever its requests."""
