"""What a scenario says about nests: products that are closer substitutes for each other."""

from typing import Annotated

from pydantic import Field

from sim.quantities import Logit
from sim.reading.frozen import Frozen, Name
from sim.scenario.deployment import Deployment
from sim.scenario.supply import Product


class Nest(Frozen):
    """Products that are closer substitutes for each other than for all others.

    A product belongs to the nest that it names. One that names none belongs to the first in the
    list of which it meets all conditions, and there must be one condition at least; else it is in
    no nest. It stays there, however its capability moves.
    """

    name: Name
    correlation: Annotated[float, Field(ge=0.0, le=0.99)] = 0.5
    """[rho_g] 1 - lambda, where lambda scales the noise between the nest's products; zero: the
    logit, as if the nest were not there. Between zero and 0.02 nothing is allowed: integrals over
    noise that products all but share would take minutes, to tell hardly anything apart."""
    model: Name | None = None
    """Condition: the product serves this model."""
    deployment: Deployment | None = None
    """Condition: where the product runs."""
    capability_from_logit: Logit | None = None
    """Condition: capability in the scenario of at least this."""
    capability_below_logit: Logit | None = None
    """Condition: capability in the scenario below this."""

    def takes(self, product: Product) -> bool:
        """Return whether a product that names no nest meets the conditions."""
        conditions = [
            condition
            for value, condition in (
                (self.model, product.served_model == self.model),
                (self.deployment, product.deployment == self.deployment),
                (
                    self.capability_from_logit,
                    product.capability_logit >= (self.capability_from_logit or 0.0),
                ),
                (
                    self.capability_below_logit,
                    product.capability_logit < (self.capability_below_logit or 0.0),
                ),
            )
            if value is not None
        ]
        return bool(conditions) and all(conditions)


def nest_of(product: Product, nests: tuple[Nest, ...]) -> str | None:
    """Return the name of a product's nest, None if it is in none."""
    if product.nest is not None:
        return product.nest
    return next((nest.name for nest in nests if nest.takes(product)), None)
